"""What somebody who means harm can do over HTTP/2: each ends in an error of theirs, with bounded memory, and others are
served."""

import contextlib
import socket
import struct
import threading
import time

import pytest

from curl import shell
from hang_guard import GUARD, wait_for
from http2 import *  # noqa: F403

MEGABYTES = 64
"""What an attack may add to the hub's memory, at the very most."""


def memory(hub) -> float:
    """The hub's resident memory, in MiB."""
    with open(f"/proc/{hub.server.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def is_served(hub) -> bool:
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1))
        while (got := c.read()) is not None:
            if got.kind == HEADERS:
                return c.status(got) == "200"
    return False


def ended(c: HTTP2) -> int | None:
    """The code of the GOAWAY with which the connection ended, if there was one; fails if it does not end."""
    code = None
    while (got := c.read()) is not None:
        if got.kind == GOAWAY:
            code = got.code
    return code


def told(hub, reason: str) -> bool:
    """Whether the hub's log has one line about abuse, for this reason. The end itself may be seen before the line is."""
    lines = wait_for(
        lambda: [line for line in hub.server.errors().splitlines() if "a connection of HTTP/2 was ended" in line],
        "the end of the connection is told",
    )
    return len(lines) == 1 and f'warning a connection of HTTP/2 was ended reason="{reason}" code=ENHANCE_YOUR_CALM' in lines[0]


def flood(hub, part: bytes, times: int) -> tuple[int | None, bool]:
    """Sends something over and over. Gives the code with which the hub has had enough, and whether it lived through it."""
    with HTTP2(hub.address) as c:
        c.begin()
        before = memory(hub)
        codes = []

        # The answers are read meanwhile: who reads none is another case.
        def read() -> None:
            while (got := c.read()) is not None:
                if got.kind == GOAWAY:
                    codes.append(got.code)
                if got.kind == PING and got.payload == b"the last":
                    return
            codes.append(None)

        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(times):
            c.send(part)
        c.send(frame(PING, 0, 0, b"the last"))
        reader.join()
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)
    return (codes or [None])[0], None not in codes


CALM = "it sends frames that ask for nothing"


@pytest.mark.parametrize("path, count, end", [
    ("/events?topic=**", 20_000, lambda stream: rst_stream(stream, CANCEL if stream % 4 == 3 else NO_ERROR)),
    # A window that is opened too far has the hub reset its stream: the work is the same as if the client had.
    ("/subscribe?topic=a", 5_000, lambda stream: window_update(stream, 0x7FFFFFFF)),
], ids=["by the client", "by the hub"])
def test_streams_that_are_opened_and_reset_at_once(hub, path, count, end):
    with HTTP2(hub.address) as c:
        c.begin()
        before = memory(hub)
        for start in range(1, 2 * count, 200):
            c.send(*(c.request(stream, path) + end(stream) for stream in range(start, start + 200, 2)))
        assert ended(c) in (ENHANCE_YOUR_CALM, None)
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)
    assert told(hub, "it begins streams only to end them")


def test_streams_that_live_for_a_while_may_end_all_at_once(start):
    """As those of a proxy do whose clients leave."""
    hub = start("--http2-max-streams", "3000", "--http2-reset-rate", "10/s", "--http2-control-rate", "10/s")
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(*(c.request(2 * number + 1, "/subscribe?topic=a") for number in range(3000)))
        opened = time.monotonic()
        assert c.pings()
        wait_for(lambda: time.monotonic() - opened > 1.2, "the streams are no longer young")
        c.send(*(rst_stream(2 * number + 1) for number in range(3000)))
        assert c.pings()
        assert hub.connections() == []


def test_the_rate_of_resets_is_an_option(start):
    hub = start("--http2-reset-rate", "1/s")
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(*(c.request(2 * number + 1) + rst_stream(2 * number + 1) for number in range(10)))
        assert c.pings()
        c.send(*(c.request(2 * number + 1) + rst_stream(2 * number + 1) for number in range(10, 30)))
        assert ended(c) == ENHANCE_YOUR_CALM


def test_a_head_that_never_ends(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(frame(HEADERS, END_STREAM, 1, c.block()))
        before = memory(hub)
        for _ in range(10_000):
            c.send(frame(CONTINUATION, 0, 1, b"\x00\x01a\x01b" * 100))
        assert ended(c) in (ENHANCE_YOUR_CALM, None)
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)
    assert told(hub, "it spreads a head over too many frames")


def test_a_head_that_stops_midway(hub):
    """PINGs cannot keep it alive: they may not come within a head."""
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(frame(HEADERS, END_STREAM, 1, c.block()))
        assert ended(c) == ENHANCE_YOUR_CALM
    assert is_served(hub)
    assert told(hub, "it does not end a head in time")


