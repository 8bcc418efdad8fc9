"""What was published, what was acknowledged, and under which ids it was seen. No sockets here.

Each event has a name of its own, which it carries as its type: its publisher and a number that rises with each event of
that publisher. Its data follows from its name, so that one torn or mixed up event is found however long it is.
"""

import random
import zlib
from dataclasses import dataclass

TOPICS = ["lone", "a/1", "a/2", "a/3", "a/b/1", "a/b/2", "c/1", "c/2", "https://example.org/x"]
FINAL = "final"
TEXT = "".join(random.Random(1).choices('abcdefghij klmnopqrst\nuvwxyz0123456789:"\\äß€😀', k=1 << 17))


class Fault(Exception):
    """The hub broke a promise."""


def content(name: str, size: int) -> str:
    at = zlib.crc32(name.encode()) % (len(TEXT) // 2)
    return TEXT[at : at + size]


@dataclass(slots=True)
class Entry:
    """One event as its publisher sent it."""

    name: str
    publisher: int
    number: int
    topics: tuple[str, ...]
    size: int
    own: str | None
    """The publisher's own id."""
    request: int
    """Which of the publisher's requests: all of its events are taken, or none."""
    is_final: bool = False
    id: str | None = None
    """By which it was acknowledged."""

    @property
    def data(self) -> str:
        return content(self.name, self.size)

    def json(self) -> dict:
        members = {"topics": self.topics} if len(self.topics) > 1 else {"topic": self.topics[0]}
        return members | {"type": self.name, "data": self.data} | ({"id": self.own} if self.own else {})


class Account:
    """All events of a campaign."""

    def __init__(self):
        self.entries: dict[str, Entry] = {}
        self.acknowledged = self.refused = self.lost = self.repeated = 0
        """Events acknowledged; requests answered 503, without an answer, and answered as repeats."""
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def acknowledge(self, entry: Entry, id: str) -> None:
        if entry.own and id != entry.own:
            raise Fault(f"{entry.name} was published as {entry.own} and acknowledged as {id}")
        self.saw(id, entry.name)
        entry.id = id
        self.acknowledged += 1

    def saw(self, id: str, name: str) -> Entry:
        """Somebody was told that this is the id of this event: nobody may ever be told another."""
        entry = self.entries.get(name)
        if entry is None:
            raise Fault(f"an event came under {id} that nobody published: {name}")
        if self._ids.setdefault(id, name) != name:
            raise Fault(f"{id} is the id of {self._ids[id]} and of {name}")
        if self._names.setdefault(name, id) != id:
            raise Fault(f"{name} has the ids {self._names[name]} and {id}")
        return entry

    def was_seen(self, name: str) -> bool:
        return name in self._names


def position(id: str) -> int | None:
    """Of an id that the hub gave; a publisher's own has none."""
    beginning, dash, end = id.rpartition("-")
    return int(end) if dash and end.isdigit() and not beginning.startswith("own.") else None
