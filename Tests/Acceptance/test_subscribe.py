"""GET /subscribe: the stream byte for byte, where it begins, what it brings, and how it ends."""

import json
import re
import signal
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest

from hang_guard import wait_for
from hub import check_problem
from stream import Stream, epoch, position


def data(blocks) -> list[str]:
    return [block.data for block in blocks]


# The beginning -------------------------------------------------------------------------------------------------------


def test_the_head_and_the_opening_block_come_at_once_byte_for_byte(hub):
    with hub.subscribe("robot") as stream:
        head = stream.head
        assert (head.version, head.status, head.reason) == ("HTTP/1.1", 200, "OK")
        expected = {
            "content-type": "text/event-stream",
            "cache-control": "no-cache, no-transform",
            "x-accel-buffering": "no",
            "x-content-type-options": "nosniff",
            "transfer-encoding": "chunked",
        }
        assert expected.items() <= head.fields.items()
        assert "content-length" not in head.fields and "content-encoding" not in head.fields
        lines = [stream.line()]
        while lines[-1]:
            lines.append(stream.line())
        assert re.fullmatch(r"retry: [0-9]+\nid: [A-Za-z0-9._~]+-[0-9]+\n", "\n".join(lines))


def test_an_event_is_written_byte_for_byte(hub):
    with hub.subscribe("a") as stream:
        stream.opening()
        id = hub.publish("a", "first line\nsecond line", type="greeting")
        lines = [stream.line() for _ in range(5)]
        assert lines == [f"id: {id}", "event: greeting", "data: first line", "data: second line", ""]


def test_an_event_without_a_type_has_no_event_field(hub):
    with hub.subscribe("a") as stream:
        stream.opening()
        id = hub.publish("a", " leading space: kept")
        assert [stream.line() for _ in range(3)] == [f"id: {id}", "data:  leading space: kept", ""]


@pytest.mark.parametrize(
    "text, lines",
    [
        ("a\nb", ["a", "b"]),
        ("a\rb", ["a", "b"]),
        ("a\r\nb", ["a", "b"]),
        ("a\n\rb", ["a", "", "b"]),
        ("\n", ["", ""]),
        ("a\n", ["a", ""]),
        ("\r\r\n\n", ["", "", "", ""]),
        ("x\nid: stolen\nevent: fake\nretry: 1\n\ny", ["x", "id: stolen", "event: fake", "retry: 1", "", "y"]),
        ("\ufeffx", ["\ufeffx"]),
        ("a\0b", ["a\0b"]),
        ("\u2028\u0085", ["\u2028\u0085"]),
    ],
)
def test_data_is_split_at_each_line_end_and_can_make_no_field(hub, text, lines):
    with hub.subscribe("a") as stream:
        stream.opening()
        hub.publish("a", text)
        block = stream.event()
        assert block.lines[1:] == ["data: " + line if line else "data:" for line in lines] or block.lines[1:] == [
            "data: " + line for line in lines
        ]
        assert block.type is None and block.retry is None


def test_a_publishers_own_id_is_sent_as_it_is(hub):
    with hub.subscribe("a") as stream:
        stream.opening()
        hub.publish("a", "x", id="order~7.b_c")
        assert stream.event().id == "order~7.b_c"


def test_the_retry_is_within_half_of_what_was_set_and_differs_between_streams(start):
    hub = start("--retry", "4s")
    seen = set()
    for _ in range(20):
        with hub.subscribe("a") as stream:
            seen.add(stream.opening().retry)
    assert all(2000 <= retry <= 6000 for retry in seen)
    assert len(seen) > 5


# Topics --------------------------------------------------------------------------------------------------------------


def test_topics_is_split_and_topic_is_taken_whole_and_both_may_repeat(hub):
    with Stream(hub.address, "/subscribe?topics=a|b&topic=c%7Cd&topics=e&topic=f") as stream:
        stream.opening()
        for topic in ("a", "b", "c|d", "c", "d", "e", "f", "a|b"):
            hub.publish(topic, topic)
        hub.publish("f", "end")
        seen = data(stream.events(6))
        assert seen == ["a", "b", "c|d", "e", "f", "end"]


