"""What somebody who means harm can do over HTTP/2: each ends in an error of theirs, with bounded memory, and others are
served."""

import struct
import threading
import time

import pytest

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
    """Whether the hub's log has one line about abuse, for this reason."""
    lines = [line for line in hub.server.errors().splitlines() if "a connection of HTTP/2 was ended" in line]
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


def test_streams_that_are_opened_and_reset_at_once(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        before = memory(hub)
        for start in range(0, 20_000, 100):
            c.send(*(c.request(2 * number + 1, "/events?topic=**") + rst_stream(2 * number + 1, CANCEL if number % 2 else NO_ERROR) for number in range(start, start + 100)))
        assert ended(c) in (ENHANCE_YOUR_CALM, None)
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)
    assert told(hub, "it begins streams only to end them")


def test_streams_that_the_hub_is_made_to_reset(hub):
    """A window that is opened too far resets its stream: the work is the same as if the client had."""
    with HTTP2(hub.address) as c:
        c.begin()
        before = memory(hub)
        for start in range(0, 5_000, 100):
            c.send(*(c.request(2 * number + 1, "/subscribe?topic=a") + window_update(2 * number + 1, 0x7FFFFFFF) for number in range(start, start + 100)))
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


def test_a_reader_may_open_its_windows_with_every_event(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1, "/subscribe?topic=a"))
        hub.wait_for_connections(1)
        hub.post("\n".join(f'{{"topic": "a", "data": "{number}"}}' for number in range(3000)), "application/x-ndjson")
        seen = b""
        while seen.count(b"\ndata: ") < 3000:
            got = c.read()
            assert got is not None, f"ended after {seen[-200:]}"
            if got.kind == DATA and got.payload:
                seen += got.payload
                # One by one, as a careful client does.
                c.send(window_update(0, len(got.payload)), window_update(1, len(got.payload)))


def test_answers_that_nobody_takes(hub):
    """Windows that are left at nothing: what waits for them is bounded."""
    for number in range(100):
        hub.publish("big", "x" * 100_000)
    with HTTP2(hub.address) as c:
        c.begin((INITIAL_WINDOW_SIZE, 0))
        before = memory(hub)
        c.send(*(c.request(2 * number + 1, "/events?topic=big") for number in range(900)))
        assert c.pings()
        # No more than a few answers are kept; the others are ended, with a code that says why.
        assert memory(hub) - before < MEGABYTES
        c.socket.settimeout(3 * GUARD)
        codes = set()
        while CANCEL not in codes:
            got = c.read()
            if got.kind == RST_STREAM:
                codes.add(got.code)
        # What is kept is not kept for ever.
        assert codes == {ENHANCE_YOUR_CALM, CANCEL}
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
