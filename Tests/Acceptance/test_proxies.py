"""Behind proxies: nginx and HAProxy of Debian before the hub. What the hub makes of their words is in test_forwarded.py."""

import json
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from certificates import Authority
from curl import Curl, shell
from hang_guard import GUARD, wait_for
from hub import Hub
from proxy import HAProxy, Nginx, Proxy, hub_options, snippets

# Not 127.0.0.1, which is the proxy: whose address is shown is seen.
CLIENT = "127.0.0.9"


@dataclass
class Way:
    """A file of docs/proxies.md, with what a test changes in it."""

    name: str
    changes: tuple[tuple[str, str], ...] = ()
    client: str = "forwarded"

    @property
    def program(self) -> type[Proxy]:
        return Nginx if self.name.startswith("nginx") else HAProxy

    def __str__(self) -> str:
        return " ".join([self.name, *(new for _, new in self.changes)])


WAYS = [
    Way("nginx"),
    # What nginx does by itself.
    Way("nginx", (("        proxy_http_version 1.1;\n", ""), ('        proxy_set_header Connection "";\n', ""))),
    Way("nginx-least", client="proxy"),
    Way("nginx-stream", client="announced"),
    Way("haproxy"),
    Way("haproxy-h2c"),
    Way("haproxy-h2"),
    Way("haproxy-tcp", client="announced"),
    Way("haproxy-tcp", (("send-proxy-v2", "send-proxy"),), client="announced"),
    # HAProxy may say it on both levels. What it says first counts: behind that may be bytes that it only passed on.
    Way("haproxy", (("127.0.0.1:8080", "127.0.0.1:8080 send-proxy-v2"),), client="announced"),
    Way("haproxy-h2", (("verify none", "verify none send-proxy"),), client="announced"),
]
# Where the hub knows that the client speaks TLS.
SECURE = [way for way in WAYS if way.name != "nginx-least" and (way.name, way.client) != ("haproxy", "announced")]


class Place:
    """A hub behind a proxy, and clients who only know the proxy."""

    def __init__(self, hub: Hub, proxy: Proxy, authority: Authority, scheme: str, version: str, folder: Path):
        self.hub, self.proxy, self.folder = hub, proxy, folder
        self.origin = f"{scheme}://localhost:{proxy.port}"
        self.options = ["-4", f"--http{version}", "--cacert", str(authority.certificate)]
        self._streams = 0

    def curl(self, target: str, *arguments: str, client: str = CLIENT) -> str:
        """What is answered, as one line would have it."""
        words = ["curl", "-s", "-m", str(int(GUARD)), *self.options, "--interface", client, *arguments]
        return shell(" ".join(f"'{word}'" for word in [*words, self.origin + target]))

    def publish(self, topic: str, data: str, client: str = CLIENT, **members) -> str:
        body = self.folder / "body"
        body.write_text(json.dumps({"topic": topic, "data": data} | members))
        return json.loads(self.curl("/publish", "-f", "-d", f"@{body}", client=client))["id"]

    def follow(self, target: str, *arguments: str, client: str = CLIENT) -> Curl:
        self._streams += 1
        words = [*self.options, "--interface", client, "-i", *arguments, self.origin + target]
        return Curl(self.folder / f"stream-{self._streams}", *words)

    def connections(self) -> list[dict]:
        return json.loads(self.curl("/connections"))["connections"]


