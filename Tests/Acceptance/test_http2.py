"""HTTP/2 in clear, by prior knowledge, as a rule: the same hub as over HTTP/1.1, with many requests and streams on one connection."""

import json
import struct

import pytest

from curl import shell
from hub import Hub
from http2 import *  # noqa: F403


def text(c: HTTP2, stream: int, until: bytes = b"") -> bytes:
    """What comes on a stream, up to some bytes or to its end; the windows are kept open."""
    seen = b""
    while True:
        got = c.read()
        assert got is not None, f"the connection ended after {seen}"
        if got.kind == DATA:
            c.send(window_update(0, len(got.payload)), window_update(got.stream, len(got.payload))) if got.payload else None
            if got.stream == stream:
                seen += got.payload
        if got.stream == stream and (got.kind == RST_STREAM or got.kind in (DATA, HEADERS) and got.flags & END_STREAM):
            return seen
        if until and until in seen:
            return seen


def opened(hub: Hub, *pairs: tuple[int, int]) -> HTTP2:
    c = HTTP2(hub.address)
    c.begin(*pairs)
    return c


def publish(c: HTTP2, stream: int, **event) -> None:
    c.send(c.request(stream, "/publish", "POST", flags=0), frame(DATA, END_STREAM, stream, json.dumps(event).encode()))


@pytest.mark.parametrize("options", [(), ("--tls-self-signed",)], ids=["clear", "tls"])
def test_a_hundred_requests_at_a_time_on_each_of_ten_connections(start, tmp_path, options):
    hub = start(*options, listen=("127.0.0.1:0",))
    body = tmp_path / "event.json"
    body.write_text('{"topic": "load", "data": "a message"}')
    total = 50_000
    report = shell(f"h2load -n {total} -c 10 -m 100 -d {body} -H 'content-type: application/json' {hub.server.url}/publish")
    assert f"{total} succeeded, 0 failed, 0 errored, 0 timeout" in report and f"status codes: {total} 2xx" in report
    assert "Application protocol: h2" in report


def test_twenty_streams_and_their_posts_go_over_one_connection(hub):
    with opened(hub) as c:
        streams = [2 * number + 1 for number in range(20)]
        c.send(*(c.request(id, f"/subscribe?topic=t/{id}") for id in streams))
        hub.wait_for_connections(20)
        assert len({entry["address"] for entry in hub.connections()}) == 1
        for index, id in enumerate(streams):
            publish(c, 101 + 2 * index, topic=f"t/{id}", data=f"for {id}", end=True)
        waiting, bodies = set(streams), dict.fromkeys(streams, b"")
        while waiting:
            got = c.read()
            if got.kind == DATA and got.stream in bodies:
                bodies[got.stream] += got.payload
                if got.flags & END_STREAM:
                    waiting.discard(got.stream)
        for id, body in bodies.items():
            assert f"data: for {id}\n\n".encode() in body


def test_a_stream_with_a_closed_window_holds_up_no_other(hub):
    with opened(hub, (INITIAL_WINDOW_SIZE, 0)) as c:
        c.send(c.request(1, "/subscribe?topic=a"), c.request(3, "/subscribe?topic=a"))
        c.send(window_update(3, 1 << 20))
        hub.wait_for_connections(2)
        # A lot waits for the first, as far as a reader may lag.
        for number in range(50):
            hub.publish("a", f"{number} " + "x" * 10_000)
        seen = text(c, 3, until=b"49 " + b"x" * 10_000)
        assert seen.count(b"\ndata: ") == 50
        c.send(window_update(1, 1 << 20))
        late = text(c, 1, until=b"49 " + b"x" * 10_000)
        assert late.count(b"\ndata: ") == 50 and late[late.index(b"\n\n"):] == seen[seen.index(b"\n\n"):]


