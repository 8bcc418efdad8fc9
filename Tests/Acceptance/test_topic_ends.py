"""`"end": true`: subscribers get the last event and a clean end, and who comes back is told that there is no more."""

import json

import pytest

from hang_guard import wait_for
from hub import check_problem
from stream import data
from test_eventsource import LISTEN, seen

FORM = "application/x-www-form-urlencoded"


def answer_to_subscribe(hub, topics: str, **fields: str) -> int:
    """The status of a subscribe that must not open a stream."""
    return hub.get(f"/subscribe?topics={topics}", Accept="text/event-stream", **fields).status


def test_subscribers_get_the_last_event_and_a_clean_end(start, log):
    hub = start(*log, "--workers", "2")
    streams = [hub.subscribe("job/1") for _ in range(8)]
    for stream in streams:
        stream.opening()
    ids = [hub.publish("job/1", "working"), hub.publish("job/1", "done", type="result", end=True)]
    for stream in streams:
        with stream:
            first, last, farewell = stream.rest()
            assert (first.id, first.data) == (ids[0], "working")
            assert (last.id, last.type, last.data) == (ids[1], "result", "done")
            assert farewell.id and farewell.retry and farewell.comments == [": the topics have ended"]
            assert answer_to_subscribe(hub, "job/1", Last_Event_ID=farewell.id) == 204


def test_who_left_before_gets_the_rest_and_204_when_nothing_is_left(start, log):
    hub = start(*log)
    ids = [hub.publish("a", str(number), end=number == 4) for number in range(5)]
    for index, id in enumerate(ids[:4]):
        with hub.subscribe("a", headers={"Last-Event-ID": id}) as stream:
            blocks = stream.rest()
            assert data(blocks[1:-1]) == [str(number) for number in range(index + 1, 5)]
    assert answer_to_subscribe(hub, "a", Last_Event_ID=ids[4]) == 204
    assert answer_to_subscribe(hub, "a") == 204
    with hub.subscribe("a", since="earliest") as stream:
        assert data(stream.rest()[1:-1]) == ["0", "1", "2", "3", "4"]
    # An id that says nothing brings everything again, and then the end.
    with hub.subscribe("a", headers={"Last-Event-ID": "nonsense"}) as stream:
        gap, *events, farewell = stream.rest()
        assert gap.type == "fanfare.gap" and len(events) == 5 and farewell.comments == [": the topics have ended"]


def test_a_stream_ends_when_all_its_topics_have(start, log):
    hub = start(*log)
    hub.publish("a", "a ends", end=True)
    with hub.subscribe("a", "b") as stream, hub.subscribe("a", "*") as pattern:
        stream.opening(), pattern.opening()
        assert answer_to_subscribe(hub, "a") == 204
        hub.publish("b", "b goes on")
        hub.publish("b", "b ends", end=True)
        assert data(stream.rest()[:-1]) == ["b goes on", "b ends"]
        assert data(pattern.events(2)) == ["b goes on", "b ends"]
        hub.publish("c", "patterns never end")
        assert pattern.event().data == "patterns never end"
    assert answer_to_subscribe(hub, "a|b") == 204
    with hub.subscribe("a", "b", "c") as stream:
        stream.opening()


def test_an_end_without_data_fires_nothing(start, log):
    hub = start(*log)
    with hub.subscribe("a") as stream:
        stream.opening()
        end = hub.publish("a", **{"data": "x"})
        answer = hub.post('{"topic": "a", "end": true}')
        assert answer.status == 201
        event, last, farewell = stream.rest()
        assert event.id == end and last.is_only_id and last.id == answer.json()["id"] and not farewell.has_data
    assert [event["data"] for event in hub.whole_history("a")] == ["x", ""]


def test_publishing_to_an_ended_topic_is_409_but_repeats_are_not(start, log):
    hub = start(*log)
    hub.publish("a", "x", id="last", end=True)
    problem = check_problem(hub.post('{"topic": "a", "data": "y"}'), 409, '"a"', "ended")
    assert problem["type"] == "urn:fanfare:problem:topic-ended"
    check_problem(hub.post('{"topics": ["b", "a"], "data": "y"}'), 409)
    check_problem(hub.post('{"topic": "b", "data": "y"}\n{"topic": "a", "data": "y"}', "application/x-ndjson"), 409)
    assert hub.whole_history("b") == []
    again = hub.post('{"topic": "a", "data": "x", "id": "last", "end": true}')
    assert again.status == 200 and again.json() == {"id": "last"}


@pytest.mark.parametrize("value, ends", [("true", True), ("1", True), ("false", False), ("0", False)])
def test_a_form_can_end_a_topic(hub, value, ends):
    assert hub.post(f"topic=a&data=x&end={value}", FORM).status == 201
    assert hub.post("topic=a&data=y", FORM).status == (409 if ends else 201)


@pytest.mark.parametrize("body", ['{"topic": "a", "end": "yes"}', '{"topic": "a", "end": false}', '{"topic": "a"}'])
def test_an_end_is_true_or_false_and_only_a_true_one_needs_no_data(shared, body):
    check_problem(shared.post(body), 400)


def test_an_end_is_forgotten_with_its_event(start, log):
    hub = start(*log, "--retain-events", "2")
    hub.publish("a", "x", end=True)
    hub.publish("b"), hub.publish("b")
    with hub.subscribe("a") as stream:
        stream.opening()
        hub.publish("a", "again")
        assert stream.event().data == "again"


def test_an_end_outlives_a_kill(start, tmp_path):
    log = ("--log", f"sqlite:{tmp_path}/log.db")
    hub = start(*log)
    ids = [hub.publish("a", "1"), hub.publish("a", "2", end=True)]
    start.forget(hub)
    hub.server.kill()
    hub = start(*log)
    assert answer_to_subscribe(hub, "a", Last_Event_ID=ids[1]) == 204
    with hub.subscribe("a", headers={"Last-Event-ID": ids[0]}) as stream:
        assert data(stream.rest()[1:-1]) == ["2"]
    check_problem(hub.post(json.dumps({"topic": "a", "data": "3"})), 409)


def test_chromiums_eventsource_stops_when_its_topic_has_ended(start, open_page):
    demo = start("--demo", "--retry", "200ms")
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(LISTEN, "/subscribe?topic=a")
    wait_for(lambda: page.evaluate("opened") == 1, "the stream is open")
    id = demo.publish("a", "bye", end=True)
    assert seen(page, 1) == [["message", id, "bye"]]
    wait_for(lambda: page.evaluate("source.readyState") == 2, "the source is closed for good")
