"""One run of `fanfare serve`: started on ports of the system's choosing, and always ended before the test is."""

import os
import re
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import secrecy
from hang_guard import GUARD, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent


# The log of tests that name none: what they say holds for each. `FANFARE_TEST_LOG=sqlite:log.db` has it in a file.
DEFAULT_LOG = os.environ.get("FANFARE_TEST_LOG", "memory")


def binary() -> str:
    """The command under test: FANFARE_BINARY, or else the release build."""
    return os.environ.get("FANFARE_BINARY") or str(ROOT / ".build" / "release" / "fanfare")


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without options for `fanfare serve`, and with those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FANFARE_")}
    return kept | extra


def example_binary() -> str:
    """The server made of the library's public API: FANFARE_EXAMPLE, or else the release build."""
    return os.environ.get("FANFARE_EXAMPLE") or str(ROOT / ".build" / "release" / "ExampleServer")


@dataclass(frozen=True)
class Elsewhere:
    """A hub that something else runs: where it listens, and no more. Who asks it judges its answers."""

    address: tuple[str, int]
    has_only_hub = False


class Server:
    """A running `fanfare serve`; `stop()` ends it by SIGTERM and checks that it ended well."""

    def __init__(
        self,
        *options: str,
        listen: tuple[str, ...] = ("127.0.0.1:0",),
        environment: dict[str, str] | None = None,
        stderr: int | None = None,
        log: str | None = DEFAULT_LOG,
        directory: str | None = None,
        command: list[str] | None = None,
    ):
        """`command` is run in place of `fanfare serve` and its options."""
        # Whether its only routes are the hub's.
        self.has_only_hub = command is None and "--demo" not in options
        # What a hub leaves where it runs goes with the test.
        self._home = tempfile.TemporaryDirectory()
        if command is None:
            command = [binary(), "serve"]
            for address in listen:
                command += ["--listen", address]
            command += options
            if log and "--log" not in options:
                command += ["--log", log]
        self._folder = Path(directory or self._home.name)
        # Errors go to a file: a pipe that nobody reads would fill and stop the server.
        self._errors = tempfile.TemporaryFile()
        self._output: list[str] = []
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors if stderr is None else stderr,
            text=True,
            env=clean_environment(**(environment or {})),
            cwd=self._folder,
        )
        self._reader = threading.Thread(target=self._read_output, daemon=True)
        self._reader.start()
        try:
            wait_for(
                lambda: len(self.ports) >= len(listen) or self.process.poll() is not None,
                "the server prints its addresses",
            )
            assert self.process.poll() is None, f"the server ended at its start: {self.errors()}"
        except BaseException:
            self.kill()
            raise

    def _read_output(self) -> None:
        for line in self.process.stdout:
            self._output.append(line)

    @property
    def output(self) -> str:
        return "".join(self._output)

    @property
    def ports(self) -> list[int]:
        ready = re.search(r"^\w+ is ready on (.+)\n", self.output, re.MULTILINE)
        return [int(port) for port in re.findall(r"https?://\S+:(\d+)", ready[1])] if ready else []

    @property
    def scheme(self) -> str:
        """What its first address speaks."""
        return re.search(r"^\w+ is ready on (https?)://", self.output, re.MULTILINE)[1]

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def errors(self) -> str:
        """What the server has written on standard error so far."""
        # The server shares the file's offset, so it is read without moving it.
        size = os.fstat(self._errors.fileno()).st_size
        return os.pread(self._errors.fileno(), size, 0).decode(errors="replace")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        """The exit status, once the process has ended."""
        status = self.process.wait(timeout=GUARD)
        self._reader.join(timeout=GUARD)
        return status

    def stop(self) -> None:
        """Ends the server by SIGTERM; fails if it crashed before, ends badly or does not end."""
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended by itself with {self.process.returncode}: {self.errors()}")
        self.signal(signal.SIGTERM)
        try:
            status = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not end after SIGTERM: {self.errors()}") from None
        assert status == 0, f"the server ended with {status}: {self.errors()}"
        self.check_secrecy()

    def check_secrecy(self) -> None:
        """Fails if a token is in anything that the server, which has ended, has written."""
        self._reader.join(timeout=GUARD)
        written = {"its output": self.output.encode(), "its errors": self.errors().encode()}
        secrecy.check(written, self._folder)

    def kill(self) -> None:
        """Ends the process at once, whatever state it is in."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=GUARD)
