"""Requests that are wrong, each sent byte for byte. Each gets the right status or a close, and the next is served."""

import socket

import pytest

from hang_guard import wait_for
from raw_http import Closed, Connection

HOST = b"Host: localhost\r\n"
JSON = b'{"topic":"a","data":"x"}'


def get(*lines: bytes, line: bytes = b"GET /healthz HTTP/1.1") -> bytes:
    return line + b"\r\n" + HOST + b"".join(one + b"\r\n" for one in lines) + b"\r\n"


def post(*lines: bytes, body: bytes = b"") -> bytes:
    head = (b"Content-Type: application/json",) + lines
    return get(*head, line=b"POST /publish HTTP/1.1") + body


def chunked(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", body=body)


BAD = {400}

# What is sent, and the statuses that may answer it. A close without an answer is allowed only where `None` is listed.
MALFORMED = {
    # The request line
    "no version": (b"GET /healthz\r\n" + HOST + b"\r\n", BAD),
    "no target": (b"GET HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    "no method": (b" /healthz HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    "two spaces before the target": (get(line=b"GET  /healthz HTTP/1.1"), BAD),
    "two spaces before the version": (get(line=b"GET /healthz  HTTP/1.1"), BAD),
    "a tab in place of a space": (get(line=b"GET\t/healthz HTTP/1.1"), BAD),
    "a space at the end of the line": (get(line=b"GET /healthz HTTP/1.1 "), BAD),
    "a space in the target": (get(line=b"GET /health z HTTP/1.1"), BAD),
    "a control in the target": (get(line=b"GET /health\x01z HTTP/1.1"), BAD),
    "a NUL in the target": (get(line=b"GET /health\0z HTTP/1.1"), BAD),
    "a raw byte above 0x7E in the target": (get(line=b"GET /\xc3\xa9 HTTP/1.1"), BAD),
    "DEL in the target": (get(line=b"GET /\x7f HTTP/1.1"), BAD),
    "a target without a slash": (get(line=b"GET healthz HTTP/1.1"), BAD),
    "authority-form": (get(line=b"GET localhost:80 HTTP/1.1"), BAD),
    "CONNECT": (get(line=b"CONNECT localhost:80 HTTP/1.1"), {400, 405, 501}),
    "a star with another method": (get(line=b"GET * HTTP/1.1"), BAD),
    "absolute-form of another scheme": (get(line=b"GET ftp://localhost/healthz HTTP/1.1"), {400, 421}),
    "absolute-form without a host": (get(line=b"GET http:///healthz HTTP/1.1"), BAD),
    "a method with a character that is no token": (get(line=b"G(T /healthz HTTP/1.1"), BAD),
    "a method of thousands of letters": (get(line=b"G" * 20_000 + b" /healthz HTTP/1.1"), {400, 414, 431, 501}),
    "a lower-case version": (get(line=b"GET /healthz http/1.1"), BAD),
    "version 2.0 in words": (get(line=b"GET /healthz HTTP/2.0"), {400, 505}),
    "version 0.9": (get(line=b"GET /healthz HTTP/0.9"), {400, 505}),
    "version 1.10": (get(line=b"GET /healthz HTTP/1.10"), {400, 505}),
    "a version with no dot": (get(line=b"GET /healthz HTTP/11"), {400, 505}),
    "another protocol": (get(line=b"GET /healthz ICAP/1.0"), {400, 505}),
    "a TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n", {400, None}),
    "bytes that are no text": (bytes(range(128, 256)) + b"\r\n\r\n", {400, None}),
    "a line of NULs": (b"\0" * 200 + b"\r\n\r\n", {400, None}),
    "a target too long": (get(line=b"GET /" + b"x" * 100_000 + b" HTTP/1.1"), {414, 431}),
    # Line ends
    "LF alone after the request line": (b"GET /healthz HTTP/1.1\n" + HOST + b"\r\n", BAD),
    "LF alone after a field": (b"GET /healthz HTTP/1.1\r\nHost: localhost\nA: b\r\n\r\n", BAD),
    "LF alone at the end of the head": (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\n", BAD),
    "LF everywhere": (b"GET /healthz HTTP/1.1\nHost: localhost\n\n", BAD),
    "a bare CR in a value": (get(b"A: b\rc"), BAD),
    "a bare CR in a name": (get(b"A\rB: c"), BAD),
    "a bare CR in the request line": (get(line=b"GET /healthz\r HTTP/1.1"), BAD),
    "CR CR LF": (b"GET /healthz HTTP/1.1\r\r\n" + HOST + b"\r\n", BAD),
    # Fields
    "no Host": (b"GET /healthz HTTP/1.1\r\n\r\n", BAD),
    "two Hosts": (get(b"Host: localhost"), BAD),
    "two Hosts that differ": (get(b"Host: example.com"), BAD),
    "a Host that is no host": (b"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", BAD),
    "a Host with a path": (b"GET /healthz HTTP/1.1\r\nHost: localhost/x\r\n\r\n", BAD),
    "a Host with a user": (b"GET /healthz HTTP/1.1\r\nHost: a@localhost\r\n\r\n", BAD),
    "a Host with a port that is no number": (b"GET /healthz HTTP/1.1\r\nHost: localhost:x\r\n\r\n", BAD),
    "an empty Host": (b"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", {400, 421}),
    "a space before the colon": (get(b"A : b"), BAD),
    "a tab before the colon": (get(b"A\t: b"), BAD),
    "no colon": (get(b"Ab"), BAD),
    "an empty name": (get(b": b"), BAD),
    "a name with a space": (get(b"A B: c"), BAD),
    "a name with a control": (get(b"A\x01: c"), BAD),
    "a name with a letter that is no token": (get(b"A\xc3\xa9: c"), BAD),
    "a NUL in a value": (get(b"A: b\0c"), BAD),
    "a control in a value": (get(b"A: b\x01c"), BAD),
    "a folded field": (get(b"A: b", b" c"), BAD),
    "a first field that is folded": (b"GET /healthz HTTP/1.1\r\n " + HOST + b"\r\n", BAD),
    "white space before the first field": (b"GET /healthz HTTP/1.1\r\n \r\n" + HOST + b"\r\n", BAD),
    "a field too long": (get(b"A: " + b"x" * 200_000), {431}),
    "too many fields": (get(*[b"A: b"] * 20_000), {431}),
    "a head that never ends": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 100_000, {431}),
    # Lengths
    "a length that is negative": (post(b"Content-Length: -1"), BAD),
    "a length with a plus": (post(b"Content-Length: +5", body=b"12345"), BAD),
    "a length in hexadecimal": (post(b"Content-Length: 0x5", body=b"12345"), BAD),
    "a length that is no number": (post(b"Content-Length: five"), BAD),
    "an empty length": (post(b"Content-Length:"), BAD),
    "a length with a space inside": (post(b"Content-Length: 1 2"), BAD),
    "a length beyond 64 bits": (post(b"Content-Length: 99999999999999999999999"), {400, 413}),
    "a length of 2 to the 64": (post(b"Content-Length: 18446744073709551616"), {400, 413}),
    "a length above the limit": (post(b"Content-Length: 999999999999"), {413}),
    "two lengths that differ": (post(b"Content-Length: 24", b"Content-Length: 5", body=JSON), BAD),
    "two lengths in one field": (post(b"Content-Length: 24, 5", body=JSON), BAD),
    "two equal lengths": (post(b"Content-Length: 24", b"Content-Length: 24", body=JSON), BAD),
    "a length and chunks": (post(b"Content-Length: 24", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), BAD),
    "chunks and a length": (post(b"Transfer-Encoding: chunked", b"Content-Length: 24", body=b"0\r\n\r\n"), BAD),
    "chunks from HTTP/1.0": (
        b"POST /publish HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        BAD,
    ),
    # Transfer codings
    "an unknown coding": (post(b"Transfer-Encoding: gzip"), {400, 501}),
    "chunked and then another": (post(b"Transfer-Encoding: chunked, gzip"), {400, 501}),
    "another and then chunked": (post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), {400, 501}),
    "chunked twice": (post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), {400, 501}),
    "chunked in two fields": (
        post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        {400, 501},
    ),
    "a coding with a letter before": (post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), {400, 501}),
    "a coding behind a vertical tab": (post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"), {400, 501}),
    "a coding in quotes": (post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"), {400, 501}),
    "an empty coding": (post(b"Transfer-Encoding:", body=b"0\r\n\r\n"), {400, 501}),
    "identity": (post(b"Transfer-Encoding: identity"), {400, 501}),
    # Chunks
    "a chunk size that is no number": (chunked(b"x\r\n"), BAD),
    "an empty chunk size": (chunked(b"\r\nabc"), BAD),
    "a negative chunk size": (chunked(b"-1\r\n"), BAD),
    "a chunk size with 0x": (chunked(b"0x5\r\nabcde\r\n0\r\n\r\n"), BAD),
    "a chunk size with a plus": (chunked(b"+5\r\nabcde\r\n0\r\n\r\n"), BAD),
    "a chunk size after a space": (chunked(b" 5\r\nabcde\r\n0\r\n\r\n"), BAD),
    "a chunk size beyond 64 bits": (chunked(b"fffffffffffffffff\r\nabc"), {400, 413}),
    "a chunk size of 2 to the 63": (chunked(b"8000000000000000\r\nabc"), {400, 413}),
    "a chunk above the limit": (chunked(b"ffffffff\r\nabc"), {413}),
    "LF alone after a chunk size": (chunked(b"18\n" + JSON + b"\r\n0\r\n\r\n"), BAD),
    "a bare CR in a chunk's extension": (chunked(b"18;a\rb\r\n" + JSON + b"\r\n0\r\n\r\n"), BAD),
    "LF alone in a chunk's extension": (chunked(b"18;a\nb\r\n" + JSON + b"\r\n0\r\n\r\n"), BAD),
    "a chunk longer than its size": (chunked(b"17\r\n" + JSON + b"\r\n0\r\n\r\n"), BAD),
    "a chunk shorter than its size": (chunked(b"19\r\n" + JSON + b"\r\n0\r\n\r\n"), BAD),
    "no line end after a chunk": (chunked(b"18\r\n" + JSON + b"0\r\n\r\n"), BAD),
    "LF alone after a chunk": (chunked(b"18\r\n" + JSON + b"\n0\r\n\r\n"), BAD),
    "an extension that never ends": (chunked(b"1;" + b"x" * 200_000), {400, 413, 431}),
    "a trailer that is malformed": (chunked(b"18\r\n" + JSON + b"\r\n0\r\nA : b\r\n\r\n"), BAD),
    "trailers without end": (chunked(b"18\r\n" + JSON + b"\r\n0\r\n" + b"A: b\r\n" * 50_000), {400, 413, 431}),
    # Others
    "an expectation that nobody knows": (post(b"Expect: 200-ok", b"Content-Length: 0"), {417}),
    "a body that is not UTF-8": (post(b"Content-Length: 26", body=b'{"topic":"a","data":"\xff\xfe"}xxx'[:26]), BAD),
    "a query that is not UTF-8": (get(line=b"GET /subscribe?topic=%C3%28 HTTP/1.1"), BAD),
}

# Those after which the connection may go on, since it is certain where the next request begins.
WELL_FRAMED = {
    "an expectation that nobody knows",
    "a body that is not UTF-8",
    "a query that is not UTF-8",
    "an empty Host",
    "absolute-form of another scheme",
    "CONNECT",
    "a star with another method",
}


def test_the_table_is_long_enough():
    assert len(MALFORMED) >= 60


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_is_answered_or_closed_and_the_next_is_served(shared, name):
    sent, statuses = MALFORMED[name]
    before = shared.topics()
    with Connection(shared.address) as connection:
        connection.send(sent)
        try:
            answer = connection.receive_answer()
        except Closed as closed:
            # A reset may overtake the answer when the server closes while more is on its way.
            assert None in statuses or len(sent) > 50_000, f"closed without an answer: {closed}"
        else:
            assert answer.status in statuses, (answer.status, answer.body)
            if name not in WELL_FRAMED:
                assert answer.fields.get("connection", "").lower() == "close"
                assert connection.receive_rest() == b"", "nothing may come after the answer"
    assert shared.get("/healthz").status == 200
    assert shared.topics() == before, "nothing of a refused request is kept"


@pytest.mark.parametrize("name", ["a length and chunks", "two lengths that differ", "a chunk longer than its size"])
def test_a_request_hidden_behind_a_malformed_one_is_not_served(shared, name):
    sent, _ = MALFORMED[name]
    hidden = post(b"Content-Length: 29", body=b'{"topic":"hidden","data":"x"}')
    with Connection(shared.address) as connection:
        connection.send(sent + hidden)
        assert connection.receive_answer().status == 400
        assert connection.receive_rest() == b""
    assert "hidden" not in shared.topics()


TAKEN = {
    "empty lines before the request": b"\r\n\r\n" + get(),
    "no space after the colon": get(b"A:b"),
    "white space around a value": get(b"A: \t b \t "),
    "an empty value": get(b"A:"),
    "bytes above 0x7F in a value": get(b"A: \xc3\xa9\xff"),
    "names in any case": b"GET /healthz HTTP/1.1\r\nhOsT: localhost\r\n\r\n",
    "any visible byte in the target": get(
        line=b"GET /healthz?" + bytes(byte for byte in range(0x21, 0x7F) if byte not in b"%#") + b" HTTP/1.1"
    ),
    "a percent sign without digits": get(line=b"GET /events?topic=%zz HTTP/1.1"),
    "a percent sign at the end": get(line=b"GET /events?topic=a% HTTP/1.1"),
    "a body with GET": get(b"Content-Length: 3") + b"abc",
    "chunks in capitals": post(b"Transfer-Encoding: CHUNKED", body=b"18\r\n" + JSON + b"\r\n0\r\n\r\n"),
    "a chunk size with zeros before": chunked(b"00018\r\n" + JSON + b"\r\n000\r\n\r\n"),
    "version 1.0 without a Host": b"GET /healthz HTTP/1.0\r\n\r\n",
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_unusual_but_right_is_served(shared, name):
    with Connection(shared.address) as connection:
        connection.send(TAKEN[name])
        assert connection.receive_answer().status in (200, 201)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_request_may_come_in_pieces_of_any_size(shared, size):
    sent = chunked(b"5\r\n" + JSON[:5] + b"\r\n13;x=y\r\n" + JSON[5:] + b"\r\n0\r\nA: b\r\n\r\n")
    with Connection(shared.address) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), size):
            connection.send(sent[start : start + size])
        assert connection.receive_answer("POST").status == 201


