"""--log sqlite:PATH: what was acknowledged outlives the hub, and streams go on where they were."""

import json
import random
import sqlite3
import subprocess
import threading

import pytest

from hang_guard import GUARD, wait_for
from hub import check_problem
from raw_http import Closed
from server import binary, clean_environment
from stream import Block, data, epoch, position


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


def log(path) -> tuple[str, str]:
    return ("--log", f"sqlite:{path}")


def end(start, hub, how: str) -> None:
    start.forget(hub)
    hub.server.stop() if how == "stopped" else hub.server.kill()


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_events_and_ids_outlive_the_hub(start, path, how):
    hub = start(*log(path))
    ids = [hub.publish("a" if number % 2 else "b", str(number)) for number in range(10)]
    with hub.subscribe("a") as stream:
        tail = stream.opening().id
    end(start, hub, how)

    hub = start(*log(path))
    assert [event["id"] for event in hub.whole_history("**")] == ids
    with hub.subscribe("a", headers={"Last-Event-ID": ids[3]}) as stream:
        assert stream.opening().id == ids[3]
        live = hub.publish("a", "live")
        assert epoch(live) != epoch(tail) and position(live) == 11
        blocks = stream.events(4)
        assert data(blocks) == ["5", "7", "9", "live"]
        assert [block.id for block in blocks] == [ids[5], ids[7], ids[9], live]
    # Who came back to a quiet stream is told the present epoch, and comes back again.
    with hub.subscribe("a", since="earliest") as stream:
        opening = stream.opening().id
    end(start, hub, how)

    hub = start(*log(path))
    with hub.subscribe("**", headers={"Last-Event-ID": opening}) as stream:
        assert stream.opening().id == opening
        assert data(stream.events(11)) == [str(number) for number in range(10)] + ["live"]


def test_without_options_the_log_is_a_file_where_the_hub_runs(start, tmp_path):
    hub = start(log=None, directory=str(tmp_path))
    ids = [hub.publish("a", "x")]
    assert {file.name for file in tmp_path.iterdir()} >= {"fanfare.db", "fanfare.db-lock"}
    end(start, hub, "stopped")
    hub = start(log=None, directory=str(tmp_path))
    ids.append(hub.publish("a", "y"))
    assert [event["id"] for event in hub.whole_history("**")] == ids


def test_an_id_of_a_log_that_was_deleted_gets_a_gap_that_repeats(start, path, tmp_path):
    hub = start(*log(path))
    old = hub.publish("a", "old")
    end(start, hub, "stopped")
    for file in tmp_path.iterdir():
        file.unlink()
    hub = start(*log(path))
    hub.publish("a", "new")
    with hub.subscribe("a", headers={"Last-Event-ID": old}) as stream:
        gap = stream.opening()
        assert gap.type == "fanfare.gap"
        assert gap.json() == {"requested": old, "reason": "epoch", "repeats": True}
        assert data([stream.event()]) == ["new"]


def test_a_publishers_id_is_known_after_a_kill(start, path):
    hub = start(*log(path))
    assert hub.publish("a", "x", id="order-1") == "order-1"
    end(start, hub, "killed")
    hub = start(*log(path))
    again = hub.post('{"topic": "a", "data": "x", "id": "order-1"}')
    assert again.status == 200 and again.json() == {"id": "order-1"}
    check_problem(hub.post('{"topic": "a", "data": "y", "id": "order-1"}'), 409, "order-1")


def refused(path, environment: dict[str, str] = {}) -> str:
    done = subprocess.run(
        [binary(), "serve", "--open", "--listen", "127.0.0.1:0", *log(path)],
        capture_output=True, text=True, timeout=GUARD, env=clean_environment(**environment),
    )
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert len(done.stderr.splitlines()) == 1 and str(path) in done.stderr
    return done.stderr


def test_a_second_hub_on_the_same_file_is_refused_and_the_first_goes_on(start, path):
    hub = start(*log(path))
    assert "another hub has it open" in refused(path)
    hub.publish("a", "x")
    end(start, hub, "killed")
    start(*log(path))


