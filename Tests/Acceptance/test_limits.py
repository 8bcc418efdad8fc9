"""What one client may have: streams for an address and for a user, events a second; and how it is told."""

import json
import re
import time

import pytest

from curl import shell
from hang_guard import wait_for
from http2 import HEADERS, HTTP2, rst_stream
from hub import check_problem
from raw_http import Connection, request
from stream import Stream
from tokens import bearer, mint


def publish(hub, topic: str = "a", client: str | None = None, events: int = 1):
    fields = {"X-Forwarded-For": client} if client else {}
    line = json.dumps({"topic": topic, "data": "x"})
    body = "\n".join([line] * events)
    return request(hub.address, "POST", "/publish", body, fields | {"Content-Type": "application/x-ndjson"})


def check_too_fast(answer, rate: int) -> int:
    problem = check_problem(answer, 429, "--publish-rate", str(rate))
    assert problem["type"] == "urn:fanfare:problem:publish-rate"
    assert re.fullmatch("[1-9][0-9]*", answer.fields["retry-after"])
    return int(answer.fields["retry-after"])


def test_who_publishes_too_fast_is_told_when_to_come_back_and_is_taken_then(start):
    hub = start("--publish-rate", "2/s")
    # More than a second's worth is taken when nothing is owed.
    assert publish(hub, events=6).status == 201
    assert check_too_fast(publish(hub), 2) in (2, 3)
    assert len(hub.history("a")["events"]) == 6
    # As long as it takes, and no longer than it says.
    began = time.monotonic()
    wait = check_too_fast(publish(hub), 2)
    wait_for(lambda: publish(hub).status == 201, "the next one is taken")
    assert time.monotonic() - began < wait + 5
    assert len(hub.history("a")["events"]) == 7


def test_each_event_of_a_body_counts_and_a_refused_body_leaves_nothing(start):
    hub = start("--publish-rate", "100/s")
    assert publish(hub, events=9000).status == 201
    assert check_too_fast(publish(hub, "b", events=2), 100) in range(80, 91)
    assert check_too_fast(publish(hub, "b", events=500), 100) in range(80, 91)
    assert hub.history("b")["events"] == []


def test_each_client_behind_a_proxy_has_a_pace_of_its_own(start):
    hub = start("--publish-rate", "1/s", "--trusted-proxy", "127.0.0.1")
    for client in ("192.0.2.1", "192.0.2.2", "2001:db8:0:1::1", "2001:db8:0:2::1"):
        assert publish(hub, client=client, events=50).status == 201
    for client in ("192.0.2.1", "192.0.2.2", "2001:db8:0:1:1:2:3:4", "2001:db8:0:2:ffff::"):
        check_too_fast(publish(hub, client=client), 1)


def test_a_client_that_is_not_believed_cannot_choose_an_address(start):
    hub = start("--publish-rate", "1/s")
    assert publish(hub, client="192.0.2.1", events=50).status == 201
    check_too_fast(publish(hub, client="192.0.2.2"), 1)


def test_the_pace_is_one_for_all_workers_and_both_versions_of_http(start):
    hub = start("--publish-rate", "20/s", "--workers", "2")
    assert publish(hub, events=5000).status == 201
    for _ in range(20):
        check_too_fast(publish(hub), 20)
    head = shell(f"curl -s --http2-prior-knowledge -D - -o /dev/null -d '{{\"topic\": \"a\", \"data\": \"\"}}' {hub.url}/publish")
    assert head.startswith("HTTP/2 429") and "retry-after: " in head


def test_a_user_has_one_pace_wherever_they_are_and_whatever_token_they_have(guarded):
    hub = guarded("--publish-rate", "1/s", "--trusted-proxy", "127.0.0.1")
    body = "\n".join([json.dumps({"topic": "a", "data": "x"})] * 50)

    def publish_as(token: str, client: str):
        fields = bearer(token) | {"X_Forwarded_For": client}
        return hub.post(body, "application/x-ndjson", **fields)

    assert publish_as(mint("jack", ["**"]), "192.0.2.1").status == 201
    check_too_fast(publish_as(mint("jack", ["**"], lifetime=60), "192.0.2.2"), 1)
    # Another user at the same address has a pace of their own; those without a name share the address's.
    assert publish_as(mint("jill", ["**"]), "192.0.2.1").status == 201
    assert publish_as(mint(None, ["**"]), "192.0.2.1").status == 201
    check_too_fast(publish_as(mint(None, ["a"]), "192.0.2.1"), 1)
    # Who may not publish is told so, and owes nothing for it.
    check_problem(publish_as(mint("joe", ["b"]), "192.0.2.3"), 403)
    assert publish_as(mint("joe", ["a"]), "192.0.2.3").status == 201


