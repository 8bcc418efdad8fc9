"""Many clients at random, from a seed that is printed, and readers that stop reading."""

import json
import random
import threading

import pytest

from hang_guard import GUARD, wait_for
from hub import Hub
from raw_http import Closed
from stream import Stream, position

TOPICS = [f"t/{number}" for number in range(8)]
STEPS = 1000
CLIENTS = 5


class Reader(threading.Thread):
    """A stream that is read by a thread of its own, and resumed by `reconnect`, until `finish`."""

    def __init__(self, hub: Hub, topics: list[str], user: str):
        super().__init__(daemon=True)
        self.hub, self.topics, self.user = hub, topics, user
        self.seen: list[tuple[str, str]] = []
        self.trouble: BaseException | None = None
        self.stream = hub.subscribe(*topics, user=user)
        self.last_id = self.first_id = self.stream.opening().id
        self.start()

    def run(self) -> None:
        try:
            while True:
                block = self.stream.block()
                if block.id:
                    self.last_id = block.id
                if block.has_data:
                    assert block.type is None, block
                    self.seen.append((block.id, block.data))
        except (Closed, OSError, ValueError):
            pass  # this end closed it
        except BaseException as trouble:
            self.trouble = trouble

    def disconnect(self) -> None:
        """Leaves as a browser tab does; what it has not read by then is lost to it."""
        try:
            self.stream.connection.socket.shutdown(2)
        except OSError:
            pass
        self.join(GUARD)
        assert not self.is_alive(), "the reader hangs"
        self.stream.close()
        if self.trouble:
            raise self.trouble

    def reconnected(self) -> "Reader":
        """A reader that goes on where this one left."""
        self.disconnect()
        heir = Reader.__new__(Reader)
        threading.Thread.__init__(heir, daemon=True)
        heir.hub, heir.topics, heir.user = self.hub, self.topics, self.user
        heir.seen, heir.trouble, heir.first_id, heir.last_id = self.seen, None, self.first_id, self.last_id
        heir.stream = self.hub.subscribe(*self.topics, user=self.user, headers={"Last-Event-ID": self.last_id})
        opening = heir.stream.opening()
        assert opening.id == self.last_id and opening.type is None, opening
        heir.start()
        return heir


class Client(threading.Thread):
    """One of several that connect, disconnect, reconnect and publish at random."""

    def __init__(self, hub: Hub, seed: str, name: str, steps: int):
        super().__init__(daemon=True)
        self.hub, self.name, self.steps = hub, name, steps
        self.random = random.Random(f"{seed}/{name}")
        self.readers: list[Reader] = []
        self.left: list[tuple[Reader, str]] = []
        self.published: list[tuple[str, list[str], str]] = []
        self.trouble: BaseException | None = None

    def run(self) -> None:
        try:
            for step in range(self.steps):
                self.step(step)
        except BaseException as trouble:
            self.trouble = trouble

    def step(self, step: int) -> None:
        chance = self.random.random()
        if chance < 0.25 and len(self.readers) < 20:
            topics = self.random.sample(TOPICS, self.random.randint(1, 3))
            if self.random.random() < 0.2:
                topics.append("t/*")
            self.readers.append(Reader(self.hub, topics, self.random.choice(["jack", "huoyijie", "mary"])))
        elif chance < 0.40 and self.readers:
            reader = self.readers.pop(self.random.randrange(len(self.readers)))
            reader.disconnect()
            self.left.append((reader, reader.last_id))
        elif chance < 0.50 and self.readers:
            index = self.random.randrange(len(self.readers))
            self.readers[index] = self.readers[index].reconnected()
        else:
            topics = self.random.sample(TOPICS, self.random.randint(1, 2))
            data = f"{self.name} {step}\n" + "x" * self.random.choice([0, 10, 1000, 20_000])
            self.published.append((self.hub.publish(topics, data), topics, data))


