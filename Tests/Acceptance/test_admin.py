"""What a hub tells of itself, ending streams, health, paging, and the rules for browsers: Host, Origin, CORS."""

import re
import socket
from urllib.parse import quote

import pytest

from hang_guard import wait_for
from hub import check_problem
from raw_http import Connection, request
from stream import Stream, position

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


# History -------------------------------------------------------------------------------------------------------------


def test_an_event_in_history_has_all_its_members(hub):
    id = hub.publish(["a", "b"], "x", type="t")
    (event,) = hub.history("a")["events"]
    assert list(event) == ["id", "topics", "type", "data", "time", "private"]
    assert event["id"] == id and event["topics"] == ["a", "b"] and event["type"] == "t"
    assert event["data"] == "x" and event["private"] is False
    assert re.fullmatch(TIME, event["time"])


def test_history_comes_oldest_first_in_pages(hub):
    for number in range(10):
        hub.publish(f"a/{number % 2}", str(number))
    seen, after, pages = [], None, 0
    while pages == 0 or after is not None:
        page = hub.history("a/*", limit="4", **({"after": after} if after else {}))
        assert page["gap"] is False
        seen += [event["data"] for event in page["events"]]
        after, pages = page["next"], pages + 1
    assert seen == [str(number) for number in range(10)]
    assert pages == 3


def test_history_after_an_id_that_is_gone_says_gap(start):
    hub = start("--retain-events", "3")
    ids = [hub.publish("a", str(number)) for number in range(6)]
    page = hub.history("a", after=ids[0])
    assert page["gap"] is True
    assert [event["data"] for event in page["events"]] == ["3", "4", "5"]
    assert hub.history("a", after=ids[2])["gap"] is False


def test_a_page_of_history_ends_early_when_its_events_are_large(start):
    hub = start()
    for number in range(20):
        hub.publish("a", f"{number} " + "x" * 200_000)
    page = hub.history("a")
    assert 1 <= len(page["events"]) < 20 and page["next"] == page["events"][-1]["id"]
    assert [event["data"].split()[0] for event in hub.whole_history("a")] == [str(number) for number in range(20)]


def test_history_of_an_unknown_topic_is_empty(shared):
    assert shared.history("never/published") == {"events": [], "next": None, "gap": False}


@pytest.mark.parametrize(
    "query", ["", "?topic=", "?topic=**/a", "?topic=a&limit=0", "?topic=a&limit=1001", "?topic=a&limit=x"]
)
def test_history_needs_a_topic_and_a_limit_up_to_1000(shared, query):
    check_problem(shared.get("/events" + query), 400)


def test_retention_by_count_keeps_the_newest(start):
    hub = start("--retain-events", "5")
    for number in range(20):
        hub.publish("a", str(number))
    assert [event["data"] for event in hub.history("a")["events"]] == ["15", "16", "17", "18", "19"]


def test_retention_by_bytes_keeps_the_newest(start):
    hub = start("--max-event-size", "16KiB", "--retain-bytes", "64KiB")
    for number in range(40):
        hub.publish("a", f"{number} " + "x" * 8000)
    kept = [int(event["data"].split(" ")[0]) for event in hub.history("a")["events"]]
    assert kept == list(range(40 - len(kept), 40))
    assert 3 <= len(kept) <= 8


def test_retention_by_age_forgets(start):
    hub = start("--retain-age", "500ms")
    hub.publish("a", "x")
    wait_for(lambda: hub.history("a")["events"] == [], "the event is forgotten")


# Topics --------------------------------------------------------------------------------------------------------------


def test_topics_tell_subscribers_events_and_last_id(hub):
    hub.publish("a/b", "1")
    last = hub.publish(["a/b", "c"], "2")
    with hub.subscribe("a/*") as one, hub.subscribe("a/b", "**") as two, hub.subscribe("quiet") as three:
        for stream in (one, two, three):
            stream.opening()
        topics = hub.topics()
        assert topics["a/b"] == {"topic": "a/b", "subscribers": 2, "events": 2, "last_id": last}
        assert topics["c"] == {"topic": "c", "subscribers": 1, "events": 1, "last_id": last}
        assert topics["quiet"] == {"topic": "quiet", "subscribers": 2, "events": 0, "last_id": None}
    wait_for(lambda: hub.topics()["a/b"]["subscribers"] == 0, "no subscriber is left")