def check_turned_away(hub, target: str, kind: str, *words: str, fields: dict[str, str] | None = None) -> None:
    """A browser is told to come back, others get 429; neither has a stream."""
    with Stream(hub.address, target, fields) as stream:
        (block,) = stream.rest()
    assert 5000 <= block.retry <= 30_000
    assert block.id is None and not block.has_data
    (comment,) = block.comments
    assert all(word in comment for word in words), comment
    answer = request(hub.address, "GET", target, fields=(fields or {}) | {"Accept": "*/*"})
    problem = check_problem(answer, 429, *words)
    assert problem["type"] == f"urn:fanfare:problem:{kind}"
    assert 5 <= int(answer.fields["retry-after"]) <= 30


def test_an_address_has_so_many_streams_and_one_that_ends_makes_room(start):
    hub = start("--max-streams-per-address", "3", "--workers", "2")
    streams = [hub.subscribe("a") for _ in range(3)]
    check_turned_away(hub, "/subscribe?topic=a", "streams-per-address", "--max-streams-per-address", "than 3 ")
    assert len(hub.connections()) == 3
    # Nothing else counts, and the head of a stream is no stream.
    assert hub.request("HEAD", "/subscribe?topic=a").status == 200
    hub.publish("a", "for those who are in")
    assert [stream.event().data for stream in streams] == ["for those who are in"] * 3
    streams.pop().close()
    hub.wait_for_connections(2)
    streams.append(hub.subscribe("b"))
    check_turned_away(hub, "/subscribe?topic=a", "streams-per-address", "--max-streams-per-address")
    # The hub ends one itself.
    assert hub.request("DELETE", f"/connections?id={hub.connections()[0]['id']}").json() == {"closed": 1}
    hub.wait_for_connections(2)
    streams.append(hub.subscribe("c"))
    check_turned_away(hub, "/subscribe?topic=a", "streams-per-address", "--max-streams-per-address")
    for stream in streams:
        stream.close()
    hub.wait_for_connections(0)
    for stream in [hub.subscribe("a") for _ in range(3)]:
        stream.close()


def test_an_address_behind_a_proxy_is_the_clients(start):
    hub = start("--max-streams-per-address", "1", "--trusted-proxy", "127.0.0.1")
    clients = ("192.0.2.1", "192.0.2.2", "2001:db8:0:1::1", "2001:db8:0:2::1")
    streams = [hub.subscribe("a", headers={"X-Forwarded-For": client}) for client in clients]
    for client in ("192.0.2.1", "192.0.2.2", "2001:db8:0:1:1:2:3:4", "2001:db8:0:2:ffff::"):
        check_turned_away(
            hub, "/subscribe?topic=a", "streams-per-address", "than 1 ", fields={"X-Forwarded-For": client}
        )
    for stream in streams:
        stream.close()


def test_a_user_has_so_many_streams_and_who_is_nobody_any_number(start):
    hub = start("--max-streams-per-user", "2")
    streams = [hub.subscribe("a", user="jack"), hub.subscribe("b", user="jack")]
    streams += [hub.subscribe("a", user="jill")] + [hub.subscribe("a") for _ in range(4)]
    check_turned_away(hub, "/subscribe?topic=a&user=jack", "streams-per-user", "--max-streams-per-user", "than 2 ")
    # An inbox is its user's.
    check_turned_away(hub, "/subscribe?inbox=jack", "streams-per-user", "--max-streams-per-user")
    streams[0].close()
    hub.wait_for_connections(1, user="jack")
    streams.append(Stream(hub.address, "/subscribe?inbox=jack&since=unread"))
    streams[-1].opening()
    check_turned_away(hub, "/subscribe?topic=a&user=jack", "streams-per-user", "--max-streams-per-user")
    for stream in streams:
        stream.close()


