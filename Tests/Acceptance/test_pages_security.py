"""What keeps a page of the hub's own from running anybody else's script, and an answer from being taken for a page."""

import json
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from certificates import trusting
from http2 import HEADERS, HTTP2
from hub import Hub
from raw_http import Answer, Connection, request
from server import ROOT, Server
from tokens import bearer, mint

SCRIPT = "<script>alert(1)</script>"
PAGES = ["/", "/gallery", "/?user=jack&topics=robot", "/?user=huoyijie&topics=chatgpt|robot", "/emitter", "/timers", "/chat"]
PAGES += ["/messenger", "/upload", "/upload/phone?member_id=1&identifier=a", "/token"]
FILES = ROOT / "Sources" / "GalleryPages" / "pages"
PARTS = [f"/gallery/{file.name}" for file in sorted(FILES.iterdir()) if file.suffix != ".html"]


@pytest.fixture(scope="module")
def gallery():
    server = Server("--demo")
    yield Hub(server)
    server.stop()


class Markup(HTMLParser):
    """The scripts, styles, attributes and addresses of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.inline: list[str] = []
        self.attributes: list[str] = []
        self.addresses: list[str] = []
        self._open = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self._open = tag
        for name, value in attributes:
            self.attributes.append(name)
            if name in ("src", "href", "action"):
                self.addresses.append(value)

    def handle_endtag(self, tag):
        self._open = None

    def handle_data(self, data):
        if self._open in ("script", "style") and data.strip():
            self.inline.append(data)


def directives(answer: Answer) -> dict[str, list[str]]:
    policy = answer.fields["content-security-policy"]
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


# Pages ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", PAGES + PARTS)
def test_a_page_and_all_of_its_files_allow_no_script_but_their_own(gallery, target):
    answer = gallery.get(target)
    assert answer.status == 200
    policy = directives(answer)
    assert policy.pop("img-src") == ["'self'", "data:", "blob:"]
    assert policy == {
        "default-src": ["'none'"], "script-src": ["'self'"], "style-src": ["'self'"], "connect-src": ["'self'"],
        "base-uri": ["'none'"], "form-action": ["'self'"], "frame-ancestors": ["'none'"],
    }
    assert answer.fields["referrer-policy"] == "no-referrer"
    assert answer.fields["x-content-type-options"] == "nosniff"
    assert "charset=utf-8" in answer.fields["content-type"] or answer.fields["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("target", PAGES)
def test_a_page_needs_nothing_that_its_policy_forbids(gallery, target):
    markup = Markup(gallery.get(target).body.decode())
    assert markup.inline == []
    assert [name for name in markup.attributes if name.startswith("on") or name == "style"] == []
    outside = [address for address in markup.addresses if not address.startswith(("/", "#")) or address.startswith("//")]
    assert outside == []


def test_no_script_of_a_page_makes_markup_of_a_text():
    scripts = [file for file in FILES.iterdir() if file.suffix == ".js"]
    assert scripts
    for file in scripts:
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
            assert word not in file.read_text(), f"{word} in {file.name}"


@pytest.mark.parametrize("target", ["/?user=jack&topics=robot", "/?topics=robot&user=jack&x=" + quote(SCRIPT)])
def test_a_page_is_the_same_whatever_it_is_asked_with(gallery, target):
    assert gallery.get(target).body == gallery.get("/?user=huoyijie&topics=chatgpt").body


# What comes back of what was asked ------------------------------------------------------------------------------------

WRITTEN = {"raw": SCRIPT, "encoded": quote(SCRIPT, safe="")}
TARGETS = [
    "/?user={}&topics=robot", "/?user=jack&topics={}", "/subscribe?user={}&topics=robot",
    "/subscribe?user=jack&topics={}", "/subscribe?topic={}/**/x", "/subscribe?topic=a&since={}",
    "/subscribe?inbox={}", "/subscribe?inbox=a&user={}", "/events?topic={}/**/x", "/events?topic=a&limit={}",
    "/events?topic=a&after={}", "/inbox?user={}", "/connections?topic={}/*", "/presence?topic={}/*", "/{}",
    "/gallery/{}", "/publish/{}", "/topics?limit={}", "/topics?after={}",
]


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("target", TARGETS)
def test_a_script_in_a_query_or_path_comes_back_in_no_page(gallery, target, form):
    answer = gallery.get(target.format(WRITTEN[form]), Accept="text/html,*/*")
    check_harmless(answer)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps({"topic": "a", "data": "x", SCRIPT: 1}), "application/json"),
        (json.dumps({"topic": f"{SCRIPT}/**/x", "data": "x"}), "application/json"),
        (json.dumps({"topic": "a", "data": "x", "id": SCRIPT}), "application/json"),
        (json.dumps({"topic": "a", "data": "x", "type": f"fanfare.{SCRIPT}"}), "application/json"),
        (f"topic=a&data=x&{quote(SCRIPT)}=1", "application/x-www-form-urlencoded"),
        (SCRIPT, "application/json"),
        (SCRIPT, "application/x-ndjson"),
        (SCRIPT, f"text/{SCRIPT}"),
        (SCRIPT, "text/html"),
    ],
)
def test_a_script_in_a_body_comes_back_in_no_page(gallery, body, content_type):
    answer = gallery.post(body, content_type)
    assert answer.status in (400, 415)
    check_harmless(answer)


def test_a_script_that_is_published_is_told_in_no_page(gallery):
    gallery.publish("robot", SCRIPT, type=SCRIPT)
    gallery.publish(SCRIPT, SCRIPT)
    for target in ("/events?topic=robot", "/topics", f"/events?topic={quote(SCRIPT, safe='')}"):
        answer = gallery.get(target)
        check_harmless(answer)
        assert b"alert(1)" in answer.body
    with gallery.subscribe("robot", since="1") as stream:
        assert stream.event().data == SCRIPT
        assert stream.head.fields["content-type"] == "text/event-stream"
        assert stream.head.fields["x-content-type-options"] == "nosniff"


def test_a_script_in_a_heads_fields_comes_back_in_no_field(gallery):
    for field in ("Origin", "Referer", "Last-Event-ID", "User-Agent", "Cookie", "X-Forwarded-For"):
        answer = gallery.get("/topics", **{field.replace("-", "_"): SCRIPT})
        check_harmless(answer)
        assert not any("script" in line for line in answer.lines)
    answer = gallery.get("/topics", Host="evil.example")
    assert answer.status == 421
    check_harmless(answer)


def check_harmless(answer: Answer) -> None:
    """It is nothing that a browser would run a script of: no page, and not to be taken for one."""
    assert answer.fields["x-content-type-options"] == "nosniff"
    assert answer.fields["content-type"].split(";")[0] in (
        "application/json", "application/problem+json", "text/event-stream"
    ), answer.fields
    assert SCRIPT not in "\n".join(answer.lines)


# Every answer --------------------------------------------------------------------------------------------------------


def test_no_answer_is_to_be_taken_for_something_else(guarded, start, tmp_path):
    hub = guarded("--cors", "https://app.example", "--publish-rate", "100/s", "--max-streams-per-address", "1")
    token = bearer(mint("jack", ["**"], ["**"], admin=True))
    event = '{"topic": "a", "data": "x", "id": "one"}'

    def expect(status: int, answer: Answer) -> None:
        assert answer.status == status, (answer.status, answer.body)
        assert answer.fields["x-content-type-options"] == "nosniff", answer.lines

    expect(201, hub.post(event, **token))
    expect(200, hub.post(event, **token))
    expect(201, hub.post(event.replace("one", "two"), Origin="https://app.example", **token))
    expect(409, hub.post(event.replace('"x"', '"y"'), **token))
    expect(401, hub.post(event))
    expect(401, hub.post(event, **bearer("x")))
    expect(403, hub.post(event, **bearer(mint("jack"))))
    expect(403, hub.post(event, Origin="https://evil.example", **token))
    expect(413, hub.request("POST", "/publish", "", Content_Length=str(1 << 30), **token))
    for target in ("/events?topic=a", "/topics", "/connections", "/presence?topic=a", "/inbox?user=jack"):
        expect(200, hub.get(target, **token))
        expect(200, hub.request("HEAD", target, **token))
    for target in ("/healthz", "/readyz"):
        expect(200, hub.get(target))
    expect(404, hub.get("/nothing"))
    expect(405, hub.request("DELETE", "/publish", **token))
    expect(204, hub.request("OPTIONS", "/publish", Origin="https://app.example", Access_Control_Request_Method="POST"))
    expect(200, hub.request("OPTIONS", "*"))
    expect(200, hub.request("HEAD", "/subscribe?topic=a", **token))
    expect(204, hub.get("/subscribe?topic=a", Last_Event_ID="x~stop", **token))
    expect(406, hub.get("/subscribe?topic=a", Accept="text/html", **token))
    with hub.subscribe("a", headers=token) as stream:
        assert stream.head.fields["x-content-type-options"] == "nosniff"
        stream.opening()
        expect(429, hub.get("/subscribe?topic=a", Accept="*/*", **token))
        expect(200, hub.get("/subscribe?topic=a", Accept="text/event-stream", **token))
    other = bearer(mint("jill", ["**"]))
    expect(201, hub.post("\n".join(['{"topic": "a", "data": "x"}'] * 1000), "application/x-ndjson", **other))
    expect(429, hub.post(event, **other))
    for head in ("GET / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "x\r\n\r\n", f"GET /{'x' * 9000} HTTP/1.1\r\n\r\n"):
        with Connection(hub.address) as connection:
            connection.send(head)
            answer = connection.receive_answer()
            expect(answer.status, answer)
            assert answer.status >= 400
    with HTTP2(hub.address) as client:
        client.begin()
        for stream, path in ((1, "/healthz"), (3, "/nothing"), (5, "/topics")):
            client.send(client.request(stream, path))
            while (got := client.read()).kind != HEADERS:
                pass
            assert got.fields["x-content-type-options"] == "nosniff"
    secure = start(
        "--tls-self-signed", "--tls-redirect", listen=("http://127.0.0.1:0", "https://127.0.0.1:0"),
        log=f"sqlite:{tmp_path}/log.db",
    )
    expect(308, secure.get("/topics"))
    port = secure.server.ports[1]
    trusted = trusting(tmp_path / "log.db-tls.pem")
    expect(200, request(("127.0.0.1", port), "GET", "/topics", tls=trusted))
