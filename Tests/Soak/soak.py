#!/usr/bin/env python3
"""A hub under steady load for as long as is wanted, with clients that come, go, stall and die.

It starts the release hub (or the one that FANFARE_BINARY names) with a log that is soon full, and two processes of
clients: `crowd.py` reads and `press.py` publishes. Every event is counted at both ends. It prints a line a minute, keeps
the same figures as lines of JSON in .build/soak/, and at the end checks (`verdict.py`) that nothing was lost or
repeated, that memory and descriptors are what they were, and that the hub's own counts are exact. Exit status 0 if so.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "Acceptance"))

import crowd  # noqa: E402
import press  # noqa: E402
from hang_guard import wait_for  # noqa: E402
from hub import Hub  # noqa: E402
from plan import TOPICS, Plan  # noqa: E402
from server import Server, binary  # noqa: E402
from verdict import Verdict  # noqa: E402
from vitals import Process, Reading, counters, pages  # noqa: E402


class Clients:
    """One process of clients, and what it last said of itself."""

    def __init__(self, room, address: tuple[str, int], plan: Plan, plant: str | None):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=room.run, args=(address, plan, theirs, plant), daemon=True)
        self._process.start()
        theirs.close()
        self.figures: dict = {}

    def say(self, word: str, value=None) -> None:
        self._pipe.send((word, value))

    def hear(self, awaited: str | None = None):
        """Takes in what it said; waits for the message that is awaited, if one is."""
        while awaited or self._pipe.poll():
            if not self._pipe.poll(300):
                raise SystemExit(f"soak: clients do not say: {awaited}")
            try:
                word, value = self._pipe.recv()
            except EOFError:
                raise SystemExit("soak: a process of clients ended by itself") from None
            if word == "figures":
                self.figures = value
            elif word == awaited:
                return value
        return None

    def end(self) -> None:
        self._pipe.send(("end", None))
        self._process.join(30)

    def kill(self) -> None:
        if self._process.is_alive():
            self._process.kill()


class Record:
    """A line a minute, for people and as JSON."""

    def __init__(self, hub: Hub, process: Process, path: Path):
        self._hub = hub
        self._process = process
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w")
        self._last: dict | None = None

    def write(self, memory: Reading, figures: dict) -> None:
        now = {
            "seconds": round(memory.at, 1),
            "pss_kB": memory.all,
            "own_kB": memory.own,
            "descriptors": self._process.descriptors(),
            "threads": self._process.threads(),
            "hub_seconds": self._process.processor_seconds(),
            **counters(self._hub),
            **figures,
        }
        self._file.write(json.dumps(now) + "\n")
        self._file.flush()
        before = self._last or {name: 0 for name in now}
        self._last = now
        passed = max(now["seconds"] - before["seconds"], 0.1)

        def rate(*names: str) -> float:
            return sum(now[name] - before[name] for name in names) / passed

        print(
            f"{memory.at / 60:6.1f} min  {rate('publishes'):,.0f} publishes/s  {rate('deliveries'):,.0f} deliveries/s"
            f"  hub {rate('hub_seconds'):.0%} clients {rate('readers_seconds', 'publishers_seconds'):.0%} of a processor"
            f"  PSS {memory.all:,} kB, {memory.own:,} its own  {now['descriptors']} descriptors  {now['threads']} threads"
            f"  {now['connections']} connections ({now['open']} open here)  {now['bytes_behind']:,} bytes behind"
            f"  {now['log_entries']:,} log entries  gaps {now['gaps']}  stalls reset {now['stalls_reset']} ({now['resets_unheard']} unheard)"
            f"  other resets {now['resets']}  deaths {now['deaths']}  faults {now['faults'] + now['publish_faults']}",
            flush=True,
        )


def soak(plan: Plan, tolerance: float, plant: str | None) -> Verdict:
    print(f"soak: {plan.seconds / 60:g} minutes of {binary()}, seed {plan.seed}", flush=True)
    print(f"soak: fanfare serve {' '.join(plan.options())}", flush=True)
    server = Server(*plan.options())
    rooms: list[Clients] = []
    try:
        verdict = measure(server, plan, tolerance, plant, rooms)
        server.stop()
        return verdict
    finally:
        for room in rooms:
            room.kill()
        server.kill()


def measure(server: Server, plan: Plan, tolerance: float, plant: str | None, rooms: list[Clients]) -> Verdict:
    hub, process, verdict = Hub(server), Process(server.process.pid), Verdict()
    # What the hub opens on its first request is no client's.
    counters(hub)
    wait_for(lambda: server.process.poll() is None and not pages(hub, "/connections?", "connections"), "nobody is there")
    descriptors_before = settled(process.descriptors)
    threads_before = process.threads()

    readers = Clients(crowd, server.address, plan, plant)
    publishers = Clients(press, server.address, plan, plant)
    rooms += [readers, publishers]
    readers.hear("ready")
    publishers.say("go")
    readings = watch(server, hub, process, plan, readers, publishers)

    publishers.say("finish")
    acknowledged, latest, faults = publishers.hear("published")
    readers.say("finish", acknowledged)
    totals = readers.hear("totals")

    print(f"soak: over; figures in {record_path(plan)}", flush=True)
    for fault in faults:
        verdict.check(False, f"a publisher: {fault}")
    sent = sum(count for _, count in acknowledged.values())
    verdict.check(not faults, f"{sent:,} events were acknowledged, and the last one")
    verdict.deliveries(totals)
    verdict.memory(readings, plan, tolerance)
    verdict.check(
        becomes(lambda: not pages(hub, "/connections?", "connections")), "/connections: none is left when all have left"
    )
    verdict.check(becomes(lambda: nobody_is_present(hub)), "/presence: nobody is on any topic")
    verdict.check(
        becomes(lambda: process.descriptors() == descriptors_before),
        f"descriptors: {descriptors_before} before the first client, {process.descriptors()} after the last",
    )
    verdict.check(
        process.threads() <= threads_before, f"threads: {threads_before} before, {process.threads()} after"
    )
    verdict.log(hub, plan, latest)
    print(f"        memory when all have left: {process.memory().own:,} kB of its own", flush=True)
    for room in rooms:
        room.end()
    return verdict


def watch(
    server: Server, hub: Hub, process: Process, plan: Plan, readers: Clients, publishers: Clients
) -> list[Reading]:
    """Reads memory each second and writes a line each minute, until the time is over.

    It goes on until somebody who stopped reading was reset, which takes a machine that is busy a little longer.
    """
    record = Record(hub, process, record_path(plan))
    began = time.monotonic()
    interval = min(60.0, plan.seconds / 4)
    readings: list[Reading] = []
    lines = 0
    while True:
        at = time.monotonic() - began
        if server.process.poll() is not None:
            raise SystemExit(f"soak: the hub ended by itself with {server.process.returncode}: {server.errors()}")
        readings.append(process.memory(at))
        readers.hear()
        publishers.hear()
        if at >= (lines + 1) * interval and readers.figures and publishers.figures:
            lines += 1
            record.write(readings[-1], readers.figures | publishers.figures)
        if at >= plan.seconds and (readers.figures.get("stalls_reset") or at >= plan.seconds + 60):
            return readings
        # The pace of sampling, not a condition.
        time.sleep(min(1.0, plan.seconds / 60))


def record_path(plan: Plan) -> Path:
    return ROOT / ".build" / "soak" / f"{plan.seed}.jsonl"


def settled(value) -> int:
    """A number that has stopped changing: a connection that has just ended may still be closing."""
    seen: list[int] = []

    def is_settled() -> bool:
        seen.append(value())
        return len(seen) >= 20 and len(set(seen[-20:])) == 1

    wait_for(is_settled, "the number of descriptors settles")
    return seen[-1]


def nobody_is_present(hub: Hub) -> bool:
    answers = [hub.get(f"/presence?topic={topic}").json() for topic in (TOPICS[0], TOPICS[-1])]
    return all(answer["users"] == [] and answer["anonymous"] == 0 for answer in answers)


def becomes(condition) -> bool:
    """Whether it comes to hold, before a guard that is far above what it takes."""
    try:
        wait_for(condition, "it holds")
    except AssertionError:
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same choices again")
    parser.add_argument("--streams", type=int, default=800, help="about how many are open at once")
    parser.add_argument("--rate", type=float, default=1000.0, help="publishes a second")
    parser.add_argument("--retained-seconds", type=float, default=30.0, help="after so long the log is full")
    parser.add_argument("--slow-seconds", type=int, default=5, help="who reads nothing for so long is reset")
    parser.add_argument("--memory-tolerance", type=float, default=5.0, help="per cent")
    parser.add_argument(
        "--plant", choices=["lost", "repeated", "uncounted", "left"], help="a fault of the clients, which must be found"
    )
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    plan = Plan(
        seed=arguments.seed,
        seconds=arguments.minutes * 60,
        streams=arguments.streams,
        rate=arguments.rate,
        retained_seconds=arguments.retained_seconds,
        slow_seconds=arguments.slow_seconds,
    )
    verdict = soak(plan, arguments.memory_tolerance, arguments.plant)
    print("soak: passed" if not verdict.failed else f"soak: failed, {len(verdict.failed)} checks", flush=True)
    return 1 if verdict.failed else 0


if __name__ == "__main__":
    sys.exit(main())
