"""Tables of the recorded figures, put into a page between the marks that name them, so that nobody copies a figure."""

import re
import statistics
from collections.abc import Callable
from pathlib import Path

from figures import LOG_TIMES, Point, Result

# What stands in the first column for the works that are measured beside others.
BESIDE = {
    "fanout": "one topic, 5,000 streams, one event at a time",
    "burst": "1,000 streams, 32 publishers at full speed",
    "inbox": "1,000 topics with a stream each, 32 publishers",
    "paced": "1,000 streams, 20 events a second",
    "idle": "10,000 streams that wait",
}


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def ratio(value: float, to: float) -> str:
    return f"{value / to:.2f}" if to > 0 else ""


def machines(results: dict[str, Result]) -> str:
    """Where and of what the figures are: a row for each machine, build and day."""
    groups: dict[tuple[str, ...], list[Result]] = {}
    for result in results.values():
        measured = result.measured
        build = f"{measured['fanfare']}, {measured['commit']}"
        key = (measured["date"].split()[0], measured["processors"], measured["kernel"], build, measured["nchan"])
        groups.setdefault(key, []).append(result)
    rows = []
    for key, members in sorted(groups.items()):
        others = [value for result in members for point in result.points for value in point.all("other_load")]
        names = "all" if len(members) == len(results) else ", ".join(f"`{result.name}`" for result in members)
        rounds = ", ".join(str(count) for count in sorted({result.rounds for result in members}))
        rows.append([names, *key, rounds, f"{statistics.median(others):.0%}"])
    return table(
        ["works", "measured", "processors", "Linux", "Fanfare", "nchan", "rounds", "other programs had of a processor"],
        rows,
    )


def beside(results: dict[str, Result]) -> str:
    rows = []
    for name, words in BESIDE.items():
        if name not in results:
            continue
        result = results[name]
        points = {point.line: point for point in result.points}
        medians = [points[line].median() if line in points else None for line in ("Fanfare", "nchan", "least")]
        texts = ["" if median is None else result.unit.text(median) for median in medians]
        # The least needs no memory for a stream to speak of, and a ratio to nothing says nothing.
        against = [medians[1], medians[2] if name != "idle" else None]
        rows.append([words, result.unit.name, *texts, *(ratio(medians[0], to) if to else "" for to in against)])
    head = ["work", "figure (median)", "Fanfare", "nchan", "least", "Fanfare / nchan", "Fanfare / least"]
    return table(head, rows)


def limits(results: dict[str, Result]) -> str:
    """What kept the work that counts deliveries a second from more."""
    if "burst" not in results:
        return ""
    rows = [
        [point.line, point.limits(), f"{point.median('server_load'):.0%}", f"{point.median('load_load'):.0%}"]
        for point in results["burst"].points
    ]
    return table(["`burst`", "limited by", "the server's processor was busy", "the load's"], rows)


def over_values(result: Result, name: str, first_is: str) -> str:
    """A row for each value, a column for each line, and how each compares with the line's first."""
    by_line = result.lines()
    values = sorted({point.value for point in result.points})
    rows = []
    for value in values:
        row = [f"{value:,}"]
        for points in by_line.values():
            here = [point for point in points if point.value == value]
            row.append(result.unit.text(here[0].median()) if here else "")
            row.append(ratio(here[0].median(), points[0].median()) if here else "")
        rows.append(row)
    head = [name, *(text for line in by_line for text in (line, first_is))]
    return f"{result.unit.name[0].upper()}{result.unit.name[1:]}:\n\n" + table(head, rows)


def streams(result: Result) -> str:
    """As `over_values`, and Fanfare beside the least at the same number of streams."""
    by_line = result.lines()
    rows = []
    for here, least in zip(by_line["Fanfare"], by_line["least"], strict=True):
        texts = [result.unit.text(here.median()), result.unit.text(least.median())]
        rows.append([f"{here.value:,}", *texts, ratio(here.median(), least.median())])
    return f"{result.unit.name[0].upper()}{result.unit.name[1:]}:\n\n" + table(
        ["streams", "Fanfare", "least", "Fanfare / least"], rows
    )


def workers(result: Result) -> str:
    one = result.points[0]

    def shares(point: Point) -> str:
        return ", ".join(f"{point.share_of_thread(number):.0%}" for number in range(point.value or 1))

    rows = [
        [f"{point.value}", result.unit.text(point.median()), ratio(point.median(), one.median()), shares(point)]
        for point in result.points
    ]
    return table(["workers", result.unit.name, "/ one worker", "share of each"], rows)


def tokens(result: Result) -> str:
    """What a token adds to a publish, beside what OpenSSL takes to verify one."""
    none = result.points[0]
    alone = statistics.median(value for point in result.points for value in point.all("openssl_us"))
    rows = [
        [point.line, result.unit.text(point.median()), result.unit.text(point.median() - none.median())]
        for point in result.points
    ]
    rows.append(["OpenSSL alone, a verification", "", result.unit.text(alone)])
    return table(["publishes with", result.unit.name, "more than with none"], rows)