def test_a_body_that_stops_midway_is_408_whatever_else_comes(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1, "/publish", "POST", flags=0), frame(DATA, 0, 1, b"{"))
        stop = threading.Event()

        def talk() -> None:
            number = 3
            while not stop.wait(0.2):
                c.send(c.request(number), frame(DATA, 0, 1), frame(PING, 0, 0, b"still on"))
                number += 2

        talker = threading.Thread(target=talk)
        talker.start()
        try:
            while (got := c.read()) is not None:
                if got.kind == HEADERS and got.stream == 1:
                    break
            assert c.status(got) == "408"
        finally:
            stop.set()
            talker.join()


def test_a_head_that_swells_when_it_is_unpacked(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        # One field of 4,000 bytes goes into the table, and is named again by one byte each time.
        big = b"\x40\x01a\x7f\xa1\x1e" + b"x" * 4000
        before = memory(hub)
        c.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, c.block() + big + b"\xbe" * 10_000))
        codes = []
        while (got := c.read()) is not None:
            if got.kind == HEADERS:
                codes.append(c.status(got))
                break
            if got.kind in (GOAWAY, RST_STREAM):
                codes.append(got.code)
                break
        assert codes and codes[0] in ("431", ENHANCE_YOUR_CALM, INTERNAL_ERROR, COMPRESSION_ERROR, PROTOCOL_ERROR)
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)


def test_a_head_that_is_too_large_is_431(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        block = c.block(fields=tuple((f"x{number}", "y" * 1000) for number in range(20)))
        c.send(frame(HEADERS, END_STREAM, 1, block[:10_000]), frame(CONTINUATION, END_HEADERS, 1, block[10_000:]))
        while (got := c.read()).kind != HEADERS:
            pass
        assert c.status(got) == "431"
        assert c.pings()


@pytest.mark.parametrize("name, part", [
    ("settings", settings((INITIAL_WINDOW_SIZE, 65535))),
    ("pings", frame(PING, 0, 0, b"12345678")),
])
def test_frames_that_want_an_answer_by_one_who_reads_none(start, name, part):
    """Nothing is read while they are sent, so that the answers pile up."""
    hub = start("--http2-control-rate", "10000000/s")
    with HTTP2(hub.address) as c:
        c.begin()
        before = memory(hub)
        for _ in range(3000):
            c.send(part * 100)
        assert ended(c) in (ENHANCE_YOUR_CALM, None)
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)
    assert told(hub, "it sends frames that want an answer, and reads no answers")


IDLE = {
    "settings": settings((INITIAL_WINDOW_SIZE, 65535)),
    "pings": frame(PING, 0, 0, b"12345678"),
    "answers to no ping": frame(PING, ACK, 0, b"12345678"),
    "frames of no known type": frame(0x42, 0, 0, b"x" * 100),
    "priorities": frame(PRIORITY, 0, 3, struct.pack(">IB", 1, 7)),
    "windows that are open": window_update(0, 1),
}


@pytest.mark.parametrize("name", IDLE)
def test_frames_that_ask_for_nothing(hub, name):
    code, lived = flood(hub, IDLE[name] * 100, 100)
    assert code in (ENHANCE_YOUR_CALM, None) and not lived
    assert told(hub, CALM)


def test_empty_data_without_end(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1, "/publish", "POST", flags=0))
        for _ in range(1000):
            c.send(frame(DATA, 0, 1) * 100)
        assert ended(c) in (ENHANCE_YOUR_CALM, None)
    assert is_served(hub)
    assert told(hub, CALM)


def test_a_few_frames_that_ask_for_nothing_come_with_every_request(hub):
    """Far more of them than the rate, but with requests as clients send them: nobody is ended for that."""
    with HTTP2(hub.address) as c:
        c.begin()
        number = 1
        for _ in range(200):
            for _ in range(20):
                c.send(c.request(number), frame(PRIORITY, 0, number, struct.pack(">IB", 0, 7)))
                number += 2
            assert c.pings()


def test_a_reader_may_open_its_windows_with_every_event(start):
    hub = start("--http2-control-rate", "1/s")
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1, "/subscribe?topic=a"))
        hub.wait_for_connections(1)
        for number in range(200):
            hub.publish("a", str(number))
            seen = b""
            while b"\n\n" not in seen or f"data: {number}\n".encode() not in seen:
                got = c.read()
                assert got is not None, f"ended at {number}"
                if got.kind == DATA and got.payload:
                    seen += got.payload
                    # One by one, as a careful client does.
                    c.send(window_update(0, len(got.payload)), window_update(1, len(got.payload)))


