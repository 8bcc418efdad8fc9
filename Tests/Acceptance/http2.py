"""A client of HTTP/2 that sends any frame at all, and shows each frame that comes back."""

import socket
import struct
from dataclasses import dataclass

from hpack import Decoder, Encoder

from hang_guard import GUARD
from secrecy import Ear

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY_FLAG = 0x1, 0x1, 0x4, 0x8, 0x20
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR = range(7)
REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM = range(7, 12)
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = range(1, 7)


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"", length: int | None = None) -> bytes:
    """A frame (RFC 9113, section 4.1), with a length that may be a lie."""
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(*pairs: tuple[int, int]) -> bytes:
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))


def window_update(stream: int, increment: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def rst_stream(stream: int, code: int = CANCEL) -> bytes:
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def goaway(last: int = 0, code: int = NO_ERROR) -> bytes:
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code))


@dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes
    fields: dict[str, str]
    """What a HEADERS frame says."""

    @property
    def code(self) -> int:
        """The error code of RST_STREAM or GOAWAY."""
        return struct.unpack(">I", self.payload[-4:] if self.kind == RST_STREAM else self.payload[4:8])[0]


class HTTP2:
    """A connection; nothing is sent on it by itself."""

    def __init__(self, address: tuple[str, int]):
        self.socket = socket.create_connection(address, GUARD)
        self.encoder = Encoder()
        self.decoder = Decoder()
        self._received = b""
        self._ear = Ear()

    def __enter__(self) -> "HTTP2":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        try:
            self.socket.sendall(b"".join(parts))
        except (ConnectionResetError, BrokenPipeError):
            pass  # What came before that says why.

    def begin(self, *pairs: tuple[int, int]) -> None:
        """Sends the preface and settings."""
        self.send(PREFACE, settings(*pairs))

    def block(self, path: str = "/healthz", method: str = "GET", fields: tuple = ()) -> bytes:
        """The compressed head of a request."""
        pseudo = [(":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path)]
        return self.encoder.encode(pseudo + list(fields))

    def request(self, stream: int, path: str = "/healthz", method: str = "GET", fields: tuple = (), flags=END_STREAM):
        """A whole request, or its head if `flags` says so."""
        return frame(HEADERS, flags | END_HEADERS, stream, self.block(path, method, fields))

    def read(self) -> Frame | None:
        """The next frame; none when the connection has ended."""
        try:
            while len(self._received) < 9 or len(self._received) < 9 + int.from_bytes(self._received[:3]):
                some = self.socket.recv(1 << 16)
                if not some:
                    return None
                self._received += some
        except ConnectionResetError:
            return None
        size = int.from_bytes(self._received[:3])
        kind, flags, stream = struct.unpack(">BBI", self._received[3:9])
        payload = self._received[9:9 + size]
        self._received = self._received[9 + size:]
        # Each head changes the table by which the next one is read.
        fields = dict(self.decoder.decode(payload)) if kind == HEADERS else {}
        self._ear.hear(str(fields).encode() if fields else payload)
        return Frame(kind, flags, stream & 0x7FFFFFFF, payload, fields)

    def pings(self) -> bool:
        """Whether the connection is alive; frames that come before the answer are not looked at."""
        self.send(frame(PING, 0, 0, b"are you?"))
        while (got := self.read()) is not None:
            if got.kind == PING and got.flags & ACK and got.payload == b"are you?":
                return True
        return False

    def status(self, got: Frame) -> str:
        """The status that a HEADERS frame tells."""
        return got.fields[":status"]
