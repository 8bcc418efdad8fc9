"""What one reader has got and must get: every event once and in order. No sockets here, so that it can be tested."""

import re

EVENT = re.compile(rb"id: ([^\n]+-(\d+))\ndata: (\S+) (\d+)[^\n]*")
ONLY_ID = re.compile(rb"(?:retry: \d+\n)?id: ([^\n]+-(\d+))")
GAP = re.compile(rb'(?:retry: \d+\n)?id: ([^\n]+-(\d+))\nevent: fanfare\.gap\ndata: (.*)')
LAST = b"last"
UNSURE = b"unsure"
TORN = b"torn"


class Fault(Exception):
    """The hub broke a promise."""


class Chunks:
    """Takes a chunked body apart, whatever pieces it comes in."""

    def __init__(self):
        self.rest = b""
        self.ended = False

    def take(self, data: bytes) -> bytes:
        """The content of all chunks that are whole now."""
        data = self.rest + data if self.rest else data
        at, contents = 0, []
        while (line := data.find(b"\r\n", at)) >= 0:
            try:
                size = int(data[at:line], 16)
            except ValueError:
                raise Fault(f"not a chunk's size: {data[at:line][:40]!r}") from None
            end = line + 2 + size
            if len(data) < end + 2:
                break
            if data[end : end + 2] != b"\r\n":
                raise Fault(f"a chunk of {size} bytes goes on: {data[end:end + 40]!r}")
            contents.append(data[line + 2 : end])
            at = end + 2
            if size == 0:
                self.ended = True
                break
        self.rest = data[at:]
        return b"".join(contents)


class Ledger:
    """Counts one reader's events, over all connections that it resumes on.

    Each event carries its key (publisher and topics) and its number under this key, which rises by one. Ids rise with
    each event. Numbers may jump only across a gap that the hub has announced, and before the first event of a reader
    that began in the midst of things.
    """

    def __init__(self, from_the_start: bool):
        self.from_the_start = from_the_start
        self.received = 0
        self.gaps = 0
        """Announced by the hub."""
        self.lost = 0
        """Events that those gaps swallowed."""
        self.saw_last = False
        self.id: bytes | None = None
        """What to resume from."""
        self._position = 0
        self._next: dict[bytes, int] = {}
        """The number expected for a key; of those keys only that had an event since the last gap."""
        self._before: dict[bytes, int] = {}
        """The same for keys that had an event before the last gap, and none since."""
        self._unsure = 0
        self._text = b""

    def connect(self) -> None:
        """A new connection: what came of an unfinished block on the old one does not count."""
        self._text = b""

    def take(self, content: bytes) -> None:
        """Counts what a stream brought; raises `Fault`."""
        blocks = (self._text + content).split(b"\n\n")
        self._text = blocks.pop()
        expected = self._next
        for block in blocks:
            match = EVENT.fullmatch(block)
            if match is None:
                # Heartbeats are lines of their own and may stand before any block.
                while block.startswith(b":"):
                    block = block.partition(b"\n")[2]
                match = EVENT.fullmatch(block)
                if match is None:
                    if block:
                        self._take_other(block)
                    continue
            self.id, position, key, number = match.groups()
            position, number = int(position), int(number)
            if position <= self._position:
                raise Fault(f"event {position} came after {self._position}: {block[:80]!r}")
            self._position = position
            if expected.get(key) == number:
                expected[key] = number + 1
                self.received += 1
            else:
                self._take_unexpected(key, number, block)

    def _take_unexpected(self, key: bytes, number: int, block: bytes) -> None:
        if key == LAST:
            self.saw_last = True
            return
        if key == TORN:
            raise Fault(f"an event came whose body never was whole: {block[:80]!r}")
        if key == UNSURE:
            # Their publishers did not wait for the answer: any may be missing, but none may come twice.
            if number < self._unsure:
                raise Fault(f"a repeat: {block[:80]!r}")
            self._unsure = number + 1
            return
        least = self._next.get(key, self._before.get(key, 0))
        if number < least:
            raise Fault(f"a repeat: {block[:80]!r}, expected {least}")
        in_gap = key not in self._next and self.gaps > 0
        begins = key not in self._next and not self.from_the_start and key not in self._before
        if number > least and not in_gap and not begins:
            raise Fault(f"events are missing: {block[:80]!r}, expected {least}")
        if not begins:
            self.lost += number - least
        self.received += 1
        self._next[key] = number + 1
        self._before.pop(key, None)

    def _take_other(self, block: bytes) -> None:
        if match := ONLY_ID.fullmatch(block):
            self.id, position = match.groups()
            if int(position) < self._position:
                raise Fault(f"an id went back from {self._position}: {block!r}")
            # It says that nothing up to here is still to come.
            self._position = int(position)
        elif match := GAP.fullmatch(block):
            self.id, position, detail = match.groups()
            if b'"expired"' not in detail or b'"repeats":false' not in detail:
                raise Fault(f"a gap of a kind that cannot be: {block!r}")
            if int(position) < self._position:
                raise Fault(f"a gap went back from {self._position}: {block!r}")
            self.gaps += 1
            self._before |= self._next
            self._next.clear()
        else:
            raise Fault(f"not a block of this hub: {block[:120]!r}")

    def check_total(self, acknowledged: dict[bytes, int]) -> int:
        """Whether every event that was acknowledged under these keys came once; gives how many are due.

        Only for readers from the start, once they have the last event. What came after the last event under a key
        that a gap swallowed whole is not missed here: it was announced.
        """
        for key, count in acknowledged.items():
            had = self._next.get(key)
            if had is None and self.gaps > 0:
                self.lost += count - self._before.get(key, 0)
                had = count
            if (had or 0) != count:
                raise Fault(f"{count} events of {key.decode()} were acknowledged, {had or 0} came")
        due = sum(acknowledged.values())
        if self.received + self.lost != due:
            raise Fault(f"{due} events were acknowledged, {self.received} came and {self.lost} fell into gaps")
        return due
