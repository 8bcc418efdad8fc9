"""GET /subscribe: the head, the stream byte for byte, and the topics it is about."""

import re

import pytest

from hub import check_problem
from stream import Stream, data, position

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
