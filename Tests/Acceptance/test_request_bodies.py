"""Bodies of requests that a route reads while they come: what holds them up, what ends them, and what comes after."""

import random
import select
import signal
import socket
import ssl
import struct
from pathlib import Path

import pytest

from hang_guard import GUARD, wait_for
from http2 import ACK, CANCEL, DATA, END_STREAM, HEADERS, HTTP2, NO_ERROR, RST_STREAM, SETTINGS, WINDOW_UPDATE
from http2 import INITIAL_WINDOW_SIZE, frame, rst_stream, window_update
from hub import Hub, check_problem
from raw_http import Closed, Connection, request
from server import example_binary

MIB = 1 << 20


def tally(body: bytes) -> bytes:
    """What the routes tell of a body."""
    total = 1
    for byte in body:
        total = (total * 31 + byte) & 0xFFFFFFFF
    return f"{len(body)} {total}\n".encode()


def head(path: str, *lines: str, method: str = "POST") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def told(example: Hub, name: str) -> list[str]:
    return example.get(f"/intake/told/{name}").body.decode().split("\n")


def wait_until_told(example: Hub, name: str, line: str) -> None:
    wait_for(lambda: line in told(example, name), f"{name} tells {line}")


def open_gate(example: Hub, name: str) -> None:
    assert example.request("POST", f"/intake/open/{name}", b"").status == 200


def peak_memory(example: Hub) -> int:
    """The most memory that the server has ever had, in bytes."""
    status = Path(f"/proc/{example.server.process.pid}/status").read_text()
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM"))


