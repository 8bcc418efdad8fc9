"""The time of day jumps while a hub runs, or between two runs: order, age and streams do not care."""

import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Faults"))

from hang_guard import GUARD, wait_for  # noqa: E402
from hub import Hub  # noqa: E402
from preload import IS_POSSIBLE  # noqa: E402
from shifted_clock import ShiftedClock  # noqa: E402
from stream import position  # noqa: E402
from test_sqlite_log import end  # noqa: E402
from tokens import SECRET, mint  # noqa: E402

pytestmark = pytest.mark.skipif(not IS_POSSIBLE, reason="the library needs glibc")

HOUR = 3600


@pytest.fixture
def clock(tmp_path) -> ShiftedClock:
    return ShiftedClock(tmp_path)


@pytest.fixture(params=["memory", "sqlite"])
def begin(request, start, tmp_path, clock) -> Callable[..., Hub]:
    """Starts a hub on clocks that can be shifted, with one log and then with the other."""
    log = "memory" if request.param == "memory" else f"sqlite:{tmp_path / 'log.db'}"
    return lambda *options: start("--log", log, *options, environment=clock.environment())


@pytest.fixture
def restart(start, tmp_path, clock) -> Callable[..., Hub]:
    """Starts a hub on a log that outlives it."""
    return lambda *options: start("--log", f"sqlite:{tmp_path / 'log.db'}", *options, environment=clock.environment())


def text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Publisher(threading.Thread):
    """Publishes until it is told to stop."""

    def __init__(self, hub: Hub):
        super().__init__(daemon=True)
        self._hub = hub
        self.ids: list[str] = []
        self.is_over = False
        self.start()

    def run(self) -> None:
        while not self.is_over:
            self.ids.append(self._hub.publish("a", str(len(self.ids))))

    def wait_for_more(self, count: int = 20) -> None:
        until = len(self.ids) + count
        wait_for(lambda: len(self.ids) >= until, "more is published")

    def end(self) -> list[str]:
        self.is_over = True
        self.join(GUARD)
        assert not self.is_alive()
        return self.ids


def came(hub: Hub, count: int, **where: str) -> list[str]:
    """The ids that a stream from there begins with."""
    with hub.subscribe("a", **where) as stream:
        assert stream.opening().type is None
        return [stream.event().id for _ in range(count)]


@pytest.mark.parametrize("jumps", [[HOUR, -HOUR, 0], [-HOUR, HOUR, -HOUR], [24 * HOUR, -24 * HOUR, 5]])
def test_while_the_time_of_day_jumps_order_and_streams_stay_as_they_are(begin, clock, jumps):
    hub = begin("--workers", "2", "--heartbeat", "100ms", "--retain-age", "10m")
    publisher = Publisher(hub)
    publisher.wait_for_more()
    with hub.subscribe("a", since="earliest") as stream, hub.subscribe("quiet") as quiet:
        assert stream.opening().type is None
        for seconds in jumps:
            clock.jump(seconds)
            publisher.wait_for_more()
            # Who comes in the midst of it gets all: nothing is older than some seconds.
            assert came(hub, 40, since="10m") == publisher.ids[:40]
        ids = publisher.end()
        assert [stream.event().id for _ in ids] == ids
        heartbeats = 0
        while heartbeats < 5:
            heartbeats += quiet.line() == ":"
    assert clock.shift.asked > 0
    assert [position(id) for id in ids] == list(range(1, len(ids) + 1))
    assert [event["id"] for event in hub.whole_history("**")] == ids
    assert came(hub, len(ids) - 10, last_event_id=ids[9]) == ids[10:]


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_since_a_time_brings_all_that_was_published_since_whatever_the_clock_did(begin, clock, jump):
    hub = begin()
    before = [hub.publish("a", "before") for _ in range(5)]
    jumped = clock.time + jump
    clock.jump(jump)
    after = [hub.publish("a", "after") for _ in range(5)]
    ids = before + after
    # Whoever asks by the present clock misses nothing; what else comes was published earlier, and stands before it.
    with hub.subscribe("a", since=text(jumped - 1)) as stream:
        stream.opening()
        found = [stream.event().id]
        while found[-1] != ids[-1]:
            found.append(stream.event().id)
    assert found == ids[-len(found) :] and set(found) >= set(after)
    if jump > 0:
        assert found == after
    # A time to come brings nothing but what is live.
    with hub.subscribe("a", since=text(max(clock.time, time.time()) + HOUR)) as stream:
        stream.opening()
        live = hub.publish("a", "live")
        assert stream.event().id == live
    assert came(hub, 11, since=text(min(clock.time, time.time()) - HOUR)) == [*ids, live]


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_nothing_expires_early_or_late_when_the_time_of_day_jumps(begin, clock, jump):
    kept = 3.0
    hub = begin("--retain-age", f"{kept:g}s")
    began = time.monotonic()
    first = hub.publish("a", "first")
    clock.jump(jump)
    second = hub.publish("a", "second")
    found = [event["id"] for event in hub.history("a")["events"]]
    # On a machine that was stopped for seconds there is nothing to be said.
    assert found == [first, second] or time.monotonic() - began >= kept
    wait_for(lambda: not hub.history("a")["events"], "both are let go of")
    assert time.monotonic() - began >= kept
    clock.jump(-jump)
    third = hub.publish("a", "third")
    with hub.subscribe("a", last_event_id=first) as stream:
        gap = stream.opening()
        assert gap.type == "fanfare.gap" and gap.json()["reason"] == "expired" and not gap.json()["repeats"]
        assert stream.event().id == third


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_jump_between_two_runs_does_not_matter_while_the_machine_is_on(restart, start, clock, jump, how):
    hub = restart("--retain-age", "10m")
    ids = [hub.publish("a", str(number)) for number in range(10)]
    end(start, hub, how)
    clock.jump(jump)
    hub = restart("--retain-age", "10m")
    ids += [hub.publish("a", "after") for _ in range(10)]
    assert [position(id) for id in ids] == list(range(1, 21))
    assert came(hub, 15, last_event_id=ids[4]) == ids[5:]
    assert came(hub, 20, since="10m") == ids
    clock.jump(0)
    end(start, hub, how)
    assert [event["id"] for event in restart("--retain-age", "10m").whole_history("**")] == ids


