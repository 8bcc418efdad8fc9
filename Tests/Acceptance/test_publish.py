"""POST /publish: what is taken, in which forms, what the answer is, and what is refused."""

import json
from urllib.parse import urlencode

import pytest

from hub import Hub, check_problem
from raw_http import Connection
from stream import epoch, position

FORM = "application/x-www-form-urlencoded"
NDJSON = "application/x-ndjson"


def published(hub: Hub, body: bytes | str, content_type: str = "application/json") -> dict:
    """Publishes the body, and gives the event as history has it."""
    answer = hub.post(body, content_type)
    assert answer.status == 201, answer.body
    id = answer.json()["id"]
    (event,) = [event for event in hub.history("**")["events"] if event["id"] == id]
    return event


def test_json_is_answered_201_with_the_id_alone(hub):
    answer = hub.post('{"topic": "robot", "data": "hi robot"}')
    assert answer.status == 201
    assert answer.fields["content-type"].split(";")[0] == "application/json"
    assert list(answer.json()) == ["id"]


def test_what_was_published_is_in_history_as_it_was(hub):
    event = published(hub, '{"topic": "robot", "data": "hi robot", "type": "greeting"}')
    assert event["topics"] == ["robot"]
    assert event["type"] == "greeting"
    assert event["data"] == "hi robot"
    assert event["private"] is False


def test_ids_of_one_run_have_one_epoch_and_rising_positions(hub):
    ids = [hub.publish("a", str(number)) for number in range(5)]
    assert len({epoch(id) for id in ids}) == 1
    positions = [position(id) for id in ids]
    assert positions == list(range(positions[0], positions[0] + 5))


@pytest.mark.parametrize("content_type", [FORM, "text/plain", "application/octet-stream", None])
def test_a_body_that_begins_with_a_brace_is_json_whatever_its_label(hub, content_type):
    answer = hub.post('{"topic": "robot", "data": "hi robot"}', content_type)
    assert answer.status == 201
    assert hub.history("robot")["events"][0]["data"] == "hi robot"


def test_json_may_have_white_space_before_its_brace(hub):
    assert published(hub, ' \r\n\t{"topic": "a", "data": "x"}', FORM)["data"] == "x"


def test_a_json_label_may_name_its_charset(hub):
    assert published(hub, '{"topic": "a", "data": "x"}', "application/json; charset=utf-8")["data"] == "x"


def test_a_form_has_fields_of_the_same_names(hub):
    body = urlencode({"topic": "a/b", "data": "one & two = 3\n+", "event": "sum", "id": "form-1", "retry": "1500"})
    event = published(hub, body, FORM)
    assert event["id"] == "form-1"
    assert event["topics"] == ["a/b"]
    assert event["data"] == "one & two = 3\n+"
    assert event["type"] == "sum"


def test_a_form_may_repeat_topic(hub):
    assert published(hub, "topic=a&topic=b%7Cc&data=x", FORM)["topics"] == ["a", "b|c"]


def test_in_a_form_a_plus_is_a_space(hub):
    assert published(hub, "topic=a&data=one+two%2B", FORM)["data"] == "one two+"


def test_topics_is_a_list_and_one_event_reaches_all_of_them(hub):
    event = published(hub, '{"topics": ["a", "b"], "data": "x"}')
    assert event["topics"] == ["a", "b"]
    assert hub.history("a")["events"] == hub.history("b")["events"] == [event]


def test_event_is_another_name_for_type(hub):
    assert published(hub, '{"topic": "a", "data": "x", "event": "greeting"}')["type"] == "greeting"


def test_a_topic_may_be_a_url(hub):
    assert published(hub, '{"topic": "https://example.com//a?b=c", "data": "x"}')["topics"] == [
        "https://example.com//a?b=c"
    ]


def test_the_empty_string_is_data_and_fires(hub):
    with hub.subscribe("a") as stream:
        stream.opening()
        hub.publish("a", "")
        event = stream.event()
        assert event.has_data and event.data == ""


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "-0",
        "1.0",
        "1.50e+10",
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
        "true",
        "null",
        "[]",
        "{}",
        '{"b":1,"a":2,"b":3}',
        '["\\u00e9","é","\\/","/"]',
        '{"\\u0061":"\\ud83d\\ude00 😀"}',
        '[" spaces  stay ","\\t"]',
        "[[[[[[[[1]]]]]]]]",
    ],
)
def test_data_that_is_no_string_is_kept_letter_for_letter(hub, text):
    assert published(hub, '{"topic": "a", "data": %s}' % text)["data"] == text


