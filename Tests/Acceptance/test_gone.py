"""Clients that go, or that only end their sending: no handler outlives its client, and who waits gets the answer."""

import json
import os
import signal
import socket
import ssl
import struct
from pathlib import Path

import pytest

from hang_guard import wait_for
from http2 import *  # noqa: F403
from hub import Hub
from raw_http import Connection, get
from stream import Stream

# What a client may be given that sends nothing more is 5 seconds of silence; no test measures that.


def running(hub: Hub) -> int:
    """How many handlers run."""
    return int(hub.get("/gone/running").body)


def wait_for_handlers(hub: Hub, count: int) -> None:
    wait_for(lambda: running(hub) == count, f"{count} handlers run")


def wait_until_told(hub: Hub, name: str, line: str) -> None:
    wait_for(
        lambda: line in hub.get(f"/gone/told/{name}").body.decode().splitlines(), f"{name!r} is told to be {line!r}"
    )


def open_gate(hub: Hub, name: str) -> None:
    assert hub.request("POST", f"/gone/open/{name}").status == 200


def descriptors(hub: Hub) -> int:
    """How many sockets the server has. Other descriptors come with the first timer, and stay."""
    count = 0
    for descriptor in Path(f"/proc/{hub.server.process.pid}/fd").iterdir():
        try:
            count += os.readlink(descriptor).startswith("socket:")
        except FileNotFoundError:
            pass  # It was closed meanwhile.
    return count


def end_sending(c: Connection) -> None:
    """Says that nothing more is sent, as `nc -N` does; over TLS by its own word for it too."""
    if isinstance(c.socket, ssl.SSLSocket):
        # Python's own way of it waits for the other side's, which comes after the answer.
        c.socket.settimeout(0.05)
        try:
            c.socket.unwrap()
        except (TimeoutError, OSError):
            pass
        c.socket.settimeout(30)
    else:
        c.socket.shutdown(socket.SHUT_WR)


def leave(c: Connection | HTTP2, how: str) -> None:
    if how == "reset":
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.socket.close()


# Who goes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["end", "reset"])
def test_who_goes_while_a_handler_works_ends_it(either, how):
    running(either)
    before = descriptors(either)
    clients = [either.connect() for _ in range(60)]
    for number, c in enumerate(clients):
        get(c, f"/gone/wait/{number}")
    wait_for_handlers(either, 60)
    for c in clients:
        leave(c, how)
    wait_for_handlers(either, 0)
    wait_for(lambda: descriptors(either) <= before, "all descriptors are closed")
    for number in range(60):
        wait_until_told(either, str(number), "CancellationError, cancelled")
    assert "a route failed" not in either.server.errors()


@pytest.mark.parametrize("how", ["end", "reset"])
@pytest.mark.parametrize("what", ["head", "rest", "body", "held", "answer", "silence", "events"])
def test_nothing_is_left_of_who_goes_wherever_that_is(either, how, what):
    running(either)
    before = descriptors(either)
    clients = [either.connect() for _ in range(10)]
    for number, c in enumerate(clients):
        match what:
            case "head":
                c.send("GET /gone/wait/head HTTP/1.1\r\nHost: loc")
            case "rest":
                # The next requests wait meanwhile, more than are read.
                get(c, f"/gone/wait/{number}")
                c.send(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3000)
            case "body":
                c.send(b"POST /gone/upload/%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx" % number)
            case "held":
                # All that the server takes in while its handler does not ask, and some that it does not; but no more than
                # its socket's buffer holds, behind which the end of what a client sends cannot come.
                c.send(b"POST /gone/upload/%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400000\r\n\r\n" % number)
                c.send(b"x" * 170_000)
            case "answer":
                get(c, f"/gone/body/{number}")
                assert c.receive_until(b"first\n")
            case "silence":
                get(c, f"/gone/silence/{number}")
                c.receive_head()
            case "events":
                get(c, f"/gone/events/{number}")
                c.receive_head()
    if what != "head":
        wait_for_handlers(either, 10)
    for c in clients:
        leave(c, how)
    wait_for_handlers(either, 0)
    wait_for(lambda: descriptors(either) <= before, "all descriptors are closed")


