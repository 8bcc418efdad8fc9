"""GET /subscribe?since=: a stream that begins in the past."""

from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest

from hang_guard import wait_for
from stream import Stream, data, position


@pytest.mark.parametrize(
    "since, expected",
    [
        ("earliest", ["0", "2", "4", "6", "8"]),
        ("2", ["6", "8"]),
        ("50", ["0", "2", "4", "6", "8"]),
        ("10m", ["0", "2", "4", "6", "8"]),
    ],
)
def test_since_begins_in_the_past(hub, since, expected):
    for number in range(10):
        hub.publish("b" if number % 2 else "a", str(number))
    with hub.subscribe("a", since=since) as stream:
        opening = stream.opening()
        assert opening.type is None and not opening.has_data
        blocks = stream.events(len(expected))
        assert data(blocks) == expected
        assert position(opening.id) < position(blocks[0].id)
        hub.publish("a", "live")
        assert stream.event().data == "live"


def test_since_zero_is_from_now_on(hub):
    hub.publish("a", "before")
    with hub.subscribe("a", since="0") as stream:
        stream.opening()
        hub.publish("a", "live")
        assert stream.event().data == "live"


def test_since_a_time_begins_with_the_first_event_of_that_time(hub):
    hub.publish("a", "before")
    time = hub.history("a")["events"][0]["time"]
    moment = datetime.fromisoformat(time)

    def later_than_first() -> str:
        hub.publish("a", "later")
        return hub.history("a")["events"][-1]["time"] > time

    wait_for(later_than_first, "an event with a later time")
    events = hub.history("a")["events"]
    after = [event["id"] for event in events if event["time"] > time]
    begin = (moment + timedelta(milliseconds=1)).astimezone(timezone.utc)
    with hub.subscribe("a", since=begin.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z") as stream:
        assert [block.id for block in stream.events(len(after))] == after
    with hub.subscribe("a", since="2020-01-01T00:00:00Z") as stream:
        assert stream.event().data == "before"
    with Stream(hub.address, "/subscribe?topic=a&since=" + quote("2020-01-01T02:00:00+02:00")) as stream:
        assert stream.event().data == "before"
