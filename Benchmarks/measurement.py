"""One measurement: a server, a load on it, and what came of it."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import guarded
import stored
from process import family, machine_seconds, memory_bytes, thread_seconds
from servers import Failure, load_generator, running
from works import Case

# Who is busy for this part of the time or more has nothing left to give.
FULL = 0.9


def processors(case: Case) -> tuple[set[int], set[int]]:
    """Which processors the server may use, and which the load."""
    available = sorted(os.sched_getaffinity(0))
    if case.is_pinned and len(available) > 1:
        return {available[0]}, {available[1]}
    return set(available), set(available)


def measure(case: Case) -> dict:
    """Starts the case's server anew, puts the load on it, and gives the figures.

    Raises Failure when an event was lost or repeated, or when the run could not be carried out.
    """
    if isinstance(case.load, stored.Stored):
        return stored.measure(case.load)
    for_server, for_load = processors(case)
    if isinstance(case.load, guarded.Guarded):
        return guarded.measure(case.load, for_server, for_load)
    with tempfile.TemporaryDirectory(prefix="fanfare-benchmark-") as name:
        directory = Path(name)
        # nginx's worker is another user.
        directory.chmod(0o755)
        with running(case.server, case.options, for_server, directory) as (server, port, secure_port):
            ports = ["--port", str(port), "--stream-port", str(secure_port if case.load.tls else port)]
            load = subprocess.Popen(
                [load_generator(), *ports, *case.server.requests, *case.load.arguments()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=(directory / "load").open("wb"),
                text=True,
                preexec_fn=lambda: os.sched_setaffinity(0, for_load),
            )
            try:
                return follow(load, server.pid, case)
            except Failure:
                raise Failure(f"{case.server.name}: {(directory / 'load').read_text().strip()[-500:]}") from None
            finally:
                load.kill()
                load.wait()


def follow(load: subprocess.Popen, server: int, case: Case) -> dict:
    """Lets the load take one step after the other, and looks at the server between them."""
    pids = family(server)
    # The load is there already: pages that it shares with the server are counted by halves, before and after.
    expect(load, "ready")
    memory_before = settled_memory(pids)
    go_on(load)
    expect(load, "open")
    memory = settled_memory(pids) - memory_before
    go_on(load)
    expect(load, "known")
    before, machine, begun = thread_seconds(pids), machine_seconds(), time.monotonic()
    go_on(load)
    figures = json.loads(next_line(load))
    machine, span, after = machine_seconds() - machine, time.monotonic() - begun, thread_seconds(pids)
    used = sorted((after[thread] - before.get(thread, 0) for thread in after), reverse=True)
    others = max(0.0, machine - sum(used) - figures["load_processor_s"]) / span
    return figures | derived(figures, used, others, memory, case)


def settled_memory(pids: list[int]) -> int:
    """The memory of processes that were busy a moment ago, once it hardly changes any more."""
    before = memory_bytes(pids)
    for _ in range(50):
        time.sleep(0.1)
        now = memory_bytes(pids)
        if abs(now - before) < 16 << 10:
            return now
        before = now
    return before


def derived(figures: dict, thread_times: list[float], others: float, memory: int, case: Case) -> dict:
    """What follows from the figures of the load, of the server, of other programs, and of the server's memory."""
    server_seconds = sum(thread_times)
    server_load = max(thread_times) / figures["elapsed_s"]
    own_load = figures["load_processor_s"] / figures["elapsed_s"]
    if case.load.rate:
        limit = "rate"
    elif server_load >= FULL:
        limit = "server"
    elif own_load >= FULL:
        limit = "load"
    elif others >= 1 - FULL:
        limit = "other programs"
    else:
        limit = "waiting"
    return {
        "server_processor_s": round(server_seconds, 4),
        "server_us_per_delivery": round(server_seconds * 1e6 / figures["delivered"], 4),
        # The busiest threads of the server, each with its part of all its processor time.
        "thread_shares": [round(time / server_seconds, 4) for time in thread_times[:4]] if server_seconds else [],
        "server_load": round(server_load, 3),
        "load_load": round(own_load, 3),
        # How many processors all other programs had meanwhile: more than a few hundredths, and times mean little.
        "other_load": round(others, 3),
        "limited_by": limit,
        "memory_bytes_per_stream": round(memory / case.load.streams, 1),
    }


def next_line(load: subprocess.Popen) -> str:
    # The load gives up by itself when nothing happens, so this does not wait for ever.
    line = load.stdout.readline()
    if not line:
        raise Failure("the load ended")
    return line


def expect(load: subprocess.Popen, step: str) -> None:
    if next_line(load).strip() != step:
        raise Failure("the load said something else")


def go_on(load: subprocess.Popen) -> None:
    load.stdin.write("\n")
    load.stdin.flush()