def fill(sock: socket.socket) -> int:
    """Sends until the other side has taken nothing for a while; returns how much that was."""
    piece = b"x" * (64 << 10)
    sent = 0
    while select.select([], [sock], [], 1)[1]:
        try:
            sent += sock.send(piece, socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass
    return sent


def chunked(body: bytes, sizes) -> bytes:
    coded, index = b"", 0
    while index < len(body):
        piece = body[index:index + next(sizes)]
        coded += b"%x\r\n%b\r\n" % (len(piece), piece)
        index += len(piece)
    return coded + b"0\r\n\r\n"


class TestHTTP1:
    def test_a_body_comes_as_it_was_sent_however_it_is_cut(self, example):
        """By its length and in chunks, whole and in pieces of any size, several requests in a row on one connection."""
        chance = random.Random(7)
        body = chance.randbytes(50_000)
        wanted = tally(body)
        with Connection(example.address) as connection:
            for _ in range(12):
                if chance.random() < 0.5:
                    sizes = iter(lambda: chance.choice([1, 2, 7, 100, 5000]), None)
                    message = head("/intake/count", "Transfer-Encoding: chunked") + chunked(body, sizes)
                else:
                    message = head("/intake/count", f"Content-Length: {len(body)}") + body
                cuts = sorted(chance.sample(range(len(message)), chance.choice([0, 1, 5, 30])))
                for begin, end in zip([0, *cuts], [*cuts, len(message)]):
                    connection.send(message[begin:end])
                assert connection.receive_answer().body == wanted

    def test_each_split_of_a_small_request_is_read_the_same(self, example):
        message = head("/intake/count", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: y\r\n\r\n"
        with Connection(example.address) as connection:
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for cut in range(1, len(message)):
                connection.send(message[:cut])
                connection.send(message[cut:])
                assert connection.receive_answer().body == tally(b"abcde"), cut

    def test_requests_in_a_row_wait_for_each_other(self, example):
        both = head("/intake/count", "Content-Length: 5") + b"first"
        with Connection(example.address) as connection:
            connection.send(both + both + head("/hello", method="GET") + head("/intake/collect", "Content-Length: 2") + b"ok")
            assert connection.receive_answer().body == tally(b"first")
            assert connection.receive_answer().body == tally(b"first")
            assert connection.receive_answer().body == b"hello\n"
            assert connection.receive_answer().body == tally(b"ok")

    def test_a_large_upload_is_never_in_memory_whole(self, example):
        """200 MiB go through, and the server has only ever held a few of them."""
        piece = random.Random(1).randbytes(MIB)
        request(example.address, "POST", "/intake/count", piece)
        before = peak_memory(example)
        with Connection(example.address) as connection:
            connection.send(head("/intake/count", f"Content-Length: {200 * MIB}"))
            for _ in range(200):
                connection.send(piece)
            assert connection.receive_answer().body.startswith(b"%d " % (200 * MIB))
        grown = peak_memory(example) - before
        print(f"200 MiB: {grown >> 10} KiB more memory")
        assert grown < 4 * MIB

    def test_a_slow_handler_stops_the_sender(self, example):
        """While it does not read, no more is taken than a socket and a small buffer hold; then all of it comes."""
        with Connection(example.address) as connection:
            before = peak_memory(example)
            connection.send(head("/intake/hold/slow", f"Content-Length: {100 * MIB}"))
            sent = fill(connection.socket)
            wait_until_told(example, "slow", "holds")
            sent += fill(connection.socket)
            print(f"{sent >> 10} KiB were taken")
            assert sent < 20 * MIB
            assert peak_memory(example) - before < 4 * MIB
            open_gate(example, "slow")
            connection.send(b"x" * (100 * MIB - sent))
            assert connection.receive_answer().body.startswith(b"%d " % (100 * MIB))
            connection.send(head("/hello", method="GET"))
            assert connection.receive_answer().status == 200

    def test_a_slow_handler_does_not_count_against_the_client(self, start, example):
        """Longer than the server waits for a piece of a body, the handler asks for nothing."""
        with Connection(example.address) as connection:
            connection.send(head("/intake/wait/patient", "Content-Length: 4") + b"ab")
            wait_until_told(example, "patient", "began")
            # Another client that sends nothing, and whose handler does ask, is the clock: it began later.
            with Connection(example.address) as clock:
                clock.send(head("/intake/count", "Content-Length: 4") + b"ab")
                check_problem(clock.receive_answer(), 408)
            open_gate(example, "patient")
            connection.send(b"cd")
            assert connection.receive_answer().body == tally(b"abcd")

    def test_a_client_that_stalls_is_told_and_its_handler_is_cancelled(self, example):
        with Connection(example.address) as connection:
            connection.send(head("/intake/wait/stalls", "Content-Length: 4") + b"ab")
            open_gate(example, "stalls")
            answer = connection.receive_answer()
            check_problem(answer, 408, "in time")
            assert answer.fields["connection"] == "close"
            assert connection.receive_rest() == b""
        wait_until_told(example, "stalls", "Problem, cancelled")

    @pytest.mark.parametrize("way", ["ends", "resets"])
    def test_a_client_that_goes_ends_its_handler(self, example, way):
        name = f"gone-{way}"
        connection = Connection(example.address)
        connection.send(head(f"/intake/hold/{name}", "Content-Length: 1000") + b"some")
        wait_until_told(example, name, "holds")
        open_gate(example, name)
        if way == "resets":
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        wait_until_told(example, name, "CancellationError, cancelled")
        assert "a route failed" not in example.server.errors()

    def test_a_handler_that_waits_for_something_else_is_cancelled_too(self, example):
        connection = Connection(example.address)
        connection.send(head("/intake/hold/busy", "Content-Length: 1000") + b"some")
        wait_until_told(example, "busy", "holds")
        connection.close()
        wait_until_told(example, "busy", "CancellationError, cancelled")

    def test_a_reset_is_seen_while_nothing_is_read(self, example):
        connection = Connection(example.address)
        connection.send(head("/intake/wait/full", f"Content-Length: {100 * MIB}"))
        fill(connection.socket)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        wait_until_told(example, "full", "CancellationError, cancelled")

    def test_more_than_the_route_takes_is_refused(self, example):
        """At once if the length says so, else when the bytes are too many."""
        check_problem(example.request("POST", "/intake/small", b"x" * 1001), 413, "1000")
        assert example.request("POST", "/intake/small", b"x" * 1000).body == b"1000\n"
        with Connection(example.address) as connection:
            connection.send(head("/intake/small", "Transfer-Encoding: chunked"))
            connection.send(b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\nx\r\n")
            check_problem(connection.receive_answer(), 413, "1000")

    def test_more_than_any_route_takes_is_refused_at_the_head(self, example):
        with Connection(example.address) as connection:
            connection.send(head("/intake/count", f"Content-Length: {(1 << 30) + 1}"))
            check_problem(connection.receive_answer(), 413)
        # What a route collects has the limit that it always had.
        with Connection(example.address) as connection:
            connection.send(head("/intake/collect", f"Content-Length: {9 * MIB}"))
            check_problem(connection.receive_answer(), 413)
            assert connection.receive_rest() == b""
        with Connection(example.address) as connection:
            connection.send(head("/publish", f"Content-Length: {9 * MIB}", "Expect: 100-continue"))
            assert connection.receive_head().status == 413

    def test_a_malformed_chunk_ends_the_body(self, example):
        with Connection(example.address) as connection:
            connection.send(head("/intake/count", "Transfer-Encoding: chunked") + b"3\r\nabc\r\nxyz\r\n")
            answer = connection.receive_answer()
            check_problem(answer, 400, "chunk")
            assert answer.fields["connection"] == "close"
            assert connection.receive_rest() == b""

    def test_a_client_is_told_to_go_on_when_its_body_is_asked_for(self, example):
        with Connection(example.address) as connection:
            connection.send(head("/intake/wait/expects", "Content-Length: 2", "Expect: 100-continue"))
            wait_until_told(example, "expects", "began")
            assert not select.select([connection.socket], [], [], 0.2)[0]
            open_gate(example, "expects")
            assert connection.receive_head().status == 100
            connection.send(b"ok")
            assert connection.receive_answer().body == tally(b"ok")
            connection.send(head("/hello", method="GET"))
            assert connection.receive_answer().status == 200

    def test_a_client_that_does_not_wait_to_be_told_is_not_told(self, example):
        with Connection(example.address) as connection:
            connection.send(head("/intake/count", "Content-Length: 4", "Expect: 100-continue") + b"ok")
            connection.send(b"ok")
            assert connection.receive_head().status == 200

    def test_a_client_that_waits_is_not_told_to_go_on_with_what_nobody_wants(self, example):
        """Nobody knows then whether its next bytes are the body: the connection ends."""
        for path, length in (("/intake/ignore", 5), ("/intake/small", 5000)):
            with Connection(example.address) as connection:
                connection.send(head(path, f"Content-Length: {length}", "Expect: 100-continue"))
                answer = connection.receive_head()
                assert answer.status in (200, 413)
                assert answer.fields["connection"] == "close"

    def test_after_an_early_answer_a_small_rest_is_dropped(self, example):
        with Connection(example.address) as connection:
            connection.send(head("/intake/ignore", "Content-Length: 100000") + b"x" * 10)
            assert connection.receive_answer().body == b"ignored\n"
            connection.send(b"x" * 99_990 + head("/hello", method="GET"))
            assert connection.receive_answer().body == b"hello\n"

    def test_after_an_early_answer_a_large_rest_ends_the_connection(self, example):
        for lines in ([f"Content-Length: {10 * MIB}"], ["Transfer-Encoding: chunked"]):
            with Connection(example.address) as connection:
                connection.send(head("/intake/begin", *lines) + b"1\r\nx\r\n")
                answer = connection.receive_answer()
                check_problem(answer, 403)
                assert answer.fields["connection"] == "close"
                connection.send(b"1\r\nx\r\n" * 1000)
                assert connection.receive_rest() == b""

    def test_a_rest_that_does_not_come_is_not_waited_for(self, example):
        with Connection(example.address) as connection:
            connection.send(head("/intake/ignore", "Content-Length: 100") + b"x")
            assert connection.receive_answer().body == b"ignored\n"
            assert connection.receive_rest() == b""

    def test_who_ends_its_side_after_the_body_gets_the_answer(self, example):
        with Connection(example.address) as connection:
            connection.send(head("/intake/hold/half", "Content-Length: 8") + b"abcd")
            wait_until_told(example, "half", "holds")
            connection.send(b"efgh")
            connection.socket.shutdown(socket.SHUT_WR)
            open_gate(example, "half")
            assert connection.receive_answer().body == tally(b"abcdefgh")

    def test_a_route_that_declines_leaves_the_body_to_the_next(self, example):
        for length, ways in ((100, ("chunked", "length")), (50_000, ("length", "chunked"))):
            for way in ways:
                body = b"x" * length
                with Connection(example.address) as connection:
                    for query, word in (("", "streamed"), ("?collected", "collected")):
                        if way == "chunked":
                            connection.send(head(f"/intake/decline{query}", "Transfer-Encoding: chunked"))
                            connection.send(chunked(body, iter(lambda: 999, None)))
                        else:
                            connection.send(head(f"/intake/decline{query}", f"Content-Length: {length}") + body)
                        assert connection.receive_answer().body.decode() == f"{word} {length}\n"

    def test_a_route_that_reads_and_then_declines_is_at_fault(self, example):
        check_problem(example.request("POST", "/intake/misuse", b"x" * 10), 500)
        assert "before it declined" in example.server.errors()

    def test_an_answer_may_be_made_of_the_body_while_it_comes(self, example):
        """The first bytes are back before the last ones are sent; then the connection goes on."""
        with Connection(example.address) as connection:
            for _ in range(3):
                connection.send(head("/intake/echo", "Content-Length: 200000") + b"first")
                answer = connection.receive_head()
                assert answer.status == 200 and "connection" not in answer.fields
                assert connection.receive_chunk() == b"first"
                connection.send(b"x" * 199_995 + head("/hello", method="GET"))
                echo = b""
                while chunk := connection.receive_chunk():
                    echo += chunk
                assert echo == b"x" * 199_995
                assert connection.receive_answer().body == b"hello\n"

    def test_an_echo_whose_client_stalls_is_cut_off(self, example):
        with Connection(example.address) as connection:
            connection.send(head("/intake/echo", "Content-Length: 200000") + b"first")
            assert connection.receive_head().status == 200
            assert connection.receive_chunk() == b"first"
            with pytest.raises(Closed):
                connection.receive_chunk()

    def test_an_event_stream_does_not_mind_a_body(self, example):
        """Nobody reads the body; its client is heard when it goes all the same."""
        with Connection(example.address) as connection:
            connection.send(head("/intake/events", f"Content-Length: {100 * MIB}") + b"some")
            assert connection.receive_head().status == 200
            example.wait_for_connections(1)
            connection.send(b"x" * (10 * MIB))
            example.publish("intake", "hello")
            assert b"hello" in connection.receive_until(b"data: hello")
        example.wait_for_connections(0)

    def test_a_form_is_read(self, example):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = request(example.address, "POST", "/intake/form", "a=1&b=%C3%A9+%26&a=2", form)
        assert answer.body.decode() == "a=1\nb=é &\na=2"
        check_problem(request(example.address, "POST", "/intake/form", "a=1", {"Content-Type": "text/plain"}), 415)
        check_problem(request(example.address, "POST", "/intake/form", "a=%FF", form), 400)

    def test_an_upload_in_the_middle_is_finished_when_the_server_stops(self, start, example):
        with Connection(example.address) as connection:
            connection.send(head("/intake/hold/drained", "Content-Length: 8") + b"abcd")
            wait_until_told(example, "drained", "holds")
            open_gate(example, "drained")
            example.server.signal(signal.SIGTERM)
            wait_for(lambda: not example.is_listening(), "the server listens no more")
            connection.send(b"efgh")
            answer = connection.receive_answer()
            assert answer.body == tally(b"abcdefgh")
            assert answer.fields["connection"] == "close"
        assert example.server.wait() == 0
        start.forget(example)

    def test_an_upload_that_does_not_end_does_not_keep_the_server(self, start, example):
        connections = [Connection(example.address) for _ in range(3)]
        for index, connection in enumerate(connections):
            connection.send(head(f"/intake/hold/late{index}", f"Content-Length: {100 * MIB}") + b"abcd")
            wait_until_told(example, f"late{index}", "holds")
        fill(connections[0].socket)
        example.server.signal(signal.SIGTERM)
        example.server.signal(signal.SIGTERM)
        assert example.server.wait() == 0
        start.forget(example)
        for connection in connections:
            connection.close()


@pytest.fixture
def secure(start) -> Hub:
    """The example over TLS, by a certificate that nobody knows."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    hub = start(command=[example_binary(), "tls=yes", "https://127.0.0.1:0"])
    hub.tls = context
    return hub


class TestTLS:
    def test_a_body_comes_as_it_was_sent_however_it_is_cut(self, secure):
        chance = random.Random(9)
        body = chance.randbytes(50_000)
        message = head("/intake/count", f"Content-Length: {len(body)}") + body
        with Connection(secure.address, tls=secure.tls) as connection:
            for _ in range(12):
                cuts = sorted(chance.sample(range(len(message)), chance.choice([0, 1, 5, 30])))
                for begin, end in zip([0, *cuts], [*cuts, len(message)]):
                    connection.send(message[begin:end])
                assert connection.receive_answer().body == tally(body)
            connection.send(message + message + head("/hello", method="GET"))
            for wanted in (tally(body), tally(body), b"hello\n"):
                assert connection.receive_answer().body == wanted

    def test_a_large_upload_is_never_in_memory_whole(self, secure):
        piece = random.Random(1).randbytes(MIB)
        secure.request("POST", "/intake/count", piece)
        before = peak_memory(secure)
        with Connection(secure.address, tls=secure.tls) as connection:
            connection.send(head("/intake/count", f"Content-Length: {200 * MIB}"))
            for _ in range(200):
                connection.send(piece)
            assert connection.receive_answer().body.startswith(b"%d " % (200 * MIB))
        grown = peak_memory(secure) - before
        print(f"200 MiB: {grown >> 10} KiB more memory")
        assert grown < 4 * MIB

    def test_a_slow_handler_stops_the_sender(self, secure):
        with Connection(secure.address, tls=secure.tls) as connection:
            connection.send(head("/intake/wait/slow", f"Content-Length: {50 * MIB}"))
            before = peak_memory(secure)
            sent, piece = 0, b"x" * 10_000
            connection.socket.settimeout(1)
            try:
                while True:
                    connection.socket.sendall(piece)
                    sent += len(piece)
            except TimeoutError:
                pass
            print(f"{sent >> 10} KiB were taken")
            assert sent < 20 * MIB
            assert peak_memory(secure) - before < 4 * MIB

    def test_a_client_that_goes_ends_its_handler(self, secure):
        connection = Connection(secure.address, tls=secure.tls)
        connection.send(head("/intake/hold/gone", "Content-Length: 1000") + b"some")
        wait_until_told(secure, "gone", "holds")
        connection.close()
        wait_until_told(secure, "gone", "CancellationError, cancelled")

    def test_an_early_answer_comes_whole(self, secure):
        for length, path in ((100_000, "/hello"), (50 * MIB, None)):
            with Connection(secure.address, tls=secure.tls) as connection:
                connection.send(head("/intake/ignore", f"Content-Length: {length}") + b"x" * 50_000)
                assert connection.receive_answer().body == b"ignored\n"
                if path:
                    connection.send(b"x" * (length - 50_000) + head(path, method="GET"))
                    assert connection.receive_answer().body == b"hello\n"
                else:
                    assert connection.receive_rest() == b""


class Uploads(HTTP2):
    """Bodies on streams of one connection, as far as the server's windows let them."""

    def __init__(self, address: tuple[str, int]):
        super().__init__(address)
        self.begin()
        self.windows: dict[int, int] = {}
        self.connection_window = (1 << 16) - 1
        self.initial = (1 << 16) - 1
        self.answers: dict[int, tuple[str, bytes]] = {}
        self.resets: dict[int, int] = {}
        self.is_open = True
        self._statuses: dict[int, str] = {}
        self._bodies: dict[int, bytes] = {}
        self._until(lambda: self.initial != (1 << 16) - 1)

    def open(self, stream: int, path: str, *fields: tuple[str, str]) -> None:
        self.windows[stream] = self.initial
        self.send(self.request(stream, path, "POST", fields, flags=0))

    def post(self, stream: int, count: int, end: bool = True) -> None:
        """Sends so many bytes, as windows allow, and fails if they never do."""
        while count > 0:
            some = min(count, self.room(stream), 16_384)
            if some == 0:
                assert self.take(), "the connection ended"
                if stream in self.resets:
                    return
                continue
            count -= some
            self.windows[stream] -= some
            self.connection_window -= some
            self.send(frame(DATA, END_STREAM if end and count == 0 else 0, stream, b"x" * some))

    def room(self, stream: int) -> int:
        return min(self.windows[stream], self.connection_window)

    def fill(self, stream: int) -> int:
        """Sends until the stream's window stays closed for a while."""
        sent = 0
        while True:
            while self.room(stream) > 0:
                some = min(self.room(stream), 16_384)
                self.post(stream, some, end=False)
                sent += some
            if not self.take(1):
                return sent

    def take(self, seconds: float = GUARD) -> bool:
        """Looks at the next frame, if one comes in time."""
        if len(self._received) < 9 and not select.select([self.socket], [], [], seconds)[0]:
            return False
        got = self.read()
        if got is None:
            self.is_open = False
            return False
        if got.kind == SETTINGS and not got.flags:
            for at in range(0, len(got.payload), 6):
                name, value = struct.unpack(">HI", got.payload[at:at + 6])
                if name == INITIAL_WINDOW_SIZE:
                    self.initial = value
            # Until then they do not hold.
            self.send(frame(SETTINGS, ACK))
        elif got.kind == WINDOW_UPDATE:
            (count,) = struct.unpack(">I", got.payload)
            if got.stream == 0:
                self.connection_window += count
            elif got.stream in self.windows:
                self.windows[got.stream] += count
        elif got.kind == HEADERS:
            self._statuses[got.stream] = got.fields[":status"]
        elif got.kind == DATA:
            self._bodies[got.stream] = self._bodies.get(got.stream, b"") + got.payload
            if got.payload:
                self.send(window_update(0, len(got.payload)), window_update(got.stream, len(got.payload)))
        elif got.kind == RST_STREAM:
            self.resets[got.stream] = got.code
        if got.kind in (HEADERS, DATA) and got.flags & END_STREAM:
            self.answers[got.stream] = (self._statuses[got.stream], self._bodies.get(got.stream, b""))
        return True

    def answer(self, stream: int) -> tuple[str, bytes]:
        self._until(lambda: stream in self.answers)
        return self.answers[stream]

    def status(self, stream: int) -> str:
        """The status that was told last, be it an interim one."""
        self._until(lambda: stream in self._statuses)
        return self._statuses[stream]

    def reset(self, stream: int) -> int:
        self._until(lambda: stream in self.resets)
        return self.resets[stream]

    def _until(self, condition) -> None:
        while not condition():
            assert self.take(), "the connection ended, or nothing came"


class TestHTTP2:
    def test_a_large_upload_is_never_in_memory_whole(self, example):
        with Uploads(example.address) as uploads:
            uploads.open(1, "/intake/count")
            uploads.post(1, MIB)
            uploads.answer(1)
            before = peak_memory(example)
            uploads.open(3, "/intake/count", ("content-length", str(200 * MIB)))
            uploads.post(3, 200 * MIB)
            assert uploads.answer(3)[1].startswith(b"%d " % (200 * MIB))
            grown = peak_memory(example) - before
            print(f"200 MiB: {grown >> 10} KiB more memory")
            assert grown < 4 * MIB

    def test_a_slow_handler_stops_its_sender_and_nobody_else(self, example):
        """Ten handlers that read nothing fill more than a connection's window, and another upload goes on."""
        with Uploads(example.address) as uploads:
            names = {stream: f"slow{stream}" for stream in range(1, 21, 2)}
            for stream, name in names.items():
                uploads.open(stream, f"/intake/wait/{name}")
            sent = {stream: uploads.fill(stream) for stream in names}
            assert set(sent.values()) == {uploads.initial}
            assert uploads.initial <= 256 << 10
            uploads.open(101, "/intake/count")
            uploads.post(101, 10 * MIB)
            assert uploads.answer(101)[1].startswith(b"%d " % (10 * MIB))
            uploads.send(uploads.request(103, "/hello"))
            assert uploads.answer(103) == ("200", b"hello\n")
            for stream, name in names.items():
                open_gate(example, name)
                uploads.post(stream, MIB)
                assert uploads.answer(stream)[1].startswith(b"%d " % (sent[stream] + MIB))

    def test_a_body_comes_as_it_was_sent_however_it_is_cut(self, example):
        chance = random.Random(3)
        with Uploads(example.address) as uploads:
            for stream in range(1, 41, 2):
                body = chance.randbytes(chance.choice([1, 100, 20_000]))
                uploads.open(stream, "/intake/count")
                message, index = b"", 0
                while index < len(body):
                    some = body[index:index + chance.choice([1, 9, 1000, 16_000]) if len(body) > 100 else index + 1]
                    index += len(some)
                    pad = chance.choice([0, 0, 5])
                    if pad:
                        message += frame(DATA, 0x8, stream, bytes([pad]) + some + bytes(pad))
                    else:
                        message += frame(DATA, 0, stream, some)
                message += frame(DATA, END_STREAM, stream)
                uploads.send(message)
                assert uploads.answer(stream) == ("200", tally(body))

    def test_padding_opens_the_windows_again_too(self, example):
        with Uploads(example.address) as uploads:
            uploads.open(1, "/intake/count")
            sent = 0
            for _ in range(5000):
                while min(uploads.windows[1], uploads.connection_window) < 300:
                    uploads.take()
                uploads.send(frame(DATA, 0x8, 1, bytes([255]) + b"x" * 40 + bytes(255)))
                uploads.windows[1] -= 296
                uploads.connection_window -= 296
                sent += 40
            uploads.send(frame(DATA, END_STREAM, 1))
            assert uploads.answer(1)[1].startswith(b"%d " % sent)

    def test_a_stream_that_is_reset_ends_its_handler_and_no_other(self, example):
        with Uploads(example.address) as uploads:
            for stream, name in ((1, "reset"), (3, "stays")):
                uploads.open(stream, f"/intake/hold/{name}")
                uploads.post(stream, 100_000, end=False)
                wait_until_told(example, name, "holds")
            uploads.send(rst_stream(1, CANCEL))
            wait_until_told(example, "reset", "CancellationError, cancelled")
            open_gate(example, "stays")
            uploads.post(3, 400_000)
            assert uploads.answer(3)[1].startswith(b"500000 ")

    def test_a_connection_that_ends_ends_its_handlers(self, example):
        with Uploads(example.address) as uploads:
            for stream in (1, 3):
                uploads.open(stream, f"/intake/hold/lost{stream}")
                uploads.post(stream, 10, end=False)
                wait_until_told(example, f"lost{stream}", "holds")
        for stream in (1, 3):
            wait_until_told(example, f"lost{stream}", "CancellationError, cancelled")

    def test_a_client_that_stalls_is_told(self, example):
        with Uploads(example.address) as uploads:
            open_gate(example, "stalls")
            uploads.open(1, "/intake/wait/stalls")
            uploads.post(1, 10, end=False)
            status, body = uploads.answer(1)
            assert status == "408" and b"in time" in body
            assert uploads.reset(1) == NO_ERROR
            wait_until_told(example, "stalls", "Problem, cancelled")
            assert uploads.pings()

    def test_an_early_answer_comes_whole_and_the_rest_is_not_wanted(self, example):
        with Uploads(example.address) as uploads:
            uploads.open(1, "/intake/begin")
            uploads.post(1, 300_000, end=False)
            status, body = uploads.answer(1)
            assert status == "403" and b"enough" in body
            while 1 not in uploads.resets:
                uploads.post(1, 10_000, end=False)
            assert uploads.resets[1] == NO_ERROR
            uploads.open(3, "/intake/count")
            uploads.post(3, 3 * MIB)
            assert uploads.answer(3)[0] == "200"

    def test_more_than_the_route_takes_is_refused(self, example):
        with Uploads(example.address) as uploads:
            uploads.open(1, "/intake/small", ("content-length", "1001"))
            assert uploads.answer(1)[0] == "413"
            uploads.open(3, "/intake/small")
            uploads.post(3, 1001, end=False)
            assert uploads.answer(3)[0] == "413"
            uploads.open(5, "/intake/small")
            uploads.post(5, 1000)
            assert uploads.answer(5) == ("200", b"1000\n")
            uploads.open(7, "/publish", ("content-length", str(9 * MIB)))
            assert uploads.answer(7)[0] == "413"

    def test_a_client_is_told_to_go_on_when_its_body_is_asked_for(self, example):
        with Uploads(example.address) as uploads:
            uploads.open(1, "/intake/wait/expects2", ("expect", "100-continue"), ("content-length", "2"))
            wait_until_told(example, "expects2", "began")
            assert uploads.pings()
            open_gate(example, "expects2")
            assert uploads.status(1) == "100"
            uploads.post(1, 2)
            assert uploads.answer(1) == ("200", tally(b"xx"))

    def test_an_answer_may_be_made_of_the_body_while_it_comes(self, example):
        with Uploads(example.address) as uploads:
            uploads.open(1, "/intake/echo")
            uploads.post(1, 5, end=False)
            assert uploads.status(1) == "200"
            uploads.post(1, 300_000)
            assert uploads.answer(1) == ("200", b"x" * 300_005)

    def test_a_route_that_declines_leaves_the_body_to_the_next(self, example):
        with Uploads(example.address) as uploads:
            for stream, query, word in ((1, "", "streamed"), (3, "?collected", "collected")):
                uploads.open(stream, f"/intake/decline{query}")
                uploads.post(stream, 90_000)
                assert uploads.answer(stream)[1].decode() == f"{word} 90000\n"

    def test_an_upload_in_the_middle_is_finished_when_the_server_stops(self, start, example):
        with Uploads(example.address) as uploads:
            uploads.open(1, "/intake/hold/drained2")
            uploads.post(1, 10, end=False)
            wait_until_told(example, "drained2", "holds")
            open_gate(example, "drained2")
            example.server.signal(signal.SIGTERM)
            wait_for(lambda: not example.is_listening(), "the server listens no more")
            uploads.post(1, MIB)
            assert uploads.answer(1)[1].startswith(b"%d " % (MIB + 10))
        assert example.server.wait() == 0
        start.forget(example)
