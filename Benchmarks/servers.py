"""The servers that are measured: how each is built, started and ended, and what it wants to be told."""

import base64
import contextlib
import hmac
import json
import os
import resource
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / ".build" / "benchmarks"
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
# Nothing here waits for long; this only ends what hangs.
PATIENCE = 15


class Failure(Exception):
    """What ends a measurement, in a sentence for the person who started it."""


@dataclass(frozen=True)
class Server:
    """A kind of server, with the load generator's words for its requests."""

    name: str
    requests: tuple[str, ...]


def fanfare(query: str = "") -> Server:
    """Fanfare, with something more in the query of each request."""
    return Server(
        "fanfare",
        (
            *("--subscribe", f"/subscribe?{query}&" if query else "/subscribe?", "--topic", "topic=bench/%d/event"),
            # Three shapes, so that more than one way through the patterns has to be tried for each event.
            *("--pattern", "topic=bench/%d/*", "--pattern", "topic=*/%d/event", "--pattern", "topic=bench/%d/**"),
            *("--publish", f"/publish?{query}" if query else "/publish"),
            *("--body", '{"topic":"bench/%d/event","data":"%s"}', "--type", "application/json"),
        ),
    )


# For nothing but measuring.
SECRET = b"the secret of the benchmarks, which all may know"


def token() -> str:
    """A token of HS256 that allows what the load does."""
    claims = {"sub": "load", "fanfare": {"publish": ["bench/**"], "subscribe": ["bench/**"]}}
    parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims)]
    return ".".join([*parts, base64url(hmac.digest(SECRET, ".".join(parts).encode(), "sha256"))])


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


FANFARE = fanfare()
# The same, which asks for a token that each request has.
GUARDED = fanfare(f"token={token()}")
NCHAN = Server(
    "nchan",
    ("--subscribe", "/subscribe?", "--topic", "topic=%d", "--publish", "/publish?topic=%d", "--body", "%s"),
)
LEAST = Server("least", ("--subscribe", "/", "--topic", "%d", "--publish", "/%d", "--body", "%s"))


def fanfare_binary() -> Path:
    return Path(os.environ.get("FANFARE_BINARY") or ROOT / ".build" / "release" / "fanfare")


def has_nchan() -> bool:
    return NCHAN_MODULE.exists()


def build(name: str, *sources: Path, libraries: tuple[str, ...] = ()) -> Path:
    """The program of these C files, which is made anew only when one of them changed."""
    BUILD.mkdir(parents=True, exist_ok=True)
    program = BUILD / name
    newest = max(source.stat().st_mtime for source in sources)
    if not program.exists() or program.stat().st_mtime < newest:
        # Put in place as a whole: another run may start it at this moment.
        made = BUILD / f"{name}.{os.getpid()}"
        files = [source for source in sources if source.suffix == ".c"]
        subprocess.run(["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", made, *files, *libraries], check=True)
        made.replace(program)
    return program


def load_generator() -> Path:
    return build("load", *sorted((HERE / "load").glob("*.[ch]")), libraries=("-lssl", "-lcrypto"))


def command(server: Server, options: tuple[str, ...], port: int, secure_port: int, directory: Path) -> list:
    if server in (FANFARE, GUARDED):
        if server is GUARDED:
            (directory / "key").write_bytes(SECRET)
            options = (*options, "--key-file", directory / "key")
        common = ["--log-level", "warning", "--listen", f"http://127.0.0.1:{port}"]
        if "--key-file" not in options:
            common.append("--open")
        if speaks_tls(options):
            common += ["--listen", f"https://127.0.0.1:{secure_port}"]
        log = [] if "--log" in options else ["--log", "memory"]
        return [fanfare_binary(), "serve", *common, *log, *options]
    if server is NCHAN:
        files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 20_000)
        text = (HERE / "nchan.conf").read_text()
        for name, value in (("PORT", port), ("DIRECTORY", directory), ("FILES", files)):
            text = text.replace(f"@{name}@", str(value))
        (directory / "nginx.conf").write_text(text)
        return ["nginx", "-p", directory, "-e", directory / "error.log", "-c", directory / "nginx.conf"]
    return [build("least", HERE / "least.c"), str(port), *options]


def speaks_tls(options: tuple[str, ...]) -> bool:
    return "--tls-self-signed" in options


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(
    server: Server, options: tuple[str, ...], processors: set[int], directory: Path
) -> Iterator[tuple[subprocess.Popen, int, int]]:
    """Starts a server that may use these processors, gives its process and ports, in clear and over TLS, and ends it.

    Without TLS the second port is the first.
    """
    port = free_port()
    secure_port = free_port() if speaks_tls(options) else port
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FANFARE_")}
    errors = directory / "errors"
    with errors.open("wb") as file:
        process = subprocess.Popen(
            command(server, options, port, secure_port, directory),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            env=environment,
            preexec_fn=lambda: os.sched_setaffinity(0, processors),
        )
    try:
        for each in {port, secure_port}:
            wait_until_ready(process, each, server, errors)
        yield process, port, secure_port
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_ready(process: subprocess.Popen, port: int, server: Server, errors: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.002)
    raise Failure(f"{server.name} did not start: {errors.read_text(errors='replace').strip()[-500:]}")
