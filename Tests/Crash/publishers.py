"""Publishers that keep count of what was acknowledged. Each has one request on its way at a time."""

import asyncio
import json

from account import FINAL, TOPICS, Account, Entry, Fault


class Lost(Exception):
    """The connection broke before the answer."""


class Publisher:
    """Publishes one request after the other; repeats one until it is answered if its events have ids of its own, or it has
    a key."""

    def __init__(self, campaign, number: int, *, batch=1, own=False, keyed=False, pause=0.008):
        self.campaign = campaign
        self.account: Account = campaign.account
        self.random = campaign.random_of(f"publisher {number}")
        self.number = number
        self.batch = batch
        self.own = own
        self.keyed = keyed
        self.pause = pause
        self._next = self._requests = 0
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self) -> None:
        try:
            while not self.campaign.is_ending:
                await asyncio.sleep(self.random.expovariate(1 / self.pause))
                await self._publish([self._entry() for _ in range(self.random.randint(1, self.batch))])
            # The readers leave when they have one of these of everyone; with little retention one may come too late.
            while not self.campaign.readers_have_all:
                await self._publish([self._entry(is_final=True)])
                await asyncio.sleep(0.3)
        finally:
            self._close()

    def _entry(self, is_final: bool = False) -> Entry:
        chance = self.random.random()
        size = (
            0 if chance < 0.05 else self.random.randint(0, 200 if chance < 0.7 else 3000 if chance < 0.97 else 40_000)
        )
        count = 1 if self.random.random() < 0.8 else self.random.randint(2, 3)
        name = f"{FINAL if is_final else 'event'}.{self.number}.{self._next}"
        entry = Entry(
            name, self.number, self._next,
            tuple(TOPICS) if is_final else tuple(self.random.sample(TOPICS, count)),
            size, f"own.{name}" if self.own else None, self._requests, is_final,
        )  # fmt: skip
        self._next += 1
        self.account.entries[name] = entry
        return entry

    async def _publish(self, entries: list[Entry]) -> None:
        self._requests += 1
        tries = 0
        while True:
            tries += 1
            try:
                status, answer = await self._ask(entries)
            except (Lost, OSError):
                self.account.lost += 1
                status = 0
            if status in (200, 201):
                self._acknowledge(entries, status, answer, tries)
                return
            if status == 503:
                self.account.refused += 1
                self.campaign.was_refused(answer)
            elif status:
                raise Fault(f"publishing {entries[0].name} was answered {status}: {answer}")
            # A client of a hub that is away tries again after a while.
            await asyncio.sleep(self.random.uniform(0.005, 0.03))
            if not self.own and not self.keyed:
                return

    def _acknowledge(self, entries: list[Entry], status: int, answer: dict, tries: int) -> None:
        if status == 200:
            if tries == 1 or not self.own and not self.keyed:
                raise Fault(f"{entries[0].name} was taken for a repeat: {answer}")
            self.account.repeated += 1
        ids = answer["ids"] if self.batch > 1 else [answer["id"]]
        if len(ids) != len(entries):
            raise Fault(f"{len(entries)} events were acknowledged with {len(ids)} ids")
        for entry, id in zip(entries, ids):
            self.account.acknowledge(entry, id)
        self.campaign.was_answered()

    async def _ask(self, entries: list[Entry]) -> tuple[int, dict]:
        if self._connection is None:
            self._connection = await asyncio.open_connection(*self.campaign.address, limit=1 << 20)
        reader, writer = self._connection
        body = "\n".join(json.dumps(entry.json()) for entry in entries).encode()
        key = f"Idempotency-Key: {self.number}.{self._requests}\r\n" if self.keyed else ""
        kind = "application/x-ndjson" if self.batch > 1 else "application/json"
        head = (
            f"POST /publish HTTP/1.1\r\nHost: localhost\r\n{key}"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            writer.write(head.encode() + body)
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
            answer = json.loads(await reader.readexactly(int(fields["content-length"])))
        except (OSError, asyncio.IncompleteReadError):
            self._close()
            raise Lost from None
        if fields.get("connection") == "close":
            self._close()
        return int(head.split(" ", 2)[1]), answer

    def _close(self) -> None:
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None