def test_windows_that_are_opened_byte_by_byte(start):
    """So that each event comes in crumbs, of which each would be a reason to open the windows again."""
    hub = start("--http2-control-rate", "10/s")
    hub.publish("a", "x" * 5000)
    with HTTP2(hub.address) as c:
        c.begin((INITIAL_WINDOW_SIZE, 0))
        c.send(c.request(1, "/events?topic=a"))
        for _ in range(1000):
            c.send(window_update(1, 1))
        assert ended(c) == ENHANCE_YOUR_CALM
    assert told(hub, CALM)


def test_answers_that_nobody_takes(hub):
    """Windows that are left at nothing: what waits for them is bounded."""
    for number in range(100):
        hub.publish("big", "x" * 100_000)
    with HTTP2(hub.address) as c:
        c.begin((INITIAL_WINDOW_SIZE, 0))
        before = memory(hub)
        c.send(*(c.request(2 * number + 1, "/events?topic=big") for number in range(900)))
        assert c.pings()
        # No more than a few answers are kept; the others are problems that say why.
        assert memory(hub) - before < MEGABYTES
        c.socket.settimeout(3 * GUARD)
        statuses, codes = set(), set()
        while not codes:
            got = c.read()
            if got.kind == HEADERS:
                statuses.add(c.status(got))
            if got.kind == RST_STREAM:
                codes.add(got.code)
        # What is kept is not kept for ever.
        assert statuses == {"200", "503"} and codes == {CANCEL}
    assert is_served(hub)


def test_more_streams_than_allowed_are_refused(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        most = None
        while most is None:
            got = c.read()
            if got.kind == SETTINGS and not got.flags & ACK:
                pairs = struct.iter_unpack(">HI", got.payload)
                most = dict(pairs)[MAX_CONCURRENT_STREAMS]
        c.send(*(c.request(2 * number + 1, "/subscribe?topic=a") for number in range(most + 10)))
        refused = 0
        while refused < 10:
            got = c.read()
            if got.kind == RST_STREAM:
                assert got.code == REFUSED_STREAM and got.stream > 2 * most - 2
                refused += 1
        assert len(hub.connections()) == min(1000, most)
    hub.wait_for_connections(0)


def test_one_bad_request_harms_no_other(hub):
    """Of a head that is refused nothing is waited for."""
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1, "/subscribe?topic=a"))
        hub.wait_for_connections(1)
        c.send(c.request(3, fields=(("Bad", "x"),)))
        while (got := c.read()).kind != RST_STREAM:
            pass
        assert got.stream == 3 and got.code == PROTOCOL_ERROR
        refused = time.monotonic()
        # Longer than a head may take.
        wait_for(lambda: time.monotonic() - refused > 13, "a head would be too late by now")
        assert c.pings()
        assert len(hub.connections()) == 1


def test_a_connection_that_is_one_too_many_ends_with_its_first_answer(start):
    hub = start("--max-connections", "2")
    with contextlib.ExitStack() as stack:
        followers = []
        for _ in range(2):
            c = stack.enter_context(HTTP2(hub.address))
            c.begin()
            c.send(c.request(1, "/subscribe?topic=a"))
            while (got := c.read()).kind != HEADERS:
                pass
            assert c.status(got) == "200"
            followers.append(c)
        with HTTP2(hub.address) as c:
            c.begin()
            c.send(c.request(1, "/events?topic=a"))
            statuses, farewell = [], None
            while (got := c.read()) is not None:
                if got.kind == HEADERS:
                    statuses.append(c.status(got))
                if got.kind == GOAWAY:
                    farewell = got.code
            assert statuses == ["503"] and farewell == NO_ERROR
        followers[0].socket.close()
        wait_for(lambda: served(hub) == ["200"], "there is room again")


def test_many_large_answers_at_a_time_for_who_takes_them(hub):
    """Windows are open and the socket is read: they all come, however much they are together."""
    for number in range(10):
        hub.publish("big", "x" * 100_000)
    with HTTP2(hub.address) as c:
        c.begin((INITIAL_WINDOW_SIZE, 0x7FFFFFFF))
        c.send(window_update(0, 0x7FFF0000 - 65535), *(c.request(2 * number + 1, "/events?topic=big") for number in range(20)))
        statuses, whole = [], 0
        while whole < 20:
            got = c.read()
            if got.kind == HEADERS:
                statuses.append(c.status(got))
            whole += got.kind in (DATA, HEADERS) and got.flags & END_STREAM
        assert statuses == ["200"] * 20


