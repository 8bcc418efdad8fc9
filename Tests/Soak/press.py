"""The process of all publishers, and of clients that die: it keeps count of what the hub has acknowledged."""

import json
import time
from collections import deque
from multiprocessing.connection import Connection as Pipe

from loop import READABLE, WRITABLE, Loop, close, connect
from plan import LAST, PUBLISHERS, TOPICS, UNSURE, Plan, topics_of

PADDING = "The quick brown fox jumps over the lazy dog. " * 200


def request(topics: tuple[str, ...], data: str) -> bytes:
    body = json.dumps({"topic": topics[0], "data": data} if len(topics) == 1 else {"topics": topics, "data": data})
    head = "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class Publisher:
    """One connection that is kept, and one request on it at a time, so that the numbers under each key are in order."""

    def __init__(self, press: "Press", number: int):
        self.press = press
        self.number = number
        self.topics = topics_of(number)
        self.random = press.plan.random(f"publisher {number}")
        self.due = 0
        self.is_busy = False
        self._sock = None
        self._topics: tuple[str, ...] = ()
        self._key = b""
        self._answer = b""

    def publish(self) -> None:
        """Sends the next event, if none is on its way."""
        if self.is_busy or not self.due:
            return
        self.is_busy = True
        self.due -= 1
        self._topics = tuple(self.random.sample(self.topics, 2 if self.random.random() < 0.05 else 1))
        self._key = f"{self.number}:{'+'.join(self._topics)}".encode()
        number = self.press.acknowledged.get(self._key, (self._topics, 0))[1]
        size = 8000 if self.random.random() < 0.002 else self.random.randint(20, 300)
        self._send(request(self._topics, f"{self._key.decode()} {number} {PADDING[:size]}"))

    def publish_last(self) -> None:
        self.is_busy = True
        self._topics, self._key = tuple(TOPICS), b""
        self._send(request(self._topics, LAST))

    def close(self) -> None:
        if self._sock is not None:
            self.press.loop.forget(self._sock)
            close(self._sock)
            self._sock = None

    def _send(self, data: bytes) -> None:
        if self._sock is None:
            self._sock = connect(self.press.address)
            self.press.loop.watch(self._sock, WRITABLE, lambda events: self._connected(data))
        else:
            self._sock.send(data)

    def _connected(self, data: bytes) -> None:
        self.press.loop.watch(self._sock, READABLE, self._read)
        self._sock.send(data)

    def _read(self, events: int) -> None:
        try:
            data = self._sock.recv(65536)
        except OSError as error:
            data = str(error).encode()
            self.press.faults.append(f"a publisher's connection broke: {error}")
        self._answer += data
        head, parted, body = self._answer.partition(b"\r\n\r\n")
        if not data or (parted and not head.startswith(b"HTTP/1.1 201 ")):
            self.press.faults.append(f"a publish was not acknowledged: {self._answer[:200]!r}")
            self.press.loop.stop()
            return
        if not body.endswith(b"}"):
            return
        self._answer = b""
        self.is_busy = False
        self.press.note(self._key, self._topics, json.loads(body)["id"])
        # It comes and goes as well, between two requests.
        if self.random.random() < 0.001:
            self.close()
        self.publish()


