"""A plot for each work, drawn from the recorded figures: medians as bars or lines, each round as a dot.

The background is clear, and all colours are of middling brightness, so that a page may be light or dark.
"""

from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.ticker import NullLocator  # noqa: E402

from figures import LOG_TIMES, Point, Result  # noqa: E402

INK = "#7d8590"
COLOURS = {"Fanfare": "#e8590c", "nchan": "#3b8ac4", "least": "#8a8f98"}
OTHERS = ["#e8590c", "#3b8ac4"]
# A single round.
ROUND = {"linestyle": "", "marker": "o", "markersize": 3.5, "markerfacecolor": "white", "markeredgecolor": INK}
STYLE = {
    "svg.fonttype": "none",
    # The same figures make the same file.
    "svg.hashsalt": "fanfare",
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "grid.color": INK,
    "grid.alpha": 0.25,
}


def colour(line: str, number: int) -> str:
    return COLOURS.get(line, OTHERS[number % len(OTHERS)])


def bars(result: Result, axes: Axes) -> None:
    """A bar for each server, one under the other."""
    for row, point in enumerate(reversed(result.points)):
        axes.barh(row, point.median() / result.unit.scale, height=0.6, color=colour(point.line, 0))
        mark(result, axes, row, point)
    axes.set_yticks(range(len(result.points)), [point.line for point in reversed(result.points)])
    axes.set_xlabel(result.unit.name)


def workers(result: Result, axes: Axes) -> None:
    """A bar for each number of workers, in as many parts as there are workers."""
    names = []
    for row, point in enumerate(reversed(result.points)):
        start = 0.0
        count = point.value or 1
        names.append(f"{count} worker{'s' if count != 1 else ''}")
        for thread in range(count):
            share = point.share_of_thread(thread)
            length = point.median() / result.unit.scale * share
            axes.barh(row, length, left=start, height=0.6, color=OTHERS[thread % len(OTHERS)])
            axes.text(start + length / 2, row, f"{share:.0%}", color="white", ha="center", va="center")
            start += length
        mark(result, axes, row, point)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(f"{result.unit.name}; of it each worker's part")


def mark(result: Result, axes: Axes, row: int, point: Point) -> None:
    """The rounds of a bar, and its figure behind it."""
    rounds = [value / result.unit.scale for value in point.all()]
    axes.plot(rounds, [row] * len(rounds), **ROUND)
    text = result.unit.text(point.median())
    axes.annotate(text, (max(rounds), row), (8, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, max(axes.get_xlim()[1], 1.12 * max(rounds)))


def lines(result: Result, axes: Axes, label: str, unit: str, value_of: Callable[[Point, float], float]) -> None:
    """A line through the medians of each kind of case, from zero up."""
    highest = 0.0
    for number, (line, points) in enumerate(result.lines().items()):
        places = [point.value for point in points]
        axes.plot(places, [value_of(point, point.median()) for point in points], color=colour(line, number), label=line)
        for point in points:
            rounds = [value_of(point, value) for value in point.all()]
            axes.plot([point.value] * len(rounds), rounds, **ROUND | {"markeredgecolor": colour(line, number)})
            highest = max(highest, *rounds)
    axes.set_xlabel(label)
    axes.set_title(unit, loc="left", fontsize=10)
    axes.grid(axis="y")
    # Room for the legend above the lines.
    axes.set_ylim(0, highest * (1.4 if len(result.lines()) > 1 else 1.12))
    axes.xaxis.set_minor_locator(NullLocator())
    places = sorted({point.value for point in result.points})
    axes.set_xticks(places, [short(place) for place in places])
    if len(result.lines()) > 1:
        axes.legend(loc="upper left")


def short(count: int) -> str:
    if count >= 1_000_000:
        return f"{count / 1_000_000:g}M"
    return f"{count / 1000:g}k" if count >= 1000 else str(count)


def costs(label: str, scale: dict) -> Callable[[Result, Axes], None]:
    """Lines of the figure itself."""

    def plot(result: Result, axes: Axes) -> None:
        axes.set_xscale(**scale)
        lines(result, axes, label, result.unit.name, lambda _, value: value / result.unit.scale)

    return plot


def patterns(result: Result, axes: Axes) -> None:
    """With the bound that is set for it: twice the cost of none."""
    # Zero is among them: below 100 the axis is even.
    costs("patterns", {"value": "symlog", "linthresh": 100, "linscale": 0.5})(result, axes)
    bound = 2 * result.points[0].median() / result.unit.scale
    axes.axhline(bound, color=INK, linestyle=":", linewidth=1)
    axes.annotate("twice the cost without patterns", (0, bound), (4, 4), textcoords="offset points")
    axes.set_ylim(0, max(axes.get_ylim()[1], 1.2 * bound))


def connections(result: Result, axes: Axes) -> None:
    """The memory of all streams together."""
    mebibyte = 1 << 20
    label, unit = "open streams", "memory for all of them, MiB"
    lines(result, axes, label, unit, lambda point, value: value * point.load["streams"] / mebibyte)
    axes.set_xlim(left=0)


def log(result: Result, axes: Axes) -> None:
    """A line for each of a few things that were timed, with its end named; the table has all."""
    shown = {"start_ms": "start", "topics_ms": "topics", "page_middle_ms": "a page of history", "resume_ms": "resume"}
    assert shown.keys() <= LOG_TIMES.keys()
    places = [point.value for point in result.points]
    for number, (figure, name) in enumerate(shown.items()):
        medians = [point.median(figure) for point in result.points]
        axes.plot(places, medians, color=OTHERS[number % len(OTHERS)], marker="o", markersize=3)
        axes.annotate(name, (places[-1], medians[-1]), (6, 0), textcoords="offset points", va="center")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("events in the file")
    axes.set_title("time, ms", loc="left", fontsize=10)
    axes.grid(axis="y")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(places, [short(place) for place in places])


# How a work is drawn, and the size of the plot in inches.
PLOTS: dict[str, tuple[Callable[[Result, Axes], None], tuple[float, float]]] = {
    **{name: (bars, (6, 1.7)) for name in ("fanout", "burst", "inbox", "paced", "idle")},
    **{name: (bars, (6, 1.7)) for name in ("http2", "joined", "stuck", "tokens", "guarded")},
    "workers": (workers, (6, 1.4)),
    "streams": (costs("open streams", {"value": "log"}), (6, 2.8)),
    "topics": (costs("topics that the hub knows", {"value": "log"}), (6, 2.8)),
    "patterns": (patterns, (6, 2.8)),
    "connections": (connections, (6, 2.4)),
    "million": (connections, (6, 2.4)),
    "log": (log, (6, 3.4)),
}


def draw(result: Result, directory: Path, format: str = "svg") -> Path:
    """Draws a work's plot; gives the file."""
    plot, size = PLOTS[result.name]
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=size, layout="constrained")
        plot(result, axes)
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{result.name}.{format}"
        metadata = {"Date": None, "Title": result.question} if format == "svg" else None
        figure.savefig(path, transparent=True, metadata=metadata, dpi=120)
        pyplot.close(figure)
    return path