def guarded(result: Result) -> str:
    none = result.points[0]
    rows = [
        [point.line, f"{point.median():.3f}", ratio(point.median(), none.median())] for point in result.points
    ]
    return table(["with", "processor time a delivery, µs", "/ no authorization"], rows)


def connections(result: Result) -> str:
    rows = [
        [f"{point.value:,}", result.unit.text(point.median()), f"{int(point.median('delivered')):,}"]
        for point in result.points
    ]
    return table(["streams", result.unit.name, "of one event to all, came"], rows)


def http2(result: Result) -> str:
    """A row for each protocol, and how it compares with the first."""
    first = result.points[0]
    rows = [
        [
            point.line,
            f"{point.median('server_us_per_delivery'):.2f}",
            ratio(point.median("server_us_per_delivery"), first.median("server_us_per_delivery")),
            f"{point.median('deliveries_per_s') / 1e6:.2f}",
            ratio(point.median("deliveries_per_s"), first.median("deliveries_per_s")),
            point.limits(),
        ]
        for point in result.points
    ]
    against = f"/ {first.line}"
    return table(
        ["", "processor time a delivery, µs", against, "deliveries a second, millions", against, "limited by"], rows
    )


def stuck(result: Result) -> str:
    first = result.points[0]
    figures = {
        "server_us_per_delivery": lambda value: f"{value:.2f}",
        "deliveries_per_s": lambda value: f"{value:,.0f}",
        "latency_p50_us": lambda value: f"{value:,.0f}",
        "latency_p99_us": lambda value: f"{value:,.0f}",
    }
    rows = []
    for point in result.points:
        row = [point.line]
        for figure, text in figures.items():
            row += [text(point.median(figure)), ratio(point.median(figure), first.median(figure))]
        rows.append([*row, f"{point.median('stuck_resets'):.0f}"])
    names = ["processor time a delivery, µs", "deliveries a second", "p50 latency, µs", "p99 latency, µs"]
    head = [text for name in names for text in (name, "/ alone")]
    return table(["99 streams of one connection", *head, "streams reset"], rows)


def million(result: Result) -> str:
    rows = [
        [
            f"{point.value:,}", f"{point.value // point.load['http2']:,}", f"{point.median():,.0f}",
            f"{point.median('opening_s'):.1f}", f"{int(point.median('delivered')):,}",
            f"{point.median('elapsed_s'):.2f}",
        ]
        for point in result.points
    ]
    return table(
        [
            "streams", "connections", "memory a stream, bytes", "opened in, s", "of one event to all, came",
            "the last after, s",
        ],
        rows,
    )


def log(result: Result) -> str:
    """A row for each thing that was timed, a column for each number of events, and what the last is of the first."""

    def row(name: str, figure: str, text: Callable[[float], str]) -> list[str]:
        medians = [point.median(figure) for point in result.points]
        return [name, *(text(median) for median in medians), ratio(medians[-1], medians[0])]

    rows = [row(f"{name}, ms", figure, result.unit.text) for figure, name in LOG_TIMES.items()]
    rows.append(row("that resume, millions of events a second", "replay_per_s", lambda value: f"{value / 1e6:.2f}"))
    rows.append(row("memory of the hub, MB", "memory_bytes", lambda value: f"{value / 1e6:,.0f}"))
    rows.append(row("the file, MB", "file_bytes", lambda value: f"{value / 1e6:,.0f}"))
    return table(["", *(f"{point.value:,} events" for point in result.points), "last / first"], rows)


def tables(results: dict[str, Result]) -> dict[str, str]:
    """All tables that the figures suffice for, by the names of their marks."""
    made = {"machines": machines(results), "beside": beside(results), "limits": limits(results)}
    alone = {
        "workers": workers, "tokens": tokens, "guarded": guarded, "streams": streams, "connections": connections, "log": log, "http2": http2,
        "joined": http2, "stuck": stuck, "million": million,
    }
    for name, make in alone.items():
        if name in results:
            made[name] = make(results[name])
    for name, first in (("topics", "/ fewest topics"), ("patterns", "/ none")):
        if name in results:
            made[name] = over_values(results[name], name, first)
    return made


def put_into(page: Path, results: dict[str, Result]) -> None:
    """Renews what stands between `<!-- figures: NAME -->` and `<!-- end -->`, for works that were recorded."""
    made = tables(results)

    def renewed(match: re.Match) -> str:
        return f"{match[1]}\n\n{made.get(match[2], match[3].strip())}\n\n{match[4]}"

    marks = re.compile(r"(<!-- figures: (\w+) -->)(.*?)(<!-- end -->)", re.DOTALL)
    page.write_text(marks.sub(renewed, page.read_text()))