@pytest.fixture
def authority(tmp_path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def behind(start, authority, tmp_path):
    """Starts a hub and the proxy before it; both must end well."""
    proxies = []

    def start_one(way: Way, *options: str, version: str = "2") -> Place:
        issued = authority.issue()
        text = snippets()[way.name]
        for old, new in way.changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        own, _ = hub_options(way.name, issued)
        if "send-proxy" in text and "--proxy-protocol" not in own:
            own.append("--proxy-protocol")
        hub = start(*own, *options)
        folder = tmp_path / f"proxy-{len(proxies)}"
        folder.mkdir()
        proxy = way.program(text, hub.address, folder, issued)
        proxies.append(proxy)
        scheme = "http" if way.name == "nginx-least" else "https"
        return Place(hub, proxy, authority, scheme, "1.1" if scheme == "http" else version, tmp_path)

    failure = None
    try:
        yield start_one
    finally:
        for proxy in proxies:
            try:
                proxy.stop()
            except BaseException as error:
                proxy.kill()
                failure = failure or error
    if failure:
        raise failure


def through(*ways: Way):
    return pytest.mark.parametrize("way", ways, ids=str)


@through(*WAYS)
@pytest.mark.parametrize("version", ["2", "1.1"])
def test_a_stream_begins_at_once_and_events_come_one_by_one(behind, way, version):
    place = behind(way, "--heartbeat", "100ms", version=version)
    with place.follow("/subscribe?topic=a") as stream:
        # There is no event yet.
        text = stream.wait_for("\nid: ")
        assert text.startswith("HTTP/2 200" if version == "2" and place.origin.startswith("https") else "HTTP/1.1 200")
        assert "content-type: text/event-stream\n" in text.lower() and "\n\nretry: " in text
        for number in range(5):
            id = place.publish("a", f"event {number}")
            # Nobody waits for more of them.
            stream.wait_for(f"id: {id}\ndata: event {number}\n\n")
        large = "x" * 200_000
        place.publish("a", large)
        stream.wait_for(f"data: {large}\n\n")
    # HAProxy notices when it has something to send.
    wait_for(lambda: not place.connections(), "the hub hears that the client went")


@through(*WAYS)
def test_a_client_resumes_by_the_last_id(behind, way):
    place = behind(way)
    ids = [place.publish("a", f"event {number}") for number in range(5)]
    with place.follow("/subscribe?topic=a", "-H", f"Last-Event-ID: {ids[1]}") as stream:
        text = stream.wait_for("event 4\n\n")
        assert "event 1\n" not in text
        assert [line for line in text.splitlines() if line.startswith("data: ")] == [f"data: event {n}" for n in (2, 3, 4)]


@through(*WAYS)
@pytest.mark.parametrize("version", ["2", "1.1"])
def test_a_drain_ends_streams_with_their_last_block(behind, start, way, version):
    place = behind(way, "--drain-retry", "700ms", version=version)
    with place.follow("/subscribe?topic=a") as stream:
        stream.wait_for("\nid: ")
        id = place.publish("a", "last words")
        stream.wait_for("last words\n\n")
        start.forget(place.hub)
        place.hub.server.signal(15)
        # The response is whole, as curl sees it.
        assert stream.process.wait(timeout=GUARD) == 0
        last = stream.text().split("\n\n")[-2].splitlines()
        assert f"id: {id}" in last and ": the hub is stopping" in last and any(line.startswith("retry: ") for line in last)
    assert place.hub.server.wait() == 0


@through(*WAYS)
def test_a_stream_ends_with_its_topic_and_is_whole(behind, way):
    place = behind(way)
    with place.follow("/subscribe?topic=a") as stream:
        stream.wait_for("\nid: ")
        place.publish("a", "the end", end=True)
        assert stream.process.wait(timeout=GUARD) == 0
        assert "data: the end\n\n" in stream.text()


@through(*WAYS)
def test_heartbeats_keep_a_quiet_stream(behind, way):
    place = behind(way, "--heartbeat", "50ms")
    with place.follow("/subscribe?topic=a") as stream:
        stream.wait_for("\n:\n:\n:\n")


@through(*WAYS)
@pytest.mark.parametrize("version", ["2", "1.1"])
def test_addresses_are_the_clients_own(behind, way, version):
    place = behind(way, version=version)
    others = ["127.0.0.10", "127.0.0.11"]
    # What a client says of itself is no proxy's word; and who asked before on the same connection is another.
    lies = ["-H", "X-Forwarded-For: 192.0.2.1", "-H", "X-Forwarded-Proto: http"]
    if way.client == "forwarded":
        lies += ["-H", "Forwarded: for=192.0.2.2"]
    mine = place.follow("/subscribe?topic=a&user=1", *lies)
    other = place.follow("/subscribe?topic=a&user=2", client=others[0])
    with mine, other:
        mine.wait_for("\nid: ")
        other.wait_for("\nid: ")
        place.publish("a", "x", client=others[1])
        listed = {entry["user"]: entry["address"] for entry in place.connections()}
    hosts = {user: address.partition(":")[0] for user, address in listed.items()}
    if way.client == "proxy":
        assert hosts == {"1": "127.0.0.1", "2": "127.0.0.1"}
    else:
        assert hosts == {"1": CLIENT, "2": others[0]}
    # A port is there where it was told.
    assert all((":" in address) == (way.client != "forwarded") for address in listed.values())


@through(*SECURE)
def test_a_page_of_the_proxys_own_may_publish_and_another_may_not(behind, way):
    place = behind(way)
    body = json.dumps({"topic": "a", "data": "x"})

    def status(origin: str) -> str:
        return place.curl("/publish", "-d", body, "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Origin: {origin}")

    assert status(place.origin) == "201"
    # The client speaks TLS: a page that came in clear is another's, whoever wrote it.
    assert status(place.origin.replace("https", "http")) == "403"
    assert status("https://example.org") == "403"


@through(Way("nginx"), Way("haproxy"))
def test_who_came_over_tls_is_not_sent_away(start, authority, tmp_path, way):
    issued = authority.issue()
    options, _ = hub_options(way.name, issued)
    hub = start(*options, "--tls-redirect", *issued.options, listen=("http://127.0.0.1:0", "https://127.0.0.1:0"))
    proxy = way.program(snippets()[way.name], hub.address, tmp_path, issued)
    try:
        place = Place(hub, proxy, authority, "https", "2", tmp_path)
        assert json.loads(place.curl("/topics"))["topics"] == []
        assert hub.get("/topics").status == 308
    finally:
        proxy.stop()


@through(Way("haproxy"), Way("haproxy-h2c"), Way("haproxy-h2"), Way("nginx"))
def test_many_streams_take_one_connection_to_the_proxy(behind, way):
    place = behind(way)
    urls = [f"{place.origin}/subscribe?topic=t/{number}" for number in range(20)]
    many = ["-Z", "--parallel-max", "50", "-w", "connections=%{num_connects}\n"]
    with Curl(place.folder / "many", *place.options, *many, *urls) as streams:
        wait_for(lambda: len(place.connections()) == 20, "20 streams are open")
        for number in range(20):
            place.publish(f"t/{number}", f"for {number}.", end=True)
        assert streams.process.wait(timeout=GUARD) == 0
        text = streams.text()
        assert all(f"data: for {number}.\n\n" in text for number in range(20))
        assert sum(int(made) for made in re.findall("connections=([0-9]+)", text)) == 1


@through(*WAYS)
def test_a_reader_that_stops_holds_up_no_other(behind, way):
    # It is not the hub that helps here: it would wait for the reader for ever.
    place = behind(way, "--slow-limit-bytes", "1GiB", "--slow-limit-age", "24h")
    stuck = [place.follow(f"/subscribe?topic=a&user={name}", "--limit-rate", "1") for name in ("one", "two")]
    others = [place.follow("/subscribe?topic=a") for _ in range(4)]
    with ExitStack() as streams:
        for stream in stuck + others:
            streams.enter_context(stream)
            stream.wait_for("HTTP/")
        wait_for(lambda: len(place.connections()) == 6, "all are open")
        number = 0

        def fill() -> bool:
            nonlocal number
            for _ in range(20):
                number += 1
                place.publish("a", f"{number} " + "x" * 60_000)
            lag = {entry["user"]: entry["bytes_behind"] for entry in place.connections()}
            return lag["one"] > 0 and lag["two"] > 0

        wait_for(fill, "what is between the hub and those who stopped is full")
        place.publish("a", "the last")
        for stream in others:
            stream.wait_for("data: the last\n\n")


def test_each_file_of_the_document_is_run():
    named = {way.name for way in WAYS}
    assert {name.removesuffix("-hub") for name in snippets()} == named
    for name in named:
        # The proxy finds the hub where the command beside it listens.
        command = snippets()[f"{name}-hub"].split()
        assert command[command.index("--listen") + 1] in snippets()[name]
