"""What a log in a file costs when it holds many events: it is filled once, and in each round a hub is started on it and
asked what those ask who come back."""

import http.client
import json
import os
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from process import family, machine_seconds, memory_bytes, thread_seconds
from servers import BUILD, FANFARE, Failure, running

# Events in one request.
BATCH = 10_000
# How many events a resume is long whose speed is measured.
REPLAY = 100_000
# How many events retention lets go of, and how many are published one after the other meanwhile.
LET_GO = 5_000
PUBLISHES = 300
# How often what is short is repeated: the least counts, which says what the hub needs and not what else happened.
REPEATS = 5


@dataclass(frozen=True)
class Stored:
    """What is in the file."""

    events: int
    topics: int = 1000
    size: int = 128

    def tiny(self) -> "Stored":
        return replace(self, events=400, topics=10)


# The files, one for each size, as long as this program runs.
_directories: dict[Stored, tempfile.TemporaryDirectory] = {}


def measure(stored: Stored) -> dict:
    """Starts hubs on the file and gives the figures of one round."""
    if stored not in _directories:
        BUILD.mkdir(parents=True, exist_ok=True)
        # On the disk where the project is: the system's directory for such things may be in memory.
        _directories[stored] = tempfile.TemporaryDirectory(prefix="log-", dir=BUILD)
    directory = Path(_directories[stored].name)
    machine, own, begun = machine_seconds(), time.process_time(), time.monotonic()
    used = 0.0
    with hub(directory, stored.events) as log:
        log.fill(stored)
        used += log.processor_seconds()
    with hub(directory, stored.events) as log:
        figures = {"start_ms": log.start_ms} | ask(log, stored)
        used += log.processor_seconds()
    # The same file, of which less is to be kept. Retention then lets go of some events with each publish.
    with hub(directory, stored.events - min(LET_GO, stored.events // 2)) as log:
        figures |= publish(log, stored)
        used += log.processor_seconds()
    span = time.monotonic() - begun
    others = max(0.0, machine_seconds() - machine - used - (time.process_time() - own)) / span
    return figures | {"limited_by": "waiting", "other_load": round(others, 3)}


def ask(log: "Log", stored: Stored) -> dict:
    """What those ask who come back, and those who look."""
    last, first = log.last_position(), log.first_position()
    middle = (first + last) // 2
    time_of_middle = log.page("**", middle)["events"][0]["time"]
    count = min(REPLAY, stored.events // 2)
    best_replay = min(
        (log.replay(f"topic=**&last_event_id={log.id(last - count)}", count) for _ in range(3)), key=lambda it: it[1]
    )
    return {
        "resume_ms": least(lambda: log.replay(f"topic=**&last_event_id={log.id(last - 1)}", 1)[0]),
        "resume_100_ms": least(lambda: log.replay(f"topic=**&last_event_id={log.id(last - 100)}", 100)[1]),
        "replay_start_ms": best_replay[0],
        "replay_per_s": round(count / best_replay[1] * 1000),
        "since_last_ms": least(lambda: log.replay("topic=bench/7&since=5", 5)[1]),
        "since_time_ms": least(lambda: log.replay(f"topic=**&since={time_of_middle}", None)[0]),
        "page_first_ms": least(lambda: timed(lambda: log.page("**", None))),
        "page_middle_ms": least(lambda: timed(lambda: log.page("**", middle))),
        "page_last_ms": least(lambda: timed(lambda: log.page("**", last - 100))),
        "page_of_topic_ms": least(lambda: timed(lambda: log.page("bench/7", middle))),
        "topics_ms": least(lambda: timed(lambda: log.get("/topics?limit=100"))),
        "memory_bytes": log.memory(),
        "file_bytes": log.path.stat().st_size,
    }


def publish(log: "Log", stored: Stored) -> dict:
    """How long publishes take while old events go."""
    times = sorted(timed(lambda: log.publish([log.line(number, stored)])) for number in range(PUBLISHES))
    return {"publish_p50_ms": times[len(times) // 2], "publish_worst_ms": times[-1]}


def timed(work: Callable[[], object]) -> float:
    """How long something takes, in milliseconds."""
    begun = time.monotonic()
    work()
    return round((time.monotonic() - begun) * 1000, 3)


def least(work: Callable[[], float]) -> float:
    return min(work() for _ in range(REPEATS))


@contextmanager
def hub(directory: Path, events: int):
    """A hub on the file, which keeps so many events."""
    path = directory / "log.db"
    options = ("--workers", "1", "--log", f"sqlite:{path}", "--retain-events", str(events), "--retain-bytes", "1000GiB")
    begun = time.monotonic()
    with running(FANFARE, options, os.sched_getaffinity(0), directory) as (server, port, _):
        yield Log(path, server.pid, port, round((time.monotonic() - begun) * 1000, 1))


class Log:
    """A hub's log, asked over HTTP."""

    def __init__(self, path: Path, pid: int, port: int, start_ms: float):
        self.path, self.pid, self.port, self.start_ms = path, pid, port, start_ms
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.epoch = ""

    def request(self, method: str, target: str, body: bytes | None = None, kind: str = "") -> dict:
        self.connection.request(method, target, body, {"Content-Type": kind} if body else {})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise Failure(f"{target} was answered {answer.status}: {text[:200]!r}")
        return json.loads(text)

    def get(self, target: str) -> dict:
        return self.request("GET", target)

    def page(self, pattern: str, after: int | None) -> dict:
        return self.get(f"/events?topic={quote(pattern, safe='')}" + (f"&after={self.id(after)}" if after else ""))

    def line(self, number: int, stored: Stored) -> dict:
        return {"topic": f"bench/{number % stored.topics}", "data": f"{number} ".ljust(stored.size, "x")}

    def publish(self, events: list[dict]) -> int:
        """Publishes some events at once, and gives the last position."""
        lines = "\n".join(json.dumps(event) for event in events).encode()
        id = self.request("POST", "/publish", lines, "application/x-ndjson")["ids"][-1]
        self.epoch, _, position = id.rpartition("-")
        return int(position)

    def fill(self, stored: Stored) -> None:
        """Publishes until there are as many events as there are to be."""
        lines = [self.line(number, stored) for number in range(BATCH)]
        self.last = self.publish(lines[:1])
        missing = stored.events - (self.last - self.first_position() + 1)
        while missing > 0:
            self.last = self.publish(lines[: min(missing, BATCH)])
            missing -= BATCH

    def id(self, position: int) -> str:
        """The id of a position: a hub names all of them by its present epoch."""
        return f"{self.epoch}-{position}"

    def last_position(self) -> int:
        """The last position, which a stream that begins now is told; and with it the epoch."""
        with self.stream("topic=none") as stream:
            id = first_id(stream)
        self.epoch, _, position = id.rpartition("-")
        return int(position)

    def first_position(self) -> int:
        with self.stream("topic=none&since=earliest") as stream:
            return int(first_id(stream).rpartition("-")[2]) + 1

    def stream(self, query: str) -> socket.socket:
        stream = socket.create_connection(("127.0.0.1", self.port), 60)
        stream.sendall(f"GET /subscribe?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return stream

    def replay(self, query: str, count: int | None) -> tuple[float, float]:
        """How long it takes until a new stream has its first event, and until it has all, of which there must be so many;
        in milliseconds. `None` is some."""
        begun = time.monotonic()
        with self.stream(query) as stream:
            seen, first, end = 0, 0.0, b""
            while seen < (count or 1):
                # A block has one line of data, and what is before the first one has none.
                bytes = end + stream.recv(1 << 20)
                if len(bytes) == len(end):
                    raise Failure(f"a stream ended after {seen} of {count} events")
                seen += bytes.count(b"\ndata: ")
                if seen and not first:
                    first = time.monotonic() - begun
                # What may be the beginning of a mark is counted with what follows.
                end = bytes[-6:]
        if count is not None and seen > count:
            raise Failure(f"a stream got {seen} events of {count}")
        return round(first * 1000, 3), round((time.monotonic() - begun) * 1000, 3)

    def memory(self) -> int:
        return memory_bytes(family(self.pid))

    def processor_seconds(self) -> float:
        return sum(thread_seconds(family(self.pid)).values())


def first_id(stream: socket.socket) -> str:
    """The id of a stream's opening block."""
    text = b""
    while b"\nid: " not in text or b"\n" not in text.partition(b"\nid: ")[2]:
        more = stream.recv(4096)
        if not more:
            raise Failure("a stream ended before it began")
        text += more
    return text.partition(b"\nid: ")[2].partition(b"\n")[0].decode()
