"""HTTP/2 as RFC 9113 and RFC 7541 have it: what is malformed ends the stream or the connection with the right code, and
what is unusual but allowed is served. Each case says the section that it is of."""

import struct
from dataclasses import dataclass
from typing import Callable

import pytest

from http2 import *  # noqa: F403

POST = dict(path="/publish", method="POST")
BODY = b'{"topic": "a", "data": "x"}'


@dataclass
class Case:
    name: str
    send: Callable[[HTTP2], list[bytes]]
    """What follows the preface and the settings."""
    expect: str
    """`served`, `status N`, `stream CODE…` (that stream is reset), `connection CODE…` (GOAWAY, then the end)."""
    stream: int = 1
    bare: bool = False
    """Whether even the preface is the case's own."""


def case(name: str, expect: str, send, stream: int = 1, bare: bool = False) -> Case:
    return Case(name, send, expect, stream, bare)


def head(c: HTTP2, *fields: tuple[str, str], flags: int = END_STREAM | END_HEADERS, stream: int = 1) -> bytes:
    """A request of just these fields, pseudo-headers and all."""
    return frame(HEADERS, flags, stream, c.encoder.encode(list(fields)))


M, S, A, P = (":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", "/healthz")
CUT = 3
"""Where heads are cut in two."""


def post(c: HTTP2, *rest: bytes, fields: tuple = ()) -> list[bytes]:
    return [c.request(1, **POST, fields=fields, flags=0), *rest]


def spread(block: bytes) -> list[bytes]:
    """A head over three frames."""
    first, second, third = block[:CUT], block[CUT:CUT + 1], block[CUT + 1:]
    return [frame(HEADERS, END_STREAM, 1, first), frame(CONTINUATION, 0, 1, second), frame(CONTINUATION, END_HEADERS, 1, third)]