def test_only_white_space_between_tokens_is_removed_from_data(hub):
    body = '{"topic": "a", "data":\r\n\t{ "one" : [ 1 , 2.0 ,\n"  two  " ] , "three":\tnull } }'
    assert published(hub, body)["data"] == '{"one":[1,2.0,"  two  "],"three":null}'


def test_strings_are_decoded(hub):
    assert published(hub, r'{"topic": "\u0061", "data": "\ud83d\ude00\n\"\\\/"}')["data"] == '😀\n"\\/'


def test_ndjson_is_an_event_a_line_and_answers_their_ids_in_order(hub):
    lines = "".join(json.dumps({"topic": "n", "data": str(number)}) + "\n" for number in range(20))
    answer = hub.post(lines, NDJSON)
    assert answer.status == 201
    events = hub.history("n")["events"]
    assert [event["data"] for event in events] == [str(number) for number in range(20)]
    assert answer.json() == {"ids": [event["id"] for event in events]}


@pytest.mark.parametrize(
    "body", ['{"topic":"n","data":"1"}', '{"topic":"n","data":"1"}\r\n', '\n{"topic":"n","data":"1"}\n\n']
)
def test_ndjson_lines_may_end_in_crlf_or_not_at_all_and_empty_ones_are_passed_over(hub, body):
    answer = hub.post(body, NDJSON)
    assert answer.status == 201
    assert len(answer.json()["ids"]) == 1


@pytest.mark.parametrize(
    "bad",
    ["not JSON", '{"topic": "n"}', '{"topic": "n", "data": "x", "colour": 1}', '{"topic": "n/*", "data": "x"}', "[]"],
)
def test_ndjson_with_one_bad_line_publishes_none_and_names_the_line(hub, bad):
    body = '{"topic": "n", "data": "1"}\n{"topic": "n", "data": "2"}\n' + bad + '\n{"topic": "n", "data": "4"}\n'
    check_problem(hub.post(body, NDJSON), 400, "3")
    assert hub.history("n")["events"] == []


def test_ndjson_of_ten_thousand_lines_is_taken_and_of_one_more_is_413(hub):
    line = '{"topic":"n","data":""}\n'
    answer = hub.post(line * 10_000, NDJSON)
    assert answer.status == 201 and len(answer.json()["ids"]) == 10_000
    check_problem(hub.post(line * 10_001, NDJSON), 413)
    assert hub.topics()["n"]["events"] == 10_000


def test_an_ndjson_body_without_a_line_is_400(shared):
    check_problem(shared.post("", NDJSON), 400)


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "{",
        '{"topic": "a", "data": "x"',
        '{"topic": "a", "data": "x"} more',
        '{"topic": "a", "data": "x",}',
        '{"topic": "a" "data": "x"}',
        '{"topic": "a", "data": 01}',
        '{"topic": "a", "data": .5}',
        '{"topic": "a", "data": NaN}',
        '{"topic": "a", "data": [1,]}',
        '{"topic": "a", "data": "\\x"}',
        '{"topic": "a", "data": "\\ud800"}',
        '{"topic": "a", "data": "line\nend"}',
        "{'topic': 'a', 'data': 'x'}",
        '{"topic": 1, "data": "x"}',
        '{"topic": null, "data": "x"}',
        '{"topics": "a", "data": "x"}',
        '{"topics": [1], "data": "x"}',
        b'{"topic": "a", "data": "\xff"}',
        '{"topic": "a", "data": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
def test_malformed_json_is_400(shared, body):
    check_problem(shared.post(body), 400)


@pytest.mark.parametrize("body", ["[]", '"text"', "1", ""])
def test_json_that_is_no_object_is_400(shared, body):
    check_problem(shared.post(body), 400)


@pytest.mark.parametrize(
    "body", ['{"data": "x"}', '{"topics": [], "data": "x"}', '{"topic": "", "data": "x"}', '{"topic": "a"}']
)
def test_a_topic_and_data_are_required(shared, body):
    check_problem(shared.post(body), 400)


