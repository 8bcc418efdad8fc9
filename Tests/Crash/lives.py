"""The hub's lives: each is a process on the same file and port, which ends at a moment that was chosen for it."""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
import time

from account import Fault
from server import binary, clean_environment

GUARD = 60.0
"""Seconds that nothing here may take: a guard against a hang, nothing is measured with it."""


class Port:
    """A port that the system picked, kept while nobody listens on it: a socket of ours is bound to it throughout."""

    def __init__(self):
        self._socket = socket.socket()
        # The hub's listeners have these too, and so they can be bound beside it.
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            self._socket.setsockopt(socket.SOL_SOCKET, option, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()

    def close(self) -> None:
        self._socket.close()


class Life:
    """One process of `fanfare serve`."""

    def __init__(self, options: list[str], environment: dict[str, str]):
        self._output, self._errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [binary(), "serve", *options],
            stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._errors, env=clean_environment(**environment),
        )  # fmt: skip

    async def ready(self) -> None:
        """Returns when it has printed its address."""
        while b"Fanfare is ready on " not in contents(self._output):
            if self.process.poll() is not None:
                raise Fault(f"the hub did not start, and ended with {self.process.returncode}: {self.errors()}")
            await asyncio.sleep(0.002)

    async def ended(self) -> int:
        """The exit status, once it has ended."""
        while self.process.poll() is None:
            await asyncio.sleep(0.002)
        return self.process.returncode

    def kill(self) -> None:
        """At once."""
        if self.process.poll() is None:
            self.process.kill()

    async def killed(self) -> None:
        """Kills it, and checks that nothing else had ended it."""
        self.kill()
        status = await self.ended()
        if status != -signal.SIGKILL:
            raise Fault(f"the hub had ended by itself with {status}: {self.errors()}")

    async def killed_by_disk(self, patience: float) -> bool:
        """Waits until the disk kills it as it was told to. If it takes too long, it is killed all the same."""
        deadline = time.monotonic() + patience
        while self.process.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(0.002)
        was = self.process.poll() is not None
        await self.killed()
        return was

    async def stop(self, patience: float = GUARD) -> None:
        """Ends it as an operator does, and kills it if it takes longer than that."""
        self.process.terminate()
        deadline = time.monotonic() + patience
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                if patience == GUARD:
                    raise Fault("the hub did not end after SIGTERM")
                self.kill()
                # It may have come to its end just then.
                if await self.ended() == -signal.SIGKILL:
                    return
            await asyncio.sleep(0.002)
        if self.process.returncode != 0:
            raise Fault(f"the hub ended with {self.process.returncode}: {self.errors()}")

    def errors(self) -> str:
        return contents(self._errors).decode(errors="replace")[-2000:]


def contents(file) -> bytes:
    """What is in a file that a process writes to, without moving its offset."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