def test_a_tokens_user_has_so_many_streams_of_all_of_their_tokens(guarded):
    hub = guarded("--max-streams-per-user", "2")
    first, second, other = mint("jack", [], ["**"]), mint("jack", [], ["a"], lifetime=60), mint("jill", [], ["**"])
    streams = [hub.subscribe("a", headers={"Authorization": f"Bearer {token}"}) for token in (first, second, other)]
    fields = {"Authorization": f"Bearer {second}"}
    check_turned_away(hub, "/subscribe?topic=a", "streams-per-user", "--max-streams-per-user", fields=fields)
    # What is not permitted is told as such, also beyond the limit.
    check_problem(hub.get("/subscribe?topic=b", **bearer(second)), 403)
    for stream in streams:
        stream.close()


def test_streams_that_share_a_connection_of_http_2_count_each(start):
    hub = start("--max-streams-per-address", "2")
    with HTTP2(hub.address) as client:
        client.begin()
        client.send(*(client.request(stream, "/subscribe?topic=a") for stream in (1, 3, 5)))
        heads = {}
        while len(heads) < 3:
            got = client.read()
            if got.kind == HEADERS:
                heads[got.stream] = got.fields
        assert [heads[stream][":status"] for stream in (1, 3, 5)] == ["200", "200", "429"]
        # One that its reader resets makes room.
        client.send(rst_stream(3))
        hub.wait_for_connections(1)
        client.send(client.request(7, "/subscribe?topic=a"))
        while (got := client.read()).stream != 7:
            pass
        assert client.status(got) == "200"
    hub.wait_for_connections(0)
    for stream in [hub.subscribe("a"), hub.subscribe("a")]:
        stream.close()


def test_streams_that_are_reset_give_their_places_back(start):
    hub = start("--max-streams-per-address", "4", "--slow-limit-age", "300ms")
    for _ in range(3):
        stuck = [Connection(hub.address, receive_buffer=4096) for _ in range(4)]
        for connection in stuck:
            connection.send(b"GET /subscribe?topic=a HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.receive_head().status == 200
            assert b"retry" in connection.receive_chunk()
        hub.wait_for_connections(4)

        def publish_and_look() -> bool:
            hub.publish("a", "x" * 200_000)
            return not hub.connections()

        wait_for(publish_and_look, "all four are reset")
        for connection in stuck:
            connection.close()


@pytest.mark.parametrize("format", ["text", "json"])
def test_what_was_refused_is_counted_and_told_in_the_log(start, format):
    # Of several workers one tells, and has as a rule not had the request.
    hub = start("--publish-rate", "1/s", "--log-format", format, "--workers", "8")
    assert hub.get("/nothing").status == 404
    found = wait_for(lambda: re.findall(".*requests were refused.*\n", hub.server.errors()), "the log tells of it")
    if format == "text":
        assert re.fullmatch(r"\S+ info requests were refused not-found=1\n", found[0])
    else:
        line = json.loads(found[0])
        assert line.pop("time")
        assert line == {"level": "info", "message": "requests were refused", "not-found": "1"}
    publish(hub, events=100)
    for _ in range(50):
        check_too_fast(publish(hub), 1)
    # One line a minute, whatever comes; and what is left is told at the end.
    start.forget(hub)
    hub.server.stop()
    _, last = re.findall(".*requests were refused.*", hub.server.errors())
    assert re.search('publish-rate(=50$|":"50")', last)


def test_with_open_anywhere_other_machines_and_names_are_served(start):
    hub = start("--demo", "--open-anywhere", listen=("0.0.0.0:0",))
    for host in ("192.168.7.7:8080", "phone.example", "localhost"):
        answer = hub.get("/topics", Host=host)
        assert answer.status == 200, answer.body
    # A page of another origin still may not publish, one of the same name may.
    body = json.dumps({"topic": "a", "data": "x"})
    assert hub.post(body, Host="hub.example", Origin="http://hub.example").status == 201
    check_problem(hub.post(body, Host="hub.example", Origin="http://other.example"), 403)
