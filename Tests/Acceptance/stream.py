"""A reader of event streams that keeps every byte: a block is what stands between two empty lines, unparsed."""

import json
import re
import ssl
from dataclasses import dataclass

from raw_http import Answer, Closed, Connection

# What is hard to carry in lines.
TEXTS = ["plain", "", "two\nlines", "ünïcode 😀", " spaces ", '{"json": [1]}', "x" * 100_000, ": colon", "data: x"]


@dataclass
class Block:
    """One block of a stream, as the list of its lines. The hub ends lines with LF only, which this reader relies on."""

    lines: list[str]

    def values(self, name: str) -> list[str]:
        prefix = name + ": "
        return [line.removeprefix(prefix) for line in self.lines if line.startswith(prefix)]

    def value(self, name: str) -> str | None:
        values = self.values(name)
        assert len(values) <= 1, f"more than one {name} in {self.lines}"
        return values[0] if values else None

    @property
    def id(self) -> str | None:
        return self.value("id")

    @property
    def type(self) -> str | None:
        return self.value("event")

    @property
    def retry(self) -> int | None:
        value = self.value("retry")
        return None if value is None else int(value)

    @property
    def has_data(self) -> bool:
        return any(line.startswith("data") for line in self.lines)

    @property
    def data(self) -> str:
        return "\n".join(line.removeprefix("data:").removeprefix(" ") for line in self.lines if line.startswith("data"))

    @property
    def comments(self) -> list[str]:
        return [line for line in self.lines if line.startswith(":")]

    @property
    def is_only_id(self) -> bool:
        return len(self.lines) == 1 and self.id is not None

    def json(self):
        return json.loads(self.data)


class Stream:
    """An open subscription. Its head has come and been checked; blocks are read one by one."""

    def __init__(
        self,
        address: tuple[str, int],
        target: str,
        fields: dict[str, str] | None = None,
        version: str = "1.1",
        receive_buffer: int | None = None,
        tls: ssl.SSLContext | None = None,
    ):
        self.connection = Connection(address, receive_buffer, tls)
        self.ended = False
        head = {"Host": f"127.0.0.1:{address[1]}", "Accept": "text/event-stream"} | (fields or {})
        lines = [f"GET {target} HTTP/{version}"] + [f"{name}: {value}" for name, value in head.items()]
        self.connection.send("\r\n".join(lines) + "\r\n\r\n")
        self.head: Answer = self.connection.receive_head()
        self._text = b""
        if self.head.status != 200:
            self.connection.close()
            raise AssertionError(f"the subscription was answered {self.head.status}")
        self._chunked = self.head.fields.get("transfer-encoding") == "chunked"
        # A stream that ends at once may come as a body of known length.
        self._left = int(self.head.fields["content-length"]) if "content-length" in self.head.fields else None

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def _receive_more(self) -> bool:
        if self._left is not None:
            more, self._left = self.connection.receive_exactly(self._left), 0
        elif self._chunked:
            more = self.connection.receive_chunk()
        else:
            more = self.connection.receive_some()
        self._text += more
        self.ended = not more
        return bool(more)

    def line(self) -> str:
        """The next line, without its end."""
        while b"\n" not in self._text:
            if not self._receive_more():
                raise Closed(self._text)
        line, self._text = self._text.split(b"\n", 1)
        return line.decode()

    def block(self) -> Block:
        """The next block. Heartbeats, which are comments outside of any block, are passed over."""
        lines: list[str] = []
        while True:
            line = self.line()
            if line:
                if line != ":" or lines:
                    lines.append(line)
            elif lines:
                return Block(lines)

    def opening(self) -> Block:
        """The block that opens every stream: `retry:` and an id or a gap. It joins the two if they came apart."""
        block = self.block()
        if block.lines[0].startswith("retry: ") and len(block.lines) == 1:
            block = Block(block.lines + self.block().lines)
        return block

    def event(self) -> Block:
        """The next block that fires; those that only carry an id are passed over."""
        while True:
            block = self.block()
            if block.has_data:
                return block

    def events(self, count: int) -> list[Block]:
        return [self.event() for _ in range(count)]

    def rest(self) -> list[Block]:
        """All blocks until the server ends the response; fails if it ends in any way but a clean one."""
        blocks = []
        try:
            while True:
                blocks.append(self.block())
        except Closed:
            assert self.ended, "the connection was cut within the response"
            assert self._text == b"", f"the stream ended within a block: {self._text!r}"
        return blocks


def data(blocks: list[Block]) -> list[str]:
    return [block.data for block in blocks]


def position(id: str) -> int:
    """The position in an id of the hub's own."""
    match = re.fullmatch(r"[A-Za-z0-9._~]+-([0-9]+)(?:~stop)?", id)
    assert match, f"not an id of the hub's own: {id}"
    return int(match[1])


def epoch(id: str) -> str:
    """The epoch in an id of the hub's own."""
    return id.rpartition("-")[0]
