"""The description of the HTTP API is one, is all of it, and is true of a running hub: requests that are made up from it
get the answers that it has, and no others."""

import copy
import itertools
import json
import re
import socket
import subprocess
from collections.abc import Iterator

import hypothesis
import pytest
import requests
import schemathesis
from openapi_spec_validator import validate
from requests.adapters import HTTPAdapter
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

import description
from hub import Hub, check_problem
from raw_http import Connection, request
from server import ROOT, Server, binary
from tokens import SECRET, bearer, mint

# How many requests are drawn for each operation. Those that are made of its examples and its bounds come on top.
DRAWN = 40

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.allow_header_conformance,
]


def made_up() -> schemathesis.openapi:
    """What requests are made up from."""
    document = copy.deepcopy(description.DOCUMENT)
    # There are no words for the lines of a body in OpenAPI 3.1.
    lines = document["paths"]["/publish"]["post"]["requestBody"]["content"]["application/x-ndjson"]
    lines["schema"] = {"type": "array", "items": {"$ref": "#/components/schemas/NewEvent"}}
    for example in lines["examples"].values():
        example["value"] = [json.loads(line) for line in example["value"].splitlines()]
    # Parameters that are not known are ignored, and no fault.
    generation = {"max-examples": DRAWN, "deterministic": True, "database": "none", "allow-extra-parameters": False}
    return schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict({"generation": generation}))


schema = made_up()
drawn = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])


@schemathesis.serializer("application/x-ndjson")
def _lines(_, value) -> bytes:
    if isinstance(value, list):
        return b"".join(json.dumps(line).encode() + b"\n" for line in value)
    return value if isinstance(value, bytes) else json.dumps(value).encode()


class Openings(HTTPAdapter):
    """Takes of a stream its first block, and leaves: it would not end."""

    def send(self, request, **settings) -> requests.Response:
        response = super().send(request, **(settings | {"stream": True}))
        if response.headers.get("content-type") == "text/event-stream":
            content = b""
            for byte in response.raw.stream(1):
                content += byte
                if content.endswith(b"\n\n"):
                    break
            response._content = content
            response._content_consumed = True
            response.close()
        return response


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", Openings())
        yield session


def serve(*options: str) -> Iterator[Hub]:
    # Topics that have ended are there again soon.
    server = Server("--retain-events", "10", *options)
    try:
        yield Hub(server)
    except BaseException:
        server.kill()
        raise
    server.stop()


@pytest.fixture(scope="module")
def open_hub() -> Iterator[Hub]:
    yield from serve("--open")


@pytest.fixture(scope="module")
def guarded_hub(tmp_path_factory) -> Iterator[Hub]:
    secret = tmp_path_factory.mktemp("keys") / "secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    yield from serve("--key-file", str(secret))


@pytest.fixture(scope="module")
def askers() -> Iterator[dict[str, str]]:
    """Who asks: those who may do everything, something, nothing, and some whose token is bad, in turn."""
    tokens = [
        mint("jack", ["**"], ["**"], admin=True),
        mint("jack", ["robot", "orders/*"], ["robot", "orders/*"]),
        mint("anna", ["**"], ["**"], admin=True),
        mint("0", [], []),
        mint("jack", ["**"], ["**"], admin=True, lifetime=-3600),
        mint("jack", ["**"], ["**"], admin=True, key="another secret, which is as long as the first has to be"),
    ]
    return itertools.cycle([bearer(token) for token in tokens] + [{}])


@pytest.fixture
def seen() -> Iterator[set[int]]:
    """The statuses with which an operation answered: not all were refusals."""
    seen = set()
    yield seen
    assert any(status < 300 for status in seen), seen


numbers = itertools.count()


def use_new_key(case: schemathesis.Case) -> None:
    """A good key is used once: what is drawn often has the same one, and other events under it are refused."""
    key = case.headers.get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]{1,255}", key):
        case.headers["Idempotency-Key"] = f"{key[:240]}{next(numbers)}"


@schema.parametrize()
@drawn
def test_an_open_hub_answers_as_is_described(case, open_hub: Hub, session: requests.Session, seen: set[int]):
    use_new_key(case)
    seen.add(case.call_and_validate(base_url=open_hub.url, session=session, checks=CHECKS).status_code)


