"""Who may publish, who may listen: where tokens are carried, what they let do, and what those are told who may not."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import stat
import subprocess
import threading
import time
from urllib.parse import quote

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from hang_guard import wait_for
from hub import Hub, check_problem
from server import Server, binary, clean_environment
from stream import Stream
from tokens import MINTED, SECRET, bearer, mint

ALL = {"publish": ["**"], "subscribe": ["**"]}


def refused(answer, status: int, kind: str, *words: str) -> None:
    problem = check_problem(answer, status, *words)
    assert problem["type"] == f"urn:fanfare:problem:{kind}"


def publish(hub: Hub, token: str | None, topic="a", data="x", **members):
    return hub.post(json.dumps({"topic": topic, "data": data} | members), **(bearer(token) if token else {}))


def stream(hub: Hub, token: str, *topics: str, fields=None, **parameters: str) -> Stream:
    return hub.subscribe(*topics, headers={"Authorization": f"Bearer {token}"} | (fields or {}), **parameters)


# Carriage -------------------------------------------------------------------------------------------------------------


def test_without_a_token_nothing_is_to_be_had_but_health(guarded):
    hub = guarded()
    for method, target in [
        ("POST", "/publish"), ("GET", "/subscribe?topic=a"), ("GET", "/events?topic=a"), ("GET", "/topics"),
        ("GET", "/connections"), ("DELETE", "/connections?user=a"), ("GET", "/presence?topic=a"),
        ("GET", "/inbox?user=a"), ("PUT", "/inbox"), ("POST", "/inbox/ack"), ("GET", "/subscribe?inbox=a"),
    ]:
        body = {"/publish": '{"topic": "a", "data": "x"}', "/inbox": '{"user": "a", "topics": []}',
                "/inbox/ack": '{"user": "a", "id": "x-1"}'}.get(target)
        answer = hub.request(method, target, body, Content_Type="application/json")
        refused(answer, 401, "token-missing", "Authorization: Bearer")
        assert answer.fields["www-authenticate"] == 'Bearer realm="fanfare"'
    for target in ("/healthz", "/readyz"):
        assert hub.get(target).status == 200


def test_a_token_is_carried_by_field_query_or_cookie_and_the_first_decides(guarded):
    hub = guarded()
    good, other = mint("jack", **ALL), mint("jill", ["b"], ["b"])
    target = "/events?topic=a"
    assert hub.get(target, Authorization=f"Bearer {good}").status == 200
    assert hub.get(target, Authorization=f"bEARER   {good}").status == 200
    assert hub.get(f"{target}&token={good}").status == 200
    assert hub.get(target, Cookie=f"x=1; fanfare_token={good}; y=2").status == 200
    # A field before the query, and that before the cookie; a bad one is not made up for.
    refused(hub.get(f"{target}&token={good}", Authorization="Bearer x"), 401, "token-malformed")
    refused(hub.get(f"{target}&token=x", Cookie=f"fanfare_token={good}"), 401, "token-malformed")
    refused(hub.get(f"{target}&token={good}", Authorization=f"Bearer {other}"), 403, "not-permitted", '"a"')
    assert hub.get(f"{target}&token={good}", Cookie="fanfare_token=x").status == 200
    for empty in ({"Authorization": "Bearer"}, {"Authorization": "Bearer "}, {"Cookie": "fanfare_token="}):
        refused(hub.get(target, **empty), 401, "token-malformed")
    refused(hub.get(f"{target}&token="), 401, "token-malformed")
    # The scheme of somebody else, such as a proxy, is no token.
    assert hub.get(f"{target}&token={good}", Authorization="Basic eDp5").status == 200
    refused(hub.get(target, Authorization="Basic eDp5"), 401, "token-missing")
    # Two different ones in one place may mean two people.
    refused(hub.get(f"{target}&token={good}&token={other}"), 401, "token-ambiguous")
    refused(hub.get(target, Cookie=f"fanfare_token={good}; fanfare_token={other}"), 401, "token-ambiguous")
    assert hub.get(f"{target}&token={good}&token={good}").status == 200


def test_a_cookie_lets_no_foreign_page_write(guarded):
    hub = guarded("--cors", "https://app.example")
    token = mint("jack", **ALL)
    body = '{"topic": "a", "data": "x"}'
    cookie = {"Cookie": f"fanfare_token={token}", "Content_Type": "application/json"}
    refused(hub.request("POST", "/publish", body, **cookie), 403, "foreign-origin")
    for origin in ("https://evil.example", "null", "http://app.example", "https://app.example.evil.example"):
        answer = hub.request("POST", "/publish", body, Origin=origin, **cookie)
        refused(answer, 403, "foreign-origin")
        assert "access-control-allow-origin" not in answer.fields
    assert hub.request("POST", "/publish", body, Origin="https://app.example", **cookie).status == 201
    assert hub.request("POST", "/publish", body, Sec_Fetch_Site="same-origin", **cookie).status == 201
    # What a foreign page may send without asking, it may not read.
    answer = hub.get("/events?topic=a", Origin="https://evil.example", Cookie=f"fanfare_token={token}")
    assert answer.status == 200 and "access-control-allow-origin" not in answer.fields


# What is wrong with a token ---------------------------------------------------------------------------------------------


def test_what_is_wrong_with_a_token_is_said(guarded):
    hub = guarded("--issuer", "https://id.example", "--audience", "hub")
    good = {"iss": "https://id.example", "aud": ["x", "hub"]}

    def judged(kind: str, *words: str, **parts) -> None:
        claims = good | parts.pop("claims", {})
        token = mint("jack", claims=claims, **(ALL | parts))
        answer = publish(hub, token)
        refused(answer, 401, kind, *words)
        assert 'error="invalid_token"' in answer.fields["www-authenticate"]
        for part in token.split("."):
            assert part not in answer.body.decode() and part not in str(answer.lines)

    assert publish(hub, mint("jack", claims=good, **ALL)).status == 201
    judged("token-expired", "expired", lifetime=-11)
    judged("token-not-yet-valid", "nbf", claims={"nbf": int(time.time()) + 60})
    judged("token-bad-signature", "another key", key="another secret that is long enough, too")
    judged("token-missing-claim", '"iss"', claims={"iss": None})
    judged("token-wrong-issuer", "--issuer", claims={"iss": "https://evil.example"})
    judged("token-missing-claim", '"aud"', claims={"aud": None})
    judged("token-wrong-audience", "--audience", claims={"aud": "x"})
    judged("token-missing-claim", '"fanfare"', claims={"fanfare": None})
    judged("token-bad-claim", "pattern", claims={"fanfare": {"publish": ["a/**/b"]}})
    token = mint("jack", claims=good, **ALL)
    head, signature = token.rsplit(".", 1)
    # The first 15 bytes of it, which 20 letters are.
    refused(publish(hub, f"{head}.{signature[:20]}"), 401, "token-bad-signature")
    refused(publish(hub, token.rsplit(".", 1)[0] + "."), 401, "token-bad-signature")
    # Clocks differ by a little.
    assert publish(hub, mint("jack", claims=good, lifetime=-3, **ALL)).status == 201


def test_what_is_not_permitted_is_named(guarded):
    hub = guarded()
    token = mint("jack", ["a/*"], ["b/{user}/**"])
    assert publish(hub, token, "a/x").status == 201
    answer = publish(hub, token, "a/x/y")
    refused(answer, 403, "not-permitted", '"a/x/y"', '"publish"')
    assert 'error="insufficient_scope"' in answer.fields["www-authenticate"]
    # Of several topics each one has to be allowed, and of lines each line.
    refused(publish(hub, token, "a/1", topics=["a/2", "b/1"]), 403, "not-permitted", '"b/1"')
    lines = '{"topic": "a/1", "data": "x"}\n{"topic": "c", "data": "x"}\n'
    answer = hub.post(lines, "application/x-ndjson", **bearer(token))
    refused(answer, 403, "not-permitted", '"c"')
    refused(publish(hub, mint("jack", **ALL), "$hub/x"), 403, "reserved-topic")
    for target in ("/events?topic=b/jill/x", "/subscribe?topic=b/jill/x", "/subscribe?topic=b"):
        refused(hub.get(target, **bearer(token)), 403, "not-permitted", '"subscribe"')
    assert hub.get("/events?topic=**", **bearer(token)).status == 200
    refused(hub.get("/subscribe?topic=b/jack/x&user=jill", **bearer(token)), 403, "not-permitted", "user=")
    for method, target in [("GET", "/topics"), ("GET", "/connections"), ("DELETE", "/connections?user=jill"),
                           ("GET", "/presence?topic=b/jack/x")]:
        refused(hub.request(method, target, **bearer(token)), 403, "not-permitted", '"admin"')
    admin = mint("root", admin=True)
    for target in ("/topics", "/connections", "/presence?topic=a"):
        assert hub.get(target, **bearer(admin)).status == 200
    # Who looks after the hub may not read or publish for that reason.
    refused(publish(hub, admin, "a/x"), 403, "not-permitted")
    refused(hub.get("/events?topic=a", **bearer(admin)), 403, "not-permitted")
    # Nothing of what was refused is kept.
    reader = mint("jack", [], ["**"])
    events = hub.get("/events?topic=**", **bearer(reader)).json()["events"]
    assert [event["topics"] for event in events] == [["a/x"]]


# Reading ----------------------------------------------------------------------------------------------------------------


def test_each_reader_gets_what_they_may_read_live_replayed_and_in_history(guarded, log):
    hub = guarded("--anonymous", *log)
    writer = mint("writer", ["**"])
    jack, jill = mint("jack", [], ["for/jack", "team/*"]), mint("jill", [], ["for/jill"])
    hub_streams = {
        "jack": stream(hub, jack, "**", envelope="true"),
        "jill": stream(hub, jill, "**", envelope="true"),
        "anyone": hub.subscribe("**", envelope="true"),
    }
    events = [
        (["news"], False), (["for/jack"], True), (["for/jill"], True), (["for/jack", "for/jill"], True),
        (["team/a", "secret"], True), (["team/a", "secret"], False), (["for/jill", "news"], False), (["end"], False),
    ]
    expected = {
        "jack": [["news"], ["for/jack"], ["for/jack"], ["team/a"], ["team/a", "secret"], ["for/jill", "news"], ["end"]],
        "jill": [["news"], ["for/jill"], ["for/jill"], ["team/a", "secret"], ["for/jill", "news"], ["end"]],
        "anyone": [["news"], ["team/a", "secret"], ["for/jill", "news"], ["end"]],
    }
    for number, (topics, is_private) in enumerate(events):
        answer = publish(hub, writer, data=str(number), **{"topics": topics, "topic": topics[0], "private": is_private})
        assert answer.status == 201, answer.body

    def topics_of(reader: Stream) -> list[list[str]]:
        found = []
        while not found or found[-1] != ["end"]:
            block = reader.block()
            if block.has_data:
                found.append(block.json()["topics"])
        return found

    for name, reader in hub_streams.items():
        assert topics_of(reader) == expected[name], name
    fields = {"jack": bearer(jack), "jill": bearer(jill), "anyone": {}}
    for name in expected:
        history = hub.get("/events?topic=**", **fields[name]).json()["events"]
        assert [event["topics"] for event in history] == expected[name], name
        replay = hub.subscribe("**", headers=fields[name], envelope="true", since="earliest")
        assert topics_of(replay) == expected[name], name
        last = hub.subscribe("**", headers=fields[name], envelope="true", since="2")
        assert topics_of(last) == expected[name][-2:], name
        # The id of somebody else's event tells where to go on, and nothing more.
        theirs = hub.get("/events?topic=for/jack", **bearer(jack)).json()["events"][0]["id"]
        resumed = hub.subscribe("**", headers=fields[name] | {"Last-Event-ID": theirs}, envelope="true")
        # It is the second event of all.
        assert topics_of(resumed) == expected[name][2 if name == "jack" else 1 :], name


def test_with_anonymous_a_bad_token_is_still_refused(guarded):
    hub = guarded("--anonymous")
    assert hub.get("/events?topic=a").status == 200
    refused(hub.get("/events?topic=a", Authorization="Bearer x"), 401, "token-malformed")
    refused(publish(hub, None), 401, "token-missing")
    refused(hub.get("/inbox?user=a"), 401, "token-missing")
    refused(hub.get("/subscribe?topic=a&user=jack"), 401, "token-missing")


def test_a_stream_ends_with_its_token_and_goes_on_with_a_new_one(guarded, log):
    hub = guarded(*log)
    writer = mint("writer", ["**"])
    short = mint("jack", [], ["a"], lifetime=2)
    with stream(hub, short, "a") as reader:
        reader.opening()
        first = publish(hub, writer, data="1").json()["id"]
        assert reader.event().data == "1"
        last = reader.block()
        assert last.retry is not None and any("expired" in comment for comment in last.comments), last
        assert last.id == first
        assert reader.rest() == []
    second = publish(hub, writer, data="2").json()["id"]
    with stream(hub, mint("jack", [], ["a"]), "a", fields={"Last-Event-ID": last.id}) as reader:
        event = reader.event()
        assert (event.id, event.data) == (second, "2")


def test_the_user_of_a_stream_is_the_tokens(guarded):
    hub = guarded()
    admin = bearer(mint("root", admin=True))
    with stream(hub, mint("jack", [], ["a"]), "a"), stream(hub, mint("jack", [], ["a"]), "a", user="jack"):
        with stream(hub, mint(None, [], ["a"]), "a"):
            listed = hub.get("/connections", **admin).json()["connections"]
            assert sorted(str(entry["user"]) for entry in listed) == ["None", "jack", "jack"]
            assert hub.get("/presence?topic=a", **admin).json()["users"] == [{"user": "jack", "streams": 2}]


def test_repeats_are_the_users_own(guarded, log):
    hub = guarded(*log)
    jack, jill = mint("jack", **ALL), mint("jill", **ALL)
    key = {"Idempotency_Key": "k"}
    body = '{"topic": "a", "data": "x"}'
    first = hub.post(body, **bearer(jack), **key)
    assert (first.status, hub.post(body, **bearer(jack), **key).status) == (201, 200)
    other = hub.post('{"topic": "a", "data": "y"}', **bearer(jill), **key)
    assert other.status == 201 and other.json() != first.json()
    assert publish(hub, jack, id="mine").status == 201
    assert publish(hub, jack, id="mine").status == 200
    check_problem(publish(hub, jill, id="mine"), 409)


# Inboxes ----------------------------------------------------------------------------------------------------------------


def test_an_inbox_is_its_users(guarded, log):
    hub = guarded(*log)
    own = ["users/{user}", "users/{user}/**"]
    writer, jack, jill = mint("w", ["**"]), mint("jack", [], [*own, "team/*"]), mint("jill", [], own)
    admin = mint("root", admin=True)
    for topic in ("users/jack", "users/jill/x", "team/a", "secret"):
        assert publish(hub, writer, topic, private=True).status == 201
    assert hub.get("/inbox?user=jack", **bearer(jack)).json()["unread"] == 1
    refused(hub.get("/inbox?user=jack", **bearer(jill)), 403, "not-permitted", '"jack"')
    refused(hub.get("/subscribe?inbox=jack&since=unread", **bearer(jill)), 403, "not-permitted", '"jack"')
    assert hub.get("/inbox?user=jack", **bearer(admin)).json()["unread"] == 1

    def add(token: str, user: str, *topics: str):
        return hub.request("PUT", "/inbox", json.dumps({"user": user, "topics": topics}), **bearer(token))

    refused(add(jill, "jack", "team/a"), 403, "not-permitted", '"jack"')
    refused(add(jack, "jack", "secret"), 403, "not-permitted", '"secret"')
    refused(add(jack, "jack", "team/**"), 403, "not-permitted", '"team/**"')
    assert add(jack, "jack", "team/a").status == 200
    # What is added for somebody is no right to read it.
    assert add(admin, "jill", "secret").status == 200
    assert publish(hub, writer, "secret", "hidden", private=True).status == 201
    assert publish(hub, writer, "team/a", "seen", private=True).status == 201
    assert hub.get("/inbox?user=jill", **bearer(jill)).json()["unread"] == 1
    assert hub.get("/inbox?user=jill", **bearer(admin)).json()["unread"] == 2
    assert publish(hub, writer, "users/jill/x", "end").status == 201
    with hub.subscribe(headers={"Authorization": f"Bearer {jill}"}, inbox="jill", since="unread") as reader:
        assert [reader.event().data, reader.event().data] == ["x", "end"]
    with hub.subscribe(headers={"Authorization": f"Bearer {jack}"}, inbox="jack", since="unread") as reader:
        assert [reader.event().data for _ in range(3)] == ["x", "x", "seen"]
    body = json.dumps({"user": "jack", "id": publish(hub, writer, "users/jack").json()["id"]})
    refused(hub.request("POST", "/inbox/ack", body, **bearer(jill)), 403, "not-permitted", '"jack"')
    assert hub.request("POST", "/inbox/ack", body, **bearer(jack)).json()["unread"] == 0


# Keys -------------------------------------------------------------------------------------------------------------------


def private_keys() -> dict:
    return {
        "RS256": rsa.generate_private_key(65537, 2048), "ES256": ec.generate_private_key(ec.SECP256R1()),
        "ES384": ec.generate_private_key(ec.SECP384R1()), "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    }


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def jwk(key, algorithm: str, kid: str) -> dict:
    member = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return member | {"kid": kid, "use": "sig", "alg": algorithm}


def test_tokens_of_each_algorithm_are_taken(start, tmp_path):
    keys = private_keys()
    for name, key in keys.items():
        (tmp_path / name).write_bytes(public_pem(key))
    hub = start(*(option for name in keys for option in ("--key-file", str(tmp_path / name))))
    for name, key in keys.items():
        for algorithm in {"RS256": ["RS256", "RS384", "RS512", "PS256"]}.get(name, [name]):
            assert publish(hub, mint("jack", key=key, algorithm=algorithm, **ALL)).status == 201, algorithm
    # The public key is no secret of HMAC.
    header, claims = mint("jack", **ALL).split(".")[:2]
    forged = hmac.new(public_pem(keys["RS256"]), f"{header}.{claims}".encode(), hashlib.sha256).digest()
    token = f"{header}.{claims}.{base64.urlsafe_b64encode(forged).rstrip(b'=').decode()}"
    refused(publish(hub, token), 401, "token-wrong-algorithm")


def test_keys_of_a_file_are_replaced_while_the_hub_runs(start, tmp_path):
    file, old, new = tmp_path / "keys.json", ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)

    def write(*keys: dict) -> None:
        (tmp_path / "draft").write_text(json.dumps({"keys": keys}))
        os.replace(tmp_path / "draft", file)

    write(jwk(old, "ES256", "old"))
    hub = start("--jwks", str(file))
    by_old = mint("jack", key=old, algorithm="ES256", kid="old", **ALL)
    by_new = mint("jack", key=new, algorithm="RS256", kid="new", **ALL)
    assert publish(hub, by_old).status == 201
    refused(publish(hub, by_new), 401, "token-unknown-key")
    write(jwk(old, "ES256", "old"), jwk(new, "RS256", "new"))
    hub.server.signal(signal.SIGHUP)
    wait_for(lambda: publish(hub, by_new).status == 201, "the new key is known")
    assert publish(hub, by_old).status == 201
    write(jwk(new, "RS256", "new"))
    # Nobody has to be told: it is noticed.
    wait_for(lambda: publish(hub, by_old).status == 401, "the old key is gone")
    assert publish(hub, by_new).status == 201
    # What cannot be used changes nothing.
    file.write_text("{}")
    hub.server.signal(signal.SIGHUP)
    wait_for(lambda: "new keys cannot be had" in hub.server.errors(), "the bad file is told of")
    assert publish(hub, by_new).status == 201


class KeyServer:
    """Serves a set of keys, and counts who asks."""

    def __init__(self):
        self.keys: list[dict] = []
        self.status = 200
        self.requests = 0
        self.hold = threading.Event()
        self.hold.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests += 1
                outer.hold.wait()
                body = json.dumps({"keys": outer.keys}).encode()
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/jwks"

    def stop(self) -> None:
        self.hold.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def key_server():
    server = KeyServer()
    yield server
    server.stop()


def test_keys_are_fetched_and_fetched_again_for_a_key_that_is_new(start, key_server):
    old, new = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    key_server.keys = [jwk(old, "ES256", "old")]
    hub = start("--jwks", key_server.url)
    by_old = mint("jack", key=old, algorithm="ES256", kid="old", **ALL)
    by_new = mint("jack", key=new, algorithm="ES256", kid="new", **ALL)
    wait_for(lambda: publish(hub, by_old).status == 201, "the keys are fetched")
    key_server.keys = [jwk(old, "ES256", "old"), jwk(new, "ES256", "new")]
    # The very first token of the new key waits for it, and is good.
    assert publish(hub, by_new).status == 201
    # Made-up keys do not make the hub ask again and again; who shows one after another is put off, for it may be there.
    count = key_server.requests
    for number in range(50):
        token = mint("jack", key=new, algorithm="ES256", kid=f"made-up-{number}", **ALL)
        refused(publish(hub, token), 503, "keys-unavailable")
    assert key_server.requests <= count + 1
    # A server that fails takes nothing away.
    key_server.status = 500
    hub.server.signal(signal.SIGHUP)
    wait_for(lambda: "new keys cannot be had" in hub.server.errors(), "the failure is told of")
    assert publish(hub, by_new).status == 201


def test_a_key_that_is_not_there_is_looked_for_once_and_then_refused(start, key_server):
    old = ec.generate_private_key(ec.SECP256R1())
    key_server.keys = [jwk(old, "ES256", "old")]
    hub = start("--jwks", key_server.url)
    by_old = mint("jack", key=old, algorithm="ES256", kid="old", **ALL)
    wait_for(lambda: publish(hub, by_old).status == 201, "the keys are fetched")
    lost = mint("jack", key=ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", kid="lost", **ALL)
    count = key_server.requests
    for _ in range(3):
        refused(publish(hub, lost), 401, "token-unknown-key")
    assert key_server.requests == count + 1


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a secret"])
def test_all_who_come_with_a_new_key_wait_for_it(start, key_server, tmp_path, beside):
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    old, new = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    key_server.keys = [jwk(old, "ES256", "old")]
    hub = start("--jwks", key_server.url, *(["--key-file", str(secret)] if beside else []))
    wait_for(lambda: publish(hub, mint("jack", key=old, algorithm="ES256", kid="old", **ALL)).status == 201, "keys come")
    key_server.keys.append(jwk(new, "ES256", "new"))
    key_server.hold.clear()
    count = key_server.requests
    statuses: list[int] = []

    def come(number: int) -> None:
        token = mint("jack", key=new, algorithm="ES256", kid="new", claims={"jti": str(number)}, **ALL)
        statuses.append(publish(hub, token).status)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(8)]
    threads[0].start()
    wait_for(lambda: key_server.requests == count + 1, "the new key is looked for")
    for thread in threads[1:]:
        thread.start()
    key_server.hold.set()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 8
    assert key_server.requests == count + 1


def test_a_search_that_fails_sends_nobody_away_for_good(start, key_server):
    old, new = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    key_server.keys = [jwk(old, "ES256", "old")]
    hub = start("--jwks", key_server.url)
    wait_for(lambda: publish(hub, mint("jack", key=old, algorithm="ES256", kid="old", **ALL)).status == 201, "keys come")
    key_server.status = 500
    token = mint("jack", key=new, algorithm="ES256", kid="new", **ALL)
    block = stream(hub, token, "a").block()
    assert 5000 <= block.retry <= 30_000 and any("--jwks" in comment for comment in block.comments)
    # What was not published is never answered as if it had been.
    answer = hub.post('{"topic": "a", "data": "x"}', Accept="application/json, text/event-stream", **bearer(token))
    refused(answer, 503, "keys-unavailable")


def test_streams_end_when_the_key_of_their_token_is_taken_away(start, tmp_path, log):
    secret = tmp_path / "secret"
    other = "another secret that is long enough, too"

    def write(text: str) -> None:
        secret.write_text(text)
        secret.chmod(0o600)

    write(SECRET)
    pem, key = tmp_path / "pem", ec.generate_private_key(ec.SECP256R1())
    pem.write_bytes(public_pem(key))
    hub = start("--key-file", str(secret), "--key-file", str(pem), *log)
    staying = mint("root", key=key, algorithm="ES256", admin=True, **ALL)
    lost, kept = stream(hub, mint("jack", lifetime=None, **ALL), "a"), stream(hub, staying, "a")
    for reader in (lost, kept):
        reader.opening()
    write(other)
    hub.server.signal(signal.SIGHUP)
    last = lost.block()
    assert last.retry is not None and any("taken away" in comment for comment in last.comments), last
    assert lost.rest() == []
    assert publish(hub, staying, data="after").status == 201
    assert kept.event().data == "after"
    refused(publish(hub, mint("jack", **ALL)), 401, "token-bad-signature")
    refused(hub.get("/events?topic=a", **bearer(mint("jack", lifetime=None, **ALL))), 401, "token-bad-signature")
    with stream(hub, mint("jack", key=other, **ALL), "a", fields={"Last-Event-ID": last.id}) as reader:
        assert reader.event().data == "after"


def test_while_keys_have_never_come_nobody_is_sent_away_for_good(start, key_server):
    key = ec.generate_private_key(ec.SECP256R1())
    token = mint("jack", key=key, algorithm="ES256", kid="k", **ALL)
    key_server.status = 503
    hub = start("--jwks", key_server.url)
    wait_for(lambda: "new keys cannot be had" in hub.server.errors(), "the failure is told of")
    answer = publish(hub, token)
    refused(answer, 503, "keys-unavailable", "--jwks")
    assert int(answer.fields["retry-after"]) > 0
    reader = stream(hub, token, "a")
    block = reader.block()
    assert 5000 <= block.retry <= 30_000
    assert any("--jwks" in comment for comment in block.comments)
    key_server.status, key_server.keys = 200, [jwk(key, "ES256", "k")]
    hub.server.signal(signal.SIGHUP)
    wait_for(lambda: publish(hub, token).status == 201, "the keys have come")


def test_a_hub_ends_while_it_waits_for_keys(start, key_server):
    key_server.hold.clear()
    key = ec.generate_private_key(ec.SECP256R1())
    hub = start("--jwks", key_server.url, "--drain", "1s")
    wait_for(lambda: key_server.requests > 0, "the keys are asked for")
    # A request that waits for them is not kept from ending either.
    thread = threading.Thread(target=lambda: publish_quietly(hub, mint("jack", key=key, algorithm="ES256", kid="k")))
    thread.start()
    hub.server.stop()
    start.forget(hub)
    thread.join()


def publish_quietly(hub: Hub, token: str) -> None:
    try:
        publish(hub, token)
    except Exception:
        pass


@pytest.mark.parametrize(
    "content, words",
    [
        (b"short", ["32"]), (b"", ["32"]), (b'{"keys": []}', ["key"]), (b'{"kty": "oct", "k": "c2hvcnQ"}', ["32"]),
        (b"-----BEGIN PUBLIC KEY-----\nbroken\n-----END PUBLIC KEY-----\n", ["PEM"]), (None, ["cannot be read"]),
    ],
)
def test_a_key_that_cannot_be_used_stops_the_start(tmp_path, content, words):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    done = subprocess.run(
        [binary(), "serve", "--key-file", str(file), "--log", "memory"], capture_output=True, text=True, timeout=60,
        env=clean_environment(), cwd=tmp_path,
    )
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and str(file) in done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


def test_the_first_start_makes_a_key_and_says_how_to_use_it(start, tmp_path):
    directory = str(tmp_path)

    def run() -> Hub:
        hub = Hub(Server("--log", "sqlite:my hub's.db", directory=directory))
        start.servers.append(hub.server)
        return hub

    hub = run()
    file = tmp_path / "my hub's.db-token.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = file.read_text().strip()
    assert len(key) >= 43 and key not in hub.server.output + hub.server.errors()
    # The command that it prints is ready to be run.
    command = re.search(r"^  (fanfare token .*)$", hub.server.output, re.MULTILINE)[1].replace("NAME", "jack")
    made = subprocess.run(
        ["sh", "-c", command.replace("fanfare", binary(), 1)], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert publish(hub, made.stdout.strip()).status == 201, made
    MINTED.append(made.stdout.strip())
    token = mint("jack", key=key, **ALL)
    assert publish(hub, token).status == 201
    refused(publish(hub, mint("jack", key=SECRET, **ALL)), 401, "token-bad-signature")
    hub.server.stop()
    start.forget(hub)
    hub = run()
    assert file.read_text().strip() == key
    assert publish(hub, token).status == 201


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_the_hubs_own_key_is_not_taken_if_others_may_know_it(tmp_path, mode):
    file = tmp_path / "hub.db-token.key"
    file.write_text(SECRET + "\n")
    file.chmod(mode)
    with pytest.raises(AssertionError, match="(?s)hub.db-token.key may be read by others.*remove it"):
        Server("--log", "sqlite:hub.db", directory=str(tmp_path))
    assert file.read_text() == SECRET + "\n"
    file.chmod(0o600)
    Server("--log", "sqlite:hub.db", directory=str(tmp_path)).stop()


# Secrets ----------------------------------------------------------------------------------------------------------------


def test_tokens_are_in_nothing_that_the_hub_writes(guarded, tmp_path):
    hub = guarded("--log-level", "debug", "--log-format", "json", "--anonymous")
    good, bad = mint("jack", admin=True, **ALL), mint("jack", key="another secret that is long enough, too", **ALL)
    said = []
    for token in (good, bad, good[:-1], "x" * 5000 + good, good + "\x7f"):
        for target in ("/events?topic=a", "/connections", "/subscribe?topic=$x", "/nowhere", "/inbox?user=jill"):
            joint = "&" if "?" in target else "?"
            quoted = quote(token)
            said += [hub.get(f"{target}{joint}token={quoted}"), hub.get(target, Cookie=f"fanfare_token={token}")]
            said += [hub.get(target, Authorization=f"Bearer {token}"), hub.request("POST", f"{target}{joint}token={quoted}")]
    with hub.subscribe("a", token=good), stream(hub, good, "a"):
        said.append(hub.get("/connections", **bearer(good)))
        assert len(said[-1].json()["connections"]) == 2
    written = hub.server.output + hub.server.errors()
    for answer in said:
        written += "\n".join(answer.lines) + answer.body.decode(errors="replace")
    for token in (good, bad):
        for part in token.split(".")[1:]:
            assert part[:40] not in written