@pytest.mark.parametrize(
    "pattern, matches, others",
    [
        ("a/*", ["a/b", "a/"], ["a", "a/b/c", "b/a"]),
        ("*/b", ["a/b", "/b"], ["b", "a/b/c"]),
        ("a/*/c", ["a/b/c", "a//c"], ["a/c", "a/b/b/c"]),
        ("a/**", ["a/b", "a/b/c", "a/"], ["a", "b/a", "ab/c"]),
        ("**", ["a", "a/b", "/"], ["$"]),
        ("*", ["a"], ["a/b"]),
        ("a*", ["a*"], ["ab", "a"]),
    ],
)
def test_a_star_is_one_segment_and_a_last_double_star_is_one_or_more(hub, pattern, matches, others):
    with hub.subscribe(pattern) as stream, hub.subscribe("end") as witness:
        stream.opening()
        witness.opening()
        for topic in [topic for topic in others if not topic.startswith("$")] + matches:
            hub.publish(topic, topic)
        assert data(stream.events(len(matches))) == matches
        if pattern not in ("*", "**"):
            hub.publish(["end", matches[0]], "the end")
            assert stream.event().data == "the end"


def test_an_event_that_several_patterns_match_comes_once(hub):
    with hub.subscribe("a/*", "a/b", "**", "c") as stream:
        stream.opening()
        hub.publish(["a/b", "c"], "1")
        hub.publish("a/b", "2")
        assert data(stream.events(2)) == ["1", "2"]


@pytest.mark.parametrize(
    "target",
    [
        "/subscribe",
        "/subscribe?",
        "/subscribe?topic=",
        "/subscribe?topics=",
        "/subscribe?topics=a||b",
        "/subscribe?topic=**/a",
        "/subscribe?topic=a/**/b",
        "/subscribe?topic=a%0Ab",
        "/subscribe?topic=%00",
        "/subscribe?topic=%FF",
        "/subscribe?topic=" + "x" * 1025,
        "/subscribe?topic=a&since=yesterday",
        "/subscribe?topic=a&since=-1",
        "/subscribe?topic=a&since=10",
        "/subscribe?topic=a&since=2026-13-01T00:00:00Z",
    ],
)
def test_no_topic_a_bad_one_and_a_bad_since_are_400(shared, target):
    if target.endswith("since=10"):
        target += "y"
    check_problem(shared.get(target), 400)


def test_unknown_parameters_are_ignored(hub):
    with Stream(hub.address, "/subscribe?topic=a&colour=red&x") as stream:
        assert stream.opening().id


