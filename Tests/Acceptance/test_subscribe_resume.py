"""GET /subscribe: resuming after an id, and the gap where that is not to be had."""

import json
from urllib.parse import quote

import pytest

from stream import Stream, data, epoch, position

# Resume --------------------------------------------------------------------------------------------------------------


def test_the_opening_id_of_a_new_stream_is_the_tail_and_serves_to_resume(hub):
    last = hub.publish("other", "before")
    with hub.subscribe("a") as stream:
        opening = stream.opening()
    assert opening.id == last and not opening.has_data
    hub.publish("a", "while away")
    with hub.subscribe("a", headers={"Last-Event-ID": opening.id}) as stream:
        assert stream.opening().id == opening.id
        assert stream.event().data == "while away"


@pytest.mark.parametrize("way", ["Last-Event-ID", "last_event_id", "lastEventId"])
def test_resuming_brings_each_later_event_once_and_in_order_and_then_live_ones(hub, way):
    ids = [hub.publish("a" if number % 2 else "b", str(number)) for number in range(20)]
    headers = {way: ids[3]} if way == "Last-Event-ID" else {}
    parameters = {} if headers else {way: ids[3]}
    with hub.subscribe("a", headers=headers, **parameters) as stream:
        assert stream.opening().id == ids[3]
        live = hub.publish("a", "live")
        blocks = stream.events(9)
        assert data(blocks) == ["5", "7", "9", "11", "13", "15", "17", "19", "live"]
        assert [block.id for block in blocks] == ids[5::2] + [live]


def test_the_header_goes_before_the_query_and_both_before_since(hub):
    ids = [hub.publish("a", str(number)) for number in range(4)]
    with hub.subscribe("a", headers={"Last-Event-ID": ids[2]}, last_event_id=ids[0], since="earliest") as stream:
        assert data([stream.event()]) == ["3"]
    with hub.subscribe("a", last_event_id=ids[1], since="earliest") as stream:
        assert data(stream.events(2)) == ["2", "3"]


def test_an_empty_last_event_id_is_none(hub):
    hub.publish("a", "before")
    with hub.subscribe("a", headers={"Last-Event-ID": ""}) as stream:
        stream.opening()
        hub.publish("a", "live")
        assert stream.event().data == "live"


def test_a_publishers_own_id_resumes(hub):
    hub.publish("a", "1", id="mine")
    hub.publish("a", "2")
    with hub.subscribe("a", headers={"Last-Event-ID": "mine"}) as stream:
        opening = stream.opening()
        assert opening.id == "mine" and opening.type is None
        assert stream.event().data == "2"


def test_an_event_of_another_topic_resumes_too(hub):
    id = hub.publish("b", "elsewhere")
    hub.publish("a", "after")
    with hub.subscribe("a", headers={"Last-Event-ID": id}) as stream:
        assert stream.opening().id == id
        assert stream.event().data == "after"


def test_a_replay_longer_than_any_buffer_is_complete(start):
    hub = start("--slow-limit-bytes", "512KiB")
    with hub.subscribe("a") as stream:
        first = stream.opening().id
    for part in range(20):
        lines = (json.dumps({"topic": "a", "data": f"{part * 100 + n} " + "x" * 2000}) for n in range(100))
        assert hub.post("\n".join(lines), "application/x-ndjson").status == 201
    with hub.subscribe("a", headers={"Last-Event-ID": first}) as stream:
        blocks = stream.events(2000)
        assert [block.data.split(" ")[0] for block in blocks] == [str(number) for number in range(2000)]


# Gaps ----------------------------------------------------------------------------------------------------------------


def check_gap(block, requested: str, reason: str, repeats: bool) -> None:
    assert block.type == "fanfare.gap"
    assert block.data == json.dumps(
        {"requested": requested, "reason": reason, "repeats": repeats}, separators=(",", ":")
    )


def test_an_expired_id_gets_a_gap_and_then_what_is_left(start):
    hub = start("--retain-events", "5")
    ids = [hub.publish("a", str(number)) for number in range(10)]
    with hub.subscribe("a", headers={"Last-Event-ID": ids[1]}) as stream:
        gap = stream.opening()
        check_gap(gap, ids[1], "expired", False)
        assert gap.retry is not None
        blocks = stream.events(5)
        assert data(blocks) == ["5", "6", "7", "8", "9"]
        assert position(gap.id) == position(blocks[0].id) - 1


def test_the_id_just_before_what_is_left_has_no_gap(start):
    hub = start("--retain-events", "5")
    ids = [hub.publish("a", str(number)) for number in range(10)]
    with hub.subscribe("a", headers={"Last-Event-ID": ids[4]}) as stream:
        assert stream.opening().type is None
        assert stream.event().data == "5"


def test_an_id_of_an_earlier_run_gets_a_gap_that_says_epoch(start):
    first = start()
    id = first.publish("a", "x")
    second = start()
    second.publish("a", "0")
    with second.subscribe("a", headers={"Last-Event-ID": id}) as stream:
        check_gap(stream.opening(), id, "epoch", True)
        assert stream.event().data == "0"


@pytest.mark.parametrize("id", ["never-seen-", "x", "%00", "é", "a" * 64, "0", "~stopped", "-5", "a b"])
def test_an_unknown_id_gets_a_gap_and_never_an_error(hub, id):
    hub.publish("a", "0")
    with Stream(hub.address, f"/subscribe?topic=a&last_event_id={quote(id, safe='%')}") as stream:
        gap = stream.opening()
        assert gap.type == "fanfare.gap"
        assert gap.json()["reason"] in ("unknown", "epoch") and gap.json()["repeats"] is True
        assert stream.event().data == "0"


def test_an_id_ahead_of_the_log_gets_a_gap(hub):
    id = hub.publish("a", "0")
    ahead = f"{epoch(id)}-{position(id) + 1000}"
    with hub.subscribe("a", headers={"Last-Event-ID": ahead}) as stream:
        gap = stream.opening()
        assert gap.type == "fanfare.gap" and gap.json()["requested"] == ahead and gap.json()["repeats"] is True
        assert stream.event().data == "0"


def test_the_id_of_a_gap_resumes_without_another(start):
    hub = start("--retain-events", "3")
    ids = [hub.publish("a", str(number)) for number in range(6)]
    with hub.subscribe("a", headers={"Last-Event-ID": ids[0]}) as stream:
        gap = stream.opening()
    with hub.subscribe("a", headers={"Last-Event-ID": gap.id}) as stream:
        assert stream.opening().type is None
        assert data(stream.events(3)) == ["3", "4", "5"]
