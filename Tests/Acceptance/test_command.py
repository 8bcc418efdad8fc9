"""The command: its words, its exit statuses, its options' three places, and how `serve` ends."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from hang_guard import GUARD, wait_for
from hub import Hub
from raw_http import Closed
from server import binary, clean_environment


def run(*arguments: str, input: str = "", **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [binary(), *arguments],
        input=input,
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=clean_environment(**environment),
    )


class Subscriber:
    """A running `fanfare subscribe`, which has connected; `lines()` is what it has printed so far."""

    def __init__(self, hub: Hub, output: Path, *arguments: str):
        self.output = output
        already = len(hub.connections())
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [binary(), "subscribe", "--url", hub.url, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.DEVNULL,
                env=clean_environment(),
            )
        hub.wait_for_connections(already + 1)

    def __enter__(self) -> "Subscriber":
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()

    def lines(self) -> list[str]:
        return self.output.read_text().splitlines()

    def wait_for_lines(self, count: int) -> list[str]:
        wait_for(lambda: len(self.lines()) >= count, f"{count} lines are printed")
        return self.lines()


# Words ---------------------------------------------------------------------------------------------------------------


def test_version_names_the_program_and_its_number():
    done = run("version")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("fanfare 0.")


@pytest.mark.parametrize("command", [[], ["serve"], ["publish"], ["subscribe"], ["token"], ["bench"], ["version"]])
def test_help_is_there_for_each_command(command):
    done = run(*command, "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert "fanfare" in done.stdout


@pytest.mark.parametrize(
    "arguments, named",
    [
        ([], ""),
        (["sing"], "sing"),
        (["serve", "--colour", "red"], "--colour"),
        (["serve", "--open", "extra"], "extra"),
        (["serve", "--open", "--heartbeat"], "--heartbeat"),
        (["serve", "--open", "--heartbeat", "15"], "15"),
        (["serve", "--open", "--heartbeat", "soon"], "heartbeat"),
        (["serve", "--open", "--max-event-size", "1MB"], "1MB"),
        (["serve", "--open", "--workers", "many"], "many"),
        (["serve", "--open", "--workers", "0"], "workers"),
        (["serve", "--open", "--log", "tape:x"], "tape"),
        (["serve", "--open", "--log-level", "loud"], "loud"),
        (["serve", "--open", "--listen", "nowhere"], "nowhere"),
        (["serve", "--open", "--listen", "0.0.0.0:0"], "listen"),
        (["serve", "--demo", "--listen", "[::]:0"], "listen"),
        (["serve", "--open", "--slow-limit-bytes", "4KiB"], "slow-limit-bytes"),
        (["serve", "--log", "memory"], "--key-file"),
        (["publish", "--url", "http://127.0.0.1:1", "data"], "--topic"),
        (["publish", "--topic", "a", "one", "two"], ""),
        (["subscribe"], ""),
        (["version", "extra"], "extra"),
    ],
)
def test_wrong_usage_is_2_and_one_line_says_what(arguments, named):
    done = run(*arguments)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert named in done.stderr


def test_an_unknown_name_in_the_environment_stops_the_start_and_is_named():
    done = run("serve", "--open", FANFARE_COLOUR="red")
    assert done.returncode == 2 and "FANFARE_COLOUR" in done.stderr


@pytest.mark.parametrize(
    "text, named", [('{"colour": 1}', "colour"), ('{"heartbeat": "soon"}', "heartbeat"), ("{", "")]
)
def test_a_bad_configuration_file_stops_the_start_and_is_named(tmp_path, text, named):
    file = tmp_path / "fanfare.json"
    file.write_text(text)
    done = run("serve", "--open", "--config", str(file))
    assert done.returncode == 2, done
    assert named in done.stderr and "fanfare.json" in done.stderr


def test_a_missing_configuration_file_stops_the_start(tmp_path):
    done = run("serve", "--open", "--config", str(tmp_path / "none.json"))
    assert done.returncode in (1, 2) and "none.json" in done.stderr


def test_the_command_line_beats_the_environment_and_that_the_file(tmp_path):
    file = tmp_path / "fanfare.json"
    file.write_text('{"max-topics": 5, "retry": "5s", "heartbeat": "5s", "open": true, "cors": ["https://a.example"]}')
    done = run(
        "serve", "--check", "--config", str(file), "--heartbeat", "7s", FANFARE_RETRY="6s", FANFARE_HEARTBEAT="6s"
    )
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0].removeprefix("--"): line for line in done.stdout.splitlines() if line.split()}
    assert "7s" in lines["heartbeat"] and "6s" in lines["retry"] and "5" in lines["max-topics"]
    assert "https://a.example" in lines["cors"]
    assert "24h" in lines["retain-age"] and "1GiB" in lines["retain-bytes"]


# Publish and subscribe -----------------------------------------------------------------------------------------------


def test_publish_sends_an_event_and_prints_its_id(hub):
    options = ["--topic", "a", "--topic", "b", "--type", "t", "--id", "mine"]
    done = run("publish", "--url", hub.url, *options, "hello world")
    assert (done.returncode, done.stdout, done.stderr) == (0, "mine\n", "")
    (event,) = hub.history("a")["events"]
    assert event["topics"] == ["a", "b"] and event["type"] == "t" and event["data"] == "hello world"


def test_publish_makes_an_event_of_each_line_of_standard_input(hub):
    lines = [f"line {number} 😀" for number in range(500)]
    for arguments in ([], ["-"]):
        done = run("publish", "--url", hub.url, "--topic", "a", *arguments, input="\n".join(lines) + "\n")
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == 500
    assert [event["data"] for event in hub.history("a")["events"]] == lines * 2


def test_publish_that_is_refused_is_1_and_the_line_says_why(hub):
    done = run("publish", "--url", hub.url, "--topic", "a/*", "x")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and done.stdout == ""


def test_publish_to_nobody_is_1():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        done = run("publish", "--url", f"http://127.0.0.1:{reserved.getsockname()[1]}", "--topic", "a", "x")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1


def test_subscribe_prints_events_as_they_come(hub, tmp_path):
    with Subscriber(hub, tmp_path / "out", "a/*", "b") as subscriber:
        for topic in ("a/1", "c", "b", "a/2"):
            hub.publish(topic, f"on {topic}")
        assert subscriber.wait_for_lines(3) == ["on a/1", "on b", "on a/2"]


def test_subscribe_prints_json_if_asked(hub, tmp_path):
    with Subscriber(hub, tmp_path / "out", "--json", "a") as subscriber:
        id = hub.publish("a", "line\nline", type="t")
        (line,) = subscriber.wait_for_lines(1)
        assert json.loads(line) == {"id": id, "type": "t", "data": "line\nline"}


def test_subscribe_goes_on_after_an_id(hub, tmp_path):
    ids = [hub.publish("a", str(number)) for number in range(5)]
    with Subscriber(hub, tmp_path / "out", "--last-event-id", ids[1], "a") as subscriber:
        assert subscriber.wait_for_lines(3) == ["2", "3", "4"]


def test_subscribe_reconnects_by_itself_and_misses_nothing(start, tmp_path):
    hub = start("--retry", "100ms", "--drain-retry", "500ms")
    with Subscriber(hub, tmp_path / "out", "a") as subscriber:
        hub.publish("a", "before")
        subscriber.wait_for_lines(1)
        (connection,) = hub.connections()
        hub.request("DELETE", f"/connections?id={connection['id']}")
        hub.publish("a", "between")
        assert subscriber.wait_for_lines(2) == ["before", "between"]
        hub.publish("a", "after")
        assert subscriber.wait_for_lines(3) == ["before", "between", "after"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_subscribe_ends_when_interrupted(hub, tmp_path, number):
    with Subscriber(hub, tmp_path / "out", "a") as subscriber:
        subscriber.process.send_signal(number)
        assert subscriber.process.wait(timeout=GUARD) in (0, 128 + number, -number)
        hub.wait_for_connections(0)


# The end of serve ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_tells_its_streams_and_ends_with_0(start, number):
    hub = start()
    streams = [hub.subscribe("a") for _ in range(20)]
    for stream in streams:
        stream.opening()
    start.forget(hub)
    hub.server.signal(number)
    for stream in streams:
        blocks = stream.rest()
        assert any(block.comments for block in blocks) and any(block.retry is not None for block in blocks)
        stream.close()
    assert hub.server.wait() == 0, hub.server.errors()


def test_serve_ends_cleanly_from_the_moment_it_says_that_it_is_ready(start):
    for _ in range(30):
        hub = start()
        start.forget(hub)
        hub.server.stop()


def test_serve_ends_within_its_drain_though_a_reader_takes_nothing(start):
    hub = start("--drain", "500ms", "--slow-limit-bytes", "64MiB")
    stuck = hub.subscribe("a")
    for _ in range(50):
        hub.publish("a", "x" * 200_000)
    start.forget(hub)
    hub.server.signal(signal.SIGTERM)
    assert hub.server.wait() == 0, hub.server.errors()
    stuck.close()


def test_a_killed_hubs_port_is_free_again(start):
    hub = start()
    port = hub.server.port
    stream = hub.subscribe("a")
    stream.opening()
    start.forget(hub)
    hub.server.kill()
    with pytest.raises(Closed):
        stream.event()
    again = start(listen=(f"127.0.0.1:{port}",))
    assert again.server.port == port
    assert again.get("/healthz").status == 200


def test_an_address_in_use_is_1_and_named(hub):
    done = run("serve", "--open", "--listen", f"127.0.0.1:{hub.server.port}")
    assert done.returncode == 1
    assert str(hub.server.port) in done.stderr and len(done.stderr.splitlines()) == 1


def test_log_lines_are_json_if_asked(start):
    hub = start("--log-format", "json", "--log-level", "debug")
    hub.publish("a", "x")
    start.forget(hub)
    hub.server.stop()
    for line in hub.server.errors().splitlines():
        assert isinstance(json.loads(line), dict)


def test_serve_goes_on_when_nobody_reads_what_it_prints(tmp_path):
    read, write = os.pipe()
    process = subprocess.Popen(
        [binary(), "serve", "--open", "--listen", "127.0.0.1:0"], stdout=write, stderr=subprocess.DEVNULL,
        env=clean_environment(), cwd=tmp_path,
    )
    os.close(write)
    try:
        line = b""
        while not line.endswith(b"\n"):
            line += os.read(read, 1)
        os.close(read)
        port = int(line.rstrip().rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=GUARD) == 0
    finally:
        process.kill()
        process.wait()
