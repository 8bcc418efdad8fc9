"""What a program is told of streams: each once when it is open, and once when it is over; and the streams of the hub on a
program's own routes."""

import random
import re
import signal

import pytest

from hang_guard import wait_for
from http2 import *  # noqa: F403
from hub import Hub
from raw_http import Connection
from stream import Stream, data


def ledger(hub: Hub) -> list[str]:
    return hub.get("/outflow/ledger").body.decode().splitlines()


def wait_for_line(hub: Hub, pattern: str, count: int = 1) -> str:
    """The first line that has the pattern, once there are so many of them."""
    found = wait_for(
        lambda: (lines := [line for line in ledger(hub) if re.search(pattern, line)]) and len(lines) == count and lines,
        f"the ledger has {pattern!r} {count} times",
    )
    return found[0]


def on_route(hub: Hub, query: str, fields: dict | None = None) -> Stream:
    return Stream(hub.address, f"/outflow/topics?{query}", fields)


# Streams on a program's routes ----------------------------------------------------------------------------------------


def test_a_route_can_say_where_its_streams_begin(example):
    cases = {
        "": [],
        "&from=earliest": ["0", "1", "2", "3", "4"],
        "&from=2": ["3", "4"],
        "&since=1": ["4"],
        # The route's word counts for more than the query's, and the client's own place for more than both.
        "&from=2&since=1": ["3", "4"],
        "&from=earliest&last_event_id={}": ["4"],
        "&since=earliest&lastEventId={}": ["4"],
    }
    for number, (query, expected) in enumerate(cases.items()):
        topic = f"a{number}"
        ids = [example.publish(topic, str(count)) for count in range(5)]
        with on_route(example, f"topics={topic}" + query.format(ids[3])) as stream:
            assert stream.head.fields["x-route"] == "topics"
            stream.opening()
            example.publish(topic, "live")
            assert data(stream.events(len(expected) + 1)) == [*expected, "live"]
        with on_route(example, f"topics={topic}{query.split('&last')[0]}", {"Last-Event-ID": ids[3]}) as stream:
            assert data(stream.events(2)) == ["4", "live"]


def test_a_presentation_can_leave_events_out(example):
    with on_route(example, "topics=a&only=odd") as stream:
        stream.opening()
        ids = [example.publish("a", str(number)) for number in range(4)]
        blocks = [stream.block() for _ in range(4)]
    assert [block.id for block in blocks] == ids
    assert blocks[0].is_only_id and blocks[2].is_only_id
    assert [blocks[1].data, blocks[3].data] == ["odd 1", "odd 3"]


def test_a_stream_times_out_and_its_client_comes_back_where_it_was(example):
    first = example.publish("a", "one")
    with on_route(example, "topics=a&from=earliest&timeout=300") as stream:
        event, last = stream.rest()[-2:]
        assert event.id == last.id == first
        assert last.comments == [": the time of the stream is over: come back for more"] and last.retry
    example.publish("a", "two")
    with on_route(example, "topics=a&timeout=60000", {"Last-Event-ID": last.id}) as stream:
        assert data(stream.events(1)) == ["two"]
    wait_for_line(example, "^close topics timedOut$")
    wait_for_line(example, r"^closed timedOut .* a /outflow/topics$")
    wait_for_line(example, "^close topics gone$")


def test_a_stream_of_ended_topics_is_204_and_one_whose_topics_end_ends(example):
    with on_route(example, "topics=a|b") as stream:
        stream.opening()
        example.publish("a", "last of a", end=True)
        example.publish("b", "last of b", end=True)
        assert data(stream.rest()[:2]) == ["last of a", "last of b"]
    wait_for_line(example, "^close topics ended$")
    assert example.get("/outflow/topics?topics=a%7Cb").status == 204
    with on_route(example, "topics=a|b&from=earliest") as stream:
        assert data([block for block in stream.rest() if block.has_data]) == ["last of a", "last of b"]
    wait_for_line(example, "^close topics ended$", 3)
    assert sum(line.startswith("opened ") for line in ledger(example)) == 2


