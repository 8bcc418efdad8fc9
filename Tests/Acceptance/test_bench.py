"""`fanfare bench` on a running hub: what it counts, over HTTP/1.1 and HTTP/2, and what it says when streams end."""

import json
import subprocess

import pytest

from hang_guard import GUARD, wait_for
from server import binary, clean_environment


def bench(url: str, *options: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [binary(), "bench", "--url", url, "--json", *options],
        capture_output=True, text=True, timeout=GUARD, env=clean_environment(),
    )


@pytest.mark.parametrize("is_secure", [False, True], ids=["in clear", "over TLS"])
@pytest.mark.parametrize("is_http2", [False, True], ids=["HTTP/1.1", "HTTP/2"])
def test_every_event_comes_to_every_stream_of_its_topic(start, is_secure, is_http2):
    hub = start(*(["--tls-self-signed"] if is_secure else []))
    options = ["--http2", "--streams-per-connection", "30"] if is_http2 else []
    done = bench(hub.url, "--insecure", "--streams", "100", "--topics", "3", "--messages", "90", *options)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["streams"], figures["http2"]) == (100, is_http2)
    assert figures["connections"] == (4 if is_http2 else 100)
    assert figures["received"] == figures["expected"] == 3000
    assert figures["lost"] == figures["repeated"] == figures["misplaced"] == figures["ended_streams"] == 0
    assert figures["server_us_per_delivery"] > 0


def test_one_event_comes_to_all_of_many_streams(start):
    """What `make benchmark ARGS=million` does with a thousand thousand."""
    hub = start()
    done = bench(hub.url, "--http2", "--streams", "2000", "--messages", "1", "--streams-per-connection", "100")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["streams"], figures["connections"]) == (2000, 20)
    assert (figures["received"], figures["lost"], figures["repeated"]) == (2000, 0, 0)
    # What the hub keeps for a stream that waits is below a page, and not nothing.
    assert 100 < figures["server_bytes_per_stream"] < 4096


@pytest.mark.parametrize("options", [(), ("--http2",)], ids=["HTTP/1.1", "HTTP/2"])
def test_streams_that_end_are_counted_and_told(start, options):
    hub = start()
    with subprocess.Popen(
        [binary(), "bench", "--url", hub.url, "--json", "--streams", "5", "--messages", "30", "--rate", "20", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(),
    ) as running:
        try:
            wait_for(lambda: len(hub.history("bench/0")["events"]) > 0, "the run publishes")
            for stream in hub.wait_for_connections(5):
                assert hub.request("DELETE", f"/connections?id={stream['id']}").json() == {"closed": 1}
            output, errors = running.communicate(timeout=GUARD)
        finally:
            running.kill()
    figures = json.loads(output)
    assert running.returncode == 1 and "5 streams ended early" in errors and "deliveries were lost" in errors
    assert figures["ended_streams"] == 5 and 0 < figures["lost"] < figures["expected"] == 150
    assert figures["received"] + figures["lost"] == 150


def test_a_connection_with_more_streams_than_the_hub_allows(start):
    done = bench(start().url, "--http2", "--streams", "1001", "--streams-per-connection", "1001")
    assert done.returncode == 1 and "allows 1000 streams on a connection" in done.stderr
