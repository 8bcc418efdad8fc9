"""curl, as a person types it."""

import subprocess
from pathlib import Path

from hang_guard import GUARD, wait_for
from secrecy import Ear


def shell(command: str) -> str:
    """What a command prints, typed as a person would."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=GUARD)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Curl:
    """A running `curl -N`; `text()` is what it has printed so far."""

    def __init__(self, output: Path, *arguments: str):
        self.output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                ["curl", "-sN", *arguments], stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL
            )

    def __enter__(self) -> "Curl":
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()
        Ear().hear(self.output.read_bytes())

    def text(self) -> str:
        return self.output.read_bytes().decode().replace("\r\n", "\n")

    def wait_for(self, text: str) -> str:
        wait_for(lambda: text in self.text(), f"curl prints {text!r}")
        return self.text()
