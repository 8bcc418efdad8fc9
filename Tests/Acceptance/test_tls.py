"""TLS: the same hub, seen through it. What goes wrong before a request is in test_tls_handshake.py."""

import json
import ssl
import stat
import subprocess
from contextlib import ExitStack

import pytest

from certificates import Authority, trusting
from curl import Curl, shell
from hang_guard import GUARD, wait_for
from hub import Hub, check_problem
from raw_http import Closed, Connection, request
from server import binary, clean_environment
from stream import TEXTS, Stream, data

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
REQUEST = b"Host: localhost\r\n\r\n"


@pytest.fixture
def authority(tmp_path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def secure(start, authority):
    """Starts hubs that speak TLS, and trusts them."""

    def start_one(*options: str, version: ssl.TLSVersion | None = None, **settings) -> Hub:
        hub = start(*authority.issue().options, *options, **settings)
        hub.tls = authority.trusting(version)
        return hub

    return start_one


# Requests and streams -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_events_come_as_they_were_published(secure, version, workers):
    hub = secure("--workers", workers, version=version)
    assert hub.url.startswith("https://")
    with hub.subscribe("a", "b/*") as stream:
        assert stream.connection.socket.version() == {771: "TLSv1.2", 772: "TLSv1.3"}[version]
        stream.opening()
        ids = [hub.publish("a" if number % 2 else "b/c", text) for number, text in enumerate(TEXTS)]
        events = stream.events(len(TEXTS))
        assert data(events) == TEXTS
        assert [event.id for event in events] == ids
    with hub.subscribe("**", headers={"Last-Event-ID": ids[2]}) as stream:
        assert data(stream.events(len(TEXTS) - 3)) == TEXTS[3:]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_large_body_comes_whole_and_goes_out_whole(secure, version):
    hub = secure(version=version)
    texts = [f"{number} " + chr(0x61 + number % 26) * 200_000 for number in range(30)]
    with hub.subscribe("a") as stream:
        answer = hub.post("\n".join(json.dumps({"topic": "a", "data": text}) for text in texts), "application/x-ndjson")
        assert answer.status == 201
        assert data(stream.events(30)) == texts
    assert [event["data"] for event in hub.whole_history("a")] == texts


def test_requests_follow_one_another_on_a_connection_however_they_are_cut(secure):
    hub = secure()
    publish = b'POST /publish HTTP/1.1\r\nContent-Length: 24\r\n' + REQUEST + b'{"topic":"a","data":"x"}'
    with Connection(hub.address, tls=hub.tls) as connection:
        # Many in one record, and the last in many records.
        connection.send(publish * 50)
        assert [connection.receive_answer().status for _ in range(50)] == [201] * 50
        for byte in publish:
            connection.send(bytes([byte]))
        assert connection.receive_answer().status == 201
        # More than one record, and the end of a request within one.
        body = json.dumps({"topic": "a", "data": "y" * 100_000}).encode()
        large = b"POST /publish HTTP/1.1\r\nContent-Length: %d\r\n" % len(body) + REQUEST + body
        connection.send(large * 3)
        assert [connection.receive_answer().status for _ in range(3)] == [201] * 3
    assert len(hub.whole_history("a")) == 54


def test_a_body_is_asked_for_with_100_continue(secure):
    hub = secure()
    with Connection(hub.address, tls=hub.tls) as connection:
        connection.send(b"POST /publish HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 24\r\n" + REQUEST)
        assert connection.receive_head().status == 100
        connection.send(b'{"topic":"a","data":"x"}')
        assert connection.receive_answer().status == 201


def test_a_stream_without_chunks_ends_with_the_end_of_tls(secure):
    hub = secure()
    with Stream(hub.address, "/subscribe?topic=a", version="1.0", tls=hub.tls) as stream:
        stream.opening()
        hub.publish("a", "last", end=True)
        assert data([block for block in stream.rest() if block.has_data]) == ["last"]


# Readers that are slow ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reader_that_stops_is_reset_and_resumes(secure, version):
    hub = secure("--max-event-size", "8KiB", "--slow-limit-bytes", "64KiB", "--workers", "1", version=version)
    with hub.subscribe("a", receive_buffer=4096) as stuck, hub.subscribe("a") as reader:
        last = stuck.opening().id
        reader.opening()
        published = []

        def publish_and_see() -> bool:
            published.append(f"{len(published)} " + "x" * 1000)
            hub.publish("a", published[-1])
            reader.event()
            return len(hub.connections()) == 1

        wait_for(publish_and_see, "the reader that stopped is reset")
        # What came before is whole; and the end is no end.
        got = []
        with pytest.raises((Closed, ConnectionResetError, ssl.SSLError)):
            while True:
                got.append(stuck.event())
                last = got[-1].id
        assert not stuck.ended
        assert data(got) == published[: len(got)]
        with hub.subscribe("a", headers={"Last-Event-ID": last}) as again:
            assert data(again.events(len(published) - len(got))) == published[len(got) :]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reader_that_is_slow_but_reads_gets_everything_once(secure, version):
    hub = secure("--slow-limit-bytes", "64MiB", "--workers", "1", version=version)
    with hub.subscribe("a", receive_buffer=4096) as slow:
        slow.opening()
        texts = [f"{number} " + "x" * (number * 37 % 9000) for number in range(1500)]
        for start in range(0, 1500, 100):
            lines = "\n".join(json.dumps({"topic": "a", "data": text}) for text in texts[start : start + 100])
            assert hub.post(lines, "application/x-ndjson").status == 201
        wait_for(lambda: hub.connections()[0]["bytes_behind"] > 0, "the reader lags")
        assert data(slow.events(1500)) == texts
        hub.publish("a", "and on")
        assert slow.event().data == "and on"


def test_an_answer_goes_out_whole_to_who_reads_slowly_and_then_ends(secure):
    hub = secure("--workers", "1")
    texts = [f"{number} " + "x" * 200_000 for number in range(20)]
    for text in texts:
        hub.publish("a", text)
    with Connection(hub.address, receive_buffer=4096, tls=hub.tls) as connection:
        connection.send(b"GET /events?topic=a&limit=1000 HTTP/1.1\r\nConnection: close\r\n" + REQUEST)
        answer = connection.receive_answer()
        assert [event["data"] for event in answer.json()["events"]] == texts[: len(answer.json()["events"])]
        assert len(answer.body) > 1_000_000
        # The end is said: without that, reading on would be an error.
        assert connection.receive_rest() == b""


def test_the_last_record_reaches_a_reader_whose_socket_was_full_at_the_end(secure):
    hub = secure("--workers", "1", "--slow-limit-bytes", "64MiB")
    with hub.subscribe("a", receive_buffer=4096) as slow:
        slow.opening()
        texts = [f"{number} " + "x" * 5000 for number in range(200)]
        for text in texts:
            hub.publish("a", text)
        hub.publish("a", "last", end=True)
        blocks = slow.rest()
        assert data([block for block in blocks if block.has_data]) == [*texts, "last"]
        assert slow.connection.receive_rest() == b""


def test_many_streams_on_two_workers_get_each_event(secure):
    hub = secure("--workers", "2")
    with ExitStack() as stack:
        streams = [stack.enter_context(hub.subscribe(f"t/{number % 3}")) for number in range(300)]
        for stream in streams:
            stream.opening()
        for number in range(30):
            hub.publish(f"t/{number % 3}", str(number))
        for index, stream in enumerate(streams):
            assert data(stream.events(10)) == [str(number) for number in range(30) if number % 3 == index % 3]


# The end --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_end_of_a_stream_is_said(secure, version):
    hub = secure(version=version)
    with hub.subscribe("a") as stream:
        stream.opening()
        hub.request("DELETE", f"/connections?id={hub.connections()[0]['id']}")
        assert stream.rest()[-1].comments
        assert stream.connection.receive_rest() == b""


def test_a_hub_that_drains_says_so_on_every_stream(secure, start):
    hub = secure("--workers", "2")
    with ExitStack() as stack:
        streams = [stack.enter_context(hub.subscribe("a")) for _ in range(20)]
        for stream in streams:
            stream.opening()
        hub.server.stop()
        start.forget(hub)
        for stream in streams:
            assert "the hub is stopping" in stream.rest()[-1].comments[0]
            assert stream.connection.receive_rest() == b""


def test_a_client_that_leaves_takes_its_stream_along(secure):
    hub = secure()
    said, cut = hub.subscribe("a"), hub.subscribe("a")
    hub.wait_for_connections(2)
    said.connection.socket.unwrap().close()
    hub.wait_for_connections(1)
    cut.close()
    hub.wait_for_connections(0)


# Both kinds of listeners ----------------------------------------------------------------------------------------------


def both(start, authority, *options: str) -> tuple[Hub, tuple[str, int], tuple[str, int]]:
    """A hub with an address for each; the addresses of http and https."""
    hub = start(*authority.issue().options, *options, listen=("http://127.0.0.1:0", "https://127.0.0.1:0"))
    clear, secure = (("127.0.0.1", port) for port in hub.server.ports)
    return hub, clear, secure


def test_http_and_https_side_by_side_are_one_hub(start, authority):
    hub, clear, secure = both(start, authority)
    assert hub.server.output == f"Fanfare is ready on http://127.0.0.1:{clear[1]} and https://127.0.0.1:{secure[1]}\n"
    with hub.subscribe("a") as stream:
        stream.opening()
        body = '{"topic":"a","data":"x"}'
        assert request(secure, "POST", "/publish", body, tls=authority.trusting()).status == 201
        assert stream.event().data == "x"


def test_who_asks_in_clear_is_sent_to_the_https_address(start, authority, tmp_path):
    hub, clear, secure = both(start, authority, "--tls-redirect")
    for target, host, location in [
        ("/subscribe?topic=a|b&x=%2F", "localhost:9", f"https://localhost:{secure[1]}/subscribe?topic=a|b&x=%2F"),
        ("/", "[::1]", f"https://[::1]:{secure[1]}/"),
        ("//elsewhere/", "127.0.0.1", f"https://127.0.0.1:{secure[1]}//elsewhere/"),
        (f"http://localhost:{clear[1]}/x?y", "localhost", f"https://localhost:{secure[1]}/x?y"),
    ]:
        answer = request(clear, "GET", target, fields={"Host": host})
        assert (answer.status, answer.fields["location"]) == (308, location)
    answer = request(clear, "GET", "/", fields={"Host": "evil.example"})
    check_problem(answer, 421)
    for path in ("/healthz", "/readyz"):
        assert request(clear, "GET", path).status == 200
    assert request(clear, "OPTIONS", "*").status in (200, 308)
    url = f"http://localhost:{clear[1]}"
    trust = f"-L --cacert {authority.certificate}"
    assert json.loads(shell(f"""curl -sf {trust} -d '{{"topic": "a", "data": "x"}}' {url}/publish"""))["id"]
    with Curl(tmp_path / "out", *trust.split(), f"{url}/subscribe?topic=a&since=earliest") as curl:
        curl.wait_for("data: x\n\n")


def test_over_tls_only_pages_that_came_over_tls_may_publish(start, authority):
    hub, clear, secure = both(start, authority)
    tls = authority.trusting()
    body = '{"topic":"a","data":"x"}'
    for address, context, host, origin, status in [
        (secure, tls, "localhost", "https://localhost", 201),
        (secure, tls, "localhost:443", "https://localhost", 201),
        (secure, tls, f"localhost:{secure[1]}", f"https://localhost:{secure[1]}", 201),
        (secure, tls, "localhost", "http://localhost", 403),
        (secure, tls, f"localhost:{secure[1]}", f"http://localhost:{secure[1]}", 403),
        (secure, tls, "localhost", "https://localhost:8443", 403),
        (secure, tls, "localhost", "https://elsewhere.example", 403),
        (clear, None, "localhost", "http://localhost", 201),
        # There may be a proxy that speaks TLS.
        (clear, None, "localhost", "https://localhost", 201),
    ]:
        answer = request(address, "POST", "/publish", body, {"Host": host, "Origin": origin}, context)
        assert answer.status == status, (host, origin)
    assert request(secure, "GET", "/topics", fields={"Host": "evil.example"}, tls=tls).status == 421


# The commands ---------------------------------------------------------------------------------------------------------


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [binary(), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=clean_environment(**environment),
    )


def test_the_commands_speak_to_a_hub_whom_they_are_told_to_trust(secure, authority, tmp_path):
    hub = secure("--workers", "2")
    url = ("--url", hub.url.replace("127.0.0.1", "localhost"))
    trust = ("--ca-file", str(authority.certificate))
    with (tmp_path / "out").open("wb") as output:
        follower = subprocess.Popen(
            [binary(), "subscribe", *url, *trust, "a"], stdout=output, env=clean_environment()
        )
    try:
        hub.wait_for_connections(1)
        assert command("publish", *url, *trust, "--topic", "a", "one").returncode == 0
        assert command("publish", *url, "--insecure", "--topic", "a", "two").returncode == 0
        in_place = command("publish", *url, "--topic", "a", "three", FANFARE_CA_FILE=str(authority.certificate))
        assert in_place.returncode == 0
        wait_for(lambda: (tmp_path / "out").read_text() == "one\ntwo\nthree\n", "the follower prints them")
    finally:
        follower.kill()
        follower.wait()
    for options in [trust, ("--insecure",)]:
        done = command("bench", *url, *options, "--streams", "40", "--messages", "50", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["received"] == 2000


def test_the_commands_do_not_trust_whom_they_do_not_know(secure, authority, tmp_path):
    hub = secure()
    url = ("--url", hub.url.replace("127.0.0.1", "localhost"))
    stranger = Authority(tmp_path, "stranger")
    for options in [(), ("--ca-file", str(stranger.certificate))]:
        for arguments in [("publish", "--topic", "a", "x"), ("subscribe", "a"), ("bench", "--streams", "1")]:
            done = command(arguments[0], *url, *options, *arguments[1:])
            assert done.returncode == 1
            assert "no trusted connection" in done.stderr and done.stderr.count("\n") == 1, done.stderr
    missing = command("bench", *url, "--ca-file", str(tmp_path / "missing"))
    assert missing.returncode == 1 and "missing cannot be read" in missing.stderr
    assert hub.history("**")["events"] == []


# A certificate of the hub's own ---------------------------------------------------------------------------------------


def test_a_self_signed_certificate_is_kept_beside_the_log(start, tmp_path):
    options = ("--tls-self-signed", "--log", "sqlite:events.db")
    hub = start(*options, directory=str(tmp_path))
    kept = tmp_path / "events.db-tls.pem"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    first = kept.read_bytes()
    hub.tls = trusting(kept)
    hub.publish("a", "x")
    for name in ("localhost", "127.0.0.1"):
        assert shell(f"curl -sf --cacert {kept} https://{name}:{hub.server.port}/healthz") == '{"status":"ok"}'
    hub.server.stop()
    start.forget(hub)
    hub = start(*options, directory=str(tmp_path))
    assert kept.read_bytes() == first
    assert "the certificate is self-signed" in hub.server.errors()
    assert f"certificate={kept.name}" in hub.server.errors()


def test_without_a_file_for_the_log_there_is_none_for_the_certificate(start, tmp_path):
    hub = start("--tls-self-signed", "--log", "memory", directory=str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    shell(f"curl -sfk {hub.url}/healthz")