def served(hub) -> list[str]:
    """The statuses that a connection of its own gets."""
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1, "/topics"))
        while (got := c.read()) is not None:
            if got.kind == HEADERS:
                return [c.status(got)]
    return []


def test_refusals_that_pile_up_behind_a_socket_that_nobody_reads(hub):
    """The settings are not acknowledged, so that each stream beyond the limit is refused and not the connection ended."""
    for number in range(10):
        hub.publish("big", "x" * 100_000)
    with HTTP2(hub.address) as c:
        c.begin((INITIAL_WINDOW_SIZE, 0x7FFFFFFF))
        c.send(window_update(0, 0x7FFF0000 - 65535), *(c.request(2 * number + 1, "/events?topic=big") for number in range(7)))
        before = memory(hub)
        number = 100
        request = c.block()
        for _ in range(2000):
            c.send(b"".join(frame(HEADERS, END_STREAM | END_HEADERS, 2 * (number + more) + 1, request) for more in range(100)))
            number += 100
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)


def test_answers_of_which_all_but_the_last_bytes_are_taken(hub):
    """What is sent is not held: of each answer ten bytes are left behind its window."""
    for number in range(10):
        hub.publish("big", "x" * 100_000)
    size = len(hub.get("/events?topic=big").body)
    with HTTP2(hub.address) as c:
        c.begin((INITIAL_WINDOW_SIZE, size - 10))
        c.send(window_update(0, 0x7FFF0000 - 65535))
        before = memory(hub)
        for number in range(300):
            c.send(c.request(2 * number + 1, "/events?topic=big"))
            left = size - 10
            while left > 0:
                got = c.read()
                if got.kind == DATA and got.stream == 2 * number + 1:
                    left -= len(got.payload)
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)


def test_small_bodies_of_many_requests_are_one_connections(start):
    """What one connection of HTTP/1.1 may hold when there is too much already, one of HTTP/2 may, and not each request."""
    hub = start()
    with contextlib.ExitStack() as stack:
        before = memory(hub)
        for _ in range(12):
            c = stack.enter_context(HTTP2(hub.address))
            c.begin()
            c.send(window_update(0, 1 << 20))
            for number in range(1000):
                c.send(c.request(2 * number + 1, "/publish", "POST", flags=0), *[frame(DATA, 0, 2 * number + 1, b"x" * 16384)] * 4)
        # 256 MiB for each of the workers, and what else it takes.
        assert memory(hub) - before < 256 * 2 + 2 * MEGABYTES
        assert is_served(hub)


def test_a_body_that_is_refused_need_not_be_sent(start):
    """Any number of them on a connection: each gets its answer, and is told to stop if it goes on."""
    hub = start("--max-body-size", "300KiB")
    with HTTP2(hub.address) as c:
        c.begin()
        for upload in range(6):
            stream = 2 * upload + 1
            c.send(c.request(stream, "/publish", "POST", flags=0), *[frame(DATA, 0, stream, b"x" * 16384)] * 37)
            seen = []
            while not seen or seen[-1][0] != RST_STREAM:
                got = c.read()
                if got.stream == stream and got.kind in (HEADERS, RST_STREAM):
                    seen.append((got.kind, c.status(got) if got.kind == HEADERS else got.code))
                    # All but the first go on for a while, the first merely does not end.
                    if upload and got.kind == HEADERS:
                        c.send(*[frame(DATA, 0, stream, b"x" * 16384)] * 100)
            assert seen == [(HEADERS, "413"), (RST_STREAM, NO_ERROR)]
        assert c.pings()


def test_curl_shows_why_a_body_is_refused(start, tmp_path):
    hub = start("--max-body-size", "300KiB")
    (tmp_path / "large").write_bytes(b"x" * 20_000_000)
    shown = shell(f"curl -s --http2-prior-knowledge --data-binary @{tmp_path}/large -H 'content-type: application/json' {hub.url}/publish")
    assert "body-too-large" in shown


def test_a_request_that_is_refused_and_never_ends_holds_up_no_drain(start):
    # The drain may take longer than a test waits.
    hub = start("--max-body-size", "300KiB", "--drain", "60s")
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1, "/publish", "POST", flags=0), *[frame(DATA, 0, 1, b"x" * 16384)] * 20)
        while (got := c.read()).kind != HEADERS:
            pass
        assert c.status(got) == "413"
        start.forget(hub)
        hub.server.signal(15)
        seen = []
        while (got := c.read()) is not None:
            seen.append((got.kind, got.stream))
        assert (RST_STREAM, 1) in seen and seen[-1] == (GOAWAY, 0)
    assert hub.server.wait() == 0