def test_pipelined_requests_are_answered_in_order(shared):
    paths = [b"/healthz", b"/nothing", b"/topics", b"/publish"] * 25
    with Connection(shared.address) as connection:
        connection.send(b"".join(get(line=b"GET " + path + b" HTTP/1.1") for path in paths))
        statuses = [connection.receive_answer().status for _ in paths]
    assert statuses == [200, 404, 200, 405] * 25


def test_pipelined_requests_whose_answers_nobody_reads_do_not_fill_the_memory(start):
    hub = start()
    for number in range(100):
        hub.publish("a", "x" * 1000)
    request = get(line=b"GET /events?topic=a&limit=1000 HTTP/1.1")
    most = 64 << 20  # far above what the kernel holds on both sides
    with Connection(hub.address, receive_buffer=4096) as connection:
        connection.socket.settimeout(2)
        sent = 0
        try:
            while sent < most:
                sent += connection.socket.send(request * 1000)
        except TimeoutError:
            pass  # the server has stopped reading, which is what it should do
        assert sent < most, "the server reads on without end, though no answer can be written"
        with open(f"/proc/{hub.server.process.pid}/status") as status:
            (resident,) = [int(line.split()[1]) for line in status if line.startswith("VmRSS")]
        assert resident < 300_000, f"{resident} kB"
        assert hub.get("/healthz").status == 200