def test_topics_come_in_pages_without_repeat_or_loss(hub):
    names = {f"t/{number}" for number in range(25)}
    for name in sorted(names):
        hub.publish(name)
    seen, after, pages = [], None, 0
    while pages == 0 or after is not None:
        query = f"/topics?limit=10" + (f"&after={quote(after, safe='')}" if after else "")
        page = hub.get(query).json()
        seen += [entry["topic"] for entry in page["topics"]]
        after, pages = page["next"], pages + 1
    assert sorted(seen) == sorted(names) and pages == 3


# Connections ---------------------------------------------------------------------------------------------------------


def test_a_connection_tells_who_where_and_what(hub):
    with hub.subscribe("a/*", "b", user="jack") as stream:
        stream.opening()
        (entry,) = hub.connections()
        assert entry["user"] == "jack"
        assert sorted(entry["patterns"]) == ["a/*", "b"]
        port = stream.connection.socket.getsockname()[1]
        assert entry["address"] == f"127.0.0.1:{port}" or entry["address"] == "127.0.0.1"
        assert re.fullmatch(TIME, entry["since"])
        assert entry["bytes_behind"] == 0
        assert entry["id"]


def test_connections_are_filtered_by_topic_and_user(hub):
    streams = [
        hub.subscribe("a/*", user="jack"),
        hub.subscribe("a/b", user="huoyijie"),
        hub.subscribe("b", user="jack"),
        hub.subscribe("b"),
    ]
    try:
        for stream in streams:
            stream.opening()
        assert len(hub.connections()) == 4
        assert len(hub.connections(topic="a/b")) == 2
        assert len(hub.connections(user="jack")) == 2
        assert len(hub.connections(topic="a/b", user="jack")) == 1
        assert hub.connections(topic="c") == hub.connections(user="nobody") == []
    finally:
        for stream in streams:
            stream.close()


def test_connections_come_in_pages_without_repeat_or_loss(hub):
    streams = [hub.subscribe("a") for _ in range(25)]
    try:
        for stream in streams:
            stream.opening()
        seen, after, pages = [], None, 0
        while pages == 0 or after is not None:
            page = hub.get("/connections?limit=10" + (f"&after={quote(after)}" if after else "")).json()
            seen += [entry["id"] for entry in page["connections"]]
            after, pages = page["next"], pages + 1
        assert len(set(seen)) == len(seen) == 25 and pages == 3
    finally:
        for stream in streams:
            stream.close()


def test_streams_of_a_user_are_ended_and_others_stay(hub):
    with hub.subscribe("a", user="jack") as one, hub.subscribe("a", user="jack") as two, hub.subscribe("a") as other:
        for stream in (one, two, other):
            stream.opening()
        id = hub.publish("a", "x")
        answer = hub.request("DELETE", "/connections?user=jack")
        assert (answer.status, answer.json()) == (200, {"closed": 2})
        for stream in (one, two):
            blocks = stream.rest()
            # It was acknowledged before, and so the streams are due it before their end, whatever worker they are on.
            assert [block.data for block in blocks if block.has_data] == ["x"]
            assert [block.id for block in blocks if block.id][-1] == id
            assert any(block.retry is not None for block in blocks) and any(block.comments for block in blocks)
        assert other.event().data == "x"
        hub.publish("a", "y")
        assert other.event().data == "y"
        hub.wait_for_connections(1)


def test_a_stream_is_ended_by_its_id(hub):
    with hub.subscribe("a", user="one") as one, hub.subscribe("a", user="two") as two:
        one.opening()
        two.opening()
        (id,) = [entry["id"] for entry in hub.connections() if entry["user"] == "one"]
        assert hub.request("DELETE", f"/connections?id={quote(id)}").json() == {"closed": 1}
        one.rest()
        hub.publish("a", "x")
        assert two.event().data == "x"


def test_ending_streams_that_are_not_there_closes_none(shared):
    assert shared.request("DELETE", "/connections?user=nobody").json() == {"closed": 0}
    assert shared.request("DELETE", "/connections?id=none").json() == {"closed": 0}


