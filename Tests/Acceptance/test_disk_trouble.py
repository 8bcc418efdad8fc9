"""A log whose file is locked by someone else, damaged, or on a disk that is really full; and pictures on such a disk."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import check_problem
from pictures import form, picture
from test_failing_disk import Asking, many, wait_for_heartbeats, wait_until_ready
from test_sqlite_log import end, log, refused


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


def test_while_another_program_has_the_file_locked_publishes_are_503_and_streams_live_on(start, path):
    hub = start(*log(path), "--workers", "2", "--heartbeat", "100ms")
    ids = [hub.publish("a", "before")]
    with hub.subscribe("a", since="earliest") as stream:
        stream.event()
        tool = sqlite3.connect(path, isolation_level=None)
        tool.execute("BEGIN EXCLUSIVE")
        publishes = [Asking(lambda: hub.post('{"topic": "a", "data": "refused"}')) for _ in range(3)]
        while any(publish.answer is None for publish in publishes):
            # The writer waits a moment for the lock; nobody else does.
            assert hub.get("/healthz").status == 200
            assert [event["id"] for event in hub.history("a")["events"]] == ids
        for publish in publishes:
            check_problem(publish.answer, 503, "another program has locked the file")
        check_problem(hub.get("/readyz"), 503, "another program has locked the file")
        wait_for_heartbeats(stream)
        tool.execute("ROLLBACK")
        wait_until_ready(hub)
        ids.append(hub.publish("a", "after"))
        assert stream.event().id == ids[-1]
        tool.close()
    assert [event["id"] for event in hub.whole_history("**")] == ids


def test_a_file_that_another_program_has_locked_is_not_opened_and_is_whole_when_it_lets_go(start, path):
    hub = start(*log(path))
    id = hub.publish("a", "x")
    end(start, hub, "killed")
    tool = sqlite3.connect(path, isolation_level=None)
    tool.execute("BEGIN EXCLUSIVE")
    assert "another program has locked the file" in refused(path)
    tool.execute("ROLLBACK")
    tool.close()
    assert [event["id"] for event in start(*log(path)).whole_history("**")] == [id]


def test_a_damaged_page_keeps_those_waiting_who_ask_for_it_and_nobody_else(start, path):
    hub = start(*log(path))
    ids = [id for first in range(0, 15_000, 3000) for id in many(hub, first, 3000)]
    end(start, hub, "stopped")
    contents = bytearray(path.read_bytes())
    page = contents.index(b"<7000>") // 4096 * 4096
    contents[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(contents)

    hub = start(*log(path), "--workers", "2", "--heartbeat", "100ms")
    stuck = [hub.subscribe("many", headers={"Last-Event-ID": ids[6800]}) for _ in range(20)]
    for stream in stuck:
        # A page holds a few events, and no more than these are not sent because of it.
        for number in range(6801, 6981):
            assert stream.event().id == ids[number]
    with hub.subscribe("many", since="4000") as recent, hub.subscribe("other") as live:
        assert [recent.event().id for _ in range(4000)] == ids[-4000:]
        with hub.subscribe("many", headers={"Last-Event-ID": ids[8000]}) as beyond:
            assert [beyond.event().id for _ in range(100)] == ids[8001:8101]
        live.opening()
        id = hub.publish("other", "live")
        assert live.event().id == id
        assert hub.get("/healthz").status == 200
        for stream in stuck:
            came = []
            while ":" not in came:
                came.append(stream.line())
            stream.close()
            # What is on the page did not come, nor anything after it.
            assert f"id: {ids[7000]}" not in came and f"id: {ids[-1]}" not in came
    assert "Fatal" not in hub.server.errors()


@pytest.fixture
def disk_of_its_own(start, tmp_path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mounting, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small file system, and not in every container")
    yield place
    for server in list(start.servers):
        server.stop()
        start.servers.remove(server)
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_takes_nothing_until_there_is_room_and_loses_nothing(start, disk_of_its_own):
    path = disk_of_its_own / "log.db"
    filler = disk_of_its_own / "filler"
    filler.write_bytes(bytes(2 << 20))
    hub = start(*log(path), "--heartbeat", "100ms")
    acknowledged: list[str] = []
    with hub.subscribe("**") as stream:
        stream.opening()
        refusals = 0
        for number in range(2000):
            answer = hub.post(json.dumps({"topic": "a", "data": f"{number} ".ljust(10_000, ".")}))
            if answer.status == 201:
                acknowledged.append(answer.json()["id"])
                continue
            check_problem(answer, 503, "the disk is full")
            refusals += 1
            if refusals == 20:
                break
        assert refusals == 20 and len(acknowledged) > 20
        check_problem(hub.get("/readyz"), 503, "the disk is full")
        assert [stream.event().id for _ in acknowledged] == acknowledged
        wait_for_heartbeats(stream)
        filler.unlink()
        wait_until_ready(hub)
        after = [hub.publish("a", "after") for _ in range(20)]
        assert [stream.event().id for _ in after] == after
        acknowledged += after
    assert [event["id"] for event in hub.whole_history("**")] == acknowledged
    end(start, hub, "killed")
    hub = start(*log(path))
    assert [event["id"] for event in hub.whole_history("**")] == acknowledged
    end(start, hub, "stopped")

    subprocess.run(["mount", "-o", "remount,ro", str(disk_of_its_own)], check=True)
    assert "Read-only file system" in refused(path)
    subprocess.run(["mount", "-o", "remount,rw", str(disk_of_its_own)], check=True)
    assert [event["id"] for event in start(*log(path)).whole_history("**")] == acknowledged


def test_a_picture_that_a_full_disk_does_not_take_may_be_sent_again(start, disk_of_its_own):
    filler = disk_of_its_own / "filler"
    filler.write_bytes(bytes(3 << 20))
    demo = start("--demo", log="memory", environment={"TMPDIR": str(disk_of_its_own)})
    body, kind = form(("file", "large.png", picture("PNG") + bytes(2 << 20)))
    target = "/v1/api/images?member_id=1&identifier=full"
    check_problem(demo.request("POST", target, body, Content_Type=kind), 503, "no room")
    assert [file for file in disk_of_its_own.rglob("*") if file.is_file() and file != filler and file.stat().st_size] == []
    filler.unlink()
    assert demo.request("POST", target, body, Content_Type=kind).status == 201