def test_the_time_of_day_tells_how_long_the_machine_was_off(restart, start, clock):
    hub = restart("--retain-age", "10m")
    ids = [hub.publish("a", str(number)) for number in range(10)]
    end(start, hub, "killed")
    clock.jump(HOUR)
    clock.start_machine_anew()
    hub = restart("--retain-age", "2h")
    assert [event["id"] for event in hub.whole_history("**")] == ids
    with hub.subscribe("a", since="10m") as stream:
        stream.opening()
        live = hub.publish("a", "live")
        assert stream.event().id == live
    assert came(hub, 11, since="90m") == [*ids, live]
    end(start, hub, "killed")
    # An hour is too long for who keeps less; what came since is not older than it is.
    hub = restart("--retain-age", "10m")
    wait_for(lambda: [event["id"] for event in hub.history("**")["events"]] == [live], "the old ones are let go of")
    with hub.subscribe("a", last_event_id=ids[0]) as stream:
        gap = stream.opening()
        assert gap.type == "fanfare.gap" and gap.json()["reason"] == "expired"
        assert stream.event().id == live


def test_if_the_time_of_day_went_back_while_the_machine_was_off_no_time_has_passed(restart, start, clock):
    hub = restart("--retain-age", "10m")
    ids = [hub.publish("a", str(number)) for number in range(10)]
    end(start, hub, "killed")
    clock.jump(-HOUR)
    clock.start_machine_anew()
    hub = restart("--retain-age", "10m")
    assert came(hub, 10, since="10m") == ids
    ids += [hub.publish("a", "after") for _ in range(10)]
    assert came(hub, 15, last_event_id=ids[4]) == ids[5:]
    end(start, hub, "killed")
    # The clock is set right again, on the same start of the machine.
    clock.jump(0)
    hub = restart("--retain-age", "10m")
    assert came(hub, 20, since="10m") == ids
    assert [event["id"] for event in hub.whole_history("**")] == ids


def test_a_stream_ends_with_its_token_when_the_time_of_day_is_set_forward(start, tmp_path, clock):
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    hub = start("--key-file", str(secret), environment=clock.environment())
    all_of_it = {"publish": ["**"], "subscribe": ["**"]}
    long = mint("jack", lifetime=3 * HOUR, **all_of_it)
    with (
        hub.subscribe("a", headers={"Authorization": f"Bearer {mint('jill', lifetime=HOUR / 2, **all_of_it)}"}) as short,
        hub.subscribe("a", headers={"Authorization": f"Bearer {long}"}) as other,
    ):
        short.opening(), other.opening()
        clock.jump(HOUR)
        last = short.block()
        assert any("expired" in comment for comment in last.comments), last
        answer = hub.request("POST", "/publish", '{"topic": "a", "data": "x"}', Authorization=f"Bearer {long}")
        assert answer.status == 201
        assert other.event().data == "x"
