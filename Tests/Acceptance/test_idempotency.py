"""Idempotency-Key: whoever repeats a request under the same key publishes nothing twice."""

import json
import threading

import pytest

from hang_guard import GUARD
from hub import check_problem
from stream import data

NDJSON = "application/x-ndjson"
BODY = '{"topic": "orders/17", "data": {"state": "shipped"}}'


def test_a_repeat_is_answered_200_with_the_first_id_and_published_once(start, log):
    hub = start(*log)
    with hub.subscribe("orders/*") as stream:
        stream.opening()
        first = hub.post(BODY, Idempotency_Key="order-17")
        assert first.status == 201
        # White space between tokens and the label are no part of the event.
        for body, label in [(BODY, "application/json"), (BODY.replace(": ", " :  "), "text/plain")]:
            again = hub.post(body, label, Idempotency_Key="order-17")
            assert (again.status, again.json()) == (200, first.json())
        hub.publish("orders/18", "next")
        assert data(stream.events(2)) == ['{"state":"shipped"}', "next"]
    assert len(hub.whole_history("**")) == 2


def test_a_key_covers_a_whole_body_of_lines(start, log):
    hub = start(*log)
    lines = "".join(json.dumps({"topic": "a", "data": str(number)}) + "\n" for number in range(1000))
    first = hub.post(lines, NDJSON, Idempotency_Key="bulk")
    assert first.status == 201 and len(first.json()["ids"]) == 1000
    again = hub.post(lines, NDJSON, Idempotency_Key="bulk")
    assert (again.status, again.json()) == (200, first.json())
    assert len(hub.whole_history("a")) == 1000
    check_problem(hub.post(lines + '{"topic": "a", "data": "more"}', NDJSON, Idempotency_Key="bulk"), 422, "another body")


def test_the_same_key_with_another_body_is_422_and_publishes_nothing(start, log):
    hub = start(*log)
    hub.post(BODY, Idempotency_Key="k")
    for body in ['{"topic": "orders/17", "data": "x"}', '{"topic": "orders/18", "data": {"state": "shipped"}}']:
        problem = check_problem(hub.post(body, Idempotency_Key="k"), 422, "key of its own")
        assert problem["type"] == "urn:fanfare:problem:key-reused"
    assert len(hub.whole_history("**")) == 1


def test_what_was_refused_can_be_mended_under_its_key(start, log):
    hub = start(*log)
    assert hub.post('{"topic": "a"}', Idempotency_Key="k").status == 400
    assert hub.post('{"topic": "a", "data": "x"}', Idempotency_Key="k").status == 201


@pytest.mark.parametrize("key", ["", "k" * 256, "k\tk", "kö"])
def test_a_key_that_is_none_is_400(shared, key):
    check_problem(shared.post(BODY, Idempotency_Key=key), 400, "Idempotency-Key", "255")


def test_a_key_of_255_bytes_with_anything_printable_is_one(shared):
    key = '"' + "".join(chr(0x21 + number % 94) for number in range(253)) + '"'
    assert shared.post(BODY, Idempotency_Key=key).status == 201
    assert shared.post(BODY, Idempotency_Key=key).status == 200


def test_many_who_repeat_at_once_publish_once(start, log):
    hub = start(*log, "--workers", "2")
    answers = []

    def publish() -> None:
        answers.append(hub.post('{"topic": "a", "data": "once"}', Idempotency_Key="one"))

    threads = [threading.Thread(target=publish) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GUARD)
    assert sorted(answer.status for answer in answers) == [200] * 31 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(hub.whole_history("a")) == 1


def test_a_key_outlives_a_kill(start, tmp_path):
    log = ("--log", f"sqlite:{tmp_path}/log.db")
    hub = start(*log)
    first = hub.post(BODY, Idempotency_Key="k")
    start.forget(hub)
    hub.server.kill()
    hub = start(*log)
    again = hub.post(BODY, Idempotency_Key="k")
    assert (again.status, again.json()) == (200, first.json())
    assert len(hub.whole_history("**")) == 1