CASES = [
    # The connection preface (3.4)
    case("3.4 the preface and settings", "served", lambda c: [c.request(1)]),
    case("3.4 settings may be empty", "served", lambda c: [PREFACE, settings(), c.request(1)], bare=True),
    case("3.4 a preface in the wrong case is no HTTP/2", "closed", lambda c: [PREFACE.replace(b"SM", b"sm"), settings()], bare=True),
    case("3.4 a preface of another version is no HTTP/2", "closed", lambda c: [PREFACE.replace(b"2.0", b"2.1"), settings()], bare=True),
    case("3.4 settings come first", "connection PROTOCOL_ERROR", lambda c: [PREFACE, frame(PING, 0, 0, b"12345678")], bare=True),
    case("3.4 settings come before requests", "connection PROTOCOL_ERROR", lambda c: [PREFACE, c.request(1)], bare=True),
    case("3.4 an acknowledgement is no first settings", "connection PROTOCOL_ERROR", lambda c: [PREFACE, frame(SETTINGS, ACK)], bare=True),
    # Frames (4.1, 4.2)
    case("4.1 frames of unknown types are passed over", "served", lambda c: [frame(0x16, 0xFF, 0, b"x" * 100), c.request(1)]),
    case("4.1 unknown types on streams are passed over", "served", lambda c: [frame(0xEE, 0, 1, b"x"), c.request(1)]),
    case("4.1 unknown flags are passed over", "served", lambda c: [frame(PING, 0x16, 0, b"12345678"), c.request(1)]),
    case("4.1 the reserved bit is passed over", "served", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 0x80000001, c.block())]),
    case("4.2 DATA beyond the largest frame", "stream|connection FRAME_SIZE_ERROR", lambda c: post(c, frame(DATA, 0, 1, b"x" * 16385))),
    case("4.2 DATA of the largest frame", "status 415", lambda c: post(c, frame(DATA, END_STREAM, 1, b"x" * 16384))),
    case("4.2 HEADERS beyond the largest frame", "connection FRAME_SIZE_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, b"x" * 16385)]),
    case("4.2 SETTINGS beyond the largest frame", "connection FRAME_SIZE_ERROR", lambda c: [frame(SETTINGS, 0, 0, b"\0" * 16386)]),
    case("4.2 an unknown frame beyond the largest", "connection FRAME_SIZE_ERROR", lambda c: [frame(0x16, 0, 0, b"x" * 16385)]),
    # Header blocks (4.3)
    case("4.3 a head over several frames", "served", lambda c: spread(c.block())),
    case("4.3 a head that ends with an empty frame", "served", lambda c: [frame(HEADERS, END_STREAM, 1, c.block()), frame(CONTINUATION, END_HEADERS, 1)]),
    case("4.3 another stream within a head", "connection PROTOCOL_ERROR", lambda c: [frame(HEADERS, END_STREAM, 1, c.block()[:CUT]), c.request(3)]),
    case("4.3 another frame within a head", "connection PROTOCOL_ERROR", lambda c: [frame(HEADERS, END_STREAM, 1, c.block()[:CUT]), frame(PING, 0, 0, b"12345678")]),
    case("4.3 an unknown frame within a head", "connection PROTOCOL_ERROR", lambda c: [frame(HEADERS, END_STREAM, 1, c.block()[:CUT]), frame(0x16, 0, 1, b"x")]),
    case("4.3 an index of no entry", "connection COMPRESSION_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\xff\xff\xff\x07")]),
    # HPACK (RFC 7541)
    case("7541 2.3.3 index 0", "connection COMPRESSION_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x80")]),
    case("7541 5.1 an integer without end", "connection COMPRESSION_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\xff" + b"\xff" * 20)]),
    case("7541 5.2 a string longer than the block", "connection COMPRESSION_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x00\x7f" + b"x")]),
    case("7541 5.2 Huffman padding of more than 7 bits", "connection COMPRESSION_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x82\x87\x84\x41\x8a\x08\x9d\x5c\x0b\x81\x70\xdc\x78\x0f\x03\xff\xff")]),
    case("7541 5.2 Huffman padding of zeros", "connection COMPRESSION_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x00\x81\x00\x00")]),
    case("7541 5.2 Huffman with an end of string", "connection COMPRESSION_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x00\x84\xff\xff\xff\xff\x00")]),
    case("7541 4.2 a table larger than was allowed", "connection COMPRESSION_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x3f\xe2\x1f" + c.block())]),
    case("7541 4.2 a table that is emptied", "served", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x20" + c.block())]),
    case("7541 4.2 a table size within a block", "connection COMPRESSION_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, c.block() + b"\x20")]),
    case("7541 6.2.3 fields that are never indexed", "served", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 1, c.block() + b"\x10\x01a\x01b")]),
    # Stream states (5.1)
    case("5.1 DATA on an idle stream", "connection PROTOCOL_ERROR", lambda c: [frame(DATA, END_STREAM, 1, b"x")]),
    case("5.1 RST_STREAM on an idle stream", "connection PROTOCOL_ERROR", lambda c: [rst_stream(1)]),
    case("5.1 WINDOW_UPDATE on an idle stream", "connection PROTOCOL_ERROR", lambda c: [window_update(1, 100)]),
    case("5.1 CONTINUATION on an idle stream", "connection PROTOCOL_ERROR", lambda c: [frame(CONTINUATION, END_HEADERS, 1, c.block())]),
    case("5.1 PRIORITY on an idle stream", "served", lambda c: [frame(PRIORITY, 0, 3, struct.pack(">IB", 0, 10)), c.request(1)]),
    case("5.1 DATA after the end", "stream|connection STREAM_CLOSED", lambda c: [c.request(1, "/subscribe?topic=a"), frame(DATA, 0, 1, b"x")]),
    case("5.1 a second head after the end", "stream|connection STREAM_CLOSED", lambda c: [c.request(1, "/subscribe?topic=a"), c.request(1)]),
    case("5.1 RST_STREAM after the end", "served 3", lambda c: [c.request(1), rst_stream(1), c.request(3)], 3),
    case("5.1 WINDOW_UPDATE after the end", "served 3", lambda c: [c.request(1), window_update(1, 10), c.request(3)], 3),
    case("5.1 PRIORITY after the end", "served 3", lambda c: [c.request(1), frame(PRIORITY, 0, 1, struct.pack(">IB", 0, 1)), c.request(3)], 3),
    case("5.1 DATA after one's own reset", "stream|connection STREAM_CLOSED or served 3", lambda c: [c.request(1, **POST, flags=0), rst_stream(1), frame(DATA, END_STREAM, 1, b"x"), c.request(3)], 3),
    case("5.1.1 an even number", "connection PROTOCOL_ERROR", lambda c: [c.request(2)]),
    # Whether a stream was passed over or is long gone cannot be told from its number, so this is passed over.
    case("5.1.1 a number that went before", "served 5", lambda c: [c.request(5), c.request(3)], 5),
    case("5.1.1 numbers may be left out", "served 101", lambda c: [c.request(101)], 101),
    case("5.1.1 the largest number", "served 2147483647", lambda c: [c.request(0x7FFFFFFF)], 0x7FFFFFFF),
    case("5.1.1 HEADERS on stream 0", "connection PROTOCOL_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS, 0, c.block())]),
    # Priority (5.3, deprecated)
    case("5.3 a head with a priority", "served", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS | PRIORITY_FLAG, 1, struct.pack(">IB", 0, 200) + c.block())]),
    case("5.3.1 a stream that depends on itself in HEADERS", "stream|connection PROTOCOL_ERROR or served", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS | PRIORITY_FLAG, 1, struct.pack(">IB", 1, 1) + c.block())]),
    case("5.3.1 a stream that depends on itself in PRIORITY", "stream|connection PROTOCOL_ERROR or served 3", lambda c: [frame(PRIORITY, 0, 1, struct.pack(">IB", 1, 1)), c.request(3)], 3),
    # DATA (6.1)
    case("6.1 DATA on stream 0", "connection PROTOCOL_ERROR", lambda c: [frame(DATA, 0, 0, b"x")]),
    case("6.1 DATA with padding", "status 201", lambda c: post(c, frame(DATA, END_STREAM | PADDED, 1, b"\x05" + BODY + b"\0" * 5))),
    case("6.1 DATA that is padding alone", "status 201", lambda c: post(c, frame(DATA, PADDED, 1, b"\x05" + b"\0" * 5), frame(DATA, END_STREAM, 1, BODY))),
    case("6.1 padding longer than the frame", "connection PROTOCOL_ERROR", lambda c: post(c, frame(DATA, END_STREAM | PADDED, 1, b"\x06" + b"\0" * 5))),
    case("6.1 padding without its length", "connection PROTOCOL_ERROR|FRAME_SIZE_ERROR", lambda c: post(c, frame(DATA, END_STREAM | PADDED, 1, b""))),
    case("6.1 a body in many small frames", "status 201", lambda c: post(c, *[frame(DATA, 0, 1, BODY[i:i + 1]) for i in range(len(BODY))], frame(DATA, END_STREAM, 1))),
    # HEADERS (6.2)
    case("6.2 HEADERS with padding", "served", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS | PADDED, 1, b"\x03" + c.block() + b"\0\0\0")]),
    case("6.2 padding longer than the head", "connection PROTOCOL_ERROR", lambda c: [frame(HEADERS, END_STREAM | END_HEADERS | PADDED, 1, b"\xff" + c.block())]),
    # PRIORITY (6.3)
    case("6.3 PRIORITY on stream 0", "connection PROTOCOL_ERROR", lambda c: [frame(PRIORITY, 0, 0, struct.pack(">IB", 0, 1))]),
    case("6.3 PRIORITY of another length", "stream|connection FRAME_SIZE_ERROR", lambda c: [frame(PRIORITY, 0, 1, b"\0\0\0\0")]),
    # RST_STREAM (6.4)
    case("6.4 RST_STREAM on stream 0", "connection PROTOCOL_ERROR", lambda c: [rst_stream(0)]),
    case("6.4 RST_STREAM of another length", "connection FRAME_SIZE_ERROR", lambda c: [c.request(1, "/subscribe?topic=a"), frame(RST_STREAM, 0, 1, b"\0\0\0")]),
    case("6.4 RST_STREAM with an unknown code", "served 3", lambda c: [c.request(1, "/subscribe?topic=a"), rst_stream(1, 0xFFFF), c.request(3)], 3),
    # SETTINGS (6.5)
    case("6.5 SETTINGS on a stream", "connection PROTOCOL_ERROR", lambda c: [frame(SETTINGS, 0, 1)]),
    case("6.5 SETTINGS of a broken length", "connection FRAME_SIZE_ERROR", lambda c: [frame(SETTINGS, 0, 0, b"\0" * 5)]),
    case("6.5 an acknowledgement with content", "connection FRAME_SIZE_ERROR", lambda c: [frame(SETTINGS, ACK, 0, b"\0" * 6)]),
    case("6.5 unknown settings are passed over", "served", lambda c: [settings((0xAAAA, 1), (0, 0)), c.request(1)]),
    case("6.5 the same setting twice", "served", lambda c: [settings((INITIAL_WINDOW_SIZE, 1), (INITIAL_WINDOW_SIZE, 65535)), c.request(1)]),
    case("6.5.2 ENABLE_PUSH other than 0 or 1", "connection PROTOCOL_ERROR", lambda c: [settings((ENABLE_PUSH, 2))]),
    case("6.5.2 INITIAL_WINDOW_SIZE beyond 2^31-1", "connection FLOW_CONTROL_ERROR", lambda c: [settings((INITIAL_WINDOW_SIZE, 1 << 31))]),
    case("6.5.2 MAX_FRAME_SIZE below 2^14", "connection PROTOCOL_ERROR", lambda c: [settings((MAX_FRAME_SIZE, 16383))]),
    case("6.5.2 MAX_FRAME_SIZE beyond 2^24-1", "connection PROTOCOL_ERROR", lambda c: [settings((MAX_FRAME_SIZE, 1 << 24))]),
    case("6.5.2 a client that wants no table", "served", lambda c: [settings((HEADER_TABLE_SIZE, 0)), c.request(1)]),
    # PUSH_PROMISE (6.6)
    case("6.6 a client does not push", "connection PROTOCOL_ERROR", lambda c: [frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2) + c.block())]),
    # PING (6.7)
    case("6.7 PING on a stream", "connection PROTOCOL_ERROR", lambda c: [frame(PING, 0, 1, b"12345678")]),
    case("6.7 PING of another length", "connection FRAME_SIZE_ERROR", lambda c: [frame(PING, 0, 0, b"1234567")]),
    case("6.7 an answer to no PING", "served", lambda c: [frame(PING, ACK, 0, b"12345678"), c.request(1)]),
    # GOAWAY (6.8)
    case("6.8 GOAWAY on a stream", "connection PROTOCOL_ERROR", lambda c: [frame(GOAWAY, 0, 1, b"\0" * 8)]),
    case("6.8 GOAWAY of less than 8 bytes", "connection FRAME_SIZE_ERROR", lambda c: [frame(GOAWAY, 0, 0, b"\0" * 7)]),
    # WINDOW_UPDATE (6.9)
    case("6.9 an increment of 0 on the connection", "connection PROTOCOL_ERROR", lambda c: [window_update(0, 0)]),
    case("6.9 an increment of 0 on a stream", "stream|connection PROTOCOL_ERROR", lambda c: [c.request(1, "/subscribe?topic=a"), window_update(1, 0)]),
    case("6.9 WINDOW_UPDATE of another length", "connection FRAME_SIZE_ERROR", lambda c: [frame(WINDOW_UPDATE, 0, 0, b"\0\0\1")]),
    case("6.9.1 the connection's window beyond 2^31-1", "connection FLOW_CONTROL_ERROR", lambda c: [window_update(0, 0x7FFFFFFF)]),
    case("6.9.1 a stream's window beyond 2^31-1", "stream FLOW_CONTROL_ERROR", lambda c: [c.request(1, "/subscribe?topic=a"), window_update(1, 0x7FFFFFFF)]),
    case("6.9.2 settings that take a window beyond 2^31-1", "stream|connection FLOW_CONTROL_ERROR", lambda c: [c.request(1, "/subscribe?topic=a"), window_update(1, 0x7FFF0000), settings((INITIAL_WINDOW_SIZE, 0x7FFFFFFF))]),
    # CONTINUATION (6.10)
    case("6.10 CONTINUATION on stream 0", "connection PROTOCOL_ERROR", lambda c: [frame(HEADERS, END_STREAM, 1, c.block()), frame(CONTINUATION, END_HEADERS, 0)]),
    case("6.10 CONTINUATION of a whole head", "connection PROTOCOL_ERROR", lambda c: [c.request(1), frame(CONTINUATION, END_HEADERS, 1, c.block())]),
    case("6.10 CONTINUATION after DATA", "connection PROTOCOL_ERROR", lambda c: post(c, frame(DATA, 0, 1, b"x"), frame(CONTINUATION, END_HEADERS, 1, b""))),
    # Requests (8.1 to 8.3)
    case("8.1 trailers", "status 201", lambda c: post(c, frame(DATA, 0, 1, BODY), frame(HEADERS, END_STREAM | END_HEADERS, 1, c.encoder.encode([("checksum", "x")])))),
    case("8.1 trailers that do not end the stream", "stream|connection PROTOCOL_ERROR", lambda c: post(c, frame(DATA, 0, 1, BODY), frame(HEADERS, END_HEADERS, 1, c.encoder.encode([("checksum", "x")])))),
    case("8.1 a pseudo-header among trailers", "stream|connection PROTOCOL_ERROR", lambda c: post(c, frame(DATA, 0, 1, BODY), frame(HEADERS, END_STREAM | END_HEADERS, 1, c.encoder.encode([(":path", "/")])))),
    case("8.1.1 less content than content-length says", "stream|connection PROTOCOL_ERROR", lambda c: post(c, frame(DATA, END_STREAM, 1, b"x"), fields=(("content-length", "5"),))),
    case("8.1.1 more content than content-length says", "stream|connection PROTOCOL_ERROR", lambda c: post(c, frame(DATA, END_STREAM, 1, b"xxxxxx"), fields=(("content-length", "5"),))),
    case("8.1.1 the content that content-length says", "status 201", lambda c: post(c, frame(DATA, END_STREAM, 1, BODY), fields=(("content-length", str(len(BODY))),))),
    case("8.2 a name with a capital letter", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, ("X-Capital", "x"))]),
    case("8.2 a name that is empty", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, ("", "x"))]),
    case("8.2.1 a name with a space", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, ("a b", "x"))]),
    case("8.2.1 a value with a line end", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, ("x", "a\r\nb: c"))]),
    case("8.2.1 a value with NUL", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, ("x", "a\0b"))]),
    case("8.2.2 connection", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, ("connection", "keep-alive"))]),
    case("8.2.2 transfer-encoding", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, ("transfer-encoding", "chunked"))]),
    case("8.2.2 upgrade", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, ("upgrade", "websocket"))]),
    case("8.2.2 te other than trailers", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, ("te", "gzip"))]),
    case("8.2.2 te: trailers", "served", lambda c: [head(c, M, S, A, P, ("te", "trailers"))]),
    case("8.3 a pseudo-header after a field", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, ("x", "y"), P)]),
    case("8.3 an unknown pseudo-header", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, (":colour", "red"))]),
    case("8.3 a pseudo-header of responses", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, (":status", "200"))]),
    case("8.3.1 without :method", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, S, A, P)]),
    case("8.3.1 without :scheme", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, A, P)]),
    case("8.3.1 without :path", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A)]),
    case("8.3.1 an empty :path", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, (":path", ""))]),
    case("8.3.1 :method twice", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, M, S, A, P)]),
    case("8.3.1 :path twice", "stream|connection PROTOCOL_ERROR", lambda c: [head(c, M, S, A, P, P)]),
    case("8.3.1 host in place of :authority", "served", lambda c: [head(c, M, S, P, ("host", "localhost"))]),
    case("8.3.1 host beside the same :authority", "served", lambda c: [head(c, M, S, A, P, ("host", "localhost"))]),
    case("8.3.1 host beside another :authority", "status 400", lambda c: [head(c, M, S, A, P, ("host", "example.org"))]),
    case("8.3.1 neither host nor :authority", "status 400|stream PROTOCOL_ERROR", lambda c: [head(c, M, S, P)]),
    case("8.3.1 a path with a space", "status 400|stream PROTOCOL_ERROR", lambda c: [head(c, M, S, A, (":path", "/a b"))]),
    case("8.3.1 OPTIONS *", "status 200", lambda c: [head(c, (":method", "OPTIONS"), S, A, (":path", "*"))]),
    case("8.2.3 cookies in crumbs", "served", lambda c: [head(c, M, S, A, P, ("cookie", "a=1"), ("cookie", "b=2"))]),
    case("8.5 CONNECT", "status 400|status 405|status 501|stream PROTOCOL_ERROR", lambda c: [head(c, (":method", "CONNECT"), A)]),
]


