"""A hub whose allocations are counted: starts a server with `count_allocations.c`, and reads what it counts."""

import ctypes
import mmap
import re
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median_low

from hub import Hub
from preload import library
from raw_http import Connection
from server import Server, binary

SOURCE = Path(__file__).resolve().parent / "count_allocations.c"
DEPTH, STACKS = 30, 4096


class Stack(ctypes.Structure):
    _fields_ = [("count", ctypes.c_uint64), ("hash", ctypes.c_uint64), ("frames", ctypes.c_uint64 * DEPTH)]


class Counts(ctypes.Structure):
    """The layout of `struct counts` in the C source."""

    _fields_ = [
        ("allocations", ctypes.c_uint64),
        ("bytes", ctypes.c_uint64),
        ("tracing", ctypes.c_uint64),
        ("lock", ctypes.c_uint64),
        ("stacks", Stack * STACKS),
    ]


class CountedHub(Hub):
    """A hub with one worker. What its tests ask of it goes over one connection that stays, for publishes."""

    def __init__(self, *options: str):
        self._file = tempfile.NamedTemporaryFile(prefix="allocations-")
        self._file.truncate(ctypes.sizeof(Counts))
        self._memory = mmap.mmap(self._file.fileno(), ctypes.sizeof(Counts))
        self.counts = Counts.from_buffer(self._memory)
        environment = {"LD_PRELOAD": library(SOURCE), "ALLOCATION_COUNTS": self._file.name}
        super().__init__(Server("--open", "--workers", "1", *options, environment=environment))
        self.publisher = Connection(self.address)

    def stop(self) -> None:
        self.publisher.close()
        self.server.stop()

    def ask(self, request: bytes, status: int) -> None:
        """Sends a request on the connection that stays, and takes the answer."""
        self.publisher.send(request)
        answer = self.publisher.receive_answer()
        assert answer.status == status, (answer.status, answer.body)

    def allocations(self) -> int:
        """How many there were up to now, everything done that was asked before.

        The one worker answers in a later turn of its loop than the one in which it delivered. After the answer there is
        still the rest of its turn: a few looks find out when that is over. The price of asking is a part of the count;
        `price_of_asking` says how much it is.
        """
        self.ask(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 200)
        same, count = 0, self.counts.allocations
        while same < 10:
            time.sleep(0.0001)
            same = same + 1 if self.counts.allocations == count else 0
            count = self.counts.allocations
        return count

    def price_of_asking(self) -> int:
        counted = [self.allocations() for _ in range(20)]
        return median_low(after - before for before, after in zip(counted, counted[1:]))

    def where(self, work) -> str:
        """The call stacks in which `work` allocates, the most frequent first: for people who want to know."""
        self.allocations()
        self.counts.tracing = 1
        work()
        self.allocations()
        self.counts.tracing = 0
        stacks = sorted((stack for stack in self.counts.stacks if stack.count), key=lambda stack: -stack.count)
        names = self._names({frame for stack in stacks for frame in stack.frames if frame})
        lines = []
        for stack in stacks:
            lines.append(f"{stack.count} times:")
            lines += [f"    {name}" for frame in stack.frames if frame for name in names[frame]]
        return "\n".join(lines)

    def _names(self, addresses: set[int]) -> dict[int, list[str]]:
        """What stands at addresses of the program's own; of libraries only the name."""
        names: dict[int, list[str]] = {}
        own: dict[int, int] = {}
        mappings = []
        for line in Path(f"/proc/{self.server.process.pid}/maps").read_text().splitlines():
            if match := re.match(r"(\w+)-(\w+) \S+ (\w+) \S+ \S+\s+(/.*)", line):
                mappings.append((int(match[1], 16), int(match[2], 16), match[4]))
        program = str(Path(binary()).resolve())
        base = min(begin for begin, _, path in mappings if path == program)
        for address in addresses:
            path = next((path for begin, end, path in mappings if begin <= address < end), "?")
            if path == program:
                # One back: the return address may lie in the line after the call.
                own[address] = address - base - 1
            else:
                names[address] = [f"({Path(path).name})"]
        ordered = list(own)
        asked = "\n".join(hex(own[address]) for address in ordered)
        told = subprocess.run(
            ["llvm-symbolizer", f"--obj={program}", "--output-style=GNU", "--functions=linkage", "--inlines"]
            if not _has("addr2line")
            else ["addr2line", "-f", "-i", "-a", "-e", program],
            input=asked, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        told = subprocess.run(["swift", "demangle", "--simplified"], input=told, capture_output=True, text=True).stdout
        for address, part in zip(ordered, re.split(r"^0x[0-9a-f]+\n", told, flags=re.MULTILINE)[1:]):
            pieces = part.splitlines()
            names[address] = [
                f"{name}  {where.rpartition('/Sources/')[2]}" for name, where in zip(pieces[::2], pieces[1::2])
            ]
        return names


def _has(command: str) -> bool:
    return subprocess.run(["sh", "-c", f"command -v {command}"], capture_output=True).returncode == 0
