"""The process of all readers: who stays, who comes and goes, who stalls. It tells the soak its figures each second."""

import time
from multiprocessing.connection import Connection as Pipe

from hub import Hub
from ledger import Fault
from loop import Loop, close, connect
from plan import Plan, reaches, some_patterns
from reader import Reader
from server import Elsewhere
from vitals import pages

# How long the end is waited for before it is given up: a guard, nothing is measured with it.
GUARD_SECONDS = 120


class Crowd:
    """All readers, in one loop.

    Half of them are steady and never leave by themselves. A quarter come back with their last id, sometimes after so
    long that the log has moved on; some only pass by; and the rest stop reading until the hub resets them, then resume.
    """

    def __init__(self, address: tuple[str, int], plan: Plan, pipe: Pipe, plant: str | None):
        self.address = address
        self.plan = plan
        self.hub = Hub(Elsewhere(address))
        self.pipe = pipe
        self.plant = plant
        # Looking at sockets twenty times a second keeps this process from taking the hub's processor.
        self.loop = Loop(pause=0.05)
        self.random = plan.random("readers")
        self.faults: list[str] = []
        self.deliveries = self.resets = self.stalls_reset = self.unheard = self.came = self.left = 0
        self.ending_at: float | None = None
        self.acknowledged: dict[bytes, tuple[tuple[str, ...], int]] = {}

        def readers(count: float, receive_buffer: int | None = None) -> list[Reader]:
            return [
                Reader(self, some_patterns(self.random), True, receive_buffer)
                for _ in range(max(1, int(count * plan.streams)))
            ]

        self.steady = readers(0.5)
        for reader in self.steady[:3]:
            reader.patterns = ["**"]
        for index, reader in enumerate(self.steady):
            reader.user = f"user-{index % 50}" if index % 2 else None
        self.returning = readers(0.25)
        # Little room in the kernel, and wildcards that bring much: else it takes long until the hub notices.
        self.stalling = readers(0.1, receive_buffer=32768)
        for index, reader in enumerate(self.stalling):
            reader.patterns = [f"soak/{index % 5}/*"] if index % 2 else ["soak/**"]
        self.passing: list[Reader] = []
        self.from_the_start = self.steady + self.returning + self.stalling

    def run(self) -> None:
        for index, reader in enumerate(self.from_the_start):
            # A little apart, as the queue of connections is bounded.
            self.loop.after(index * 0.001, reader.open)
        self.loop.every(0.1, self._look_at_pipe)
        self.loop.every(1, self._report)
        self._wait_until_all_read()
        self.loop.run()

    def _wait_until_all_read(self) -> None:
        if all(reader.is_reading for reader in self.from_the_start):
            self.pipe.send(("ready", None))
            self._begin_to_move()
        else:
            self.loop.after(0.05, self._wait_until_all_read)

    # Behaviour -------------------------------------------------------------------------------------------------------

    def _a_while(self, mean: float) -> float:
        return min(self.random.expovariate(1 / mean), 4 * mean)

    def _begin_to_move(self) -> None:
        mean = min(20.0, self.plan.seconds / 10)
        for reader in self.returning:
            self.loop.after(self._a_while(mean), lambda reader=reader: self._leave(reader, mean))
        for reader in self.stalling:
            self.loop.after(self._a_while(mean), lambda reader=reader: self._stall(reader, mean))
        for _ in range(max(1, int(0.15 * self.plan.streams))):
            self._pass_by(mean)
        self.loop.every(5, self._look_at_stalls)
        if self.plant == "lost":
            self.loop.after(self.plan.seconds / 2, self._lose_one)
        if self.plant == "repeated":
            self.loop.after(self.plan.seconds / 2, self._repeat_one)

    def _leave(self, reader: Reader, mean: float) -> None:
        if self.ending_at is not None:
            return
        self.left += 1
        reader.close(reset=self.random.random() < 0.5)
        retained = self.plan.retained_seconds
        # Now and then somebody is away for longer than the log remembers.
        away = retained * self.random.uniform(1.2, 1.5) if self.random.random() < 0.04 else self._a_while(retained / 20)

        def come_back() -> None:
            self.came += 1
            reader.open()
            self.loop.after(self._a_while(mean), lambda: self._leave(reader, mean))

        self.loop.after(away, come_back)

    def _stall(self, reader: Reader, mean: float) -> None:
        if self.ending_at is not None:
            return
        if reader.is_reading:
            reader.stall()
        else:
            self.loop.after(0.5, lambda: self._stall(reader, mean))

    def _pass_by(self, mean: float) -> None:
        if self.ending_at is not None:
            return
        reader = Reader(self, some_patterns(self.random), False)
        self.passing.append(reader)
        self.came += 1
        reader.open()

        def go() -> None:
            self.left += 1
            # Whether or not the hub has just reset it, and it was about to come back.
            reader.has_left = True
            reader.close(reset=self.random.random() < 0.5)
            self.passing.remove(reader)
            self._pass_by(mean)

        self.loop.after(self._a_while(mean), go)

    def came_apart(self, reader: Reader) -> None:
        """The hub reset a reader, or ended its stream: it comes back, and who stalled will stall again."""
        self.came += 1
        self.loop.after(self._a_while(0.5), reader.open)
        if reader in self.stalling and self.ending_at is None:
            mean = min(20.0, self.plan.seconds / 10)
            self.loop.after(1 + self._a_while(mean), lambda: self._stall(reader, mean))

    def _look_at_stalls(self) -> None:
        """Who stopped reading long ago must be gone from the hub's list.

        It need not know: a reset that meets a full window may be dropped, and is not sent again to who is silent.
        """
        old = [reader for reader in self.stalling if reader.stalled_seconds > 10 + 2 * self.plan.slow_seconds]
        if not old:
            return
        listed = {entry["address"] for entry in pages(self.hub, "/connections?", "connections")}
        for reader in old:
            if reader.address not in listed:
                self.stalls_reset += 1
                self.unheard += 1
                reader.close()
                self.came_apart(reader)
            elif reader.stalled_seconds > GUARD_SECONDS:
                self.blame(Fault("it does not read and is not reset"), reader)

    def _lose_one(self) -> None:
        """A planted fault: a steady reader forgets that it has had an event."""
        ledger = self.steady[-1].ledger
        key = next(iter(ledger._next))
        ledger._next[key] -= 1

    def _repeat_one(self) -> None:
        """A planted fault: a steady reader remembers an event that it has not had."""
        ledger = self.steady[-1].ledger
        key = next(iter(ledger._next))
        ledger._next[key] += 1

    # Figures ---------------------------------------------------------------------------------------------------------

    def blame(self, fault: Fault, reader: Reader) -> None:
        """Counts the fault and lets go of the reader: what it says from then on would only repeat it."""
        reader.has_failed = True
        reader.close()
        if len(self.faults) < 20:
            self.faults.append(f"{fault} (a reader of {' '.join(reader.patterns)})")

    def _report(self) -> None:
        everyone = self.from_the_start + self.passing
        self.pipe.send(
            (
                "figures",
                {
                    "open": sum(reader.is_open for reader in everyone),
                    "deliveries": self.deliveries,
                    "gaps": sum(reader.ledger.gaps for reader in self.from_the_start),
                    "stalls_reset": self.stalls_reset,
                    "resets_unheard": self.unheard,
                    "resets": self.resets,
                    "came": self.came,
                    "left": self.left,
                    "faults": len(self.faults),
                    "readers_seconds": time.process_time(),
                },
            )
        )

    # The end ---------------------------------------------------------------------------------------------------------

    def _look_at_pipe(self) -> None:
        if self.pipe.poll():
            word, value = self.pipe.recv()
            if word == "finish":
                self.acknowledged = value
                self.ending_at = time.monotonic()
                for reader in list(self.passing):
                    reader.close()
                for reader in self.stalling:
                    reader.read_on()
                self._await_the_last()

    def _await_the_last(self) -> None:
        missing = sum(not reader.has_failed and not reader.ledger.saw_last for reader in self.from_the_start)
        if missing and not self._is_late():
            for reader in self.from_the_start:
                reader.open()
            self.loop.after(0.1, self._await_the_last)
            return
        if missing:
            self.faults.append(f"{missing} readers did not get the last event")
        totals = {"readers": 0, "due": 0, "received": 0, "lost": 0}
        for reader in self.from_the_start:
            if reader.has_failed:
                continue
            due = {
                key: count
                for key, (topics, count) in self.acknowledged.items()
                if reaches(reader.patterns, topics)
            }
            try:
                totals["due"] += reader.ledger.check_total(due)
            except Fault as fault:
                self.blame(fault, reader)
            totals["readers"] += 1
            totals["received"] += reader.ledger.received
            totals["lost"] += reader.ledger.lost
        totals["stalls_reset"] = self.stalls_reset
        steady = [reader.ledger for reader in self.steady]
        totals["steady_readers"] = len(steady)
        totals["steady_received"] = sum(ledger.received for ledger in steady)
        totals["steady_gaps"] = sum(ledger.gaps for ledger in steady)
        for index, reader in enumerate(self.from_the_start):
            reader.close(reset=index % 2 == 0)
        kept = None
        if self.plant == "left":
            kept = connect(self.address)
        self._report()
        self.pipe.send(("totals", totals | {"faults": self.faults}))
        # Whoever is left here would be ended by the process's end.
        self.pipe.recv()
        if kept:
            close(kept)
        self.loop.stop()

    def _is_late(self) -> bool:
        return time.monotonic() - self.ending_at > GUARD_SECONDS


def run(address: tuple[str, int], plan: Plan, pipe: Pipe, plant: str | None) -> None:
    Crowd(address, plan, pipe, plant).run()