def test_a_file_of_someone_elses_is_refused_and_left_as_it_is(path, tmp_path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    contents = path.read_bytes()
    assert "not a log" in refused(path)
    assert path.read_bytes() == contents and list(tmp_path.iterdir()) == [path]


def test_while_the_file_is_away_publishing_is_503_and_streams_live_on(start, path, tmp_path):
    hub = start(*log(path))
    hub.publish("a", "before")
    with hub.subscribe("a", since="earliest") as stream:
        assert data([stream.event()]) == ["before"]
        path.rename(tmp_path / "away")
        answer = hub.post('{"topic": "a", "data": "lost"}')
        check_problem(answer, 503, "moved, removed or replaced")
        assert int(answer.fields["retry-after"]) > 0
        check_problem(hub.get("/readyz"), 503, "moved, removed or replaced")
        assert hub.get("/healthz").status == 200
        (tmp_path / "away").rename(path)
        wait_for(lambda: hub.get("/readyz").status == 200, "the hub is ready again")
        hub.publish("a", "after")
        assert data([stream.event()]) == ["after"]


class DamagedPage:
    """The page of the file on which some bytes stand, overwritten until it is mended."""

    def __init__(self, path, text: bytes):
        self.path = path
        contents = path.read_bytes()
        size = int.from_bytes(contents[16:18], "big")
        self.start = contents.index(text) // size * size
        self.contents = contents[self.start : self.start + size]
        self.write(b"\xff" * size)

    def mend(self) -> None:
        self.write(self.contents)

    def write(self, contents: bytes) -> None:
        with self.path.open("r+b") as file:
            file.seek(self.start)
            file.write(contents)


def until_heartbeat(stream) -> list[Block]:
    """The blocks that come before the stream is idle."""
    blocks, lines = [], []
    while (line := stream.line()) != ":":
        if line:
            lines.append(line)
        else:
            blocks.append(Block(lines))
            lines = []
    return blocks


def test_a_page_that_cannot_be_read_costs_those_who_need_it_and_is_read_again_once_it_can_be(start, path):
    hub = start(*log(path))
    # More than is kept in memory.
    texts = [f"<{number}>" for number in range(12_000)]
    for first in range(0, len(texts), 2000):
        lines = "\n".join(json.dumps({"topic": "a", "data": text}) for text in texts[first : first + 2000])
        assert hub.post(lines, "application/x-ndjson").status == 201
    end(start, hub, "stopped")
    page = DamagedPage(path, b"<1000>")

    hub = start(*log(path), "--heartbeat", "1s")
    with hub.subscribe("a", since="earliest") as stream:
        stream.opening()
        # What comes before the page, and then nothing but heartbeats.
        blocks = until_heartbeat(stream)
        assert 900 < len(blocks) <= 1000
        answer = hub.get(f"/events?topic=a&after={blocks[-1].id}")
        check_problem(answer, 503, "the file is damaged", "try again")
        assert int(answer.fields["retry-after"]) > 0
        check_problem(hub.get("/readyz"), 503, "cannot be read: the file is damaged")
        # Others are served: those who read elsewhere, who publish, who are live.
        assert [event["data"] for event in hub.history("a", limit="2")["events"]] == texts[:2]
        assert hub.topics()["a"]["events"] == len(texts)
        with hub.subscribe("b") as other:
            other.opening()
            hub.publish("b", "live")
            assert other.event().data == "live"
        assert until_heartbeat(stream) == []
        page.mend()
        blocks += stream.events(len(texts) - len(blocks))
        assert data(blocks) == texts
    wait_for(lambda: hub.get("/readyz").status == 200, "the hub is ready again")


def test_anyone_can_read_the_file(start, path):
    hub = start(*log(path))
    hub.publish(["a", "b/c"], "x", type="t")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as reader:
        assert reader.execute("SELECT position, topics, type, data FROM events").fetchall() == [(1, "a\nb/c", "t", "x")]
    reader.close()


class Publisher(threading.Thread):
    """Publishes one event after the other, until the hub is gone."""

    def __init__(self, hub, name: str):
        super().__init__(daemon=True)
        self.hub, self.prefix = hub, name
        self.acknowledged: list[tuple[str, str]] = []

    def run(self) -> None:
        for number in range(100_000):
            text = f"{self.prefix}-{number}"
            try:
                self.acknowledged.append((self.hub.publish(f"t/{number % 5}", text), text))
            except (Closed, OSError):
                return


@pytest.mark.parametrize("seed", range(5))
def test_after_kills_under_load_all_that_was_acknowledged_is_there_once_and_a_reader_gets_it_once(start, path, seed):
    chance = random.Random(seed)
    acknowledged: list[tuple[str, str]] = []
    seen: list[tuple[str, str]] = []
    last = None
    for round_ in range(4):
        hub = start(*log(path), "--workers", "2")
        headers = {"Last-Event-ID": last} if last else {}
        stream = hub.subscribe("**", headers=headers)
        last = last or stream.opening().id
        publishers = [Publisher(hub, f"{round_}-{which}") for which in range(4)]
        for publisher in publishers:
            publisher.start()
        for block in stream.events(chance.randrange(20, 300)):
            assert block.type != "fanfare.gap"
            seen.append((block.id, block.data))
            last = block.id
        end(start, hub, "killed")
        stream.close()
        for publisher in publishers:
            publisher.join(GUARD)
            assert not publisher.is_alive()
            acknowledged += publisher.acknowledged
    hub = start(*log(path))
    events = [(event["id"], event["data"]) for event in hub.whole_history("**")]
    assert len(set(events)) == len(events) and set(events) >= set(acknowledged) and len(acknowledged) > 50
    assert len({text for _, text in events}) == len(events)
    # What the reader has, and what is left for it, is all there is, in the order of the log.
    with hub.subscribe("**", headers={"Last-Event-ID": last}) as stream:
        seen += [(block.id, block.data) for block in stream.events(len(events) - len(seen))]
    assert seen == events
