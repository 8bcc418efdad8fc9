"""Subscribers that resume by the last id they saw, whatever happens to the hub. Each keeps a record for the judge."""

import asyncio
import json
from urllib.parse import urlencode

from account import Account, Fault, position
from judge import Record
from ledger import Chunks


class Reader:
    """One subscription over as many connections as it takes."""

    def __init__(
        self, campaign, name: str, patterns: list[str], *, envelope=False, since: str | None = "earliest", away=0.0
    ):
        self.campaign = campaign
        self.account: Account = campaign.account
        self.random = campaign.random_of(f"reader {name}")
        self.name = name
        self.record = Record(patterns)
        self.envelope = envelope
        self.since = since
        self.away = away
        """For so many seconds at most it stays away before it comes back."""
        self.id: str | None = None
        self.is_open = False
        self.finals: set[int] = set()
        self.connections = 0
        self._latest = 0
        """The position of the last event whose id tells it."""
        self._is_opening = False

    @property
    def has_all(self) -> bool:
        return len(self.finals) == self.campaign.publishers

    async def run(self) -> None:
        while not self.has_all:
            try:
                await self._connect()
            except (OSError, asyncio.IncompleteReadError):
                pass
            except Fault as fault:
                raise Fault(f"reader {self.name} of {' '.join(self.record.patterns)}: {fault}") from None
            self.is_open = False
            if not self.has_all:
                away = self.random.uniform(0, 0.01 if self.campaign.is_ending else max(0.03, self.away))
                await asyncio.sleep(away)

    async def _connect(self) -> None:
        reader, writer = await asyncio.open_connection(*self.campaign.address, limit=1 << 20)
        try:
            writer.write(self._request())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                raise Fault(f"it was answered {head[:200]!r}")
            if b"transfer-encoding: chunked" not in head.lower():
                # The hub is on its way out: it says so and ends.
                return
            self.connections += 1
            await self._read(reader)
        finally:
            writer.close()

    def _request(self) -> bytes:
        parameters = [("topic", pattern) for pattern in self.record.patterns]
        fields = "Host: localhost\r\nAccept: text/event-stream\r\n"
        if self.envelope:
            parameters.append(("envelope", "true"))
        if self.id is None:
            if self.since:
                parameters.append(("since", self.since))
        elif self.random.random() < 0.5:
            fields += f"Last-Event-ID: {self.id}\r\n"
        else:
            parameters.append(("last_event_id", self.id))
        return f"GET /subscribe?{urlencode(parameters)} HTTP/1.1\r\n{fields}\r\n".encode()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        chunks, text = Chunks(), b""
        self._is_opening = True
        while data := await reader.read(1 << 16):
            *blocks, text = (text + chunks.take(data)).split(b"\n\n")
            for block in blocks:
                self._take(block.decode())
            if self.has_all or chunks.ended:
                return

    def _take(self, block: str) -> None:
        fields: dict[str, list[str]] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            # Comments are fields without a name: heartbeats, and the reason why a stream ends.
            fields.setdefault(name, []).append(value.removeprefix(" "))
        if not fields.keys() <= {"", "retry", "id", "event", "data"} or len(fields.get("id", "x")) > 1:
            raise Fault(f"not a block of this hub: {block[:200]!r}")
        id = fields.get("id", [None])[0]
        if id is None:
            if "data" in fields:
                raise Fault(f"an event without an id: {block[:200]!r}")
            return
        type = fields.get("event", [None])[0]
        if type == "fanfare.gap":
            self._take_gap(id, json.loads(fields["data"][0]))
        elif "data" in fields:
            self._take_event(id, type, "\n".join(fields["data"]))
        else:
            self._take_id(id)
        self.id = id
        self._is_opening = False
        self.is_open = True

    def _take_gap(self, id: str, gap: dict) -> None:
        # A publisher's own id is forgotten with its event, and then nobody knows where it was.
        repeats = self._is_opening and self.id is not None and position(self.id) is None
        reason = "unknown" if repeats else "expired"
        if gap != {
            "requested": self.id if self._is_opening else gap["requested"],
            "reason": reason,
            "repeats": repeats,
        }:
            raise Fault(f"a gap of a kind that cannot be: {gap}, after {self.id}")
        end = position(id)
        if end is None or (end < self._latest and not repeats):
            raise Fault(f"a gap up to {id} after {self._latest}")
        self._latest = end
        self.record.gaps.append((len(self.record.names), end, repeats))

    def _take_id(self, id: str) -> None:
        at = position(id)
        if self.id is None:
            if at is None:
                raise Fault(f"a stream begins at {id}")
            self.record.start = self._latest = at
        elif self._is_opening and id != self.id:
            raise Fault(f"it came back with {self.id} and was told {id}")
        elif at is not None:
            if at < self._latest:
                raise Fault(f"an id went back: {id} after {self._latest}")
            self._latest = at

    def _take_event(self, id: str, name: str, data: str) -> None:
        if self._is_opening:
            raise Fault(f"the first block is an event: {id}")
        if self.envelope:
            envelope = json.loads(data)
            name, data = envelope["type"], envelope["data"]
            if envelope["id"] != id:
                raise Fault(f"{id} has the id {envelope['id']} in its envelope")
        entry = self.account.saw(id, name)
        # Lines end at LF alone after a stream has carried them.
        if data != entry.data:
            raise Fault(f"{name} came with other data: {data[:80]!r}")
        if self.envelope and envelope["topics"] != list(entry.topics):
            raise Fault(f"{name} came with the topics {envelope['topics']}")
        at = position(id)
        if at is not None:
            if at <= self._latest:
                raise Fault(f"{id} ({name}) came after {self._latest}")
            self._latest = at
        self.record.names.append(name)
        if entry.is_final:
            self.finals.add(entry.publisher)
