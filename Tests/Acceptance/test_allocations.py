"""How often the hub allocates: never for a delivery, and a fixed small number of times for a publish.

`Tests/Allocations` has the library that counts, which is preloaded. To see where allocations come from, run with
`ALLOCATION_STACKS=1` and `-s`: each test then prints the call stacks of some of its work, the most frequent first.

The numbers here are of the release build, with topics and data of usual length, and may go down but not up: a test fails
when it counts more, and warns when it counts fewer. Then the new number, which it prints (`-s`), belongs here.
"""

import json
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median_low
from urllib.parse import urlencode

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Allocations"))

from counted import CountedHub  # noqa: E402
from hang_guard import wait_for  # noqa: E402
from preload import IS_POSSIBLE  # noqa: E402
from stream import Stream  # noqa: E402

pytestmark = pytest.mark.skipif(not IS_POSSIBLE, reason="the library needs glibc")

TOPIC = "shop/orders/1700/status"
DATA = "x" * 128
KEPT = 1000
"""The log is full before anything is counted, so that no table grows meanwhile."""

TIMES = 200
"""How many publishes are counted, one by one."""

# Allocations of one publish, the whole way from its request's first byte to its streams' last: (without a stream on its
# topic, with streams on it, however many).
PUBLISH = {
    "JSON": (12, 16),
    "form": (23, 27),
    "NDJSON of ten events": (94, 98),
}

HEARTBEAT = 0
"""Allocations of one heartbeat of one stream."""


def request(content_type: str, body: str) -> bytes:
    head = f"POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


EVENT = json.dumps({"topic": TOPIC, "data": DATA})
REQUESTS = {
    "JSON": (request("application/json", EVENT), 1),
    "form": (request("application/x-www-form-urlencoded", urlencode({"topic": TOPIC, "data": DATA})), 1),
    "NDJSON of ten events": (request("application/x-ndjson", "\n".join([EVENT] * 10)), 10),
}


@contextmanager
def counted(*options: str) -> Iterator[CountedHub]:
    hub = CountedHub("--log", "memory", "--retain-events", str(KEPT), *options)
    try:
        yield hub
    except BaseException:
        hub.server.kill()
        raise
    hub.stop()


@contextmanager
def streams(hub: CountedHub, count: int) -> Iterator[list[Stream]]:
    opened = [hub.subscribe(TOPIC) for _ in range(count)]
    try:
        for stream in opened:
            stream.opening()
        yield opened
    finally:
        for stream in opened:
            stream.close()


def deliver(hub: CountedHub, kind: str, times: int, readers: list[Stream]) -> None:
    """Publishes so many times; each time everyone has the events before the next."""
    body, events = REQUESTS[kind]
    for _ in range(times):
        hub.ask(body, 201)
        for reader in readers:
            for _ in range(events):
                reader.event()


def allocations(hub: CountedHub, kind: str, readers: list[Stream]) -> int:
    """Of one publish: what half of them take, or fewer. What happens now and then, such as telling the time, is not theirs."""
    price = hub.price_of_asking()
    found, before = [], hub.allocations()
    for _ in range(TIMES):
        deliver(hub, kind, 1, readers)
        now = hub.allocations()
        found.append(now - before - price)
        before = now
    usual = median_low(found)
    besides = sum(found) - TIMES * usual
    print(f"{kind}, {len(readers)} streams: {usual} a publish, and {besides} besides in {TIMES} publishes")
    if os.environ.get("ALLOCATION_STACKS"):
        print(hub.where(lambda: deliver(hub, kind, 20, readers)))
    # Something that happens once in a few publishes, or in a few hundred deliveries, would show here.
    assert abs(besides) < TIMES, found
    return usual


def at_most(limit: int, found: int, what: str) -> None:
    assert found <= limit, f"{what}: {found} allocations; it was {limit} before"
    if found < limit:
        warnings.warn(f"{what}: only {found} allocations now; lower the {limit} in {Path(__file__).name}")


def test_a_delivery_allocates_nothing():
    found = {}
    for count in (1, 10, 500):
        with counted("--heartbeat", "1h") as hub:
            deliver(hub, "NDJSON of ten events", KEPT // 4, [])
            with streams(hub, count) as readers:
                deliver(hub, "JSON", 50, readers)
                found[count] = allocations(hub, "JSON", readers)
    assert len(set(found.values())) == 1, f"(streams: allocations of a publish): {found}"


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_publish_allocates_a_fixed_small_number_of_times(kind):
    without, with_one = PUBLISH[kind]
    with counted("--heartbeat", "1h") as hub:
        deliver(hub, kind, 2 * KEPT // REQUESTS[kind][1], [])
        found = allocations(hub, kind, [])
        with streams(hub, 1) as readers:
            deliver(hub, kind, 50, readers)
            found_with_one = allocations(hub, kind, readers)
    at_most(without, found, f"{kind} without a stream")
    at_most(with_one, found_with_one, f"{kind} with a stream")


def test_a_heartbeat_allocates_a_fixed_small_number_of_times():
    """Turns of the loop have their price as well, which is why two numbers of streams are compared."""
    heartbeats, found = {}, {}
    few, many = 200, 900
    for count in (few, many):
        with counted("--heartbeat", "200ms") as hub, streams(hub, count) as readers:
            drain(readers, 2 * count)
            before = hub.allocations()
            heartbeats[count] = drain(readers, 10 * count)
            found[count] = hub.allocations() - before
            if os.environ.get("ALLOCATION_STACKS"):
                print(hub.where(lambda: drain(readers, count)))
    each = (found[many] - found[few]) / (heartbeats[many] - heartbeats[few])
    print(f"a heartbeat: {each:.2f} allocations; {found} for {heartbeats} of them")
    at_most(HEARTBEAT, round(each), "a heartbeat")


def drain(readers: list[Stream], heartbeats: int) -> int:
    """Takes what has come to all, until it is so many heartbeats together or more; gives how many."""
    came = 0

    def have_come() -> bool:
        nonlocal came
        for reader in readers:
            reader.connection.socket.setblocking(False)
            try:
                came += reader.connection.receive_some().count(b":\n")
            except BlockingIOError:
                pass
        return came >= heartbeats

    wait_for(have_come, f"{heartbeats} heartbeats come")
    return came