class Press:
    """All publishers at a steady pace, and beside them those who die."""

    def __init__(self, address: tuple[str, int], plan: Plan, pipe: Pipe, plant: str | None):
        self.address = address
        self.plan = plan
        self.pipe = pipe
        self.loop = Loop()
        self.random = plan.random("deaths")
        self.acknowledged: dict[bytes, tuple[tuple[str, ...], int]] = {}
        """How many events under each key, and the key's topics."""
        self.latest: deque[tuple[int, tuple[str, ...]]] = deque(maxlen=plan.retained_events)
        """Position and topics of what the log must still have."""
        self.faults: list[str] = []
        self.publishes = self.deaths = self.unanswered = 0
        self.publishers = [Publisher(self, number) for number in range(PUBLISHERS)]
        self.plant = plant
        self._is_ending = False
        self._began = 0.0
        self._asked = 0
        self._dying: set = set()

    def run(self) -> None:
        self.pipe.recv()
        self._began = time.monotonic()
        self.loop.every(0.005, self._pace)
        self.loop.every(1, self._report)
        self.loop.every(0.1, self._look_at_pipe)
        self.loop.after(0.1, self._die)
        self.loop.run()
        self.pipe.send(("published", (self.acknowledged, list(self.latest), self.faults)))
        self.pipe.recv()

    def note(self, key: bytes, topics: tuple[str, ...], id: str) -> None:
        self.publishes += 1
        if key:
            count = self.acknowledged.get(key, (topics, 0))[1] + 1
            self.acknowledged[key] = (topics, count)
        self.latest.append((int(id.rpartition("-")[2]), topics))

    def _pace(self) -> None:
        if self._is_ending:
            return
        asked = int((time.monotonic() - self._began) * self.plan.rate)
        for index in range(self._asked, asked):
            publisher = self.publishers[index % PUBLISHERS]
            # Who could not keep up does not make up for it with a burst.
            publisher.due = min(publisher.due + 1, 4)
            publisher.publish()
        self._asked = asked

    # Deaths ----------------------------------------------------------------------------------------------------------

    def _die(self) -> None:
        """A client that dies in one of many ways; some keep their connection for a while before."""
        if self._is_ending:
            return
        # On average three a second at full length.
        self.loop.after(self.random.expovariate(3), self._die)
        self.deaths += 1
        way = self.random.randrange(6)
        if way == 0:
            data = b""
        elif way == 1:
            data = b"GET /subscribe?topic=soak/1/1 HTTP/1.1\r\nHost: loc"
        elif way == 2:
            data = self.random.randbytes(self.random.randint(1, 3000))
        elif way == 3:
            whole = request((self.random.choice(TOPICS),), "torn 0 " + PADDING[:3000])
            data = whole[: self.random.randint(150, len(whole) - 1)]
        elif way == 4:
            self.unanswered += 1
            data = request((UNSURE,), f"unsure {self.unanswered} {PADDING[:100]}")
        else:
            data = b"GET /subscribe?topic=**&since=earliest HTTP/1.1\r\nHost: localhost\r\n\r\n"
        sock = connect(self.address)
        self._dying.add(sock)
        self.loop.watch(sock, WRITABLE, lambda events: self._last_words(sock, data))

    def _last_words(self, sock, data: bytes) -> None:
        self.loop.forget(sock)
        try:
            sock.send(data)
        except OSError:
            pass
        wait = 0 if self.random.random() < 0.5 else self.random.expovariate(1)
        self.loop.after(wait, lambda: self._bury(sock))

    def _bury(self, sock) -> None:
        self._dying.discard(sock)
        close(sock, reset=self.random.random() < 0.7)

    # Figures and the end ---------------------------------------------------------------------------------------------

    def _report(self) -> None:
        figures = {
            "publishes": self.publishes,
            "deaths": self.deaths,
            "publish_faults": len(self.faults),
            "publishers_seconds": time.process_time(),
        }
        self.pipe.send(("figures", figures))

    def _look_at_pipe(self) -> None:
        if self.pipe.poll() and not self._is_ending:
            self.pipe.recv()
            self._is_ending = True
            self._await_answers()

    def _await_answers(self) -> None:
        for publisher in self.publishers:
            publisher.due = 0
        if any(publisher.is_busy for publisher in self.publishers) or self._dying:
            self.loop.after(0.05, self._await_answers)
            return
        self.publishers[0].publish_last()
        self._await_last_answer()

    def _await_last_answer(self) -> None:
        if self.publishers[0].is_busy:
            self.loop.after(0.05, self._await_last_answer)
            return
        for publisher in self.publishers:
            publisher.close()
        if self.plant == "uncounted":
            key, (topics, count) = next(iter(self.acknowledged.items()))
            self.acknowledged[key] = (topics, count + 1)
        self._report()
        self.loop.stop()


def run(address: tuple[str, int], plan: Plan, pipe: Pipe, plant: str | None) -> None:
    Press(address, plan, pipe, plant).run()
