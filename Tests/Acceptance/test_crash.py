"""The crash test itself: that the hub passes it, that it finds faults which are planted, and that its judge is strict."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CRASH = Path(__file__).resolve().parent.parent / "Crash"
for room in (CRASH, CRASH.parent / "Faults", CRASH.parent / "Soak"):
    sys.path.insert(0, str(room))

from account import Account, Entry, Fault  # noqa: E402
from judge import Record, check_log, check_reader  # noqa: E402
from preload import IS_POSSIBLE  # noqa: E402

needs_library = pytest.mark.skipif(not IS_POSSIBLE, reason="the library that is preloaded needs glibc")


def run(*options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(CRASH / "crash.py"), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            output, errors = process.communicate()
        except BaseException:
            # It ends its hub; killed, it could not.
            process.terminate()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def passes(*options: str) -> None:
    done = run(*options)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "crash: passed" in done.stdout


@pytest.mark.parametrize("options", [("--kills", "50"), ("--kills", "15", "--little")])
def test_nothing_acknowledged_is_lost_however_often_the_hub_is_killed(options):
    passes(*options)


@needs_library
def test_nothing_acknowledged_is_lost_with_the_power():
    passes("--kills", "36", "--trouble", "power")


@needs_library
def test_nothing_acknowledged_is_lost_while_the_disk_fails():
    passes("--kills", "5", "--trouble", "disk")


@needs_library
def test_nothing_acknowledged_is_lost_while_the_time_of_day_jumps():
    passes("--kills", "10", "--trouble", "clock")


@pytest.mark.parametrize(
    "fault, found",
    [
        ("lost", "never came"),
        ("repeated", "came again"),
        # Readers look for an event that the log no longer has; or a publisher's key has become another event's.
        ("cut", "unknown|not in the log|is the id of|was answered 422"),
        ("torn", "with other"),
    ],
)
def test_the_crash_test_finds_a_planted_fault(fault, found):
    done = run("--kills", "6", "--seed", "3", "--plant", fault)
    assert done.returncode == 1, done.stdout + done.stderr
    # Who finds it first depends on who had the event.
    assert re.search(f"^FAILED .*({found})", done.stdout, re.MULTILINE), done.stdout


@needs_library
def test_a_disk_that_says_it_has_synced_and_has_not_is_found_when_the_power_goes():
    done = run("--kills", "16", "--seed", "3", "--trouble", "power", "--plant", "unsynced")
    assert done.returncode == 1, done.stdout + done.stderr


# The judge ------------------------------------------------------------------------------------------------------------

# Two publishers. Of the first all is acknowledged but `a2`; `a3` and `a4` were one request. Positions are ids.
SENT = {"a0": "e-1", "a1": "e-3", "a2": None, "a3": "e-4", "a4": "e-5", "b0": "e-2", "b1": None}
LOG = ["a0", "b0", "a1", "a3", "a4"]


def account(names: list[str] = LOG) -> Account:
    made = Account()
    for name, id in SENT.items():
        number = int(name[1])
        request = min(number, 3)
        made.entries[name] = Entry(name, ord(name[0]), number, ("t" if name != "b0" else "u",), 5, None, request)
        if id:
            made.acknowledge(made.entries[name], id)
    for at, name in enumerate(names, 1):
        if SENT.get(name) is None:
            made.saw(f"e-{at}", name)
    return made


def log(names: list[str], first: int = 1) -> list[tuple[str, str]]:
    return [(SENT.get(name) or f"e-{at}", name) for at, name in enumerate(names, first)]


def test_what_was_not_acknowledged_may_be_there_once_or_not():
    check_log(account(), log(LOG), 1)
    check_log(account([*LOG, "b1"]), log([*LOG, "b1"]), 1)


@pytest.mark.parametrize(
    "names",
    [
        ["a0", "b0", "a1", "a3"],
        ["a0", "b0", "a1", "a4", "a3"],
        ["b0", "a0", "a1", "a3", "a4"],
        [*LOG, "a4"],
        [*LOG, "b1", "b1"],
        [*LOG, "a2"],
        [*LOG, "nobody's"],
        ["a0", "a1", "a3", "a4"],
    ],
)
def test_a_log_that_is_not_as_it_must_be_is_found(names):
    with pytest.raises(Fault):
        check_log(account(), log(names), 1)


def test_what_retention_let_go_of_is_not_missed_and_what_came_later_is():
    check_log(account(), log(["a1", "a3", "a4"], first=3), 3)
    with pytest.raises(Fault):
        check_log(account(), log(["a1", "a3"], first=3), 3)
    with pytest.raises(Fault):
        check_log(account(), log(["a3", "a4"], first=4), 3)


def test_nobody_may_be_told_another_id():
    made = account()
    for id, name in [("e-1", "a1"), ("e-9", "a0")]:
        with pytest.raises(Fault):
            made.saw(id, name)


def record(names: list[str], gaps: list[tuple[int, int, bool]] = [], patterns=("**",), start: int = 0) -> Record:
    made = Record(list(patterns))
    made.names, made.gaps, made.start = names, gaps, start
    return made


def test_a_reader_gets_what_matches_from_where_it_began():
    check_reader(account(), record(LOG), log(LOG))
    check_reader(account(), record(["a0", "a1", "a3", "a4"], patterns=["t"]), log(LOG))
    check_reader(account(), record(["a1", "a3", "a4"], start=2), log(LOG))


@pytest.mark.parametrize(
    "names, gaps",
    [
        (["a0", "a1", "a3", "a4"], []),
        (["a0", "b0", "a1", "a4"], []),
        (["a0", "b0", "a1", "a1", "a3", "a4"], []),
        (["b0", "a0", "a1", "a3", "a4"], []),
        (["a0", "a4"], [(1, 3, False)]),
        (["a0", "b0", "a1", "a0"], [(3, 3, False)]),
        (["a0", "b0", "a1", "a4"], [(3, 3, True)]),
    ],
)
def test_a_reader_who_got_anything_else_is_found(names, gaps):
    with pytest.raises(Fault):
        check_reader(account(), record(names, gaps), None if gaps else log(LOG))


def test_what_a_gap_announced_is_not_missed():
    check_reader(account(), record(["a0", "a3", "a4"], gaps=[(1, 3, False)]), None)
    check_reader(account(), record(["a0", "b0", "a1", "a1", "a3", "a4"], gaps=[(3, 2, True)]), None)
    with pytest.raises(Fault, match="nothing was let go of"):
        check_reader(account(), record(["a0", "a3", "a4"], gaps=[(1, 3, False)]), log(LOG))
