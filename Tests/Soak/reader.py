"""One reader of a stream, and what it does to the hub: stays, comes and goes, or stops reading."""

import time
from urllib.parse import urlencode

from ledger import Chunks, Fault, Ledger
from loop import BROKEN, READABLE, WRITABLE, close, connect


class Reader:
    """Reads one subscription, over as many connections as it takes, and keeps a ledger of it."""

    def __init__(self, crowd, patterns: list[str], from_the_start: bool, receive_buffer: int | None = None):
        self.crowd = crowd
        self.patterns = patterns
        self.ledger = Ledger(from_the_start)
        self.user: str | None = None
        self.has_failed = False
        """The hub broke a promise to it: it does not come back."""
        self.has_left = False
        """It only passed by."""
        self._receive_buffer = receive_buffer
        self._sock = None
        self._head: bytes | None = None
        self._chunks = Chunks()
        self._stalled_at: float | None = None

    @property
    def is_open(self) -> bool:
        return self._sock is not None

    @property
    def is_reading(self) -> bool:
        return self._sock is not None and self._head is None and self.ledger.id is not None

    def open(self) -> None:
        """Connects, and resumes if there is an id."""
        if self._sock is not None or self.has_failed or self.has_left:
            return
        self._head, self._chunks, self._stalled_at = b"", Chunks(), None
        self.ledger.connect()
        self._sock = connect(self.crowd.address, self._receive_buffer)
        self.crowd.loop.watch(self._sock, WRITABLE, self._ask)

    def close(self, reset: bool = False) -> None:
        if self._sock is not None:
            self.crowd.loop.forget(self._sock)
            close(self._sock, reset)
            self._sock = None

    def stall(self) -> None:
        """Stops reading, until the hub resets the connection."""
        if self._sock is not None and self._stalled_at is None:
            self._stalled_at = time.monotonic()
            self.crowd.loop.watch(self._sock, 0, self._wake)

    @property
    def address(self) -> str:
        """As the hub lists it."""
        host, port = self._sock.getsockname()
        return f"{host}:{port}"

    @property
    def stalled_seconds(self) -> float:
        return 0.0 if self._sock is None or self._stalled_at is None else time.monotonic() - self._stalled_at

    def read_on(self) -> None:
        """Ends a stall that the hub has not ended so far."""
        if self._sock is not None and self._stalled_at is not None:
            self._stalled_at = None
            self.crowd.loop.watch(self._sock, READABLE, self._wake)

    def _ask(self, events: int) -> None:
        parameters = [("topic", pattern) for pattern in self.patterns]
        if self.user:
            parameters.append(("user", self.user))
        fields = "Host: localhost\r\nAccept: text/event-stream\r\n"
        if self.ledger.id:
            # Both ways of naming an id have their turn.
            if len(self.ledger.id) % 2:
                fields += f"Last-Event-ID: {self.ledger.id.decode()}\r\n"
            else:
                parameters.append(("last_event_id", self.ledger.id.decode()))
        try:
            self._sock.send(f"GET /subscribe?{urlencode(parameters)} HTTP/1.1\r\n{fields}\r\n".encode())
        except OSError:
            self._lost()
            return
        self.crowd.loop.watch(self._sock, READABLE, self._wake)

    def _wake(self, events: int) -> None:
        if self._stalled_at is not None:
            if events & BROKEN:
                self.crowd.stalls_reset += 1
                self._lost()
            return
        try:
            data = self._sock.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            self.crowd.resets += 1
            self._lost()
            return
        try:
            if data and self._head is not None:
                data = self._read_head(data)
            received = self.ledger.received
            if data:
                self.ledger.take(self._chunks.take(data))
                self.crowd.deliveries += self.ledger.received - received
            elif self._head is None and not self._chunks.ended:
                raise Fault("a stream was cut that the hub did not reset")
            elif self._head is not None and not self._head:
                self._lost()
        except Fault as fault:
            self.crowd.blame(fault, self)
            return
        if self._chunks.ended:
            self._lost()

    def _read_head(self, data: bytes) -> bytes:
        """What follows the head."""
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            return b""
        if not self._head.startswith(b"HTTP/1.1 200 ") or b"Transfer-Encoding: chunked" not in self._head:
            raise Fault(f"not a stream: {self._head[:80]!r}")
        rest, self._head = self._head[end + 4 :], None
        return rest

    def _lost(self) -> None:
        """The connection is gone, by the hub's doing. A browser would come back too."""
        self.close()
        self.crowd.came_apart(self)
