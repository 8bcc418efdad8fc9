"""That a token which leaks is found: by hubs that are made to tell theirs, and by the real one that is asked to."""

import json
import sys

import pytest

from http2 import DATA, HTTP2
from raw_http import request
from server import Server
from tokens import mint

# A hub that writes what it is told to where it is told to, and ends well.
TELLTALE = """
import http.server, os, signal, sys, threading

place, secret = os.environ["PLACE"], os.environ["SECRET"]

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        if place == "head":
            self.send_header("X-Word", secret)
        body = f"the word is {secret}." if place in ("body", "pieces") else "no word"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:20].encode())
        self.wfile.flush()
        if place == "pieces":
            threading.Event().wait(0.2)
        self.wfile.write(body[20:].encode())

    def log_message(self, *_):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
if place == "output":
    print(f"the word is {secret}.")
if place == "errors":
    print(f"the word is {secret}.", file=sys.stderr, flush=True)
if place == "file":
    os.mkdir("below")
    open("below/some.log", "w").write(f"the word is {secret}.")
print(f"Fanfare is ready on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"""


@pytest.fixture
def telltale(tmp_path, monkeypatch):
    """Starts such a hub."""
    script = tmp_path / "telltale"
    script.write_text(f"#!{sys.executable}\n{TELLTALE}")
    script.chmod(0o700)
    monkeypatch.setenv("FANFARE_BINARY", str(script))
    servers: list[Server] = []

    def start(place: str, secret: str) -> Server:
        servers.append(Server(environment={"PLACE": place, "SECRET": secret}))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


def parts(token: str) -> dict[str, str]:
    head, claims, signature = token.split(".")
    return {"whole": token, "claims": claims, "signature": signature, "cut": f"{head}.{claims}"}


@pytest.mark.parametrize("part", ["whole", "claims", "signature", "cut"])
@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("output", "its output"), ("errors", "its errors"), ("file", "the file some.log"), ("head", "an answer"),
        ("body", "an answer"), ("pieces", "an answer"),
    ],
)
def test_a_token_is_found_wherever_a_hub_writes_it(telltale, place, name, part):
    server = telltale(place, parts(mint("jack", ["a"]))[part])
    assert request(server.address, "GET", "/").status == 200
    with pytest.raises(AssertionError, match=f"of token [0-9]+ is in {name}"):
        server.stop()


@pytest.mark.parametrize("place", ["output", "errors", "file", "head", "body", "pieces"])
def test_what_is_no_token_is_nothing_to_find(telltale, place):
    token = mint("jack", ["a"])
    # What the header says is no secret, and what only looks like it is another one.
    head, claims, signature = token.split(".")
    server = telltale(place, f"{head}.{claims[::-1]}.{signature[::-1]}")
    assert request(server.address, "GET", "/").status == 200
    server.stop()


def test_an_event_that_holds_a_token_is_found_where_it_is_kept_and_sent(tmp_path):
    server = Server("--open", "--log", f"sqlite:{tmp_path}/log.db", directory=str(tmp_path))
    try:
        body = json.dumps({"topic": "a", "data": mint("jack")})
        fields = {"Content-Type": "application/json"}
        assert request(server.address, "POST", "/publish", body, fields).status == 201
        with pytest.raises(AssertionError, match="is in the file log.db"):
            server.stop()
    finally:
        server.kill()


def test_an_answer_of_http_2_is_searched(start):
    hub = start("--open")
    hub.publish("a", mint("jack"))
    with HTTP2(hub.address) as client:
        client.begin()
        client.send(client.request(1, "/events?topic=a"))
        while client.read().kind != DATA:
            pass
    start.forget(hub)
    try:
        with pytest.raises(AssertionError, match="is in an answer"):
            hub.server.stop()
    finally:
        hub.server.kill()


def test_a_hub_that_a_test_killed_is_searched(telltale):
    server = telltale("errors", mint("jack"))
    server.kill()
    with pytest.raises(AssertionError, match="is in its errors"):
        server.check_secrecy()
