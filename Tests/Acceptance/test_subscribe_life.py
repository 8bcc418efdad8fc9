"""GET /subscribe: quiet streams, streams side by side, and how they end."""

import signal

from raw_http import Connection
from stream import position

# Quiet streams -------------------------------------------------------------------------------------------------------


def test_a_quiet_stream_gets_heartbeats_without_an_id(start):
    hub = start("--heartbeat", "200ms")
    with hub.subscribe("a") as stream:
        stream.opening()
        assert [stream.line() for _ in range(3)].count(":") >= 2
        id = hub.publish("a", "x")
        assert stream.event().id == id


def test_heartbeats_go_on_when_a_turn_takes_longer_than_the_time_to_the_next(start):
    """A loop that slept on because its timer had fired before it looked slept until somebody came."""
    hub = start("--workers", "1", "--heartbeat", "5ms")
    streams = [hub.subscribe("a") for _ in range(300)]
    try:
        for _ in range(100):
            for stream in streams:
                assert stream.line() is not None
    finally:
        for stream in streams:
            stream.close()


def test_a_quiet_streams_id_is_renewed_before_it_expires(start):
    hub = start("--retain-events", "10")
    with hub.subscribe("quiet") as stream:
        id = stream.opening().id
        for number in range(30):
            hub.publish("busy", str(number))
        last = None
        while last is None or position(last) < position(id) + 20:
            block = stream.block()
            assert block.is_only_id
            last = block.id
        assert position(last) <= position(id) + 30


# Several streams -----------------------------------------------------------------------------------------------------


def test_streams_of_one_user_live_side_by_side(hub):
    with hub.subscribe("a", user="jack") as one, hub.subscribe("a", user="jack") as two:
        one.opening()
        two.opening()
        hub.publish("a", "x")
        assert one.event().data == two.event().data == "x"


def test_a_stream_that_leaves_costs_the_others_nothing(hub):
    with hub.subscribe("a") as stays:
        stays.opening()
        for _ in range(5):
            leaves = hub.subscribe("a")
            leaves.opening()
            leaves.close()
            hub.publish("a", "x")
            assert stays.event().data == "x"
        hub.wait_for_connections(1)


def test_the_user_is_a_label_of_the_stream(hub):
    with hub.subscribe("a", user="größe & co") as stream:
        stream.opening()
        assert [entry["user"] for entry in hub.connections()] == ["größe & co"]


# The end -------------------------------------------------------------------------------------------------------------


def test_on_sigterm_each_stream_is_told_and_ends_cleanly(start):
    hub = start("--drain-retry", "3s")
    streams = [hub.subscribe("a") for _ in range(10)]
    for stream in streams:
        stream.opening()
    id = hub.publish("a", "last")
    for stream in streams:
        stream.event()
    start.forget(hub)
    hub.server.signal(signal.SIGTERM)
    retries = set()
    for stream in streams:
        (*rest, end) = stream.rest()
        assert not any(block.has_data for block in rest + [end])
        blocks = rest + [end]
        assert [block.id for block in blocks if block.id] == [id]
        (retry,) = [block.retry for block in blocks if block.retry is not None]
        assert 500 <= retry <= 3000
        retries.add(retry)
        assert any(block.comments for block in blocks), "the end gives its reason in a comment"
        stream.close()
    assert len(retries) > 3
    assert hub.server.wait() == 0, hub.server.errors()


def test_a_publish_that_arrives_after_the_streams_have_ended_is_refused(start):
    hub = start()
    body = '{"topic":"a","data":"late"}'
    head = (
        "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with hub.subscribe("a") as stream, Connection(hub.address) as publisher:
        stream.opening()
        publisher.send(head)
        # So the hub has read the head, and waits for the body.
        assert publisher.receive_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        publisher.send(body[:10])
        start.forget(hub)
        hub.server.signal(signal.SIGTERM)
        assert not any(block.has_data for block in stream.rest())
        publisher.send(body[10:])
        answer = publisher.receive_answer("POST")
        assert answer.status == 503 and answer.json()["type"] == "urn:fanfare:problem:draining"
    assert hub.server.wait() == 0, hub.server.errors()


def test_the_id_of_the_last_block_resumes(hub):
    with hub.subscribe("a", user="u") as stream:
        stream.opening()
        hub.request("DELETE", "/connections?user=u")
        end = [block.id for block in stream.rest() if block.id][-1]
    hub.publish("a", "next")
    with hub.subscribe("a", headers={"Last-Event-ID": end}) as stream:
        assert stream.opening().type is None
        assert stream.event().data == "next"


def test_over_the_limit_of_connections_a_stream_is_told_when_to_come_back(start):
    hub = start("--max-connections", "4")
    streams = []
    try:
        for _ in range(4):
            streams.append(hub.subscribe("a"))
            streams[-1].opening()
        with hub.subscribe("a") as stream:
            blocks = stream.rest()
            (retry,) = [block.retry for block in blocks if block.retry is not None]
            assert 5000 <= retry <= 30_000
            assert any(block.comments for block in blocks)
            assert not any(block.id or block.has_data for block in blocks)
    finally:
        for stream in streams:
            stream.close()


def test_a_client_that_sends_on_after_its_request_harms_nothing(hub):
    with hub.subscribe("a") as stream:
        stream.opening()
        stream.connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        hub.publish("a", "x")
        assert stream.event().data == "x"
