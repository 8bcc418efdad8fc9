"""A client of TLS 1.3 that has the hub change its keys and does not read the answers, which Python's own cannot."""

import os
import shutil
import subprocess
import threading
from pathlib import Path

from hang_guard import GUARD, wait_for
from preload import program

IS_POSSIBLE = shutil.which("cc") is not None
"""Whether there is a compiler for it."""


class KeyUpdates:
    """A connection; what came on it is in `received`, and `notes` tells what became of it."""

    def __init__(self, port: int, protocol: str = "http/1.1"):
        command = [program(Path(__file__).parent.parent / "Faults" / "key_updates.c", "-lssl", "-lcrypto")]
        self._client = subprocess.Popen(
            [*command, str(port), protocol], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.received = b""
        self.notes = b""
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_output, self._read_notes)]
        for reader in self._readers:
            reader.start()

    def _read_output(self) -> None:
        while some := os.read(self._client.stdout.fileno(), 65536):
            self.received += some

    def _read_notes(self) -> None:
        while some := os.read(self._client.stderr.fileno(), 65536):
            self.notes += some

    def __enter__(self) -> "KeyUpdates":
        return self

    def __exit__(self, *_) -> None:
        self._client.kill()
        self._client.wait(timeout=GUARD)
        for reader in self._readers:
            reader.join(timeout=GUARD)
        for pipe in (self._client.stdin, self._client.stdout, self._client.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass

    def _tell(self, letter: str, bytes: bytes = b"") -> None:
        self._client.stdin.write(f"{letter} {len(bytes)}\n".encode() + bytes)
        self._client.stdin.flush()

    def send(self, bytes: bytes) -> None:
        self._tell("s", bytes)

    def fill(self, between: bytes = b"") -> None:
        """Asks for other keys until nobody can say anything more; before each time it sends `between`."""
        self.begin_to_fill(between)
        self.wait_until_full()

    def begin_to_fill(self, between: bytes = b"") -> None:
        self._tell("f", between)

    def wait_until_full(self) -> None:
        wait_for(lambda: self.notes, "the sockets are full")
        assert self.notes == b"full\n"

    @property
    def is_over(self) -> bool:
        return b"end" in self.notes or b"cut" in self.notes

    def read(self) -> None:
        self._tell("r")

    def pause(self) -> None:
        self._tell("p")

    def wait_for(self, bytes: bytes) -> None:
        wait_for(lambda: bytes in self.received or self.is_over, f"{bytes} comes")
        assert bytes in self.received, (self.received[-200:], self.notes)
