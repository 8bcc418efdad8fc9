"""Fixtures: servers with the options that a test asks for. None outlives its test."""

import signal
import ssl
from collections.abc import Callable, Iterator

import pytest

import secrecy
from hub import Hub
from server import Server, example_binary
from tokens import SECRET

pytest_plugins = ["browser"]

# Servers inherit what these tests ignore: `nohup` has them ignore it.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="module", autouse=True)
def secrets() -> None:
    """What is kept of tokens and answers is for the hubs of one module."""
    secrecy.begin_module()


@pytest.fixture
def start() -> Iterator[Callable[..., Hub]]:
    """Starts servers with the given options; after the test each must end well on SIGTERM.

    A test that ends a server itself takes it out of `start.servers` by `forget`.
    """
    servers: list[Server] = []
    ever: list[Server] = []

    def start_one(*options: str, **settings) -> Hub:
        if not any(option in ("--open", "--demo", "--key-file", "--jwks") for option in options):
            options = ("--open", *options)
        server = Server(*options, **settings)
        servers.append(server)
        ever.append(server)
        return Hub(server)

    start_one.servers = servers
    start_one.forget = lambda hub: servers.remove(hub.server)
    failure = None
    try:
        yield start_one
    finally:
        for server in servers:
            try:
                server.stop()
            except BaseException as error:
                server.kill()
                failure = failure or error
    if failure:
        raise failure
    # Those too that a test ended itself.
    for server in ever:
        server.check_secrecy()


@pytest.fixture
def hub(start) -> Hub:
    """A hub of its own for each test, with the hub's routes only."""
    return start("--open")


@pytest.fixture
def guarded(start, tmp_path) -> Callable[..., Hub]:
    """Starts a hub that takes tokens of the tests' own secret, with further options."""

    def start_guarded(*options: str, **settings) -> Hub:
        secret = tmp_path / "secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        return start("--key-file", str(secret), *options, **settings)

    return start_guarded


@pytest.fixture
def demo(start) -> Hub:
    """A hub of its own with the gallery."""
    return start("--demo")


@pytest.fixture
def example(started) -> Hub:
    """Tests/ExampleServer: a server of its own for each test, made of the library's public API, with open hub routes."""
    return started()


@pytest.fixture
def started(start):
    """Starts the example with settings, as `drain=500`."""
    return lambda *settings, **more: start(command=[example_binary(), *settings], **more)


@pytest.fixture(params=["clear", "tls"])
def either(request, started) -> Hub:
    """The example, in clear or over TLS."""
    if request.param == "clear":
        return started()
    hub = started("tls=1")
    hub.tls = ssl.create_default_context()
    hub.tls.check_hostname, hub.tls.verify_mode = False, ssl.CERT_NONE
    return hub


@pytest.fixture(params=["memory", "sqlite"])
def log(request, tmp_path) -> tuple[str, str]:
    """The options for either log, for tests of what holds for both."""
    return ("--log", "memory" if request.param == "memory" else f"sqlite:{tmp_path}/log.db")


@pytest.fixture(scope="module")
def shared() -> Iterator[Hub]:
    """One hub for all tests of a module that leave nothing behind which another would notice."""
    server = Server("--open")
    try:
        yield Hub(server)
    except BaseException:
        server.kill()
        raise
    server.stop()
