"""A loss of power after the disk had failed: what a sync could not write is gone, though a later sync says that all is well."""

import errno
import json
import random
import sqlite3
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Faults"))

from faulty_disk import LOG, SIDE, SYNC, WRITE, FaultyDisk  # noqa: E402
from hang_guard import wait_for  # noqa: E402
from power import Journal  # noqa: E402
from preload import IS_POSSIBLE  # noqa: E402
from test_failing_disk import many  # noqa: E402
from test_sqlite_log import end, log  # noqa: E402

pytestmark = pytest.mark.skipif(not IS_POSSIBLE, reason="the library needs glibc")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


@pytest.fixture
def journal(path, tmp_path) -> Journal:
    return Journal(tmp_path / "journal", path)


@pytest.fixture
def disk(path, journal) -> FaultyDisk:
    return FaultyDisk(path, journal.directory)


def check(hub, path, ids: list[str]) -> None:
    assert [event["id"] for event in hub.whole_history("**")] == ids
    file = sqlite3.connect(path)
    assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()


def test_what_a_sync_of_the_file_failed_to_write_is_written_again(start, path, disk, journal):
    hub = start(*log(path), environment=disk.environment())
    side = path.with_name("log.db-wal")
    disk.hang(WRITE, LOG)
    ids = many(hub, 0, 3000)
    wait_for(lambda: disk.control.waiting, "the copying into the file hangs")
    # It does not get to the end of the side file, which grows meanwhile; and so SQLite syncs nothing after it.
    ids += many(hub, len(ids), 100)
    disk.fail(SYNC, errno.EIO, LOG, times=1)
    disk.hang(0, 0, 0)

    def publish_until(condition, what: str) -> None:
        def step() -> bool:
            nonlocal ids
            ids += many(hub, len(ids), 1000)
            return condition()

        wait_for(step, what)

    publish_until(lambda: disk.control.met, "a sync of the file fails")
    head = side.read_bytes()[:32]
    publish_until(lambda: side.read_bytes()[:32] != head, "the side file begins anew")
    end(start, hub, "killed")
    journal.lose_power(random.Random(1), "all")
    check(start(*log(path)), path, ids)


def test_what_a_sync_of_the_side_file_failed_to_write_was_not_acknowledged(start, path, disk, journal):
    hub = start(*log(path), environment=disk.environment())
    ids = []
    for _ in range(20):
        ids += many(hub, len(ids), 3)
        disk.fail(SYNC, errno.EIO, SIDE, times=1)
        refusal = hub.post(json.dumps({"topic": "many", "data": "refused"}))
        assert refusal.status == 503 and disk.control.met == 1
    end(start, hub, "killed")
    journal.lose_power(random.Random(2), "all")
    check(start(*log(path)), path, ids)