def outcome(c: HTTP2, stream: int, expected: set[str]) -> list[str]:
    """What becomes of a stream and the connection, in the words of the cases, up to what is expected or the end."""
    seen = []
    while not expected & set(seen):
        got = c.read()
        if got is None:
            return seen + ["closed"]
        if got.kind == GOAWAY and got.code != NO_ERROR:
            seen.append(f"connection {CODES[got.code]}")
        elif got.kind == RST_STREAM:
            seen.append(f"stream {CODES[got.code]}")
        elif got.kind == HEADERS:
            status = c.status(got)
            if got.stream == stream:
                seen += [f"status {status}"] + ([f"served {stream}", "served"] if status == "200" else [])
    return seen


CODES = {
    PROTOCOL_ERROR: "PROTOCOL_ERROR", INTERNAL_ERROR: "INTERNAL_ERROR", FLOW_CONTROL_ERROR: "FLOW_CONTROL_ERROR",
    SETTINGS_TIMEOUT: "SETTINGS_TIMEOUT", STREAM_CLOSED: "STREAM_CLOSED", FRAME_SIZE_ERROR: "FRAME_SIZE_ERROR",
    REFUSED_STREAM: "REFUSED_STREAM", CANCEL: "CANCEL", COMPRESSION_ERROR: "COMPRESSION_ERROR",
    ENHANCE_YOUR_CALM: "ENHANCE_YOUR_CALM", NO_ERROR: "NO_ERROR",
}