def test_the_end_of_a_stream_waits_for_its_window_only_for_a_while(hub):
    hub.publish("a", "x", end=True)
    whole = len(hub.get("/subscribe?topic=a&since=earliest").body)
    with HTTP2(hub.address) as c:
        c.begin((INITIAL_WINDOW_SIZE, whole - 2))
        c.socket.settimeout(3 * GUARD)
        c.send(c.request(1, "/subscribe?topic=a&since=earliest"))
        while (got := c.read()).kind != RST_STREAM:
            assert got.stream != 1 or not got.flags & END_STREAM or got.kind not in (DATA, HEADERS)
        assert got.stream == 1
        assert c.pings()


def test_a_head_that_is_named_again_and_again_costs_little(hub):
    """A field of 4,000 bytes in the table, and then each byte is one more of it."""
    def ticks() -> int:
        with open(f"/proc/{hub.server.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    with HTTP2(hub.address) as c:
        c.begin()
        head = b"\x82\x86\x84\x01\x09localhost"
        big = b"\x40\x01a\x7f\xa1\x1e" + b"x" * 4000
        before = ticks()
        for number in range(10):
            block = head + big + b"\xbe" * 12_000
            c.send(frame(HEADERS, END_STREAM, 2 * number + 1, block), *[frame(CONTINUATION, 0, 2 * number + 1, b"\xbe" * 16_000)] * 6)
            c.send(frame(CONTINUATION, END_HEADERS, 2 * number + 1, b"\xbe" * 16_000))
        while (got := c.read()) is not None and not (got.kind == RST_STREAM and got.stream == 19):
            pass
        assert got is not None and got.code == INTERNAL_ERROR
        # Processor time, not the clock's: 2.6 s if all of it is looked at.
        assert ticks() - before < 100


def test_a_client_that_ends_its_side_gets_its_answers(start, tmp_path):
    hub = start(log=f"sqlite:{tmp_path}/log.db")
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1, "/publish", "POST", flags=0), frame(DATA, END_STREAM, 1, b'{"topic": "a", "data": "x"}'))
        c.send(c.request(3, "/subscribe?topic=b"))
        c.socket.shutdown(socket.SHUT_WR)
        statuses = {}
        while (got := c.read()) is not None:
            if got.kind == HEADERS:
                statuses[got.stream] = c.status(got)
        assert statuses[1] == "201"
    hub.wait_for_connections(0)


@pytest.mark.parametrize("name, part", [
    ("heads of streams that are gone", lambda c: c.request(1) + frame(PING, 0, 0, b"12345678")),
    ("data of nothing but padding", lambda c: frame(DATA, PADDED, 3, b"\0")),
])
def test_frames_that_look_like_something(hub, name, part):
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1), c.request(3, "/publish", "POST", flags=0))
        assert c.pings()
        for _ in range(100):
            c.send(*(part(c) for _ in range(100)))
        assert ended(c) in (ENHANCE_YOUR_CALM, None)
    assert told(hub, CALM)


def test_answers_that_nobody_takes_on_many_connections(start):
    """All of a worker's are bounded together, whatever each of them is allowed; others are served meanwhile."""
    hub = start("--workers", "1")
    for number in range(12):
        hub.publish("big", "x" * 100_000)
    with contextlib.ExitStack() as stack:
        before = memory(hub)
        for _ in range(30):
            c = stack.enter_context(HTTP2(hub.address))
            c.begin((INITIAL_WINDOW_SIZE, 0))
            c.send(*(c.request(2 * number + 1, "/events?topic=big") for number in range(50)))
        for _ in range(250):
            c = stack.enter_context(socket.create_connection(hub.address))
            c.sendall(b"GET /events?topic=big HTTP/1.1\r\nHost: localhost\r\n\r\n")
        statuses = set()
        wait_for(lambda: statuses.add(hub.get("/events?topic=big").status) or 503 in statuses, "there is too much")
        assert memory(hub) - before < 256 + 2 * MEGABYTES
        assert is_served(hub)
    wait_for(lambda: hub.get("/events?topic=big").status == 200, "there is room again")


def test_a_body_without_a_length_may_be_waited_for(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1, "/publish", "POST", fields=(("expect", "100-continue"), ("content-type", "application/json")), flags=0))
        statuses = []
        while (got := c.read()) is not None and "201" not in statuses:
            if got.kind == HEADERS:
                statuses.append(c.status(got))
                if statuses == ["100"]:
                    c.send(frame(DATA, END_STREAM, 1, b'{"topic": "a", "data": "x"}'))
            if statuses == ["100", "201"]:
                break
        assert statuses == ["100", "201"]