def test_a_client_that_was_told_not_to_come_back_is_204(example):
    assert example.get("/outflow/topics?topics=a", Last_Event_ID="x~stop").status == 204
    assert example.get("/outflow/topics?topics=a&from=earliest&lastEventId=x~stop").status == 204
    assert example.get("/subscribe?topic=a", Last_Event_ID="x~stop").status == 204
    assert not any(line.startswith(("opened", "refused")) for line in ledger(example))


def test_what_a_route_says_of_unread_events_is_the_programs_mistake(example):
    assert example.get("/outflow/topics?topics=a&from=unread").status == 500
    assert example.get("/outflow/topics?topics=a&since=unread").status == 400


# Hooks ----------------------------------------------------------------------------------------------------------------


def test_a_stream_is_told_of_as_it_is_listed(example):
    with example.subscribe("a", "b/*", user="anna") as stream:
        stream.opening()
        (listed,) = example.connections()
        line = wait_for_line(example, "^opened ")
        assert line == f"opened {listed['id']} anna {listed['address']} a|b/* /subscribe"
    assert wait_for_line(example, "^closed ") == line.replace("opened", "closed gone")


def test_each_way_to_end_has_its_reason(started, start):
    hub = started("slow-limit-age=1000", "workers=2")
    with hub.subscribe("e") as stream:
        stream.opening()
        hub.publish("e", "the end", end=True)
        stream.rest()
    wait_for_line(hub, "^closed ended .* e /subscribe$")
    with hub.subscribe("a", user="anna") as stream:
        stream.opening()
        assert hub.request("DELETE", "/connections?user=anna").json() == {"closed": 1}
        stream.rest()
    wait_for_line(hub, "^closed disconnected .* a /subscribe$")
    with hub.subscribe("s", receive_buffer=4096) as stream:
        stream.opening()
        for _ in range(100):
            hub.publish("s", "x" * 100_000)
        wait_for_line(hub, "^closed slow .* s /subscribe$")
    with hub.subscribe("g") as stream:
        stream.opening()
    wait_for_line(hub, "^closed gone .* g /subscribe$")
    assert hub.connections() == []


def test_refusals_are_told_of(started):
    hub = started("max-streams-per-user=1")
    assert hub.get("/subscribe").status == 400
    assert re.fullmatch(r"refused no-topic 400 /subscribe 127\.0\.0\.1:\d+", wait_for_line(hub, "^refused no-topic"))
    assert hub.get("/outflow/topics?topics=").status == 400
    wait_for_line(hub, "^refused no-topic 400 /outflow/topics ")
    wait_for_line(hub, "^close topics refused$")
    with hub.subscribe("a", user="anna"):
        # A browser gets a stream that ends at once, and it is a refusal all the same.
        assert hub.get("/subscribe?topic=a&user=anna", Accept="text/event-stream").status == 200
        wait_for_line(hub, "^refused streams-per-user 429 /subscribe ")
    # What asks for no stream is no refusal of one.
    assert hub.get("/events").status == 400
    assert hub.get("/nothing").status == 404
    assert sum(line.startswith("refused") for line in ledger(hub)) == 3