def wanted(expect: str) -> set[str]:
    """`stream|connection X|Y or served`, written out."""
    words = set()
    for choice in expect.split(" or "):
        parts = choice.split("|")
        kinds = [part.split(" ")[0] for part in parts]
        tails = [part.split(" ", 1)[1] for part in parts if " " in part]
        if " " not in choice:
            words.add(choice)
        for part in parts:
            if " " in part:
                words.add(part)
        for kind in kinds:
            if kind in ("stream", "connection"):
                words |= {f"{kind} {tail}" for tail in tails if tail.isupper()}
                words |= {f"{kind} {part}" for part in parts if part.isupper()}
    return words


@pytest.mark.parametrize("case", CASES, ids=[case.name.replace(" ", "_") for case in CASES])
def test_case(shared, case):
    expected = wanted(case.expect)
    with HTTP2(shared.address) as c:
        if not case.bare:
            c.begin()
        c.send(*case.send(c))
        seen = outcome(c, case.stream, expected)
        assert expected & set(seen), f"{case.expect}, not {seen}"
        if not any(word.startswith(("connection", "closed")) for word in seen):
            assert c.pings()
    # Whatever it was, the next one is served.
    with HTTP2(shared.address) as c:
        c.begin()
        c.send(c.request(1))
        assert "served" in outcome(c, 1, {"served"})


def test_there_are_at_least_ninety_cases():
    assert len(CASES) >= 90 and len({case.name for case in CASES}) == len(CASES)