def test_an_unknown_member_is_400_and_named(shared):
    check_problem(shared.post('{"topic": "a", "data": "x", "colour": "red"}'), 400, "colour")


def test_an_unknown_form_field_is_400_and_named(shared):
    check_problem(shared.post("topic=a&data=x&colour=red", FORM), 400, "colour")


def test_a_body_that_was_not_meant_as_a_form_does_not_come_back_as_a_name(shared):
    answer = shared.post("x" * 1_000_000, FORM)
    check_problem(answer, 400, "xxx…")
    assert len(answer.body) < 1000


def test_an_event_is_private_if_it_says_so_in_any_form(hub):
    for body, form in [
        (json.dumps({"topic": "a", "data": "x", "private": True}), "application/json"),
        ("topic=a&data=x&private=true", FORM),
        (json.dumps({"topic": "a", "data": "x", "private": False}), "application/json"),
        ("topic=a&data=x&private=0", FORM),
        (json.dumps({"topic": "a", "data": "x"}), "application/json"),
    ]:
        assert hub.post(body, form).status == 201
    assert [event["private"] for event in hub.history("a")["events"]] == [True, True, False, False, False]
    for wrong in ['"yes"', "1", "null"]:
        check_problem(hub.post('{"topic": "a", "data": "x", "private": %s}' % wrong), 400)
    check_problem(hub.post("topic=a&data=x&private=maybe", FORM), 400, "private")


@pytest.mark.parametrize("type", ["fanfare.gap", "fanfare.", "a\nb", "a\rb", "a\0b"])
def test_a_type_that_is_the_hubs_own_or_breaks_a_line_is_400(shared, type):
    check_problem(shared.post(json.dumps({"topic": "a", "data": "x", "type": type})), 400)


@pytest.mark.parametrize("type", ["fanfare", "Fanfare.gap", "my.fanfare.x", "größe", "a b:c"])
def test_other_types_are_taken(hub, type):
    assert published(hub, json.dumps({"topic": "a", "data": "x", "type": type}))["type"] == type


@pytest.mark.parametrize("id", ["", "x" * 65, "a b", "a:b", "a/b", "é", "a\n", "a\0"])
def test_an_id_with_other_letters_or_lengths_is_400(shared, id):
    check_problem(shared.post(json.dumps({"topic": "a", "data": "x", "id": id})), 400)


def test_an_id_that_begins_as_the_logs_own_is_400(hub):
    own = hub.publish("a", "x")
    for id in (own, f"{epoch(own)}-", f"{epoch(own)}-99999999", f"{epoch(own)}-mine"):
        check_problem(hub.post(json.dumps({"topic": "a", "data": "x", "id": id})), 400)


@pytest.mark.parametrize("id", ["x", "A.b_c~d-e", "0", "x" * 64])
def test_a_publishers_id_is_the_events_id(hub, id):
    assert hub.publish("a", "x", id=id) == id


def test_the_same_id_with_the_same_content_is_answered_200_and_published_once(hub):
    first = hub.publish("a", "x", id="mine", type="t")
    answer = hub.post('{"data": "x", "topic": "a", "event": "t", "id": "mine"}')
    assert answer.status == 200
    assert answer.json() == {"id": first}
    assert len(hub.history("a")["events"]) == 1


@pytest.mark.parametrize(
    "other",
    [{"data": "y"}, {"topic": "b"}, {"type": "t"}, {"data": "", "type": "x"}],
)
def test_the_same_id_with_other_content_is_409(hub, other):
    hub.publish("a", "x", id="mine")
    check_problem(hub.post(json.dumps({"topic": "a", "data": "x", "id": "mine"} | other)), 409)
    assert len(hub.history("**")["events"]) == 1


@pytest.mark.parametrize("retry", [-1, 86_400_001, 1.5, "1500", True])
def test_a_retry_that_is_no_number_of_milliseconds_up_to_a_day_is_400(shared, retry):
    check_problem(shared.post(json.dumps({"topic": "a", "data": "x", "retry": retry})), 400)


@pytest.mark.parametrize("retry", [0, 1500, 86_400_000])
def test_a_retry_is_sent_with_the_event(hub, retry):
    with hub.subscribe("a") as stream:
        stream.opening()
        hub.publish("a", "x", retry=retry)
        assert stream.event().retry == retry


