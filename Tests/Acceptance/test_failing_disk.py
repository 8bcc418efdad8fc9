"""A disk that fails, is full or hangs under a running hub: who publishes is told, streams live on, and nothing is lost."""

import errno
import json
import random
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Faults"))

from faulty_disk import (  # noqa: E402
    FAIL, FAIL_HALFWAY, LOG, OPEN, OTHER, READ, SHARED, SIDE, SYNC, TRUNCATE, WRITE, FaultyDisk,
)  # fmt: skip
from hang_guard import GUARD, wait_for  # noqa: E402
from hub import Hub, check_problem  # noqa: E402
from preload import IS_POSSIBLE  # noqa: E402
from stream import Stream  # noqa: E402
from test_sqlite_log import end, log, refused  # noqa: E402

pytestmark = pytest.mark.skipif(not IS_POSSIBLE, reason="the library needs glibc")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


@pytest.fixture
def disk(start, path) -> Iterator[FaultyDisk]:
    disk = FaultyDisk(path)
    yield disk
    # So that the hub can end.
    disk.heal()


@pytest.fixture
def sick(start, path, disk) -> Hub:
    """A hub on a disk that can fail, with streams that are told often that they are alive."""
    return start(*log(path), "--workers", "2", "--heartbeat", "100ms", environment=disk.environment())


def wait_for_heartbeats(stream: Stream, count: int = 3) -> None:
    """On a stream that has had its events: what else comes is passed over."""
    while count:
        count -= stream.line() == ":"


def wait_until_ready(hub: Hub) -> None:
    wait_for(lambda: hub.get("/readyz").status == 200, "the hub is ready again")


def many(hub: Hub, first: int, count: int, size: int = 1000) -> list[str]:
    """Publishes so many events on one topic, in one request; gives their ids."""
    lines = [
        json.dumps({"topic": "many", "data": f"<{number}>".ljust(size, ".")}) for number in range(first, first + count)
    ]
    answer = hub.post("\n".join(lines), "application/x-ndjson")
    assert answer.status == 201, answer.body
    return answer.json()["ids"]


