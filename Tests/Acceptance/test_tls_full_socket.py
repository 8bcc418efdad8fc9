"""TLS whose own messages have no room: a client that has the hub change its keys and does not read the answers. Whatever
the connection is at, the hub goes on when there is room, and not before."""

from contextlib import ExitStack

import pytest
from hpack import Encoder

from certificates import Authority
from hang_guard import wait_for
from http2 import ACK, DATA, END_HEADERS, END_STREAM, HEADERS, PREFACE, SETTINGS, frame, settings
from hub import Hub
from key_updates import IS_POSSIBLE, KeyUpdates
from sockets import clients_of

pytestmark = pytest.mark.skipif(not IS_POSSIBLE, reason="there is no compiler for the client")

FULL_RECORD = 16 << 10


@pytest.fixture
def secure(start, tmp_path):
    """Starts hubs that speak TLS, and trusts them."""

    def start_one(*options: str) -> Hub:
        authority = Authority(tmp_path)
        hub = start(*authority.issue().options, "--workers", "1", *options)
        hub.tls = authority.trusting()
        return hub

    return start_one


def wait_for_heartbeat(hub: Hub) -> None:
    """Waits until the hub has had time for what its other connections are due."""
    with hub.subscribe("a topic of its own") as stream:
        stream.opening()
        while not stream.line().startswith(":"):
            pass


def test_an_answer_reaches_who_reads_late(secure):
    # A head has ten seconds, and who has had the answer is given two more: all of that is over by then.
    hub = secure("--heartbeat", "15s")
    with ExitStack() as stack:
        clients = [stack.enter_context(KeyUpdates(hub.server.port)) for _ in range(8)]
        for client in clients:
            client.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
            client.begin_to_fill()
        for client in clients:
            client.wait_until_full()
        wait_for_heartbeat(hub)
        # Those for whose answer there was no room. There may have been a little for some.
        waiting = len(clients_of(hub.server.process.pid, hub.server.port))
        assert waiting > 0
        for client in clients:
            client.read()
        for client in clients:
            wait_for(lambda: client.is_over, "the connection ends")
        answered = [client for client in clients if client.received.startswith(b"HTTP/1.1 408 ")]
        assert len(answered) >= waiting
        assert all(b"end" in client.notes for client in answered)


def follow_and_pause(client: KeyUpdates) -> None:
    """Opens a stream, reads its beginning, and then reads no more."""
    client.send(b"GET /subscribe?topic=a HTTP/1.1\r\nHost: localhost\r\n\r\n")
    client.read()
    client.wait_for(b"id: ")
    client.pause()


def test_a_stream_goes_on_with_who_reads_late(secure):
    hub = secure()
    with KeyUpdates(hub.server.port) as client:
        follow_and_pause(client)
        client.fill(b"x" * FULL_RECORD)
        hub.publish("a", "for who reads late")
        client.read()
        client.wait_for(b"data: for who reads late\n")
        hub.publish("a", "and on")
        client.wait_for(b"data: and on\n")


def test_the_last_block_of_a_stream_reaches_who_reads_late(secure):
    hub = secure()
    with KeyUpdates(hub.server.port) as client:
        follow_and_pause(client)
        client.fill()
        # Too much for what may be left of the room, and in one record.
        hub.publish("a", "the last" + "x" * 10_000, end=True)
        hub.wait_for_connections(0)
        client.read()
        client.wait_for(b"data: the last" + b"x" * 10_000 + b"\n")
        # The end of the response, and then that of TLS.
        client.wait_for(b"\r\n0\r\n\r\n")
        wait_for(lambda: b"end" in client.notes, "the end is said")


def test_a_connection_of_http2_is_read_on_after_its_limits_were_looked_at(secure):
    # Every two and a half seconds while a body is awaited, which may take ten.
    hub = secure("--heartbeat", "4s")
    body = b'{"topic": "a", "data": "x"}'
    encoder = Encoder()
    fields = [(":method", "POST"), (":scheme", "https"), (":path", "/publish"), (":authority", "localhost")]
    with KeyUpdates(hub.server.port, "h2") as client:
        client.send(PREFACE + settings() + frame(HEADERS, END_HEADERS, 1, encoder.encode(fields)))
        client.send(frame(DATA, 0, 1, body[:5]))
        client.read()
        client.wait_for(frame(SETTINGS, ACK))
        client.pause()
        client.fill()
        wait_for_heartbeat(hub)
        client.read()
        client.send(frame(DATA, END_STREAM, 1, body[5:]))
        wait_for(lambda: hub.history("a")["events"], "the event is published")
