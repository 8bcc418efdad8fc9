"""What is measured: each work asks one question, of one or several cases, by one figure."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from guarded import Guarded
from servers import FANFARE, GUARDED, LEAST, NCHAN, Server
from stored import Stored

TIME = "server_us_per_delivery"
ONE_WORKER = ("--workers", "1")


@dataclass(frozen=True)
class Load:
    """What the load generator is told; load/main.c says what it means."""

    streams: int
    messages: int
    topics: int = 1
    known: int = 0
    publishers: int = 1
    rate: int = 0
    patterns: int = 0
    size: int = 128
    # Streams that share a connection of HTTP/2; 0 is HTTP/1.1.
    http2: int = 0
    stuck: int = 0
    tls: bool = False
    patience: int = 10

    def arguments(self) -> list[str]:
        values = vars(self) | {"known": max(self.known, self.topics), "tls": int(self.tls)}
        return [text for name, value in values.items() for text in (f"--{name}", str(value))]

    def tiny(self) -> "Load":
        """The same with next to nothing to do."""
        topics = 20 if self.topics > self.streams else min(self.topics, 10)
        known, patterns = min(self.known, 30), min(self.patterns, topics)
        publishers = min(self.publishers, 4)
        return replace(
            self, streams=10, messages=10, topics=topics, known=known, publishers=publishers, patterns=patterns,
            http2=min(self.http2, 4),
        )


@dataclass(frozen=True)
class Case:
    """A server under a load. `line` and `value` are its place in a plot: which line, and where on it."""

    line: str
    server: Server
    load: Load | Stored | Guarded
    value: int | None = None
    options: tuple[str, ...] = ONE_WORKER
    # Whether the server has one processor for itself, and the load another.
    is_pinned: bool = True


@dataclass(frozen=True)
class Work:
    """Cases that answer a question together."""

    name: str
    question: str
    figure: str
    cases: list[Case] = field(default_factory=list)
    # Whether it is measured when no work is named.
    is_usual: bool = True


def beside(name: str, question: str, figure: str, load: Load, least: str = "each") -> Work:
    """The same load on Fanfare, on nchan, and on the least, which writes each event at once or joins them."""
    return Work(
        name, question, figure,
        [
            Case("Fanfare", FANFARE, load),
            Case("nchan", NCHAN, load, options=()),
            Case("least", LEAST, load, options=(least,)),
        ],
    )


def at(
    values: list[int], load: Callable[[int], Load], *, line: str = "Fanfare", server: Server = FANFARE,
    options: tuple[str, ...] = ONE_WORKER,
) -> list[Case]:
    """The case of each value, with the load that a function makes of it."""
    return [Case(line, server, load(value), value, options) for value in values]


def streams(count: int) -> Load:
    """As many deliveries for any number of streams, so that each takes the server some two seconds."""
    return Load(streams=count, messages=450_000 // count)


def shared(name: str, question: str, figure: str, load: Load) -> Work:
    """The same load over HTTP/1.1, and with a hundred streams on each connection of HTTP/2, in clear and over TLS."""
    joined = replace(load, http2=100)
    secure = (*ONE_WORKER, "--tls-self-signed")
    return Work(
        name, question, figure,
        [
            Case("HTTP/1.1", FANFARE, load),
            Case("HTTP/2", FANFARE, joined),
            Case("HTTP/2 over TLS", FANFARE, replace(joined, tls=True), options=secure),
        ],
    )


def stuck(messages: int) -> Work:
    """One connection of HTTP/2, whose streams read; and one more of them, whose window is closed from the start."""
    alone = Load(streams=99, messages=messages, http2=99)
    beside = replace(alone, stuck=1)
    # The first is never reached; the second, twice the largest event, soon.
    late = (*ONE_WORKER, "--slow-limit-bytes", "64MiB")
    early = (*ONE_WORKER, "--max-event-size", "64KiB", "--slow-limit-bytes", "128KiB")
    return Work(
        "stuck", "Does a stream whose window is closed slow the 99 others of its connection?", TIME,
        [
            Case("99 streams", FANFARE, alone),
            Case("beside one that is stuck", FANFARE, beside, options=late),
            Case("beside one that is reset", FANFARE, beside, options=early),
        ],
    )


def log(most: int) -> Work:
    """A log in a file with more and more events."""
    counts = [count for count in (10_000, 100_000, 1_000_000, 10_000_000) if count <= most]
    return Work(
        "log", "Does anything cost more the more events a log in a file holds?", "resume_ms",
        [Case("Fanfare", FANFARE, Stored(count), count, is_pinned=False) for count in counts],
    )


STREAMS = [100, 300, 1000, 3000, 5000, 10_000, 15_000]


WORKS = {
    work.name: work
    for work in [
        beside(
            "fanout", "What does a delivery cost when one event goes to 5,000 streams?", TIME,
            Load(streams=5000, messages=80),
        ),
        beside(
            "burst", "How many deliveries a second are there when 32 publishers send at full speed to 1,000 streams?",
            "deliveries_per_s", Load(streams=1000, messages=4000, publishers=32), least="join",
        ),
        beside(
            "inbox", "What do a publish and its one delivery cost, with 1,000 topics of one stream each?", TIME,
            Load(streams=1000, topics=1000, messages=60_000, publishers=32),
        ),
        beside(
            "paced", "How late do events come when 20 a second go to 1,000 streams?", "latency_p99_us",
            Load(streams=1000, messages=100, rate=20, publishers=4),
        ),
        beside(
            "idle", "What memory does a stream take that waits?", "memory_bytes_per_stream",
            Load(streams=10_000, messages=1),
        ),
        Work(
            "workers", "Do two workers share the work, and does a delivery cost the same?", TIME,
            [
                Case(
                    "Fanfare", FANFARE, Load(streams=5000, messages=100), count, ("--workers", str(count)),
                    is_pinned=False,
                )
                for count in (1, 2)
            ],
        ),
        Work(
            "streams", "Does a delivery cost more the more streams there are?", TIME,
            # The least shows what of it is the kernel's.
            at(STREAMS, streams) + at(STREAMS, streams, line="least", server=LEAST, options=("each",)),
        ),
        Work(
            "topics", "Does an event cost more the more topics the hub knows?", TIME,
            at(
                [1, 100, 10_000, 100_000],
                lambda count: Load(streams=1000, messages=450, known=count),
                line="one event to 1,000 streams",
            )
            + at(
                [1000, 3000, 10_000, 30_000, 100_000],
                lambda count: Load(streams=1000, topics=count, messages=100_000, publishers=32),
                line="each event to one of 1,000 streams", options=(*ONE_WORKER, "--max-topics", "100"),
            ),
        ),
        Work(
            "patterns", "Does an event cost more the more patterns there are?", TIME,
            at(
                [0, 100, 1000, 10_000],
                lambda count: Load(streams=500, topics=10_000, messages=100_000, publishers=32, patterns=count),
            ),
        ),
        Work(
            "connections", "What memory do 15,000 streams take, and does an event come to all of them?",
            "memory_bytes_per_stream",
            at([1000, 5000, 10_000, 15_000], lambda count: Load(streams=count, messages=1)),
        ),
        shared(
            "http2", "What does a delivery cost when 5,000 streams share 50 connections of HTTP/2?", TIME,
            Load(streams=5000, messages=80),
        ),
        shared(
            "joined", "How many deliveries a second are there at full speed when streams share connections?",
            "deliveries_per_s", Load(streams=1000, messages=4000, publishers=32),
        ),
        stuck(20_000),
        Work(
            "million", "What memory do a million streams take, and does an event come to all of them?",
            "memory_bytes_per_stream",
            at([10_000, 100_000, 1_000_000], lambda count: Load(streams=count, messages=1, http2=100, patience=60)),
            is_usual=False,
        ),
        Work(
            "tokens", "What does it cost to verify a token of ES256, and what if it comes again?", "server_us_per_publish",
            [
                Case("no authorization", FANFARE, Guarded("none")),
                Case("the same token each time", FANFARE, Guarded("same")),
                Case("a new token each time", FANFARE, Guarded("new")),
            ],
        ),
        Work(
            "guarded", "Does a delivery cost the same on a hub that asks for tokens?", TIME,
            [
                Case("no authorization", FANFARE, Load(streams=1000, messages=4000, publishers=32)),
                Case("tokens", GUARDED, Load(streams=1000, messages=4000, publishers=32)),
            ],
        ),
        log(1_000_000),
    ]
}
