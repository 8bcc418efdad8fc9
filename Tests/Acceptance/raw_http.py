"""HTTP/1.1 over a plain socket, or over TLS: sends exactly the bytes it is given, and keeps exactly the bytes it receives."""

import json
import socket
import ssl
from dataclasses import dataclass, field

from hang_guard import GUARD
from secrecy import Ear


class Closed(Exception):
    """The server closed or reset the connection before the answer was whole."""


@dataclass
class Answer:
    """One response: its head as it came, and its body after transfer coding."""

    version: str
    status: int
    reason: str
    lines: list[str]
    body: bytes = b""
    fields: dict[str, str] = field(default_factory=dict)

    def json(self):
        return json.loads(self.body)


class Connection:
    """One connection. `receive…` methods block until what they name is there, or raise `Closed`."""

    def __init__(
        self,
        address: tuple[str, int],
        receive_buffer: int | None = None,
        tls: ssl.SSLContext | None = None,
        session: ssl.SSLSession | None = None,
        before_tls: bytes = b"",
    ):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(GUARD)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(address)
        self.socket.sendall(before_tls)
        if tls is not None:
            # An end that is not said is an error, and seen as one.
            self.socket = tls.wrap_socket(
                self.socket, server_hostname="localhost", suppress_ragged_eofs=False, session=session
            )
        self.unread = b""
        self._ear = Ear()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes | str) -> None:
        """Sends the bytes, or as many as the server takes before it closes: it may answer and close before the end."""
        try:
            self.socket.sendall(data.encode() if isinstance(data, str) else data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            pass

    def receive_some(self) -> bytes:
        """What came next; empty at the end of the connection."""
        if self.unread:
            data, self.unread = self.unread, b""
            return data
        try:
            data = self.socket.recv(65536)
            self._ear.hear(data)
            return data
        except ConnectionResetError:
            return b""
        except TimeoutError:
            raise AssertionError("the server neither sent anything nor closed") from None

    def receive_until(self, mark: bytes) -> bytes:
        data = b""
        while mark not in data:
            some = self.receive_some()
            if not some:
                raise Closed(data)
            data += some
        end = data.index(mark) + len(mark)
        self.unread = data[end:] + self.unread
        return data[:end]

    def receive_exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            some = self.receive_some()
            if not some:
                raise Closed(data)
            data += some
        self.unread = data[count:] + self.unread
        return data[:count]

    def receive_rest(self) -> bytes:
        """Everything until the server closes."""
        data = b""
        while some := self.receive_some():
            data += some
        return data

    def receive_head(self) -> Answer:
        lines = self.receive_until(b"\r\n\r\n").decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        version, status, *reason = lines[0].split(" ", 2)
        answer = Answer(version, int(status), "".join(reason), lines)
        for line in lines[1:]:
            name, value = line.split(":", 1)
            answer.fields[name.lower()] = value.strip()
        return answer

    def receive_chunk(self) -> bytes:
        """The next chunk's content; empty for the last one."""
        size = int(self.receive_until(b"\r\n"), 16)
        if size == 0:
            assert self.receive_until(b"\r\n") == b"\r\n"
            return b""
        content = self.receive_exactly(size)
        assert self.receive_exactly(2) == b"\r\n"
        return content

    def receive_answer(self, method: str = "GET") -> Answer:
        """A whole response to a request of this method; interim responses are skipped."""
        answer = self.receive_head()
        while answer.status == 100:
            answer = self.receive_head()
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if answer.fields.get("transfer-encoding") == "chunked":
            while chunk := self.receive_chunk():
                answer.body += chunk
        elif "content-length" in answer.fields:
            answer.body = self.receive_exactly(int(answer.fields["content-length"]))
        else:
            answer.body = self.receive_rest()
        return answer


def get(c: Connection, target: str, version: str = "1.1", method: str = "GET", *fields: str) -> None:
    """Sends a request that has no body."""
    c.send("\r\n".join([f"{method} {target} HTTP/{version}", "Host: localhost", *fields]) + "\r\n\r\n")


def request(
    address: tuple[str, int],
    method: str,
    target: str,
    body: bytes | str | None = None,
    fields: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """One request on a connection of its own. `fields` replaces `Host` and `Content-Length` if it names them."""
    if isinstance(body, str):
        body = body.encode()
    head = {"Host": f"127.0.0.1:{address[1]}", "Connection": "close"}
    if body is not None:
        head["Content-Length"] = str(len(body))
    head |= fields or {}
    lines = [f"{method} {target} HTTP/1.1"] + [f"{name}: {value}" for name, value in head.items()]
    with Connection(address, tls=tls) as connection:
        connection.send("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
        return connection.receive_answer(method)
