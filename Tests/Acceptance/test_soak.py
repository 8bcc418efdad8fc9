"""The soak itself, short: that it passes, that it finds faults which are planted, and that its counting is strict."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).resolve().parent.parent / "Soak"
sys.path.insert(0, str(SOAK))

from ledger import Chunks, Fault, Ledger  # noqa: E402
from plan import matches  # noqa: E402

TINY = ["--streams", "60", "--rate", "200", "--retained-seconds", "2", "--slow-seconds", "1"]


def run(*options: str) -> subprocess.CompletedProcess:
    # How much memory so short a run ends with says nothing yet.
    command = [sys.executable, str(SOAK / "soak.py"), *TINY, "--memory-tolerance", "100", *options]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_short_soak_passes():
    done = run("--minutes", "0.3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "soak: passed" in done.stdout


# One event that is lost is missing between two others, or is the only one of a topic's that was due.
@pytest.mark.parametrize("fault, found", [("lost", "events are missing|, 0 came"), ("uncounted", "were acknowledged")])
def test_a_soak_finds_a_planted_fault(fault, found):
    done = run("--minutes", "0.1", "--plant", fault)
    assert done.returncode == 1, done.stdout + done.stderr
    failures = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert any(re.search(found, line) for line in failures), done.stdout


# The counting --------------------------------------------------------------------------------------------------------


def event(position: int, number: int, key: str = "k") -> bytes:
    return f"id: e-{position}\ndata: {key} {number} padding\n\n".encode()


def ledger(*blocks: bytes, from_the_start: bool = True) -> Ledger:
    made = Ledger(from_the_start)
    for block in blocks:
        made.take(block)
    return made


OPENING = b"retry: 2000\nid: e-0\n\n"
GAP = b'retry: 2000\nid: e-10\nevent: fanfare.gap\ndata: {"requested":"e-1","reason":"expired","repeats":false}\n\n'


def test_events_in_order_are_counted():
    made = ledger(OPENING, event(1, 0), event(2, 0, "other"), b":\n" + event(5, 1), b"id: e-7\n\n")
    assert made.received == 3 and made.id == b"e-7"
    assert made.check_total({b"k": 2, b"other": 1}) == 3


@pytest.mark.parametrize(
    "name, blocks",
    [
        ("missing", [event(1, 0), event(2, 2)]),
        ("missing at the beginning", [event(1, 1)]),
        ("repeated", [event(1, 0), event(1, 0)]),
        ("repeated under a new id", [event(1, 0), event(2, 0)]),
        ("swapped", [event(2, 0), event(1, 0, "other")]),
        ("before the opening id", [b"retry: 1\nid: e-5\n\n", event(5, 0)]),
        ("an id that goes back", [event(2, 0), b"id: e-1\n\n"]),
        ("never whole", [event(1, 0, "torn")]),
        ("unknown twice", [event(1, 3, "unsure"), event(2, 3, "unsure")]),
        ("missing after a gap", [event(1, 0), GAP, event(11, 5), event(12, 7)]),
        ("repeated after a gap", [event(1, 0), event(2, 1), GAP, event(11, 1)]),
        ("a gap of another kind", [event(1, 0), GAP.replace(b"expired", b"unknown")]),
        ("not of this hub", [b"data: x\n\n"]),
    ],
)
def test_what_may_not_come_is_found(name, blocks):
    with pytest.raises(Fault):
        ledger(*blocks)


@pytest.mark.parametrize("acknowledged", [{b"k": 1}, {b"k": 3}, {b"k": 2, b"other": 1}])
def test_totals_must_be_exact(acknowledged):
    with pytest.raises(Fault):
        ledger(event(1, 0), event(2, 1)).check_total(acknowledged)


def test_what_fell_into_a_gap_is_accounted_for():
    made = ledger(event(1, 0), event(2, 0, "other"), GAP, event(11, 5))
    assert made.check_total({b"k": 6, b"other": 3}) == 9
    assert (made.received, made.lost) == (3, 6)


def test_who_begins_in_the_midst_may_miss_what_was_before_and_nothing_after():
    with pytest.raises(Fault):
        ledger(event(1, 7), event(2, 9), from_the_start=False)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_chunks_are_taken_apart_however_they_come(size):
    body = b"5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n"
    chunks = Chunks()
    content = b"".join(chunks.take(body[at : at + size]) for at in range(0, len(body), size))
    assert content == b"hello0123456789" and chunks.ended


def test_a_chunk_that_is_longer_than_it_says_is_found():
    with pytest.raises(Fault):
        Chunks().take(b"3\r\nhello\r\n")


@pytest.mark.parametrize(
    "pattern, topic, whether",
    [
        ("a/b", "a/b", True),
        ("a/b", "a/c", False),
        ("a/*", "a/b", True),
        ("a/*", "a", False),
        ("a/*", "a/b/c", False),
        ("*/b", "a/b", True),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("**", "a/b", True),
        ("a/**", "b/c", False),
    ],
)
def test_wildcards_match_as_they_must(pattern, topic, whether):
    assert matches(pattern, topic) is whether