def test_more_topics_than_allowed_are_400(start):
    hub = start("--max-topics", "3")
    hub.subscribe("a", "b", "c").close()
    check_problem(hub.get("/subscribe?topics=a|b|c|d"), 400, "max-topics")


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*", "text/*", "text/html, text/event-stream;q=0.1"])
def test_an_accept_that_allows_an_event_stream_gets_one(shared, accept):
    Stream(shared.address, "/subscribe?topic=a", {"Accept": accept}).close()


@pytest.mark.parametrize("accept", ["application/json", "text/html", "text/event-stream;q=0, application/json"])
def test_an_accept_that_does_not_is_406(shared, accept):
    check_problem(shared.get("/subscribe?topic=a", Accept=accept), 406)


def test_head_opens_no_stream(hub):
    answer = hub.request("HEAD", "/subscribe?topic=a")
    assert answer.status == 200
    assert answer.fields["content-type"] == "text/event-stream"
    assert hub.connections() == []


def test_http_1_0_gets_a_stream_without_chunks_that_ends_with_the_connection(hub):
    with Stream(hub.address, "/subscribe?topic=a", version="1.0") as stream:
        assert "transfer-encoding" not in stream.head.fields
        opening = stream.opening()
        id = hub.publish("a", "x")
        assert stream.event().lines == [f"id: {id}", "data: x"]
        hub.request("DELETE", f"/connections?id={hub.connections()[0]['id']}")
        assert stream.rest()[-1].id
        assert position(id) == position(opening.id) + 1


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


# Since ---------------------------------------------------------------------------------------------------------------


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


# Shape of events -----------------------------------------------------------------------------------------------------


def test_an_envelope_holds_all_there_is_to_know(hub):
    with hub.subscribe("a", envelope="true") as stream:
        stream.opening()
        id = hub.publish(["a", "b"], "line\nline", type="t")
        block = stream.event()
        content = block.json()
        assert list(content) == ["id", "topics", "type", "data", "time"]
        assert (content["id"], content["topics"], content["type"], content["data"]) == (
            id,
            ["a", "b"],
            "t",
            "line\nline",
        )
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", content["time"])
        assert block.id == id and block.type == "t"


# Quiet streams -------------------------------------------------------------------------------------------------------


def test_a_quiet_stream_gets_heartbeats_without_an_id(start):
    hub = start("--heartbeat", "200ms")
    with hub.subscribe("a") as stream:
        stream.opening()
        assert [stream.line() for _ in range(3)].count(":") >= 2
        id = hub.publish("a", "x")
        assert stream.event().id == id


def test_a_quiet_streams_id_is_renewed_before_it_expires(start):
    hub = start("--retain-events", "10")
    with hub.subscribe("quiet") as stream:
        id = stream.opening().id
        for number in range(30):
            hub.publish("busy", str(number))
        last = None
        while last is None or position(last) < position(id) + 20:
            block = stream.block()
            assert block.is_only_id
            last = block.id
        assert position(last) <= position(id) + 30


# Several streams -----------------------------------------------------------------------------------------------------


def test_streams_of_one_user_live_side_by_side(hub):
    with hub.subscribe("a", user="jack") as one, hub.subscribe("a", user="jack") as two:
        one.opening()
        two.opening()
        hub.publish("a", "x")
        assert one.event().data == two.event().data == "x"


def test_a_stream_that_leaves_costs_the_others_nothing(hub):
    with hub.subscribe("a") as stays:
        stays.opening()
        for _ in range(5):
            leaves = hub.subscribe("a")
            leaves.opening()
            leaves.close()
            hub.publish("a", "x")
            assert stays.event().data == "x"
        hub.wait_for_connections(1)


def test_the_user_is_a_label_of_the_stream(hub):
    with hub.subscribe("a", user="größe & co") as stream:
        stream.opening()
        assert [entry["user"] for entry in hub.connections()] == ["größe & co"]


# The end -------------------------------------------------------------------------------------------------------------


def test_on_sigterm_each_stream_is_told_and_ends_cleanly(start):
    hub = start("--drain-retry", "3s")
    streams = [hub.subscribe("a") for _ in range(10)]
    for stream in streams:
        stream.opening()
    id = hub.publish("a", "last")
    for stream in streams:
        stream.event()
    start.forget(hub)
    hub.server.signal(signal.SIGTERM)
    retries = set()
    for stream in streams:
        (*rest, end) = stream.rest()
        assert not any(block.has_data for block in rest + [end])
        blocks = rest + [end]
        assert [block.id for block in blocks if block.id] == [id]
        (retry,) = [block.retry for block in blocks if block.retry is not None]
        assert 500 <= retry <= 3000
        retries.add(retry)
        assert any(block.comments for block in blocks), "the end gives its reason in a comment"
        stream.close()
    assert len(retries) > 3
    assert hub.server.wait() == 0, hub.server.errors()


def test_the_id_of_the_last_block_resumes(hub):
    with hub.subscribe("a", user="u") as stream:
        stream.opening()
        hub.request("DELETE", "/connections?user=u")
        end = [block.id for block in stream.rest() if block.id][-1]
    hub.publish("a", "next")
    with hub.subscribe("a", headers={"Last-Event-ID": end}) as stream:
        assert stream.opening().type is None
        assert stream.event().data == "next"


def test_over_the_limit_of_connections_a_stream_is_told_when_to_come_back(start):
    hub = start("--max-connections", "4")
    streams = []
    try:
        for _ in range(4):
            streams.append(hub.subscribe("a"))
            streams[-1].opening()
        with hub.subscribe("a") as stream:
            blocks = stream.rest()
            (retry,) = [block.retry for block in blocks if block.retry is not None]
            assert 5000 <= retry <= 30_000
            assert any(block.comments for block in blocks)
            assert not any(block.id or block.has_data for block in blocks)
    finally:
        for stream in streams:
            stream.close()


def test_a_client_that_sends_on_after_its_request_harms_nothing(hub):
    with hub.subscribe("a") as stream:
        stream.opening()
        stream.connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        hub.publish("a", "x")
        assert stream.event().data == "x"
