"""What somebody who means harm can do over HTTP/2: each ends in an error of theirs, with bounded memory, and others are
served."""

import struct

import pytest

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


def flood(hub, part: bytes, times: int) -> int | None:
    """Sends something over and over until the hub has enough, and nothing else; gives the code."""
    with HTTP2(hub.address) as c:
        c.begin()
        before = memory(hub)
        for _ in range(times):
            c.send(part)
        code = ended(c)
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)
    return code


def test_streams_that_are_opened_and_reset_at_once(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        before = memory(hub)
        for start in range(0, 20_000, 100):
            c.send(*(c.request(2 * number + 1, "/events?topic=**") + rst_stream(2 * number + 1) for number in range(start, start + 100)))
        assert ended(c) in (INTERNAL_ERROR, ENHANCE_YOUR_CALM, None)
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)


def test_a_head_that_never_ends(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(frame(HEADERS, END_STREAM, 1, c.block()))
        before = memory(hub)
        for _ in range(10_000):
            c.send(frame(CONTINUATION, 0, 1, b"\x00\x01a\x01b" * 100))
        assert ended(c) is not None
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)


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
    ("settings", settings((INITIAL_WINDOW_SIZE, 65535)) * 100),
    ("pings", frame(PING, 0, 0, b"12345678") * 100),
])
def test_frames_that_want_an_answer_by_one_who_reads_none(hub, name, part):
    """Nothing is read while they are sent, so that the answers pile up."""
    assert flood(hub, part, 3000) in (None, ENHANCE_YOUR_CALM, INTERNAL_ERROR)


def test_empty_data_without_end(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(c.request(1, "/publish", "POST", flags=0))
        before = memory(hub)
        for _ in range(1000):
            c.send(frame(DATA, 0, 1) * 100)
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)


def test_priorities_without_end(hub):
    with HTTP2(hub.address) as c:
        c.begin()
        before = memory(hub)
        for start in range(1, 200_000, 2000):
            c.send(*(frame(PRIORITY, 0, number, struct.pack(">IB", max(0, number - 2), number % 256)) for number in range(start, start + 2000, 2)))
        c.send(c.request(1_000_001))
        while (got := c.read()) is not None and got.kind != HEADERS:
            pass
        assert got is None or c.status(got) == "200"
        assert memory(hub) - before < MEGABYTES
    assert is_served(hub)


def test_answers_that_nobody_takes(hub):
    """Windows that are left at nothing: what waits for them is bounded."""
    for number in range(100):
        hub.publish("big", "x" * 100_000)
    with HTTP2(hub.address) as c:
        c.begin((INITIAL_WINDOW_SIZE, 0))
        before = memory(hub)
        c.send(*(c.request(2 * number + 1, "/events?topic=big") for number in range(900)))
        assert c.pings()
        assert memory(hub) - before < 900 * 1.1 + MEGABYTES
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
