"""Clients that leave at the wrong moment, hold on to too much, or ask for too much. Each was once found to do harm."""

import json
import os
import socket
import struct

from hang_guard import wait_for
from raw_http import Connection

REQUEST = b"Host: localhost\r\n\r\n"


def reset(connection: Connection) -> None:
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def resident(hub) -> int:
    """Kilobytes of memory."""
    with open(f"/proc/{hub.server.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_a_client_that_resets_while_its_route_works_leaves_no_stream_to_the_next(start):
    """Its descriptor is soon another's, who must not get its stream."""
    hub = start("--demo", "--workers", "1")
    for _ in range(400):
        leaving = Connection(hub.address)
        leaving.send(b"GET /subscribe?user=jack&topics=robot HTTP/1.1\r\n" + REQUEST)
        reset(leaving)
        with Connection(hub.address) as other:
            other.send(b"GET /healthz HTTP/1.1\r\n" + REQUEST)
            assert other.receive_answer().json() == {"status": "ok"}
    hub.wait_for_connections(0)


def test_who_lags_on_one_topic_does_not_hold_on_to_large_batches_of_others(start):
    hub = start("--retain-bytes", "1MiB")
    with Connection(hub.address, receive_buffer=4096) as stuck:
        stuck.send(b"GET /subscribe?topic=small HTTP/1.1\r\n" + REQUEST)
        stuck.receive_head()
        # Fills what the kernel holds, so that the hub holds the rest.
        for _ in range(40):
            hub.publish("small", "x" * 20_000)
        wait_for(lambda: hub.connections()[0]["bytes_behind"] > 0, "the reader lags")
        before = resident(hub)
        large = json.dumps({"topic": "large", "data": "y" * 200_000})
        small = json.dumps({"topic": "small", "data": "z"})
        for _ in range(30):
            answer = hub.post("\n".join([large] * 10 + [small] + [large] * 10), "application/x-ndjson")
            assert answer.status == 201
        assert len(hub.connections()) == 1
        assert resident(hub) - before < 60_000, "30 batches of 4 MB are held"


def test_history_of_large_events_is_bounded_for_readers_that_take_none_of_it(start):
    hub = start()
    for _ in range(300):
        hub.publish("a", "x" * 200_000)
    before = resident(hub)
    stuck = [Connection(hub.address, receive_buffer=4096) for _ in range(8)]
    for connection in stuck:
        connection.send(b"GET /events?topic=a&limit=1000 HTTP/1.1\r\n" + REQUEST)
        connection.receive_head()
    assert resident(hub) - before < 60_000, "8 answers of 60 MB are held"
    for connection in stuck:
        reset(connection)


def test_a_burst_over_the_limit_and_then_a_little_more_resets_no_reader_who_reads(start):
    hub = start()
    with hub.subscribe("a") as stream:
        stream.opening()
        lines = "\n".join(json.dumps({"topic": "a", "data": f"{number} " + "x" * 60_000}) for number in range(100))
        assert hub.post(lines, "application/x-ndjson").status == 201
        hub.publish("a", "100")
        hub.publish("a", "101")
        assert [stream.event().data.split()[0] for _ in range(102)] == [str(number) for number in range(102)]


def test_bodies_that_stall_keep_nobody_from_publishing(start):
    hub = start("--workers", "1", "--max-body-size", "64MiB")
    stalled = []
    for _ in range(5):
        connection = Connection(hub.address)
        connection.send(
            b"POST /publish HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 60000000\r\n" + REQUEST
        )
        connection.send(b"x" * 59_000_000)
        stalled.append(connection)
    hub.publish("a", "still taken")
    for connection in stalled:
        reset(connection)


def test_a_standard_error_that_nobody_reads_stops_nothing(start):
    reading, writing = os.pipe()
    try:
        os.set_blocking(writing, False)
        try:
            while True:
                os.write(writing, b"." * 4096)
        except BlockingIOError:
            pass
        os.set_blocking(writing, True)
        hub = start("--workers", "1", "--max-event-size", "8KiB", "--slow-limit-bytes", "16KiB", stderr=writing)
        with Connection(hub.address, receive_buffer=4096) as stuck:
            stuck.send(b"GET /subscribe?topic=a HTTP/1.1\r\n" + REQUEST)
            stuck.receive_head()

            def publish_and_see() -> bool:
                hub.publish("a", "x" * 8000)
                return not hub.connections()

            wait_for(publish_and_see, "the reader is reset, which is worth a line")
        assert hub.get("/healthz").status == 200
    finally:
        os.close(reading)
        os.close(writing)