def test_ending_streams_needs_to_say_which(hub):
    with hub.subscribe("a") as stream:
        stream.opening()
        check_problem(hub.request("DELETE", "/connections"), 400)
        assert len(hub.connections()) == 1


def test_a_stream_that_may_not_reconnect_is_answered_204_and_a_new_page_connects(hub):
    with hub.subscribe("a", user="jack") as stream:
        stream.opening()
        id = hub.publish("a", "x")
        stream.event()
        assert hub.request("DELETE", "/connections?user=jack&allow-reconnect=false").json() == {"closed": 1}
        stop = [block.id for block in stream.rest() if block.id][-1]
        assert stop.endswith("~stop") and position(stop) == position(id)
    for answer in (
        hub.get("/subscribe?topic=a", Last_Event_ID=stop),
        hub.get(f"/subscribe?topic=a&last_event_id={stop}"),
        hub.get("/subscribe?topic=other", Last_Event_ID=stop),
    ):
        assert (answer.status, answer.body) == (204, b"")
    with hub.subscribe("a", user="jack") as stream:
        stream.opening()


# Presence ------------------------------------------------------------------------------------------------------------


def test_presence_lists_each_user_once_and_counts_the_rest(hub):
    streams = [
        hub.subscribe("room/1", user="jack"),
        hub.subscribe("room/*", user="jack"),
        hub.subscribe("**", user="huoyijie"),
        hub.subscribe("room/1"),
        hub.subscribe("room/2", user="elsewhere"),
    ]
    try:
        for stream in streams:
            stream.opening()
        answer = hub.get("/presence?topic=room/1").json()
        assert {entry["user"]: entry["streams"] for entry in answer["users"]} == {"jack": 2, "huoyijie": 1}
        assert len(answer["users"]) == 2
        assert answer["anonymous"] == 1 and answer["next"] is None
    finally:
        for stream in streams:
            stream.close()
    wait_for(lambda: hub.get("/presence?topic=room/1").json()["users"] == [], "all are gone")


def test_users_whose_names_only_look_the_same_are_two(hub):
    composed, parts = "caf\u00e9", "cafe\u0301"
    streams = [hub.subscribe("room", user=user) for user in (composed, composed, parts)]
    try:
        for stream in streams:
            stream.opening()
        users = hub.get("/presence?topic=room").json()["users"]
        assert sorted((entry["user"], entry["streams"]) for entry in users) == sorted([(composed, 2), (parts, 1)])
        assert hub.request("DELETE", f"/connections?user={quote(composed)}").json() == {"closed": 2}
        assert [entry["user"] for entry in hub.wait_for_connections(1)] == [parts]
    finally:
        for stream in streams:
            stream.close()


def test_presence_needs_a_topic(shared):
    check_problem(shared.get("/presence"), 400)


# Health, paths and methods -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_running_hub_is_alive_and_ready(shared, path):
    assert shared.get(path).status == 200


@pytest.mark.parametrize("path", ["/nothing", "/publish/", "/Subscribe", "/%70ublish/x", "/events/1", "/../etc/passwd"])
def test_an_unknown_path_is_404(shared, path):
    check_problem(shared.get(path), 404)


def test_without_the_demo_there_is_no_gallery(shared):
    assert shared.get("/?user=jack&topics=robot").status == 404
    assert shared.get("/gallery").status == 404


@pytest.mark.parametrize(
    "method, path, allowed",
    [
        ("GET", "/publish", "POST"),
        ("PUT", "/publish", "POST"),
        ("POST", "/subscribe?topic=a", "GET"),
        ("DELETE", "/subscribe?topic=a", "GET"),
        ("POST", "/topics", "GET"),
        ("POST", "/connections", "DELETE"),
        ("PATCH", "/presence?topic=a", "GET"),
        ("DELETE", "/healthz", "GET"),
        ("BREW", "/healthz", "GET"),
    ],
)
def test_a_known_path_with_another_method_is_405_with_allow(shared, method, path, allowed):
    answer = shared.request(method, path, "" if method in ("POST", "PUT", "PATCH") else None)
    check_problem(answer, 405)
    methods = [name.strip() for name in answer.fields["allow"].split(",")]
    assert allowed in methods and "OPTIONS" in methods and method not in methods