@schema.parametrize()
@drawn
def test_a_hub_with_tokens_answers_as_is_described(
    case, guarded_hub: Hub, session: requests.Session, askers, seen: set[int]
):
    use_new_key(case)
    answer = case.call_and_validate(base_url=guarded_hub.url, session=session, headers=next(askers), checks=CHECKS)
    seen.add(answer.status_code)


def test_the_description_is_one_of_openapi():
    validate(description.DOCUMENT)


def test_the_description_is_served_as_it_is_written_and_needs_no_token(hub, guarded):
    for one in (hub, guarded()):
        answer = one.get("/openapi.json")
        assert answer.status == 200
        assert answer.fields["content-type"] == "application/json"
        assert answer.body == description.PATH.read_bytes()


def test_the_description_is_of_this_version():
    printed = subprocess.run([binary(), "version"], capture_output=True, text=True, check=True).stdout
    assert printed.split()[1] == description.DOCUMENT["info"]["version"]


def test_the_kinds_of_problems_are_those_of_the_documentation():
    text = (ROOT / "docs" / "http-api.md").read_text()
    table = text[text.index("## Errors") : text.index("`detail` is for people.")]
    documented = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", table[table.index("| | |") :]))
    documented |= set(re.findall(r"`(token-[a-z-]+)`", text))
    described = set(re.findall(r"urn:fanfare:problem:([a-z-]+)\"", json.dumps(description.DOCUMENT)))
    # Of those no operation has the first two, and a hub without routes of a program none of the others.
    of_programs = {"failed", "precondition-failed", "range-not-satisfiable", "not-readable", "bad-multipart", "part-too-large", "no-room"}
    assert described == documented - {"not-found", "method-not-allowed"} - of_programs


@pytest.mark.parametrize(
    "status, lines",
    [
        (400, "GET {path} HTTP/1.1\r\nHost: a b\r\n\r\n"),
        (413, "GET {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"),
        (414, "GET {path}?x={long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        (417, "GET {path} HTTP/1.1\r\nHost: localhost\r\nExpect: cake\r\n\r\n"),
        (421, "GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        (431, "GET {path} HTTP/1.1\r\nHost: localhost\r\nX: {long}{long}\r\n\r\n"),
        (501, "GET {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
        (505, "GET {path} HTTP/2.0\r\nHost: localhost\r\n\r\n"),
    ],
)
def test_what_no_client_of_the_description_sends_is_answered_as_is_described(shared, status, lines):
    for path, methods in description.DOCUMENT["paths"].items():
        for method in methods:
            with Connection(shared.address) as connection:
                connection.send(lines.format(path=path, long="x" * 9000).replace("GET", method.upper(), 1))
                connection.socket.shutdown(socket.SHUT_WR)
                answer = connection.receive_answer()
            assert answer.status == status, (method, path, answer)
            description.check(method, path, answer)


def test_a_stream_is_as_is_described(shared):
    schemas = description.DOCUMENT["components"]["schemas"]
    with shared.subscribe("described/*", envelope="true", last_event_id="never-there-1") as stream:
        gap = stream.opening()
        assert gap.type == "fanfare.gap"
        description.validate(gap.json(), schemas["Gap"])
        shared.publish(["described/a", "described/b"], {"a": 1}, type="t")
        event = stream.event()
        description.validate(event.json(), schemas["Envelope"])
        headers = description.operation("get", "/subscribe")["responses"]["200"]["headers"]
        for name, header in headers.items():
            description.validate(stream.head.fields[name.lower()], header["schema"])
        assert stream.head.fields["content-type"] == "text/event-stream"


def test_streams_that_are_turned_away_are_as_is_described(start):
    hub = start("--max-streams-per-address", "1")
    with hub.subscribe("a"):
        browser = hub.get("/subscribe?topic=a", Accept="text/event-stream")
        assert browser.status == 200 and b"retry: " in browser.body
        description.check("GET", "/subscribe", browser)
        check_problem(hub.get("/subscribe?topic=a"), 429)


def test_who_asks_in_clear_is_sent_on_as_is_described(start):
    hub = start("--tls-self-signed", "--tls-redirect", listen=("http://127.0.0.1:0", "https://127.0.0.1:0"))
    for path, methods in description.DOCUMENT["paths"].items():
        for method in methods:
            answer = request(hub.address, method.upper(), path)
            if path in ("/healthz", "/readyz"):
                assert answer.status == 200
            else:
                assert answer.status == 308
            description.check(method, path, answer)