def test_requests_of_http_2_that_are_reset_end_their_handlers_and_no_other(example):
    with HTTP2(example.address) as c:
        c.begin()
        c.send(c.request(1, "/gone/gate/stays"))
        # Far more than may be open at a time, at a pace at which nobody would be shut out.
        for number in range(20):
            ids = [40 * number + 3 + 2 * index for index in range(10)]
            c.send(*(c.request(id, f"/gone/wait/{id}") for id in ids))
            wait_for_handlers(example, 11)
            c.send(*(rst_stream(id) for id in ids))
            wait_for_handlers(example, 1)
        open_gate(example, "stays")
        while (got := c.read()) is not None and not (got.kind == HEADERS and got.stream == 1):
            pass
        assert got is not None and c.status(got) == "200"
    assert "a route failed" not in example.server.errors()


@pytest.mark.parametrize("how", ["end", "reset", "goaway"])
def test_a_connection_of_http_2_that_goes_ends_its_handlers(example, how):
    running(example)
    before = descriptors(example)
    clients = [HTTP2(example.address) for _ in range(5)]
    for number, c in enumerate(clients):
        c.begin()
        c.send(*(c.request(id, f"/gone/wait/{number}-{id}") for id in range(1, 21, 2)))
        c.send(c.request(21, f"/gone/silence/{number}"), c.request(23, f"/gone/events/{number}"))
        c.send(c.request(25, f"/gone/upload/{number}", "POST", flags=0), frame(DATA, 0, 25, b"x"))
    wait_for_handlers(example, 65)
    for c in clients:
        if how == "goaway":
            c.send(goaway())
        leave(c, how)
    wait_for_handlers(example, 0)
    wait_for(lambda: descriptors(example) <= before, "all descriptors are closed")


def test_a_route_that_declines_for_a_client_that_is_gone_asks_no_other(example):
    c = example.connect()
    get(c, "/gone/decline/late")
    wait_until_told(example, "late", "began")
    before = descriptors(example)
    leave(c, "reset")
    wait_for(lambda: descriptors(example) < before, "the connection is closed")
    open_gate(example, "late")
    with example.connect() as c:
        # It comes behind the other's letter to the loop.
        get(c, "/gone/decline/here")
        open_gate(example, "here")
        assert c.receive_answer().body == b"answer\n"
    assert example.get("/gone/told/late").body == b"began"
    assert example.get("/gone/told/here").body == b"began\nthe next was asked"


# Who only ends its sending --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_who_ends_its_sending_gets_the_answer_that_comes_soon(either, version):
    with either.connect() as c:
        get(c, "/gone/gate/half", version)
        wait_until_told(either, "half", "began")
        end_sending(c)
        # The server has heard of it: it hears of the end of another that came later.
        with either.connect() as other:
            get(other, "/gone/gate/other")
            wait_until_told(either, "other", "began")
            leave(other, "reset")
        wait_until_told(either, "other", "CancellationError, cancelled")
        open_gate(either, "half")
        if either.tls:
            # Python reads nothing more after its own end; that the handler was left alone is what there is to see.
            wait_until_told(either, "half", "ended")
        else:
            answer = c.receive_answer()
            assert answer.status == 200 and answer.body == b"answer\n"
            assert c.receive_rest() == b""


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("name", ["bytes?count=5000000", "bytes?count=5000000&length=5000000", "sequence?count=100000"])
def test_who_ends_its_sending_gets_all_of_a_body_however_slowly_it_reads(example, version, name):
    with example.connect() as c:
        get(c, f"/outflow/{name}", "1.1")
        whole = c.receive_answer().body
    with example.connect(receive_buffer=8192) as c:
        get(c, f"/outflow/{name}", version)
        c.socket.shutdown(socket.SHUT_WR)
        answer = c.receive_answer()
        assert answer.status == 200 and answer.body == whole
        assert c.receive_rest() == b""


def test_who_ends_its_sending_gets_a_file(started, tmp_path):
    (tmp_path / "large").write_bytes(bytes(range(256)) * 4000)
    hub = started(f"files={tmp_path}")
    for version in ("1.0", "1.1"):
        with hub.connect() as c:
            get(c, "/files/large", version)
            c.socket.shutdown(socket.SHUT_WR)
            assert c.receive_answer().body == bytes(range(256)) * 4000


def test_who_ends_its_sending_gets_the_rest_of_a_body_that_comes_soon(example):
    with example.connect() as c:
        get(c, "/gone/body/half")
        assert c.receive_until(b"first\n")
        c.socket.shutdown(socket.SHUT_WR)
        open_gate(example, "half")
        assert c.receive_rest().endswith(b"last\n\r\n0\r\n\r\n")
    wait_until_told(example, "half", "ended")


