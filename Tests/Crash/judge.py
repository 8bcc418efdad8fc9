"""Whether the log and every reader have what they must. It says what is wrong in words that can be looked up."""

from collections import defaultdict

from account import Account, Entry, Fault, position
from plan import matches

History = list[tuple[str, str]]
"""Id and name of each event in the log, in its order."""


def reaches(patterns: list[str], entry: Entry) -> bool:
    return any(matches(pattern, topic) for pattern in patterns for topic in entry.topics)


def check_log(account: Account, history: History, first: int) -> None:
    """`first` is the position of the earliest event: 1 if all of them must be there."""
    place: dict[str, int] = {}
    newest: dict[int, Entry] = {}
    for index, (id, name) in enumerate(history):
        entry = account.saw(id, name)
        if name in place:
            raise Fault(f"{name} is in the log twice, at {first + place[name]} and {first + index}")
        place[name] = index
        if position(id) not in (None, first + index):
            raise Fault(f"{id} ({name}) is at {first + index}")
        before = newest.get(entry.publisher)
        if before and before.number > entry.number:
            raise Fault(f"{name} came after {before.name} in the log, and was published before it")
        newest[entry.publisher] = entry
    kept: set[int] = set()
    requests: dict[tuple[int, int], bool] = {}
    for entry in account.entries.values():
        is_there = entry.name in place
        # What retention let go of is the beginning of each publisher's events.
        if is_there:
            kept.add(entry.publisher)
        may_be_gone = first > 1 and entry.publisher not in kept and (position(entry.id or "") or 0) < first
        if entry.id and not is_there and not may_be_gone:
            raise Fault(f"{entry.name} was acknowledged as {entry.id} and is not in the log")
        if not may_be_gone and requests.setdefault((entry.publisher, entry.request), is_there) != is_there:
            raise Fault(
                f"{entry.name} is {'' if is_there else 'not '}in the log, and others of its request are otherwise"
            )


def check_topic(account: Account, history: History, found: History, topic: str) -> None:
    """What the log gives for one topic, against what it gives for all."""
    wanted = [(id, name) for id, name in history if topic in account.entries[name].topics]
    if found != wanted:
        raise Fault(f"the topic {topic} has other events than the log: {difference(wanted, found)}")


def check_reader(account: Account, record: "Record", history: History | None) -> None:
    """`history` if all that there ever was is in it."""
    _check_publishers(account, record)
    if history is None:
        return
    if record.gaps:
        raise Fault(f"a gap was announced, and nothing was let go of: {record.gaps[0]}")
    wanted = [
        name
        for at, (_, name) in enumerate(history, 1)
        if at > record.start and reaches(record.patterns, account.entries[name])
    ]
    # It left when it had all publishers' last events; there may be more by now.
    if record.names != wanted[: len(record.names)]:
        raise Fault(difference(wanted, record.names))


def _check_publishers(account: Account, record: "Record") -> None:
    """Of each publisher an event may be missing only where a gap was announced, and only if it is before its end."""
    by_publisher: dict[int, list[Entry]] = defaultdict(list)
    for entry in account.entries.values():
        by_publisher[entry.publisher].append(entry)
    expected: dict[int, int] = defaultdict(int)
    gap_before: dict[int, int] = {}
    gaps = iter(record.gaps + [(len(record.names) + 1, 0, False)])
    at, end, repeats = next(gaps)
    for index, name in enumerate(record.names):
        while at <= index:
            for publisher in by_publisher:
                gap_before[publisher] = end
                if repeats:
                    expected[publisher] = 0
            at, end, repeats = next(gaps)
        entry = account.entries[name]
        if entry.number < expected[entry.publisher]:
            raise Fault(f"{name} came again, or after later events of its publisher")
        for missing in by_publisher[entry.publisher][expected[entry.publisher] : entry.number]:
            if not account.was_seen(missing.name) or not reaches(record.patterns, missing):
                continue
            where = position(missing.id or "")
            begins = record.start > 0 and expected[entry.publisher] == 0
            excuse = entry.publisher in gap_before or begins
            bound = max(gap_before.get(entry.publisher, 0), record.start)
            if not excuse or (where is not None and where > bound):
                raise Fault(f"{missing.name} ({missing.id}) never came; {name} after it did")
        expected[entry.publisher] = entry.number + 1
        gap_before.pop(entry.publisher, None)


class Record:
    """What one reader got, over all of its connections."""

    def __init__(self, patterns: list[str]):
        self.patterns = patterns
        self.start = 0
        """The position after which it began."""
        self.names: list[str] = []
        self.gaps: list[tuple[int, int, bool]] = []
        """Before which of its events, up to which position, and whether all that is left was sent again."""


def difference(wanted: list, found: list) -> str:
    at = next((at for at, (one, other) in enumerate(zip(wanted, found)) if one != other), min(len(wanted), len(found)))
    before = found[at - 1] if at else "the beginning"
    came = found[at] if at < len(found) else "nothing"
    due = wanted[at] if at < len(wanted) else "nothing"
    again = ", which had come before" if came in found[:at] else ""
    return f"after {before} ({at} events) came {came}{again}; due was {due}"