@pytest.mark.parametrize(
    "path", ["/topics", "/connections", "/events?topic=a", "/presence?topic=a", "/healthz", "/readyz"]
)
def test_head_is_get_without_a_body(shared, path):
    get = shared.get(path)
    with Connection(shared.address) as connection:
        for _ in range(2):  # a body that came after all would spoil the second answer
            connection.send(f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = connection.receive_answer("HEAD")
            assert head.status == get.status
            assert head.fields["content-type"] == get.fields["content-type"]


@pytest.mark.parametrize("path", ["/publish", "/subscribe", "/topics", "/connections"])
def test_options_names_the_methods(shared, path):
    answer = shared.request("OPTIONS", path)
    assert answer.status in (200, 204)
    assert "OPTIONS" in answer.fields["allow"]


def test_options_of_the_server_is_200(shared):
    assert shared.request("OPTIONS", "*").status == 200


# Host ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "LocalHost:1", "127.0.0.1", "127.0.0.1:9", "[::1]", "[::1]:80"])
def test_hosts_of_loopback_are_served_with_any_port(shared, host):
    assert shared.get("/healthz", Host=host).status == 200


@pytest.mark.parametrize(
    "host", ["example.com", "localhost.example.com", "127.0.0.2", "10.0.0.1:8080", "[::2]", "localhost."]
)
@pytest.mark.parametrize("method, path", [("GET", "/topics"), ("POST", "/publish"), ("GET", "/subscribe?topic=a")])
def test_another_host_is_421_which_stops_dns_rebinding(shared, host, method, path):
    body = '{"topic": "a", "data": "x"}' if method == "POST" else None
    check_problem(shared.request(method, path, body, Host=host, Content_Type="application/json"), 421)


def test_a_foreign_host_in_absolute_form_is_421_whatever_the_field_says(shared):
    check_problem(shared.request("GET", "http://example.com/topics", Host="localhost"), 421)


def test_absolute_form_is_taken(shared):
    assert shared.request("GET", f"http://localhost:{shared.server.port}/healthz").status == 200


def test_several_addresses_are_listened_on_and_both_printed(start):
    try:
        socket.socket(socket.AF_INET6).bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    hub = start(listen=("127.0.0.1:0", "[::1]:0"))
    first, second = hub.server.ports
    assert request(("127.0.0.1", first), "GET", "/healthz").status == 200
    assert request(("::1", second), "GET", "/healthz", fields={"Host": f"[::1]:{second}"}).status == 200


# Origin and CORS -----------------------------------------------------------------------------------------------------

BODY = '{"topic": "a", "data": "x"}'


@pytest.mark.parametrize(
    "origin", ["https://example.com", "null", "http://localhost.example.com", "http://127.0.0.1:1", "file://"]
)
def test_a_page_of_another_origin_may_not_publish_or_end_streams(hub, origin):
    check_problem(hub.post(BODY, Origin=origin), 403)
    check_problem(hub.post(BODY, "text/plain", Origin=origin), 403)
    check_problem(hub.request("DELETE", "/connections?user=u", Origin=origin), 403)
    assert hub.history("a")["events"] == []


def test_a_page_of_the_hubs_own_may_publish(hub):
    assert hub.post(BODY, Origin=hub.url).status == 201
    host = f"localhost:{hub.server.port}"
    assert hub.post(BODY, Origin=f"http://{host}", Host=host).status == 201


def test_a_cookie_without_an_origin_needs_the_browsers_word_that_it_is_the_same(hub):
    check_problem(hub.post(BODY, Cookie="a=b"), 403)
    check_problem(hub.post(BODY, Cookie="a=b", Sec_Fetch_Site="cross-site"), 403)
    assert hub.post(BODY, Cookie="a=b", Sec_Fetch_Site="same-origin").status == 201
    assert hub.post(BODY, Cookie="a=b", Origin=hub.url).status == 201


def test_without_cors_no_answer_allows_another_origin(shared):
    assert "access-control-allow-origin" not in shared.get("/topics", Origin="https://example.com").fields
    with Stream(shared.address, "/subscribe?topic=a", {"Origin": "https://example.com"}) as stream:
        assert "access-control-allow-origin" not in stream.head.fields


def test_an_origin_that_was_named_may_publish_and_read_and_no_other(start):
    hub = start("--cors", "https://one.example", "--cors", "https://two.example:8443")
    for origin in ("https://one.example", "https://two.example:8443"):
        answer = hub.post(BODY, Origin=origin)
        assert answer.status == 201
        assert answer.fields["access-control-allow-origin"] == origin
        assert "origin" in answer.fields["vary"].lower()
        with Stream(hub.address, "/subscribe?topic=a", {"Origin": origin}) as stream:
            assert stream.head.fields["access-control-allow-origin"] == origin
        assert hub.post("{", Origin=origin).fields["access-control-allow-origin"] == origin
    for origin in ("https://three.example", "https://one.example.evil", "http://one.example", "https://two.example"):
        answer = hub.post(BODY, Origin=origin)
        assert answer.status == 403 and "access-control-allow-origin" not in answer.fields


def test_a_preflight_allows_what_clients_send(start):
    hub = start("--cors", "https://one.example")
    answer = hub.request(
        "OPTIONS",
        "/publish",
        Origin="https://one.example",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="content-type",
    )
    assert answer.status in (200, 204)
    assert answer.fields["access-control-allow-origin"] == "https://one.example"
    assert "POST" in answer.fields["access-control-allow-methods"]
    allowed = answer.fields["access-control-allow-headers"].lower()
    assert "content-type" in allowed and "last-event-id" in allowed


def test_a_preflight_allows_the_fields_that_are_asked_for_and_no_more_than_names(start):
    hub = start("--cors", "https://one.example")
    asked = "x-mine, X-Other ,\tx-third,, authorization, a b, x\"y, é, x:y"
    answer = hub.request(
        "OPTIONS",
        "/publish",
        Origin="https://one.example",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers=asked,
    )
    assert answer.status == 204
    names = answer.fields["access-control-allow-headers"].split(", ")
    usual = ["Authorization", "Cache-Control", "Content-Type", "Idempotency-Key", "Last-Event-ID"]
    assert names == [*usual, "x-mine", "X-Other", "x-third"]


def test_a_preflight_from_elsewhere_allows_nothing(start):
    hub = start("--cors", "https://one.example")
    answer = hub.request(
        "OPTIONS",
        "/publish",
        Origin="https://other.example",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="x-mine",
    )
    assert "access-control-allow-origin" not in answer.fields


def test_a_star_allows_any_origin_but_no_credentials(start):
    hub = start("--cors", "*")
    answer = hub.post(BODY, Origin="https://anyone.example")
    assert answer.status == 201
    assert answer.fields["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.fields
    check_problem(hub.post(BODY, Origin="https://anyone.example", Cookie="a=b"), 403)


def test_lists_and_history_end_a_page_by_its_bytes(hub):
    """Whatever `limit` says: streams of many long patterns, and data of which escapes make six bytes each."""
    topics = "&".join(f"topic={number}" + "x" * 800 for number in range(8))
    streams = [Connection(hub.address) for _ in range(300)]
    for stream in streams:
        stream.send(f"GET /subscribe?{topics} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    wait_for(lambda: len(whole(hub, "/connections", "connections", 1000)) == 300, "all are open")
    first = hub.get("/connections?limit=1000")
    assert len(first.body) < 1_200_000 and first.json()["next"] is not None
    for number in range(10):
        hub.publish("escapes", "\u0001" * 60_000)
    page = hub.get("/events?topic=escapes&limit=1000")
    assert len(page.body) < 2_600_000 and page.json()["next"] is not None
    assert len(whole(hub, "/events?topic=escapes", "events", 1000)) == 10
    for stream in streams:
        stream.close()


def whole(hub, path: str, name: str, limit: int) -> list:
    """All pages of a list."""
    seen, after = [], None
    while True:
        mark = "&" if "?" in path else "?"
        page = hub.get(f"{path}{mark}limit={limit}" + (f"&after={quote(after)}" if after else "")).json()
        seen += page[name]
        after = page["next"]
        if after is None:
            return seen
