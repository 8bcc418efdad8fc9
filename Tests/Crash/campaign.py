"""One file, many lives: publishers and readers go on throughout, and in the end the judge looks at what there is."""

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from account import TOPICS, Account, Fault, position
from hub import Hub
from judge import History, check_log, check_reader, check_topic
from faulty_disk import FaultyDisk
from lives import GUARD, Life, Port
from illness import Illness, Restlessness
from moments import moment_for
from power import Journal
from preload import IS_POSSIBLE
from publishers import Publisher
from readers import Reader
from server import Elsewhere
from shifted_clock import ShiftedClock

WHOLE = ["--retain-events", "100000000", "--retain-age", "1000d", "--retain-bytes", "1000GiB"]
LITTLE = [["--retain-events", "500"], ["--retain-bytes", "1MiB"], ["--retain-age", "1s"]]


class Campaign:
    """So many kills, with the choices that a seed makes."""

    def __init__(
        self,
        directory: Path,
        seed: int,
        kills: int,
        *,
        little: bool = False,
        trouble: str | None = None,
        plant: str | None = None,
    ):
        self.path = directory / f"crash-{seed}.db"
        self.seed = seed
        self.kills = kills
        self.little = little
        self.kind = trouble
        self.plant = plant
        self.account = Account()
        self.moments: Counter[str] = Counter()
        self.met_by_disk = self.gaps = 0
        self.journal = Journal(directory / "journal", self.path) if trouble == "power" else None
        self.disk = None
        self.clock = ShiftedClock(directory) if trouble == "clock" else None
        self.trouble: Illness | Restlessness | None = None
        """What goes on while the hub lives."""
        if self.clock:
            self.trouble = Restlessness(self.clock, self.random_of("clock"))
        elif IS_POSSIBLE:
            self.disk = FaultyDisk(self.path, self.journal and self.journal.directory)
            self.trouble = Illness(self.disk, self.random_of("disk")) if trouble == "disk" else None
        self.events_in_log = 0
        self.is_ending = self.readers_have_all = False
        self.on_answer: Callable[[], None] | None = None
        self.chance = self.random_of("lives")
        self.retention = self.chance.choice(LITTLE) if little else WHOLE
        self._port = Port()
        self.address = self._port.address
        self.publishers = 6
        self._publishers = [
            # Where the log keeps little, a key may be forgotten before its request is repeated.
            Publisher(self, 0, keyed=not little),
            Publisher(self, 1, pause=0.02),
            Publisher(self, 2, own=True),
            Publisher(self, 3, batch=20, pause=0.05, keyed=not little),
            Publisher(self, 4, batch=20, pause=0.05, own=True),
            Publisher(self, 5, pause=0.001),
        ]
        self.readers = [
            Reader(self, "of all", ["**"]),
            Reader(self, "with envelopes", ["**"], envelope=True),
            Reader(self, "of one topic", ["lone"]),
            Reader(self, "of some topics", ["a/1", "a/b/2", "https://example.org/x"]),
            Reader(self, "of a star", ["a/*", "c/1"]),
            Reader(self, "of two stars", ["a/**", "lone", "*/2"], envelope=True),
            Reader(self, "who is often away", ["**"], away=3.0),
            Reader(self, "who is away by topics", ["c/2", "a/2"], away=3.0),
        ]

    def random_of(self, name: str) -> random.Random:
        """Randomness of its own for each part, so that they do not disturb each other."""
        return random.Random(f"{self.seed} {name}")

    # What publishers tell ----------------------------------------------------------------------------------------------

    def was_answered(self) -> None:
        if self.on_answer:
            self.on_answer()

    def was_refused(self, answer: dict) -> None:
        if not answer.get("detail"):
            raise Fault(f"503 without a cause: {answer}")

    # The course --------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Raises `Fault` if anything is not as it must be."""
        found = None
        try:
            async with asyncio.TaskGroup() as group:
                readers = [group.create_task(reader.run()) for reader in self.readers]
                publishers = [group.create_task(publisher.run()) for publisher in self._publishers]
                for number in range(self.kills):
                    if number == self.kills // 2 and self.plant:
                        self._plant_fault()
                    await self._live_and_die()
                # What is judged may not expire meanwhile.
                self.retention = WHOLE
                life = self._begin()
                try:
                    await life.ready()
                    await self._finish(readers, publishers)
                    self._judge()
                    await life.stop()
                finally:
                    life.kill()
        except* Fault as faults:
            found = faults.exceptions[0]
        finally:
            self._port.close()
        if found:
            raise found
        self._check_file()

    async def _live_and_die(self) -> None:
        moment = moment_for(self, self.chance)
        self.moments[moment.__name__.replace("_", " ")] += 1
        life = self._begin()
        trouble = asyncio.create_task(self._trouble(life)) if self.trouble else None
        try:
            await asyncio.wait_for(moment(life, self, self.chance), GUARD)
        finally:
            life.kill()
            if trouble:
                trouble.cancel()
        self._after_death()

    async def _trouble(self, life: Life) -> None:
        """A hub that cannot read its file at its start ends, as it should."""
        await life.ready()
        await self.trouble.run()

    def _begin(self) -> Life:
        under = self.clock or self.disk
        return Life(self.options(), under.environment() if under else {})

    def options(self) -> list[str]:
        host, port = self.address
        return [
            "--open", "--listen", f"{host}:{port}", "--log", f"sqlite:{self.path}", *self.retention,
            "--workers", str(self.chance.randint(2, 3)), "--heartbeat", "1s", "--drain", "2s", "--log-level", "warning",
        ]  # fmt: skip

    def _after_death(self) -> None:
        """What happens while no hub has the file."""
        if self.disk:
            self.disk.heal()
        # Now and then the process ends and the machine goes on: what was not synced is lost with a later life.
        if self.journal and self.chance.random() < 0.75:
            self.journal.lose_power(self.chance)
        if self.clock and self.chance.random() < 0.3:
            self.clock.start_machine_anew()
            self.trouble.jump()

    async def _finish(self, readers: list[asyncio.Task], publishers: list[asyncio.Task]) -> None:
        """Lets publishers come to their end, when everybody is there to see it."""
        await self._until(lambda: all(reader.is_open for reader in self.readers), "is back")
        self.is_ending = True
        await self._until(lambda: all(reader.has_all for reader in self.readers), "has the last events")
        await asyncio.gather(*readers)
        self.readers_have_all = True
        await asyncio.gather(*publishers)

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + GUARD
        while not condition():
            if time.monotonic() > deadline:
                missing = [
                    f"{reader.name} (at {reader.id}, last events of {sorted(reader.finals)})"
                    for reader in self.readers
                    if not reader.is_open or self.is_ending and not reader.has_all
                ]
                raise Fault(f"not every reader {what}: {'; '.join(missing)}")
            await asyncio.sleep(0.01)

    # The verdict -------------------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        history = self._history("**")
        self.events_in_log = len(history)
        first = next((position(id) - at for at, (id, _) in enumerate(history) if position(id)), 1)
        if first != 1 and not self.little:
            raise Fault(f"the log begins with {first}, and nothing was let go of")
        check_log(self.account, history, first)
        for topic in self.chance.sample(TOPICS, 3):
            check_topic(self.account, history, self._history(topic), topic)
        for reader in self.readers:
            self.gaps += len(reader.record.gaps)
            try:
                check_reader(self.account, reader.record, None if self.little else history)
            except Fault as fault:
                raise Fault(f"reader {reader.name} of {' '.join(reader.record.patterns)}: {fault}") from None

    def _history(self, pattern: str) -> History:
        found = []
        for event in Hub(Elsewhere(self.address)).whole_history(pattern):
            entry = self.account.saw(event["id"], event["type"])
            if event["data"] != entry.data or event["topics"] != list(entry.topics):
                raise Fault(f"{entry.name} is in the log with other contents")
            found.append((event["id"], event["type"]))
        return found

    def _check_file(self) -> None:
        """What anyone finds who opens the file."""
        file = sqlite3.connect(self.path)
        try:
            sound = file.execute("PRAGMA integrity_check").fetchall()
            if sound != [("ok",)]:
                raise Fault(f"the file is damaged: {sound[:3]}")
            rows, first, last = file.execute("SELECT count(*), min(position), max(position) FROM events").fetchone()
            if rows != self.events_in_log or last - first + 1 != rows:
                raise Fault(f"the file has {rows} events from {first} to {last}; the hub gave {self.events_in_log}")
        finally:
            file.close()

    # Faults on purpose -------------------------------------------------------------------------------------------------

    def _plant_fault(self) -> None:
        """What a test of this test expects to be found."""
        entry = next(some for some in reversed(self.account.entries.values()) if some.id and not some.own)
        record = self.readers[0].record
        match self.plant:
            case "lost":
                record.names.pop()
            case "repeated":
                record.names.append(record.names[-1])
            case "cut":
                self._change("DELETE FROM events WHERE position >= ?", position(entry.id))
                self._change("DELETE FROM ids WHERE position >= ?", position(entry.id))
            case "unsynced":
                self.disk.lie()
            case "torn":
                self._change("UPDATE events SET data = data || 'x' WHERE position = ?", position(entry.id))

    def _change(self, statement: str, *parameters) -> None:
        file = sqlite3.connect(self.path)
        with file:
            file.execute(statement, parameters)
        file.close()