def test_requests_in_a_row_before_the_end_of_sending_are_all_answered(either):
    with either.connect() as c:
        open_gate(either, "row")
        for target in ("/gone/gate/row", "/outflow/bytes?count=200000", "/gone/gate/row", "/hello"):
            get(c, target)
        if not either.tls:
            end_sending(c)
        assert c.receive_answer().body == b"answer\n"
        assert len(c.receive_answer().body) == 200_000
        assert c.receive_answer().body == b"answer\n"
        assert c.receive_answer().body == b"hello\n"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("name", ["wait", "silence"])
def test_who_ended_its_sending_and_is_given_up_sees_no_end_as_if_all_were_there(example, version, name):
    with example.connect() as c:
        get(c, f"/gone/{name}/given-up", version)
        wait_for_handlers(example, 1)
        c.socket.shutdown(socket.SHUT_WR)
        wait_for_handlers(example, 0)
        with pytest.raises(ConnectionResetError):
            while c.socket.recv(65536):
                pass
    if name == "wait":
        wait_until_told(example, "given-up", "CancellationError, cancelled")
    else:
        wait_until_told(example, "given-up", "gone")


@pytest.mark.parametrize("target", ["/subscribe?topic=a", "/gone/events/over"])
def test_a_stream_of_events_is_over_at_once_when_its_client_ends_its_sending(either, target):
    for version in ("1.0", "1.1"):
        with either.connect() as c:
            get(c, target, version)
            c.receive_until(b"id: " if "subscribe" in target else b"data: first\n\n")
            either.wait_for_connections(1)
            end_sending(c)
            either.wait_for_connections(0)
            if not either.tls:
                # Nothing more, and no last chunk.
                rest = c.receive_rest()
                assert b"data:" not in rest and not rest.endswith(b"0\r\n\r\n")
    wait_for_handlers(either, 0)
    if "gone" in target:
        wait_until_told(either, "over", "gone")