def test_a_slow_reader_is_reset_and_resumes_and_its_neighbour_stays(start):
    hub = start("--slow-limit-bytes", "512KiB")
    with opened(hub) as c:
        c.send(c.request(1, "/subscribe?topic=a"), c.request(3, "/subscribe?topic=b"))
        c.send(window_update(0, 1 << 24), window_update(3, 1 << 24))
        hub.wait_for_connections(2)
        for number in range(100):
            hub.publish("a", f"{number} " + "x" * 20_000)
        hub.wait_for_connections(1)
        seen = b""
        while True:
            got = c.read()
            if got.kind == DATA and got.stream == 1:
                seen += got.payload
            if got.kind == RST_STREAM:
                assert got.stream == 1
                break
        last = [line for line in seen.split(b"\n") if line.startswith(b"id: ")][-1].removeprefix(b"id: ").decode()
        if not seen.endswith(b"\n\n"):
            whole = seen[:seen.rindex(b"\n\n")]
            last = [line for line in whole.split(b"\n") if line.startswith(b"id: ")][-1].removeprefix(b"id: ").decode()
        count = seen[:seen.rindex(b"\n\n")].count(b"\ndata: ")
        c.send(c.request(5, "/subscribe?topic=a", fields=(("last-event-id", last),)), window_update(5, 1 << 24))
        rest = text(c, 5, until=b"99 " + b"x" * 20_000)
        assert count + rest.count(b"\ndata: ") == 100
        hub.publish("b", "still here")
        assert b"still here" in text(c, 3, until=b"still here")


def test_a_large_answer_comes_as_fast_as_its_windows(hub):
    for number in range(10):
        hub.publish("a", "x" * 90_000)
    with opened(hub) as c:
        c.send(c.request(1, "/events?topic=a"))
        body = text(c, 1)
        assert len(json.loads(body)["events"]) == 10


def test_head_has_no_body(hub):
    hub.publish("a", "x")
    with opened(hub) as c:
        c.send(c.request(1, "/events?topic=a", "HEAD"))
        while (got := c.read()).kind != HEADERS:
            pass
        assert got.flags & END_STREAM and int(got.fields["content-length"]) > 100


def test_a_body_that_is_too_large_is_413_and_its_connection_lives_on(start):
    hub = start("--max-body-size", "300KiB")
    with opened(hub) as c:
        c.send(c.request(1, "/publish", "POST", flags=0))
        status = None
        for _ in range(400):
            c.send(frame(DATA, 0, 1, b"x" * 1000))
        c.send(frame(DATA, END_STREAM, 1, b""))
        while status is None:
            got = c.read()
            if got.kind == HEADERS and got.stream == 1:
                status = c.status(got)
        assert status == "413"
        publish(c, 3, topic="a", data="x")
        assert json.loads(text(c, 3))["id"]


def test_a_drain_says_goodbye_to_each_stream_and_then_to_the_connection(start):
    hub = start("--drain-retry", "700ms")
    with opened(hub) as c:
        c.send(c.request(1, "/subscribe?topic=a"), c.request(3, "/subscribe?topic=b"))
        hub.wait_for_connections(2)
        id = hub.publish("a", "last words")
        start.forget(hub)
        hub.server.signal(15)
        bodies, farewell = {1: b"", 3: b""}, None
        while (got := c.read()) is not None:
            if got.kind == DATA:
                bodies[got.stream] += got.payload
            if got.kind == GOAWAY:
                farewell = got
        assert farewell is not None and farewell.code == NO_ERROR
        assert struct.unpack(">I", farewell.payload[:4])[0] == 3
        for body in bodies.values():
            assert b": the hub is stopping\n" in body and f"id: {id}\n".encode() in body and b"retry: " in body
    assert hub.server.wait() == 0


def test_a_client_that_goes_takes_its_streams_along(hub):
    with opened(hub) as c:
        c.send(*(c.request(2 * number + 1, "/subscribe?topic=a") for number in range(50)))
        hub.wait_for_connections(50)
        c.send(rst_stream(1), rst_stream(3))
        hub.wait_for_connections(48)
    hub.wait_for_connections(0)


def test_the_preface_may_come_byte_by_byte(hub):
    with HTTP2(hub.address) as c:
        for byte in PREFACE + settings():
            c.send(bytes([byte]))
        c.send(c.request(1))
        assert json.loads(text(c, 1))["status"] == "ok"


def test_a_body_that_stalls_is_408_and_others_are_served(hub):
    with opened(hub) as c:
        c.send(c.request(1, "/publish", "POST", flags=0), frame(DATA, 0, 1, b"{"))
        publish(c, 3, topic="a", data="x")
        assert json.loads(text(c, 3))["id"]
        got = c.read()
        while got.kind != HEADERS:
            got = c.read()
        assert got.stream == 1 and c.status(got) == "408"
        assert c.pings()