@pytest.mark.parametrize("topic", ["$fanfare", "$a/b", "$"])
def test_publishing_to_the_hubs_own_topics_is_403(shared, topic):
    check_problem(shared.post(json.dumps({"topic": topic, "data": "x"})), 403)


def test_a_dollar_further_on_is_nothing_special(hub):
    hub.publish(["a/$b", "a$"], "x")


@pytest.mark.parametrize(
    "topic",
    ["*", "**", "a/*", "*/a", "a/**", "a/*/b", "a\nb", "a\0", "a\x1f", "a\x7f", "x" * 1025, "é" * 513],
)
def test_a_topic_that_is_a_pattern_too_long_or_holds_controls_is_400(shared, topic):
    check_problem(shared.post(json.dumps({"topic": topic, "data": "x"})), 400)


@pytest.mark.parametrize("topic", ["a*", "***", "*a/b", "a//b", "/", "a b", "é" * 512, "x" * 1024, "a|b", "😀"])
def test_other_topics_are_taken(hub, topic):
    assert published(hub, json.dumps({"topic": topic, "data": "x"}))["topics"] == [topic]


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "application/xml", None])
def test_a_body_of_another_kind_is_415(shared, content_type):
    check_problem(shared.post("topic=a&data=x", content_type), 415)


def test_an_event_over_the_limit_is_413_and_one_under_it_is_taken(start):
    hub = start("--max-event-size", "4KiB")
    check_problem(hub.post(json.dumps({"topic": "a", "data": "x" * 4097})), 413)
    hub.publish("a", "x" * 3900)
    assert len(hub.history("a")["events"]) == 1


def test_a_body_over_the_limit_is_413(start):
    hub = start("--max-event-size", "4KiB", "--max-body-size", "16KiB")
    check_problem(hub.post(json.dumps({"topic": "a", "data": "x" * 20_000})), 413)
    assert hub.history("a")["events"] == []


def test_a_chunked_body_over_the_limit_is_413_before_its_end(start):
    hub = start("--max-event-size", "4KiB", "--max-body-size", "16KiB")
    with Connection(hub.address) as connection:
        connection.send(f"POST /publish HTTP/1.1\r\nHost: 127.0.0.1:{hub.server.port}\r\n")
        connection.send("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.send(b"5000\r\n" + b" " * 0x5000 + b"\r\n")
        assert connection.receive_answer("POST").status == 413


def test_a_chunked_body_is_put_together(hub):
    with Connection(hub.address) as connection:
        connection.send(f"POST /publish HTTP/1.1\r\nHost: 127.0.0.1:{hub.server.port}\r\n")
        connection.send("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (b'{"topic":"a"', b',"data":"', b"x" * 300, b'"}'):
            connection.send(b"%x;name=value\r\n%s\r\n" % (len(piece), piece))
        connection.send(b"0\r\nTrailer-Field: yes\r\n\r\n")
        assert connection.receive_answer("POST").status == 201
    assert hub.history("a")["events"][0]["data"] == "x" * 300


def test_a_client_that_expects_it_is_told_to_continue(hub):
    body = b'{"topic": "a", "data": "x"}'
    with Connection(hub.address) as connection:
        connection.send(f"POST /publish HTTP/1.1\r\nHost: 127.0.0.1:{hub.server.port}\r\nExpect: 100-continue\r\n")
        connection.send(f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
        assert connection.receive_head().status == 100
        connection.send(body)
        assert connection.receive_answer("POST").status == 201


def test_publishing_on_one_connection_keeps_its_order_however_it_is_cut(hub):
    requests = b""
    for number in range(50):
        body = json.dumps({"topic": "a", "data": str(number)}).encode()
        requests += b"POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        requests += b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    with Connection(hub.address) as connection:
        for start in range(0, len(requests), 997):
            connection.send(requests[start : start + 997])
        for _ in range(50):
            assert connection.receive_answer("POST").status == 201
    assert [event["data"] for event in hub.history("a")["events"]] == [str(number) for number in range(50)]


def test_problems_of_one_kind_have_one_type_and_title(shared):
    one = check_problem(shared.post('{"topic": "a", "data": "x", "one": 1}'), 400)
    other = check_problem(shared.post('{"topic": "a", "data": "x", "other": 1}'), 400)
    assert (one["type"], one["title"]) == (other["type"], other["title"])
    assert one["detail"] != other["detail"]