@pytest.mark.parametrize("seed", range(3))
def test_counts_do_not_drift(started, seed):
    """What was opened, less what was closed, is what is listed, whatever happens; and in the end each is closed once."""
    dice = random.Random(seed)
    hub = started("workers=2", "slow-limit-age=1000")
    targets = ["/subscribe?topic=a", "/subscribe?topic=b&user=bea", "/outflow/topics?topics=a&timeout=400"]
    targets += ["/outflow/open?user=bea", "/outflow/events?count=3", "/outflow/topics?topics=b&user=cleo"]
    open_streams: list[Stream] = []
    multiplexed: list[tuple[HTTP2, list[int]]] = []

    def open_one():
        open_streams.append(Stream(hub.address, dice.choice(targets)))

    def close_one():
        if open_streams:
            open_streams.pop(dice.randrange(len(open_streams))).close()

    def reset_one():
        if open_streams:
            stream = open_streams.pop(dice.randrange(len(open_streams)))
            # What is unread makes the kernel reset the connection.
            stream.connection.socket.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER, for no time
            stream.close()

    def open_many():
        c = HTTP2(hub.address)
        c.begin()
        ids = [2 * number + 1 for number in range(dice.randint(1, 8))]
        c.send(*(c.request(id, dice.choice(targets)) for id in ids))
        multiplexed.append((c, ids))

    def reset_some():
        if multiplexed:
            c, ids = dice.choice(multiplexed)
            if ids:
                c.send(rst_stream(ids.pop(dice.randrange(len(ids)))))

    def close_many():
        if multiplexed:
            multiplexed.pop(dice.randrange(len(multiplexed)))[0].socket.close()

    def kill_by_name():
        hub.request("DELETE", f"/connections?user={dice.choice(['bea', 'cleo'])}")

    def publish():
        hub.publish(dice.choice("ab"), "x" * dice.choice([1, 1000]))

    steps = [open_one] * 5 + [close_one, reset_one, open_many, reset_some, reset_some, close_many, kill_by_name, publish]
    for step in range(150):
        dice.choice(steps)()
        if step % 30 == 29:
            wait_for(lambda: tally(hub) == {entry["id"] for entry in hub.connections()}, "what is told is what is listed")
    for stream in open_streams:
        stream.close()
    for c, _ in multiplexed:
        c.socket.close()
    wait_for(lambda: tally(hub) == set() and not hub.connections(), "all are closed")
    opened = sum(line.startswith("opened ") for line in ledger(hub))
    assert opened > 50
    # A response hears once when it is over, though its client may have gone before it began.
    lines = ledger(hub)
    asked = lines.count("asked for topics")
    assert sum(line.startswith("close topics ") for line in lines) == asked > 0
    assert sum(re.search("^closed .* /outflow/topics$", line) is not None for line in lines) <= asked


def tally(hub: Hub) -> set[str]:
    """The streams that were opened and not closed; each comes once of each kind, in that order."""
    seen: set[str] = set()
    over: set[str] = set()
    for line in ledger(hub):
        kind, *words = line.split(" ")
        if kind == "opened":
            assert words[0] not in seen, f"{line} came twice"
            seen.add(words[0])
        elif kind == "closed":
            assert words[1] in seen and words[1] not in over, f"{line} came twice, or before its stream"
            over.add(words[1])
    return seen - over


def test_streams_that_are_open_when_the_server_stops_are_closed_as_drained(started, start, tmp_path):
    record = tmp_path / "ledger"
    hub = started("drain=500", "workers=2", f"ledger={record}")
    polite = [hub.subscribe("a") for _ in range(3)] + [Stream(hub.address, "/outflow/open") for _ in range(3)]
    for stream in polite:
        stream.opening() if stream is polite[0] else stream.block()
    # These read nothing, and so cannot be told.
    rude = [hub.subscribe("b", receive_buffer=4096) for _ in range(2)]
    for _ in range(60):
        hub.publish("b", "x" * 100_000)
    hub.server.signal(signal.SIGTERM)
    for stream in polite:
        stream.rest()
    assert hub.server.wait() == 0
    start.forget(hub)
    lines = record.read_text().splitlines()
    assert sum(line.startswith("opened ") for line in lines) == 8
    assert sum(line.startswith("closed drained ") for line in lines) + sum(
        line.startswith("closed slow ") for line in lines
    ) == sum(line.startswith("closed ") for line in lines) == 8
    for stream in polite + rude:
        stream.close()


def test_a_second_signal_leaves_no_stream_untold(started, start, tmp_path):
    record = tmp_path / "ledger"
    hub = started("drain=30000", "workers=1", f"ledger={record}")
    rude = [hub.subscribe("b", receive_buffer=4096) for _ in range(4)]
    idle = Connection(hub.address)
    idle.send("GET /outflow/idle HTTP/1.1\r\nHost: localhost\r\n\r\n")
    idle.receive_head()
    for _ in range(60):
        hub.publish("b", "x" * 100_000)
    hub.server.signal(signal.SIGTERM)
    wait_for(lambda: not hub.is_listening(), "the server takes no more")
    hub.server.signal(signal.SIGTERM)
    assert hub.server.wait() == 0
    start.forget(hub)
    lines = record.read_text().splitlines()
    assert sum(line.startswith("opened ") for line in lines) == sum(line.startswith("closed ") for line in lines) == 4
    assert "close idle drained" in lines and "writer idle cancelled" in lines
    for stream in rude:
        stream.close()
    idle.close()