def test_a_body_that_is_still_read_is_waited_for_after_the_end_of_sending(example):
    """The handler takes a piece now and then, for longer than a silent one is waited for."""
    body = b"x" * 2_000_000
    with example.connect() as c:
        c.send(b"POST /gone/slowly HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        c.socket.shutdown(socket.SHUT_WR)
        assert c.receive_answer("POST").body.startswith(b"2000000 ")


def test_the_end_of_a_request_is_no_end_of_anything_in_http_2(example):
    with HTTP2(example.address) as c:
        c.begin()
        c.send(c.request(1, "/gone/gate/h2"), c.request(3, "/gone/body/h2"), c.request(5, "/gone/events/h2"))
        wait_for_handlers(example, 3)
        assert c.pings()
        open_gate(example, "h2")
        ended = set()
        while ended < {1, 3}:
            got = c.read()
            assert got is not None
            if got.kind in (DATA, HEADERS) and got.flags & END_STREAM:
                ended.add(got.stream)
        assert running(example) == 1


def test_a_connection_of_http_2_that_ends_its_sending_gets_what_comes_soon_and_is_then_given_up(example):
    with HTTP2(example.address) as c:
        c.begin()
        c.send(c.request(1, "/gone/gate/h2"), c.request(3, "/gone/body/h2"), c.request(5, "/gone/wait/h2"))
        c.send(c.request(7, "/gone/events/h2"), c.request(9, "/gone/silence/h2"))
        wait_for_handlers(example, 5)
        c.socket.shutdown(socket.SHUT_WR)
        wait_for_handlers(example, 4)
        open_gate(example, "h2")
        bodies, ended = {}, set()
        while (got := c.read()) is not None:
            if got.kind == DATA:
                bodies[got.stream] = bodies.get(got.stream, b"") + got.payload
            if got.kind in (DATA, HEADERS) and got.flags & END_STREAM:
                ended.add(got.stream)
        assert bodies[1] == b"answer\n" and bodies[3] == b"first\nlast\n"
        assert ended == {1, 3}
    wait_for_handlers(example, 0)


def test_an_urgent_byte_does_not_keep_the_loop_busy(started):
    hub = started("workers=1")

    def ticks() -> int:
        return sum(map(int, Path(f"/proc/{hub.server.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()[11:13]))

    clients = [hub.connect() for _ in range(20)]
    for number, c in enumerate(clients):
        get(c, f"/gone/wait/{number}")
    wait_for_handlers(hub, 20)
    before = ticks()
    for c in clients:
        c.socket.send(b"!", socket.MSG_OOB)
        c.socket.shutdown(socket.SHUT_WR)
    wait_for_handlers(hub, 0)
    assert ticks() - before < 200


# The end of the server ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_the_server_waits_for_its_handlers_and_cancels_them_at_the_deadline(started, start, workers):
    hub = started("drain=700", f"workers={workers}")
    clients = [hub.connect() for _ in range(8)]
    for number, c in enumerate(clients):
        get(c, f"/gone/wait/{number}")
    with HTTP2(hub.address) as c:
        c.begin()
        c.send(*(c.request(id, f"/gone/wait/h2-{id}") for id in range(1, 9, 2)))
        wait_for_handlers(hub, 12)
        hub.server.signal(signal.SIGTERM)
        assert hub.server.wait() == 0
    start.forget(hub)
    for c in clients:
        assert c.receive_some() == b""
        c.close()


def test_a_handler_that_ends_in_time_gives_its_answer_while_the_server_stops(started, start):
    hub = started("drain=20000", "workers=2")
    with hub.connect() as c, hub.connect() as other:
        get(c, "/gone/gate/late")
        get(other, "/gone/gate/late")
        wait_for_handlers(hub, 2)
        with hub.connect() as opener:
            # Taken in before the end, and so answered.
            opener.send("POST /gone/open/late HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n")
            wait_for(lambda: descriptors(hub) > 0, "the server runs")
            opener.send("P")
            hub.server.signal(signal.SIGTERM)
            opener.receive_answer("POST")
        for client in (c, other):
            assert client.receive_answer().body == b"answer\n"
    assert hub.server.wait() == 0
    start.forget(hub)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_second_signal_ends_the_server_though_a_handler_heeds_nothing(started, start, workers, number):
    hub = started("drain=300", f"workers={workers}")
    clients = [hub.connect() for _ in range(2 * workers)]
    for index, c in enumerate(clients):
        get(c, f"/gone/stubborn/{index}")
    for index in range(len(clients)):
        wait_until_told(hub, str(index), "began")
    hub.server.signal(signal.SIGTERM)
    # After the deadline the clients are gone, and the handlers are not.
    for c in clients:
        assert c.receive_some() == b""
    assert hub.server.process.poll() is None
    hub.server.signal(number)
    assert hub.server.wait() == 0
    start.forget(hub)
    for c in clients:
        c.close()


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_second_signal_ends_the_server_whichever_worker_has_ended_already(started, start, workers):
    """A body that is not taken keeps the worker that chance picks; the others have nothing to do, and end."""
    for _ in range(6):
        hub = started("drain=600000", f"workers={workers}")
        with hub.connect(receive_buffer=4096) as c:
            get(c, "/outflow/bytes?count=1000000000")
            c.receive_head()
            hub.server.signal(signal.SIGTERM)
            wait_for(lambda: not hub.is_listening(), "the server listens no more")
            hub.server.signal(signal.SIGTERM)
            assert hub.server.wait() == 0
        start.forget(hub)


def test_in_a_second_run_of_a_server_all_is_as_in_the_first(started, start):
    """The gallery has work in the background, which ends with each run."""
    hub = started("drain=0", "gallery=3000", "runs=2")
    ports = set()
    for _ in range(2):
        port = wait_for(lambda: ready_port(hub) not in ports and ready_port(hub), "it is ready")
        ports.add(port)
        address = ("127.0.0.1", port)
        with Stream(address, "/sse/sub/watcher?log=true") as log, Stream(address, "/chat/events?name=anna") as chat:
            log.opening()
            assert log.event().json() == {"id": "watcher", "what": "opened"}
            block = chat.event()
            assert block.type == "joined" and json.loads(block.json()["data"]) == {"name": "anna"}
            with Connection(address) as c:
                get(c, "/gone/wait/again")
                c.send("x")
                hub.server.signal(signal.SIGTERM)
                assert c.receive_some() == b""
    assert hub.server.wait() == 0
    start.forget(hub)


def ready_port(hub: Hub) -> int:
    """The port of the present run."""
    return int(hub.server.output.split()[-1].rsplit(":", 1)[1])
