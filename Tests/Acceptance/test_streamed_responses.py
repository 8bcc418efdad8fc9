"""Responses that a program writes while they are sent: bodies of any length, and its own event streams."""

import re
import signal
import socket
import ssl
from pathlib import Path

import pytest

from hang_guard import wait_for
from http2 import *  # noqa: F403
from hub import Hub
from raw_http import Closed, Connection, get
from stream import Stream, data

GIGABYTE = 1 << 30
# What the server may take more while it sends a body, however long that is: its buffers, and the allocator's.
MEMORY = 24 << 20


def pattern(count: int, chunk: int = 64 << 10) -> bytes:
    """What `/outflow/bytes` sends."""
    piece = bytes(number & 0xFF for number in range(chunk))
    return (piece * (count // chunk + 1))[:count]


def ledger(hub: Hub) -> list[str]:
    return hub.get("/outflow/ledger").body.decode().splitlines()


def wait_for_line(hub: Hub, line: str, count: int = 1) -> None:
    wait_for(lambda: ledger(hub).count(line) == count, f"the ledger has {line!r} {count} times")


def memory(hub: Hub, name: str) -> int:
    """`VmRSS`, or the most of it that there ever was: `VmHWM`."""
    text = Path(f"/proc/{hub.server.process.pid}/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)[1]) << 10


def chunks(c: Connection) -> bytes:
    """What is left of a body in chunks."""
    return b"".join(iter(c.receive_chunk, b""))


# Bodies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 1000, 65_536, 300_000])
def test_a_body_comes_as_it_was_written_with_a_length_or_in_chunks(either, chunk):
    count = 700_003 if chunk > 1 else 2003
    with either.connect() as c:
        for length in ("", f"&length={count}"):
            get(c, f"/outflow/bytes?count={count}&chunk={chunk}{length}")
            answer = c.receive_answer()
            assert answer.status == 200 and answer.body == pattern(count, chunk)
            assert answer.fields["content-type"] == "application/octet-stream"
            assert answer.fields["x-route"] == "bytes"
            assert answer.fields.get("content-length") == (str(count) if length else None)
            assert answer.fields.get("transfer-encoding") == (None if length else "chunked")
    wait_for_line(either, "close bytes ended", 2)
    wait_for_line(either, "writer bytes done", 2)


def test_a_body_of_nothing_is_whole(either):
    with either.connect() as c:
        for target in ("/outflow/bytes?count=0", "/outflow/bytes?count=0&length=0", "/hello"):
            get(c, target)
            assert c.receive_answer().status == 200


def test_a_sequence_is_a_body(example):
    assert example.get("/outflow/sequence?count=1000").body.decode().split() == [str(n) for n in range(1, 1001)]


def test_what_is_asked_for_while_a_body_comes_is_answered_after_it(either):
    with either.connect() as c:
        get(c, "/outflow/bytes?count=3000000")
        head = c.receive_head()
        first = c.receive_chunk()
        get(c, "/outflow/bytes?count=100&length=100")
        get(c, "/hello")
        first += chunks(c)
        assert head.status == 200 and first == pattern(3_000_000)
        assert c.receive_answer().body == pattern(100)
        assert c.receive_answer().body == b"hello\n"


def test_requests_in_a_row_are_answered_in_their_order(either):
    with either.connect() as c:
        for number in range(50):
            get(c, f"/outflow/sequence?count={number}")
            get(c, "/hello")
        for number in range(50):
            assert c.receive_answer().body == b"".join(b"%d\n" % n for n in range(1, number + 1))
            assert c.receive_answer().body == b"hello\n"


def test_of_what_a_client_sends_while_a_body_comes_little_is_read_and_nothing_lost(either):
    asked = 15_000
    text = b"GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Padding: " + b"x" * 2000 + b"\r\n\r\n"
    with either.connect() as c:
        get(c, "/outflow/bytes?count=30000000")
        head = c.receive_head()
        before = memory(either, "VmRSS")
        # More than what the two sockets hold is not taken before the body is.
        c.socket.settimeout(1)
        sent = 0
        while sent < asked * len(text):
            try:
                if either.tls:
                    c.socket.sendall(text)
                    sent += len(text)
                else:
                    sent += c.socket.send(text[sent % len(text):])
            except TimeoutError:
                break
        assert sent < asked * len(text), "the server took everything"
        assert memory(either, "VmRSS") - before < MEMORY
        if either.tls:
            return  # Half a record may be out by now, which could not be taken up again.
        c.socket.settimeout(30)
        assert head.status == 200 and chunks(c) == pattern(30_000_000)
        c.send(text[sent % len(text):] if sent % len(text) else b"")
        for _ in range(-(-sent // len(text))):
            assert c.receive_answer().body == b"hello\n"


def test_http_1_0_gets_a_body_with_a_length_or_to_the_end_of_the_connection(either):
    for length in ("", "&length=200000"):
        with either.connect() as c:
            get(c, f"/outflow/bytes?count=200000{length}", "1.0")
            head = c.receive_head()
            assert head.fields.get("content-length") == ("200000" if length else None)
            assert "transfer-encoding" not in head.fields and head.fields["connection"] == "close"
            assert c.receive_rest() == pattern(200_000)


def test_http_1_0_keeps_a_connection_after_a_body_whose_length_is_told(example):
    with example.connect() as c:
        get(c, "/outflow/bytes?count=100&length=100", "1.0", "GET", "Connection: keep-alive")
        assert c.receive_answer().body == pattern(100)
        get(c, "/hello", "1.0")
        assert c.receive_answer().body == b"hello\n"


def test_who_wants_the_connection_closed_has_it_closed_after_the_body(either):
    with either.connect() as c:
        get(c, "/outflow/bytes?count=200000", "1.1", "GET", "Connection: close")
        answer = c.receive_answer()
        assert answer.body == pattern(200_000) and answer.fields["connection"] == "close"
        assert c.receive_rest() == b""


def test_head_has_the_fields_and_nothing_is_written(example):
    with example.connect() as c:
        for target in ("/outflow/bytes?count=5", "/outflow/bytes?count=5&length=5", "/outflow/open"):
            get(c, target, "1.1", "HEAD")
            head = c.receive_answer("HEAD")
            assert head.status == 200
            assert head.fields.get("content-length") == ("5" if "length" in target else None)
            assert head.fields["content-type"] == ("text/event-stream" if "open" in target else "application/octet-stream")
    lines = ledger(example)
    assert lines.count("close bytes ended") == 2 and lines.count("close open ended") == 1
    assert not any(line.startswith(("writer", "opened")) for line in lines)


def test_a_body_that_is_echoed_while_it_comes_is_taken_for_no_request(either):
    # What is sent looks like requests, and must not be taken for any, whether it comes at once or by and by.
    text = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3000
    with either.connect() as c:
        c.send(b"POST /outflow/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(text))
        half = len(text) // 2 + 7
        c.send(text[:half])
        head = c.receive_head()
        assert head.fields["content-length"] == str(len(text))
        body = c.receive_exactly(half)
        c.send(text[half:])
        assert body + c.receive_exactly(len(text) - half) == text
        if head.fields.get("connection") != "close":
            get(c, "/outflow/bytes?count=10")
            assert c.receive_answer().body == pattern(10)
        else:
            assert c.receive_rest() == b""


def test_a_small_body_that_is_echoed_in_chunks_leaves_the_connection_to_the_next_request(either):
    with either.connect() as c:
        for _ in range(3):
            c.send("POST /outflow/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nGET")
            head = c.receive_head()
            assert head.status == 200 and "connection" not in head.fields
            assert c.receive_exactly(3) == b"GET"
            # The rest, and the next request with it.
            c.send(" / HTTGET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert c.receive_exactly(6) == b" / HTT"
            assert c.receive_answer().body == b"hello\n"


def test_a_body_that_comes_after_the_answer_to_it_is_taken_for_no_request(either):
    text = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000
    with either.connect() as c:
        c.send(b"POST /outflow/early HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(text))
        answer = c.receive_answer("POST")
        assert answer.body == b"no thanks\n" and "connection" not in answer.fields
        c.send(text)
        get(c, "/outflow/bytes?count=10")
        assert c.receive_answer().body == pattern(10)


def test_a_large_body_that_nobody_reads_ends_the_connection_with_the_answer(either):
    with either.connect() as c:
        c.send(b"POST /outflow/early HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        answer = c.receive_answer("POST")
        assert answer.body == b"no thanks\n" and answer.fields["connection"] == "close"
        assert c.receive_rest() == b""


def test_a_client_that_goes_behind_what_it_has_asked_for_is_missed(either):
    with either.connect() as c:
        get(c, "/outflow/idle")
        c.receive_head()
        # More than is read while the body comes.
        for _ in range(2000):
            get(c, "/hello", "1.1", "GET", "X-Padding: " + "x" * 100)
    wait_for_line(either, "writer idle cancelled")
    wait_for_line(either, "close idle gone")


def test_two_tasks_on_other_threads_write_one_body(example):
    lines = example.get("/outflow/two?count=20000").body.decode().split()
    assert sorted(lines) == sorted(f"{name}{number}" for name in "ab" for number in range(20_000))
    for name in "ab":
        assert [line for line in lines if line[0] == name] == [f"{name}{number}" for number in range(20_000)]


@pytest.mark.parametrize("told", ["", "&length=200000"])
def test_a_body_that_breaks_off_never_looks_whole(either, told):
    with either.connect() as c:
        get(c, f"/outflow/bytes?count=200000&chunk=1000&throws=100000{told}")
        c.receive_head()
        with pytest.raises((Closed, ssl.SSLError)):
            c.receive_exactly(200_000) if told else chunks(c)
    wait_for_line(either, "close bytes failed")
    wait_for(lambda: "a response broke off" in either.server.errors(), "the log tells")
    assert 'path=/outflow/bytes' in either.server.errors() and "Broken" in either.server.errors()


@pytest.mark.parametrize("count", [99_999, 100_001])
def test_a_body_of_another_length_than_was_told_breaks_off(example, count):
    with example.connect() as c:
        get(c, f"/outflow/bytes?count={count}&chunk=1000&length=100000")
        assert c.receive_head().fields["content-length"] == "100000"
        with pytest.raises(Closed) as cut:
            c.receive_exactly(100_000)
        assert len(cut.value.args[0]) < 100_000
    wait_for_line(example, "close bytes failed")
    wait_for(lambda: "length that was told" in example.server.errors(), "the log tells")


# Memory and time ------------------------------------------------------------------------------------------------------


def swallow(c: Connection, count: int) -> None:
    """Reads so many bytes and keeps none."""
    count -= len(c.unread)
    c.unread = b""
    buffer = bytearray(1 << 20)
    while count > 0:
        some = c.socket.recv_into(buffer, min(len(buffer), count))
        assert some > 0, f"the body ended {count} bytes too early"
        count -= some


def test_a_gigabyte_at_full_speed_takes_little_memory(either):
    with either.connect() as c:
        get(c, "/outflow/bytes?count=1000000")
        c.receive_answer()
        before = memory(either, "VmHWM")
        get(c, f"/outflow/bytes?count={GIGABYTE}&length={GIGABYTE}")
        c.receive_head()
        swallow(c, GIGABYTE)
        assert memory(either, "VmHWM") - before < MEMORY
        get(c, "/hello")
        assert c.receive_answer().body == b"hello\n"


def test_slow_readers_of_a_gigabyte_take_little_memory(example):
    with example.connect() as c:
        get(c, "/outflow/bytes?count=1000000")
        c.receive_answer()
    before = memory(example, "VmHWM")
    readers = [example.connect(receive_buffer=8192) for _ in range(20)]
    for c in readers:
        get(c, f"/outflow/bytes?count={GIGABYTE}&length={GIGABYTE}")
    for _ in range(50):
        for c in readers:
            c.receive_some()
    # 64 KiB wait in each pipe, and as many on the way to its socket.
    assert memory(example, "VmHWM") - before < MEMORY
    for c in readers:
        c.close()
    wait_for_line(example, "writer bytes cancelled", 20)
    wait_for_line(example, "close bytes gone", 20)


def test_who_takes_nothing_is_reset_and_holds_up_nobody(started):
    hub = started("workers=1", "slow-limit-age=1000")
    stuck = [hub.connect(receive_buffer=4096) for _ in range(10)]
    for number, c in enumerate(stuck):
        get(c, f"/outflow/bytes?count={GIGABYTE}" if number % 2 else "/outflow/events?count=1000000&size=10000")
        c.receive_head()
    with hub.connect() as c:
        for _ in range(20):
            get(c, "/outflow/bytes?count=1000000")
            assert len(c.receive_answer().body) == 1_000_000
    wait_for_line(hub, "close bytes slow", 5)
    wait_for_line(hub, "close events slow", 5)
    wait_for_line(hub, "writer bytes cancelled", 5)
    assert hub.server.errors().count("a stream was reset") == 10
    for c in stuck:
        with pytest.raises(Closed):
            c.receive_exactly(GIGABYTE)
        c.close()


def test_a_reader_that_is_slow_but_reads_is_not_reset(started):
    hub = started("slow-limit-age=1000")
    with hub.connect(receive_buffer=4096) as c:
        get(c, "/outflow/bytes?count=12000000")
        c.receive_head()
        # Two of these times pass, and something moves in each.
        c.socket.settimeout(None)
        body = b""
        for _ in range(9):
            body += c.receive_chunk()
            wait_a_quarter_second()
        assert body + chunks(c) == pattern(12_000_000)


def wait_a_quarter_second() -> None:
    """Time is what this is about."""
    try:
        left, right = socket.socketpair()
        left.settimeout(0.25)
        left.recv(1)
    except TimeoutError:
        left.close()
        right.close()


@pytest.mark.parametrize("name", ["idle", "open", "bytes"])
def test_the_task_is_cancelled_when_the_client_goes(either, name):
    target = {"bytes": f"bytes?count={GIGABYTE}"}.get(name, name)
    with either.connect() as c:
        get(c, f"/outflow/{target}")
        c.receive_head()
    wait_for_line(either, f"writer {name} cancelled")
    wait_for_line(either, f"close {name} gone")


# Event streams --------------------------------------------------------------------------------------------------------


def subscribe(hub: Hub, target: str, fields: dict | None = None, version: str = "1.1") -> Stream:
    return Stream(hub.address, target, fields, version, tls=hub.tls)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_events_of_a_sequence_come_as_they_are_and_the_stream_ends(either, version):
    with subscribe(either, "/outflow/events?count=5000&retry=1000&user=anna", version=version) as stream:
        assert stream.head.fields["content-type"] == "text/event-stream"
        assert stream.head.fields["cache-control"] == "no-cache, no-transform"
        assert stream.head.fields["x-accel-buffering"] == "no"
        assert stream.head.fields["x-route"] == "events"
        first, *events = stream.rest()
        assert len(first.lines) == 1 and 500 <= first.retry <= 1500
        assert [(event.id, event.type, event.data) for event in events] == [
            (f"n{number}", "number", str(number)) for number in range(1, 5001)
        ]
    wait_for_line(either, "close events ended")
    assert either.connections() == []


def test_a_connection_goes_on_after_a_stream_that_ended(example):
    with example.connect() as c:
        get(c, "/outflow/events?count=3")
        assert c.receive_answer().body.count(b"\ndata: ") == 3
        get(c, "/hello")
        assert c.receive_answer().body == b"hello\n"


def test_events_come_while_the_stream_is_open_and_heartbeats_while_it_is_idle(started):
    hub = started("heartbeat=100")
    with subscribe(hub, "/outflow/open") as stream:
        assert stream.block().retry is not None
        assert stream.event().data == "hello\nworld"
        assert [stream.line() for _ in range(3)] == [":"] * 3


def test_an_event_that_cannot_stand_in_a_stream_is_an_error_for_its_sender_alone(example):
    with subscribe(example, "/outflow/bad") as stream:
        assert data(stream.rest()[1:]) == ["badEvent"]


def test_a_stream_whose_sender_throws_ends_with_what_was_sent(example):
    with subscribe(example, "/outflow/broken") as stream:
        blocks = stream.rest()
    assert blocks[1].data == "before" and blocks[2].comments == [": the server failed"] and blocks[2].retry
    wait_for_line(example, "close broken failed")
    wait_for(lambda: "a response broke off" in example.server.errors(), "the log tells")


def test_event_streams_are_listed_and_can_be_ended(started):
    hub = started("workers=2")
    with subscribe(hub, "/outflow/open?user=anna") as stream, subscribe(hub, "/outflow/open?user=bea"):
        stream.event()
        first, second = hub.wait_for_connections(2)
        assert {first["user"], second["user"]} == {"anna", "bea"} and first["patterns"] == []
        assert [entry["user"] for entry in hub.connections(user="anna")] == ["anna"]
        assert hub.connections(topic="a") == []
        assert hub.request("DELETE", "/connections?user=anna&allow-reconnect=false").json() == {"closed": 1}
        last = stream.rest()[-1]
        assert last.comments == [": disconnected"] and last.retry and last.id.endswith("~stop")
        assert hub.get("/outflow/open", Last_Event_ID=last.id).status == 204
        assert hub.get(f"/outflow/open?lastEventId={last.id}").status == 204
        wait_for_line(hub, "close open disconnected")
        assert [entry["user"] for entry in hub.connections()] == ["bea"]


def test_event_streams_count_among_those_of_their_user(started):
    hub = started("max-streams-per-user=1")
    with subscribe(hub, "/outflow/open?user=anna"):
        assert hub.get("/outflow/open?user=anna").status == 429
        assert hub.get("/outflow/topics?topics=a&user=anna").status == 429
        assert hub.get("/outflow/ledger").body.count(b"refused streams-per-user 429 /outflow/") == 2
        wait_for_line(hub, "close open refused")
    wait_for(lambda: not hub.connections(), "the stream is gone")
    with subscribe(hub, "/outflow/open?user=anna") as stream:
        assert stream.event().data == "hello\nworld"


def test_who_does_not_take_event_streams_is_406(example):
    assert example.get("/outflow/open", Accept="text/html").status == 406


# The end --------------------------------------------------------------------------------------------------------------


def test_when_the_server_stops_streams_are_told_and_bodies_go_on(started, start):
    hub = started("drain=20000")
    with subscribe(hub, "/outflow/open") as stream, hub.connect(receive_buffer=8192) as c:
        stream.event()
        get(c, "/outflow/bytes?count=20000000")
        c.receive_head()
        body = c.receive_chunk()
        hub.server.signal(signal.SIGTERM)
        last = stream.rest()[-1]
        assert last.comments == [": the hub is stopping"] and last.retry >= 500
        assert body + chunks(c) == pattern(20_000_000)
        assert c.receive_rest() == b""
    assert hub.server.wait() == 0
    start.forget(hub)


def test_a_body_that_is_not_taken_by_then_is_reset(started, start):
    hub = started("drain=500")
    with hub.connect(receive_buffer=8192) as c, hub.connect() as idle:
        get(c, f"/outflow/bytes?count={GIGABYTE}&length={GIGABYTE}")
        get(idle, "/outflow/idle")
        c.receive_head()
        idle.receive_head()
        hub.server.signal(signal.SIGTERM)
        assert hub.server.wait() == 0
        with pytest.raises(Closed):
            c.receive_exactly(GIGABYTE)
        with pytest.raises(Closed):
            chunks(idle)
    start.forget(hub)


# HTTP/2 ---------------------------------------------------------------------------------------------------------------


def opened(hub: Hub, *pairs: tuple[int, int]) -> HTTP2:
    c = HTTP2(hub.address)
    c.begin(*pairs)
    return c


class Reading:
    """What comes on the streams of a connection, whose windows are kept open but for those that are stuck."""

    def __init__(self, c: HTTP2, stuck: tuple[int, ...] = ()):
        self.c, self.stuck = c, stuck
        self.bodies: dict[int, bytes] = {}
        self.fields: dict[int, dict[str, str]] = {}
        self.ended: dict[int, int | None] = {}

    def until(self, condition) -> "Reading":
        while not condition(self):
            got = self.c.read()
            assert got is not None, "the connection ended"
            if got.kind == HEADERS:
                self.fields[got.stream] = got.fields
            if got.kind == DATA:
                self.bodies[got.stream] = self.bodies.get(got.stream, b"") + got.payload
                if got.payload:
                    self.c.send(window_update(0, len(got.payload)))
                    if got.stream not in self.stuck:
                        self.c.send(window_update(got.stream, len(got.payload)))
            if got.kind == RST_STREAM:
                self.ended[got.stream] = got.code
            elif got.kind in (DATA, HEADERS) and got.flags & END_STREAM:
                self.ended[got.stream] = None
        return self


def test_many_bodies_come_side_by_side_on_one_connection(example):
    with opened(example) as c:
        ids = [2 * number + 1 for number in range(50)]
        for id in ids:
            told = f"&length={10_000 * id}" if id % 4 == 1 else ""
            c.send(c.request(id, f"/outflow/bytes?count={10_000 * id}{told}"))
        read = Reading(c).until(lambda read: len(read.ended) == 50)
        for id in ids:
            assert read.ended[id] is None and read.bodies[id] == pattern(10_000 * id)
            assert read.fields[id].get("content-length") == (str(10_000 * id) if id % 4 == 1 else None)
    wait_for_line(example, "close bytes ended", 50)


def test_a_body_that_nobody_takes_holds_up_no_other_on_its_connection(started):
    hub = started("slow-limit-age=1000")
    with opened(hub) as c:
        c.send(c.request(1, f"/outflow/bytes?count={GIGABYTE}"), c.request(3, "/outflow/open"))
        read = Reading(c, stuck=(1,)).until(lambda read: len(read.bodies.get(1, b"")) == 65_535)
        for id in range(5, 45, 2):
            c.send(c.request(id, "/outflow/bytes?count=1000000"))
            read.until(lambda read: id in read.ended)
            assert read.bodies[id] == pattern(1_000_000)
        read.until(lambda read: 1 in read.ended)
        assert read.ended[1] == CANCEL and read.bodies[1] == pattern(65_535)
        assert 3 not in read.ended and b"data: hello\ndata: world\n\n" in read.bodies[3]
        wait_for_line(hub, "close bytes slow")
        wait_for_line(hub, "writer bytes cancelled", 1)
        assert c.pings()


def test_a_body_that_breaks_off_is_reset_and_its_connection_lives(example):
    with opened(example) as c:
        c.send(c.request(1, "/outflow/bytes?count=1000&chunk=10&throws=500"), c.request(3, "/outflow/bytes?count=10&length=9"))
        read = Reading(c).until(lambda read: {1, 3} <= read.ended.keys())
        assert read.ended[1] and read.ended[3]
        assert c.pings()
    wait_for_line(example, "close bytes failed", 2)


def test_a_stream_that_the_client_resets_cancels_its_task(example):
    with opened(example) as c:
        c.send(c.request(1, "/outflow/idle"), c.request(3, "/outflow/open"), c.request(5, "/outflow/idle"))
        Reading(c).until(lambda read: {1, 3, 5} <= read.bodies.keys())
        c.send(rst_stream(1), rst_stream(3))
        wait_for_line(example, "writer idle cancelled")
        wait_for_line(example, "writer open cancelled")
        assert c.pings()
    wait_for_line(example, "writer idle cancelled", 2)
    wait_for_line(example, "close idle gone", 2)


def test_head_over_http_2_tells_the_length(example):
    with opened(example) as c:
        c.send(c.request(1, "/outflow/bytes?count=5&length=5", "HEAD"), c.request(3, "/outflow/bytes?count=5", "HEAD"))
        read = Reading(c).until(lambda read: len(read.ended) == 2)
        assert read.fields[1]["content-length"] == "5" and "content-length" not in read.fields[3]
        assert read.bodies == {}


def test_a_gigabyte_over_http_2_takes_little_memory(example):
    with opened(example) as c:
        c.send(c.request(1, "/outflow/bytes?count=1000000"))
        Reading(c).until(lambda read: 1 in read.ended)
        before = memory(example, "VmHWM")
        # All windows as wide as they go, and far fewer bytes read than fit.
        c.send(window_update(0, (1 << 31) - (1 << 17)))
        for id in range(3, 23, 2):
            c.send(c.request(id, f"/outflow/bytes?count={GIGABYTE}"), window_update(id, (1 << 31) - (1 << 17)))
        for _ in range(2000):
            assert c.read() is not None
        assert memory(example, "VmHWM") - before < MEMORY
    wait_for_line(example, "writer bytes cancelled", 10)