def test_a_connection_that_is_reset_before_its_answers_were_read_is_forgotten(start):
    hub = start("--max-connections", "4")
    hub.publish("a", "x" * 100_000)
    for _ in range(12):
        with Connection(hub.address, receive_buffer=4096) as connection:
            connection.send(get(line=b"GET /events?topic=a HTTP/1.1") * 200)
            connection.receive_head()
    wait_for(lambda: hub.get("/subscribe?topic=", Accept="text/event-stream").status == 400, "there is room again")
    streams = [hub.subscribe("a") for _ in range(3)]
    for stream in streams:
        assert stream.opening().id is not None, "a stream that was turned away has no id"
        stream.close()


def test_200_connections_that_drip_bytes_keep_no_client_from_being_served_and_get_408(start):
    hub = start("--max-connections", "600")
    begun = b"POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    slow = []
    try:
        for number in range(200):
            connection = Connection(hub.address)
            connection.socket.setblocking(False)
            slow.append(connection)
            head = begun if number % 2 else begun + b"Content-Length: 8000000\r\n\r\n"
            connection.socket.sendall(head)
        unanswered = dict(enumerate(slow))
        answers: dict[int, bytes] = {}
        served = 0

        def drip() -> bool:
            nonlocal served
            for number, connection in list(unanswered.items()):
                try:
                    some = connection.socket.recv(4096)
                    if some:
                        answers[number] = answers.get(number, b"") + some
                    else:
                        del unanswered[number]
                    continue
                except BlockingIOError:
                    pass
                except OSError:
                    del unanswered[number]
                    continue
                try:
                    connection.socket.send(b"x" if number % 2 == 0 else b"A")
                except OSError:
                    pass
            hub.publish("normal", "x")
            served += 1
            return not unanswered

        # Deadlines of head and body are longer than the guard of other waits.
        for _ in range(6):
            try:
                wait_for(drip, "all are answered")
                break
            except AssertionError:
                continue
        assert not unanswered, f"{len(unanswered)} slow connections are still open"
        told = [answer for answer in answers.values() if answer.startswith(b"HTTP/1.1 408 ")]
        # A byte that was on its way as the server closed can make its answer a reset.
        assert len(told) >= 150, f"{len(told)} of 200 were told 408"
        assert served > 10
        assert hub.topics()["normal"]["events"] == served
    finally:
        for connection in slow:
            connection.close()


def test_a_connection_that_says_nothing_harms_nothing(shared):
    silent = [Connection(shared.address) for _ in range(50)]
    assert shared.get("/healthz").status == 200
    for connection in silent:
        connection.close()
    assert shared.get("/healthz").status == 200