def expected(reader: Reader, log: list[tuple[str, list[str], str]], last: int) -> list[tuple[str, str]]:
    """What a reader must have seen, of the whole log in order, up to a position."""
    everything = "t/*" in reader.topics
    return [
        (id, data)
        for id, topics, data in log
        if position(reader.first_id) < position(id) <= last and (everything or set(topics) & set(reader.topics))
    ]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_after_1000_random_steps_all_counts_are_exact_and_each_stream_got_its_events_once_in_order(start, workers):
    hub = start("--workers", workers)
    seed = str(random.SystemRandom().randrange(1 << 32))
    print(f"seed {seed}")
    clients = [Client(hub, seed, f"client-{number}", STEPS // CLIENTS) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(GUARD * 3)
        assert not client.is_alive(), "a client hangs"
        if client.trouble:
            raise client.trouble

    log = sorted((event for client in clients for event in client.published), key=lambda event: position(event[0]))
    readers = [reader for client in clients for reader in client.readers]
    tail = position(log[-1][0])
    try:
        # Every stream that is open gets all that is its own, and nothing else.
        for reader in readers:
            want = expected(reader, log, tail)
            wait_for(lambda: len(reader.seen) >= len(want), f"a stream gets its {len(want)} events")
            assert reader.seen == want
        # Those that left got everything up to the last that they saw.
        for client in clients:
            for reader, last in client.left:
                assert reader.seen == expected(reader, log, position(last))

        def patterns(entries) -> list[tuple]:
            return sorted((entry["user"], sorted(entry["patterns"])) for entry in entries)

        wanted = sorted((reader.user, sorted(reader.topics)) for reader in readers)
        wait_for(lambda: patterns(hub.connections()) == wanted, "the open streams are listed, and no other")

        def reaching(topic: str) -> list[Reader]:
            return [reader for reader in readers if topic in reader.topics or "t/*" in reader.topics]

        listed = hub.topics()
        for topic in TOPICS:
            events = [event for event in log if topic in event[1]]
            assert listed[topic]["subscribers"] == len(reaching(topic))
            assert listed[topic]["events"] == len(events)
            assert listed[topic]["last_id"] == (events[-1][0] if events else None)
            presence = hub.get(f"/presence?topic={topic}").json()
            users = {reader.user for reader in reaching(topic)}
            assert {entry["user"]: entry["streams"] for entry in presence["users"]} == {
                user: sum(reader.user == user for reader in reaching(topic)) for user in users
            }
            assert presence["anonymous"] == 0
        history = hub.whole_history("**")
        assert [(event["id"], event["data"]) for event in history] == [(id, data) for id, _, data in log]
    finally:
        for reader in readers:
            reader.disconnect()
    hub.wait_for_connections(0)
    assert all(entry["subscribers"] == 0 for entry in hub.topics().values())


# Readers that stop reading -------------------------------------------------------------------------------------------

# The kernel's buffers on both sides take some megabytes before the hub holds anything.
LARGE = "x" * 60_000


def publish_numbered(hub: Hub, first: int, count: int) -> None:
    lines = (json.dumps({"topic": "a", "data": f"{number} {LARGE}"}) for number in range(first, first + count))
    answer = hub.post("\n".join(lines), "application/x-ndjson")
    assert answer.status == 201, answer.body


def numbers(blocks) -> list[int]:
    return [int(block.data.partition(" ")[0]) for block in blocks]


def read_until_cut(stream: Stream) -> list:
    """What a stream that is cut still brings: whole blocks that fire."""
    blocks = []
    try:
        while True:
            block = stream.block()
            if block.has_data:
                blocks.append(block)
    except Closed:
        assert not stream.ended, "a slow reader's stream is reset, and does not end as if it were complete"
    return blocks


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_reader_that_stops_costs_others_nothing_is_closed_at_its_limit_and_gets_the_rest(start, workers):
    hub = start("--workers", workers, "--max-event-size", "64KiB", "--slow-limit-bytes", "128KiB")
    slow = Stream(hub.address, "/subscribe?topic=a&user=slow", receive_buffer=4096)
    opening = slow.opening()
    with hub.subscribe("a", user="quick") as quick:
        quick.opening()
        published = 0
        while len(hub.connections(user="slow")) == 1:
            publish_numbered(hub, published, 10)
            assert numbers(quick.events(10)) == list(range(published, published + 10))
            published += 10
            assert published < 2000, "the reader that stopped is never closed"
        publish_numbered(hub, published, 10)
        published += 10
        assert numbers(quick.events(10)) == list(range(published - 10, published))
    got = read_until_cut(slow)
    slow.close()
    assert numbers(got) == list(range(len(got)))
    assert len(got) < published
    last = got[-1].id if got else opening.id
    with hub.subscribe("a", headers={"Last-Event-ID": last}) as again:
        assert again.opening().type is None
        assert numbers(again.events(published - len(got))) == list(range(len(got), published))
        publish_numbered(hub, published, 1)
        assert numbers([again.event()]) == [published]


def test_a_reader_that_stops_within_a_replay_is_closed_by_age(start):
    hub = start("--max-event-size", "64KiB", "--slow-limit-bytes", "128KiB", "--slow-limit-age", "1s")
    publish_numbered(hub, 0, 100)
    publish_numbered(hub, 100, 100)
    slow = Stream(hub.address, "/subscribe?topic=a&since=earliest", receive_buffer=4096)
    slow.opening()
    hub.wait_for_connections(1)
    hub.wait_for_connections(0)
    got = read_until_cut(slow)
    slow.close()
    assert numbers(got) == list(range(len(got))) and len(got) < 200


def test_a_slow_replay_is_not_closed_by_bytes(start):
    hub = start("--max-event-size", "64KiB", "--slow-limit-bytes", "128KiB")
    publish_numbered(hub, 0, 100)
    publish_numbered(hub, 100, 100)
    with Stream(hub.address, "/subscribe?topic=a&since=earliest", receive_buffer=4096) as slow:
        slow.opening()
        assert numbers(slow.events(200)) == list(range(200))


def test_many_readers_that_stop_do_not_fill_the_memory(start):
    hub = start("--max-event-size", "64KiB", "--slow-limit-bytes", "128KiB", "--retain-bytes", "8MiB")
    stopped = [Stream(hub.address, "/subscribe?topic=a&user=slow", receive_buffer=4096) for _ in range(50)]
    published = 0
    while hub.connections(user="slow"):
        publish_numbered(hub, published, 10)
        published += 10
        assert published < 2000, "readers that stopped are never closed"
    with open(f"/proc/{hub.server.process.pid}/status") as status:
        (resident,) = [int(line.split()[1]) for line in status if line.startswith("VmRSS")]
    assert resident < 200_000, f"{resident} kB"
    for stream in stopped:
        stream.close()
