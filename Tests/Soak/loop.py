"""One thread that waits for many sockets and many times, with as little work for each as Python allows."""

import heapq
import select
import socket
import struct
import time
from collections.abc import Callable

READABLE, WRITABLE = select.EPOLLIN, select.EPOLLOUT
BROKEN = select.EPOLLERR | select.EPOLLHUP


class Loop:
    """Calls back. `pause` makes it look at sockets so many seconds apart, so that each has more to give when asked."""

    def __init__(self, pause: float = 0.0):
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[int], None]] = {}
        self._times: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._pause = pause
        self._stopped = False

    def watch(self, sock: socket.socket, events: int, callback: Callable[[int], None]) -> None:
        """From now on; replaces what was watched for. That a connection breaks is told in any case."""
        fd = sock.fileno()
        if fd in self._callbacks:
            self._epoll.modify(fd, events)
        else:
            self._epoll.register(fd, events)
        self._callbacks[fd] = callback

    def forget(self, sock: socket.socket) -> None:
        """Before it is closed."""
        if self._callbacks.pop(sock.fileno(), None):
            self._epoll.unregister(sock.fileno())

    def after(self, seconds: float, callback: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._times, (time.monotonic() + seconds, self._count, callback))

    def every(self, seconds: float, callback: Callable[[], None]) -> None:
        def again() -> None:
            callback()
            self.after(seconds, again)

        self.after(seconds, again)

    def stop(self) -> None:
        self._stopped = True

    def run(self) -> None:
        while not self._stopped:
            now = time.monotonic()
            while self._times and self._times[0][0] <= now and not self._stopped:
                heapq.heappop(self._times)[2]()
            wait = min(1.0, max(0.0, self._times[0][0] - time.monotonic())) if self._times else 1.0
            for fd, events in self._epoll.poll(wait, 4096):
                # It may be forgotten by now, by a callback before.
                if callback := self._callbacks.get(fd):
                    callback(events)
            if self._pause:
                time.sleep(self._pause)


def connect(address: tuple[str, int], receive_buffer: int | None = None) -> socket.socket:
    """Begins to connect; the socket can be written to once it is connected."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.connect_ex(address)
    return sock


def close(sock: socket.socket, reset: bool = False) -> None:
    """Closes it, with a reset in place of an end if wanted."""
    if reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
