"""What all processes of a soak agree on: topics, who publishes where, which subscriptions there are, how large it is."""

from dataclasses import dataclass
from random import Random

AREAS, NUMBERS = 5, 10
TOPICS = [f"soak/{area}/{number}" for area in range(AREAS) for number in range(NUMBERS)]
"""Where events are published whose number is known: each that is acknowledged must arrive."""

UNSURE = "unsure/0"
"""Where publishers publish that are gone before the answer: such an event may be in the log or not."""

LAST = "last 0"
"""The data of the very last event, which is on all of `TOPICS`: who has it can expect nothing more."""

PUBLISHERS = 8


@dataclass(frozen=True)
class Plan:
    """One soak. The same seed gives the same choices, though the system decides when each is made."""

    seed: int
    seconds: float
    streams: int
    rate: float
    """Publishes a second, all publishers together."""
    retained_seconds: float
    """How long it takes until the log is full. Who is away for longer comes back to a gap."""
    slow_seconds: int

    @property
    def retained_events(self) -> int:
        return max(100, int(self.rate * self.retained_seconds))

    @property
    def warm_seconds(self) -> float:
        """From then on memory may not grow: ten minutes of an hour."""
        return self.seconds / 6

    def options(self) -> list[str]:
        """Of `fanfare serve`: bounds that the soak reaches within its first sixth."""
        return [
            "--open", "--log", "memory", "--workers", "2",
            "--retain-events", str(self.retained_events),
            "--max-event-size", "32KiB", "--slow-limit-bytes", "64KiB",
            "--slow-limit-age", f"{self.slow_seconds}s",
            "--heartbeat", "1s", "--log-level", "warning",
        ]  # fmt: skip

    def random(self, name: str) -> Random:
        """Randomness of its own for each part, so that they do not disturb each other."""
        return Random(f"{self.seed} {name}")


def topics_of(publisher: int) -> list[str]:
    """Each topic has several publishers, and each publisher several topics."""
    return [topic for index, topic in enumerate(TOPICS) if (index + publisher) % 4 == 0]


def some_patterns(random: Random) -> list[str]:
    """A subscription: names, or wildcards, or both so that events match in more than one way."""
    area, number = random.randrange(AREAS), random.randrange(NUMBERS)
    choice = random.random()
    if choice < 0.45:
        return random.sample(TOPICS, random.randint(1, 4))
    if choice < 0.65:
        return [f"soak/{area}/*"]
    if choice < 0.9:
        return [f"soak/*/{number}"]
    return [f"soak/{area}/**", f"soak/*/{number}", f"soak/{area}/{number}"]


def matches(pattern: str, topic: str) -> bool:
    """The rules of wildcards, said anew so that the hub's own are not taken for granted."""
    wanted, given = pattern.split("/"), topic.split("/")
    if wanted[-1] == "**":
        wanted, given = wanted[:-1], given[: len(wanted) - 1] if len(given) >= len(wanted) else []
        if not given:
            return not wanted
    return len(wanted) == len(given) and all(one in ("*", other) for one, other in zip(wanted, given))


def reaches(patterns: list[str], topics: tuple[str, ...]) -> bool:
    return any(matches(pattern, topic) for pattern in patterns for topic in topics)