FAULTS = {
    "full": (WRITE, errno.ENOSPC, FAIL, "the disk is full"),
    "full within a write": (WRITE, errno.ENOSPC, FAIL_HALFWAY, "the disk is full"),
    "broken at writes": (WRITE, errno.EIO, FAIL, "the disk reports an error"),
    "broken at syncs": (SYNC, errno.EIO, FAIL, "the disk reports an error"),
    "read-only": (WRITE | SYNC | TRUNCATE | OPEN, errno.EROFS, FAIL, "the disk reports an error"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_while_the_disk_fails_publishes_are_503_and_streams_live_on(sick, disk, path, start, fault):
    calls, error, action, words = FAULTS[fault]
    acknowledged = [sick.publish("a", str(number)) for number in range(3)]
    with sick.subscribe("a", since="earliest") as stream:
        assert [block.id for block in stream.events(3)] == acknowledged
        disk.fail(calls, error, action=action)
        for number in range(5):
            refusal = sick.post(json.dumps({"topic": "a", "data": f"refused {number}", "id": f"own.{number}"}))
            check_problem(refusal, 503, words)
            assert int(refusal.fields["retry-after"]) > 0
        check_problem(sick.get("/readyz"), 503, words)
        assert sick.get("/healthz").status == 200
        wait_for_heartbeats(stream)
        with sick.subscribe("a", headers={"Last-Event-ID": acknowledged[0]}) as another:
            assert [block.id for block in another.events(2)] == acknowledged[1:]
        disk.heal()
        wait_until_ready(sick)
        acknowledged.append(sick.publish("a", "repeated", id="own.0"))
        acknowledged.append(sick.publish("a", "well"))
        assert [block.id for block in stream.events(2)] == acknowledged[3:]
    assert [event["id"] for event in sick.whole_history("**")] == acknowledged
    end(start, sick, "killed")
    assert [event["id"] for event in start(*log(path)).whole_history("**")] == acknowledged


@pytest.mark.parametrize("seed", range(4))
def test_whichever_call_fails_what_was_refused_is_not_there_and_what_was_acknowledged_is(sick, disk, start, path, seed):
    chance = random.Random(seed)
    acknowledged, refusals = [], 0
    with sick.subscribe("**") as stream:
        stream.opening()
        for number in range(150):
            calls, error, action, _ = chance.choice(list(FAULTS.values()))
            disk.fail(calls, error, action=action, after=chance.randint(0, 20), times=chance.randint(1, 3))
            text = f"{number} " + "x" * chance.choice([0, 100, 20_000])
            answer = sick.post(json.dumps({"topic": f"t/{number % 3}", "data": text}))
            assert answer.status in (201, 503), answer.body
            if answer.status == 201:
                acknowledged.append((answer.json()["id"], text))
            else:
                refusals += 1
        disk.heal()
        assert refusals > 5 and len(acknowledged) > 50
        assert [(block.id, block.data) for block in stream.events(len(acknowledged))] == acknowledged
    assert [(event["id"], event["data"]) for event in sick.whole_history("**")] == acknowledged
    end(start, sick, "killed")
    # The very last may have been refused when the disk had it already.
    found = [(event["id"], event["data"]) for event in start(*log(path)).whole_history("**")]
    assert found[: len(acknowledged)] == acknowledged and len(found) <= len(acknowledged) + 1


class Asking(threading.Thread):
    """A request that may take long."""

    def __init__(self, ask):
        super().__init__(daemon=True)
        self._ask = ask
        self.answer = None
        self.start()

    def run(self) -> None:
        self.answer = self._ask()


def test_while_a_sync_hangs_all_others_are_served(sick, disk):
    first = sick.publish("a", "first")
    with sick.subscribe("a", since="earliest") as stream:
        assert stream.event().id == first
        disk.hang(SYNC)
        publishes = [Asking(lambda number=number: sick.publish("a", f"{number}")) for number in range(4)]
        wait_for(lambda: disk.control.waiting > 0, "a sync hangs")
        # Each is a new connection, and so both workers are asked.
        for _ in range(20):
            assert sick.get("/healthz").status == 200
            assert [event["id"] for event in sick.history("a")["events"]] == [first]
            assert sick.topics()["a"]["events"] == 1
            with sick.subscribe("a", since="earliest") as another:
                assert another.event().id == first
        wait_for_heartbeats(stream, 10)
        # Who comes later is told, and does not wait.
        wait_for(lambda: sick.get("/readyz").status == 503, "the hub says that the disk does not answer")
        check_problem(sick.get("/readyz"), 503, "has not answered for")
        check_problem(sick.post('{"topic": "a", "data": "late"}'), 503, "has not answered for")
        assert disk.control.waiting > 0 and all(publish.answer is None for publish in publishes)
        disk.heal()
        wait_for(lambda: sick.get("/readyz").status == 200, "the hub is ready again")
        came = [block.id for block in stream.events(4)]
        for publish in publishes:
            publish.join(GUARD)
        assert sorted(came) == sorted(publish.answer for publish in publishes)


def test_while_the_copying_into_the_file_hangs_publishes_are_acknowledged(sick, disk, path):
    disk.hang(WRITE | SYNC, LOG)
    ids: list[str] = []
    # More than the hub lets the side file grow to when it can copy.
    while len(ids) < 45_000:
        ids += many(sick, len(ids), 3000)
    assert disk.control.waiting > 0
    assert path.with_name("log.db-wal").stat().st_size > 40 << 20
    with sick.subscribe("many", since="40") as stream:
        assert [block.id for block in stream.events(40)] == ids[-40:]
    disk.heal()
    ids += many(sick, len(ids), 1)
    with sick.subscribe("many", since="earliest") as stream:
        assert [stream.event().id for _ in ids] == ids


def test_while_the_file_cannot_be_read_those_wait_who_ask_for_what_is_old(start, path, disk):
    hub = start(*log(path))
    ids = [id for first in range(0, 15_000, 3000) for id in many(hub, first, 3000)]
    end(start, hub, "stopped")
    hub = start(*log(path), "--heartbeat", "100ms", environment=disk.environment())
    # What is needed to take events has been read by then.
    ids += many(hub, len(ids), 1)
    disk.fail(READ, errno.EIO)
    with hub.subscribe("many", since="earliest") as waiting, hub.subscribe("many", since="10") as recent:
        assert [block.id for block in recent.events(10)] == ids[-10:]
        wait_for(lambda: disk.control.met > 0, "the file is read")
        wait_for_heartbeats(waiting)
        ids += many(hub, len(ids), 1)
        assert recent.event().id == ids[-1]
        disk.heal()
        assert [waiting.event().id for _ in ids] == ids


def test_a_file_that_cannot_be_written_to_is_refused_at_the_start(start, path, disk):
    hub = start(*log(path))
    id = hub.publish("a", "x")
    end(start, hub, "stopped")
    disk.fail(WRITE | SYNC | TRUNCATE | OPEN, errno.EROFS, LOG | SIDE | SHARED | OTHER)
    assert "Read-only file system" in refused(path, disk.environment())
    disk.heal()
    assert [event["id"] for event in start(*log(path)).whole_history("**")] == [id]
