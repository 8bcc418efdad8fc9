"""The recorded figures: medians over rounds, their units, and how they are written."""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Unit:
    """How a figure is shown: divided by `scale`, with so many decimals."""

    name: str
    scale: float = 1
    decimals: int = 0

    def text(self, value: float) -> str:
        return f"{value / self.scale:,.{self.decimals}f}"


UNITS = {
    "server_us_per_delivery": Unit("processor time a delivery, µs", 1, 1),
    "deliveries_per_s": Unit("deliveries a second, millions", 1e6, 2),
    "latency_p99_us": Unit("p99 latency, ms", 1e3, 1),
    "server_us_per_publish": Unit("processor time a publish, µs", 1, 1),
    "resume_ms": Unit("time, ms", 1, 1),
    "memory_bytes_per_stream": Unit("memory a stream, KiB", 1024, 2),
}


# What is measured of a log in a file, as the plot and the table name it.
LOG_TIMES = {
    "start_ms": "start of the process, until it takes connections",
    "resume_ms": "resume one event before the end: its event",
    "resume_100_ms": "resume 100 events before the end: the last of them",
    "replay_start_ms": "resume 100,000 events before the end (half of all, if they are fewer): the first",
    "since_last_ms": "`since=5` on one of 1,000 topics: the last event",
    "since_time_ms": "`since=TIME`, from the middle: the first event",
    "page_first_ms": "`GET /events`, all topics, the first 100 of all",
    "page_middle_ms": "`GET /events`, all topics, from the middle",
    "page_last_ms": "`GET /events`, all topics, the last 100",
    "page_of_topic_ms": "`GET /events`, one of 1,000 topics, from the middle",
    "topics_ms": "`GET /topics`, 100 of 1,000",
    "publish_p50_ms": "a publish while retention lets go of 5,000 events: median",
    "publish_worst_ms": "and the slowest of 300",
}


@dataclass(frozen=True)
class Point:
    """A case with the figures of its rounds."""

    line: str
    value: int | None
    load: dict
    rounds: list[dict]
    figure: str

    def all(self, figure: str | None = None) -> list[float]:
        return [figures[figure or self.figure] for figures in self.rounds]

    def median(self, figure: str | None = None) -> float:
        return statistics.median(self.all(figure))

    def share_of_thread(self, number: int) -> float:
        """The part of the server's processor time that its busiest thread had, or the second busiest, and so on."""
        return statistics.median(figures["thread_shares"][number] for figures in self.rounds)

    def limits(self) -> str:
        """What limited the rounds."""
        return ", ".join(sorted({figures["limited_by"] for figures in self.rounds}))


@dataclass(frozen=True)
class Result:
    """A recorded work."""

    name: str
    question: str
    figure: str
    measured: dict
    points: list[Point]

    @property
    def unit(self) -> Unit:
        return UNITS[self.figure]

    @property
    def rounds(self) -> int:
        return min(len(point.rounds) for point in self.points)

    def lines(self) -> dict[str, list[Point]]:
        """The points of each line, in the order in which they were measured."""
        lines: dict[str, list[Point]] = {}
        for point in self.points:
            lines.setdefault(point.line, []).append(point)
        return lines


def read(directory: Path) -> dict[str, Result]:
    """All works that were recorded there, by name."""
    results = {}
    for path in sorted(directory.glob("*.json")):
        record = json.loads(path.read_text())
        points = [
            Point(case["line"], case["value"], case["load"], case["rounds"], record["figure"])
            for case in record["cases"]
        ]
        results[record["work"]] = Result(
            record["work"], record["question"], record["figure"], record["measured"], points
        )
    return results
