"""What tokens cost: publishes to a hub that asks for none, by one token again and again, and by a new one each time."""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from process import family, machine_seconds, thread_seconds
from servers import FANFARE, HERE, PATIENCE, Failure, build, running

# Requests on their way at a time, on one connection.
AT_ONCE = 32


@dataclass(frozen=True)
class Guarded:
    """So many publishes, with `none`, the `same` or a `new` token each."""

    tokens: str
    publishes: int = 10_000

    def tiny(self) -> "Guarded":
        return replace(self, publishes=2 * AT_ONCE)


def measure(load: Guarded, for_server: set[int], for_load: set[int]) -> dict:
    """Processor time of the server for each publish, and of OpenSSL alone for a verification."""
    with tempfile.TemporaryDirectory(prefix="fanfare-benchmark-") as name:
        directory = Path(name)
        key, file = directory / "key.pem", directory / "tokens"
        program = build("tokens", HERE / "tokens.c", libraries=("-lcrypto",))
        made = subprocess.run(
            [program, str(load.publishes + 1), key, file], capture_output=True, text=True, check=True,
            preexec_fn=lambda: os.sched_setaffinity(0, for_load),
        )
        tokens = file.read_text().split()
        options = ["--workers", "1"] + ([] if load.tokens == "none" else ["--key-file", str(key)])
        with running(FANFARE, tuple(options), for_server, directory) as (server, port, _):
            chosen = {"none": [None], "same": tokens[:1], "new": tokens[1:]}[load.tokens]
            # What the first one costs is not counted.
            publish(port, [tokens[0]] * AT_ONCE)
            requests = [chosen[number % len(chosen)] for number in range(load.publishes)]
            pids = family(server.pid)
            before, machine, own = total(pids), machine_seconds(), time.process_time()
            begun = time.monotonic()
            publish(port, requests)
            span, used = time.monotonic() - begun, total(pids) - before
            others = max(0.0, machine_seconds() - machine - used - (time.process_time() - own)) / span
    return {
        "server_us_per_publish": round(used * 1e6 / load.publishes, 3),
        "openssl_us": float(made.stdout),
        "limited_by": "load",
        "other_load": round(others, 3),
    }


def receive(connection: socket.socket) -> bytes:
    """What comes next. It does not sleep: waking this program would cost the server more the slower it answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(BlockingIOError):
            return connection.recv(65536)
    raise Failure("the hub does not answer")


def total(pids: list[int]) -> float:
    return sum(thread_seconds(pids).values())


def publish(port: int, tokens: list[str | None]) -> None:
    """Publishes an event with each token, and checks that each was taken."""
    body = b'{"topic":"bench/1","data":"' + b"x" * 128 + b'"}'
    head = f"POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    taken = 0
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        for start in range(0, len(tokens), AT_ONCE):
            some = tokens[start : start + AT_ONCE]
            lines = ["" if token is None else f"Authorization: Bearer {token}\r\n" for token in some]
            connection.settimeout(PATIENCE)
            connection.sendall(b"".join((head + line + "\r\n").encode() + body for line in lines))
            connection.setblocking(False)
            answers = b""
            while answers.count(b"HTTP/1.1 ") < len(some) or not answers.endswith(b"}"):
                received = receive(connection)
                if not received:
                    raise Failure("the hub closed the connection")
                answers += received
            taken += answers.count(b"HTTP/1.1 201 ")
    if taken != len(tokens):
        raise Failure(f"{taken} of {len(tokens)} publishes were taken")
