"""Routes of a program: paths, methods, groups, middleware, the hub at a prefix, and values in and out."""

import json
import ssl

import pytest
from hub import Hub, check_problem
from raw_http import Connection
from server import example_binary
from stream import Stream


@pytest.fixture
def program(start):
    """The example server with these settings."""

    def begin(*settings: str) -> Hub:
        return start(command=[example_binary(), *settings])

    return begin


def values(answer, name: str) -> list[str]:
    return [line.split(":", 1)[1].strip() for line in answer.lines[1:] if line.split(":")[0].lower() == name.lower()]


# Paths and methods


@pytest.mark.parametrize(
    "method, path, text",
    [
        ("GET", "/paths", "the group itself"),
        ("PATCH", "/paths/method", "patched"),
        ("PURGE", "/paths/method", "purged"),
        ("GET", "/paths/a%20b%2Fc%C3%A9", "one a b/cé"),
        ("GET", "/paths/7/literal", "id 7"),
        # In the order in which they were added, whether a path has open places or not.
        ("GET", "/paths/known", "known"),
        ("GET", "/paths/%6Bnown", "one known"),
        ("PUT", "/paths/deep/x/", "x: "),
        ("PUT", "/paths/deep/x/a/b/", "x: a/b/"),
        ("PUT", "/paths/deep/x/a//b", "x: a//b"),
        ("PUT", "/paths/deep/x/a%20b/c%3F", "x: a b/c?"),
        ("GET", "/paths/caf%C3%A9", "coffee"),
        ("OPTIONS", "/paths/own-options", "my own"),
    ],
)
def test_a_path_leads_to_its_route(example, method, path, text):
    answer = example.request(method, path)
    assert (answer.status, answer.body.decode()) == (200, text)


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/paths/"),
        ("GET", "//paths"),
        ("GET", "/paths//literal"),
        ("GET", "/paths/."),
        ("GET", "/paths/.."),
        ("GET", "/paths/%2e%2E"),
        ("GET", "/paths/../hello"),
        ("GET", "/%68ello"),
        ("GET", "/hello/"),
        ("GET", "/paths/a%00b"),
        ("GET", "/paths/%FF"),
        ("GET", "/paths/%zz"),
        ("PUT", "/paths/deep/x"),
        ("PUT", "/paths/deep/x/a/../b"),
        ("PUT", "/paths/deep/x/a/%2e%2e/b"),
        ("PUT", "/paths/deep/x/a%2Fb"),
        ("GET", "/paths/nobody"),
    ],
)
def test_a_path_with_another_reading_leads_nowhere(example, method, path):
    check_problem(example.request(method, path), 404)


def test_a_method_that_no_route_has_is_405_with_those_there_are(example):
    answer = example.request("DELETE", "/paths/method")
    check_problem(answer, 405)
    # `/paths/{id}` fits this path too.
    assert answer.fields["allow"] == "GET, HEAD, OPTIONS, PATCH, PURGE"
    answer = example.request("POST", "/paths/deep/x/y")
    check_problem(answer, 405)
    assert answer.fields["allow"] == "OPTIONS, PUT"
    answer = example.request("OPTIONS", "/paths/method")
    assert (answer.status, answer.fields["allow"]) == (204, "GET, HEAD, OPTIONS, PATCH, PURGE")


def test_head_is_get_without_the_body(example):
    whole, head = example.get("/paths/known"), example.request("HEAD", "/paths/known")
    assert head.status == 200 and head.body == b""
    assert head.fields["content-length"] == str(len(whole.body))


def test_a_preflight_is_answered_by_the_server_whatever_routes_there_are(program):
    server = program("cors=https://page.example")
    asked = {"Origin": "https://page.example", "Access_Control_Request_Method": "PATCH"}
    for path in ("/paths/method", "/paths/own-options"):
        answer = server.request("OPTIONS", path, **asked)
        assert answer.status == 204
        assert answer.fields["access-control-allow-origin"] == "https://page.example"
        assert answer.fields["access-control-allow-methods"] == answer.fields["allow"]
    foreign = server.request("OPTIONS", "/paths/method", **asked | {"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in foreign.fields


def test_the_hub_is_at_a_prefix_and_at_none(example):
    assert example.get("/live/healthz").json() == {"status": "ok"}
    assert example.get("/live/readyz").status == 200
    with Stream(example.address, "/live/subscribe?topic=a") as stream:
        answer = example.request(
            "POST", "/live/publish", json.dumps({"topic": "a", "data": "x"}), Content_Type="application/json"
        )
        assert answer.status == 201
        event = stream.event()
        assert (event.id, event.data) == (answer.json()["id"], "x")
    assert example.get("/healthz").json() == {"status": "ok"}
    answer = example.request("DELETE", "/live/publish")
    check_problem(answer, 405)
    assert answer.fields["allow"] == "OPTIONS, POST"
    check_problem(example.get("/lively/healthz"), 404)


# Middleware


def test_middleware_is_asked_in_order_for_what_was_added_after_it_in_its_group(example):
    assert values(example.get("/wrapped/before"), "X-Order") == []
    assert values(example.get("/wrapped/text"), "X-Order") == ["inner", "outer"]
    inmost = example.get("/wrapped/in/text")
    assert (inmost.body, values(inmost, "X-Order"), values(inmost, "X-Inmost")) == (b"in", ["inner", "outer"], ["yes"])
    out = example.get("/wrapped/out")
    assert (out.body, values(out, "X-Order"), values(out, "X-Inmost")) == (b"out", ["inner", "outer"], [])
    assert values(example.get("/hello"), "X-Order") == []


def test_middleware_may_answer_itself(example):
    stopped = example.get("/wrapped/text?stop")
    assert (stopped.status, stopped.body, values(stopped, "X-Order")) == (402, b"", ["outer"])
    refused = example.get("/wrapped/text?refuse")
    check_problem(refused, 403)
    assert values(refused, "X-Order") == ["outer"]


def test_middleware_sees_the_problem_that_a_route_throws_as_its_answer(example):
    answer = example.get("/wrapped/problem")
    check_problem(answer, 410)
    assert values(answer, "X-Order") == ["inner", "outer"]
    check_problem(example.get("/wrapped/fails"), 500)


def test_a_route_declines_through_its_middleware(example):
    answer = example.get("/wrapped/declines")
    assert (answer.status, answer.body, values(answer, "X-Order")) == (200, b"the next route", [])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_fields_of_streams_and_bodies_may_be_changed_too(example, method):
    for path, type in (("topics", "text/event-stream"), ("events", "text/event-stream"), ("body", "text/plain")):
        with Connection(example.address) as connection:
            connection.send(f"{method} /wrapped/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = connection.receive_head()
        assert (head.status, head.fields["content-type"]) == (200, type)
        assert values(head, "X-Order") == ["inner", "outer"]
        assert len(values(head, "Content-Type")) == 1
        assert len(values(head, "X-Content-Type-Options")) == 1


# Values


def post_order(server, body: str | bytes, type: str | None = "application/json"):
    return server.request("POST", "/routing/orders", body, **({"Content_Type": type} if type else {}))


def test_json_becomes_a_value_and_a_value_json(example):
    order = {"items": [{"name": "tea/é", "price": 1.5}], "id": 7, "unknown": True}
    for type in ("application/json", "application/vnd.order+json; charset=utf-8", None):
        answer = post_order(example, json.dumps(order), type)
        assert answer.status == 201
        assert answer.fields["location"] == "/routing/orders/7"
        assert answer.fields["content-type"] == "application/json"
        # Members in the order of their names, and slashes as they are.
        assert answer.body.decode() == '{"id":7,"items":[{"name":"tea/é","price":1.5}]}'


@pytest.mark.parametrize(
    "body, word",
    [
        ('{"items": []}', '"id"'),
        ('{"id": 1, "items": [{"name": "a", "price": 1}, {"name": 2, "price": 1}]}', '"items[1].name"'),
        ('{"id": 1, "items": [{"name": "a"}]}', '"items[0].price"'),
        ('{"id": "1", "items": []}', "a whole number"),
        ('{"id": 1.5, "items": []}', "not whole"),
        ('{"id": 1e30, "items": []}', "too large"),
        ('{"id": null, "items": []}', "null"),
        ('{"id": 1, "items": {}}', "an array"),
        ("[]", "an object"),
        ('{"id": 1, "items": [', "not JSON"),
        ("", "not JSON"),
        (b'{"id": 1, "items": [], "note": "\xff"}', ""),
        ("[" * 100000, ""),
    ],
)
def test_json_that_is_not_what_is_wanted_is_told_by_its_place(example, body, word):
    problem = check_problem(post_order(example, body), 400, word)
    assert problem["type"] == "urn:fanfare:problem:bad-json"
    # What a program calls its types is its own affair.
    assert "Order" not in problem["detail"] and "Swift" not in problem["detail"]


def test_a_body_that_is_labelled_as_something_else_is_not_read_as_json(example):
    check_problem(post_order(example, '{"id": 1, "items": []}', "text/plain"), 415)


def test_an_event_has_the_json_of_a_value(example):
    assert example.get("/routing/event").body.decode() == '{"id":1,"items":[],"note":"a/b"}'


def test_the_plain_answers(example):
    answer = example.get("/routing/bytes")
    assert (answer.body, answer.fields["content-type"]) == (b"\x00\xff\n", "application/x-three")
    assert answer.fields["x-content-type-options"] == "nosniff"
    answer = example.get("/routing/redirect")
    assert (answer.status, answer.fields["location"], answer.body) == (303, "/hello?from=redirect", b"")
    for code in (200, 204, 205, 299, 304, 418, 599):
        answer = example.get(f"/routing/status?code={code}")
        assert (answer.status, answer.body) == (code, b"")
    for code in (100, 101, 199, 600, 999):
        assert example.get(f"/routing/status?code={code}").status == 500


def test_fields_are_set_added_and_removed_by_name(example):
    answer = example.get("/routing/fields")
    assert values(answer, "x-twice") == ["3"]
    assert values(answer, "set-cookie") == ["a=1", "b=2"]
    assert "x-gone" not in answer.fields


def test_a_problem_that_is_thrown_is_the_answer_and_any_other_error_is_for_the_log(example):
    answer = example.get("/routing/problem")
    problem = check_problem(answer, 409, "make another")
    assert (problem["type"], problem["title"]) == ("urn:fanfare:problem:no-such-order", "No order")
    assert answer.fields["retry-after"] == "7"
    problem = check_problem(example.get("/routing/fails"), 500)
    assert "Failure" not in json.dumps(problem)
    assert "Failure()" in example.server.errors()


@pytest.mark.parametrize("path", ["/routing/bad-field", "/routing/framing-field", "/routing/not-a-number"])
def test_an_answer_that_cannot_be_sent_is_500_and_the_log_says_why(example, path):
    with Connection(example.address) as connection:
        connection.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = connection.receive_answer()
        check_problem(answer, 500)
        assert "x-injected" not in answer.fields
        # The connection goes on in step.
        connection.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.receive_answer().body == b"hello\n"
    assert path in example.server.errors()


@pytest.mark.parametrize(
    "target, word",
    [
        ("redirect?to=/x&status=200", "200 is no status of a redirection"),
        ("redirect?to=/x&status=404", "404 is no status of a redirection"),
        ("redirect?status=303&to=/x%0D%0AX-Injected:%20yes", "a field of its answer cannot be sent"),
        ("problem?status=200", "200 is no status of an error"),
        ("problem?status=1000", "1000 is no status of an error"),
        ("problem?status=-1", "-1 is no status of an error"),
        ("problem-of-status?status=302", "302 is no status of an error"),
        ("thrown?status=204", "204 is no status of an error"),
        ("body?length=-1", "its length of -1 bytes"),
        ("field?name=X-A&value=a%0Ab", "a field of its answer cannot be sent"),
        ("field?name=X-A&value=a%00b", "a field of its answer cannot be sent"),
        ("field?name=X%20A&value=a", "a field of its answer cannot be sent"),
        ("field?name=&value=a", "a field of its answer cannot be sent"),
        ("field?name=Transfer-Encoding&value=chunked", "a field of its answer cannot be sent"),
        ("type?value=text/x%0D%0A", "a field of its answer cannot be sent"),
        ("stream-field?name=X-A&value=a%0Db", "a field of its answer cannot be sent"),
        ("place/1?name=b", "the route's path has no {b}"),
        ("place/1?name=", "the route's path has no {}"),
        ("file?name=../x", "a file in a folder has a name, and not a path: ../x"),
        ("file?name=", "a file in a folder has a name, and not a path"),
        ("file?name=a%00b", "a file in a folder has a name, and not a path"),
    ],
)
def test_what_a_route_makes_of_a_request_may_be_500_and_never_the_end_of_the_server(example, target, word):
    path = "/computed/" + target.split("?")[0]
    with Connection(example.address) as connection:
        connection.send(f"GET /computed/{target} HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = connection.receive_answer()
        assert check_problem(answer, 500)["type"] == "urn:fanfare:problem:failed"
        assert "x-injected" not in answer.fields
        connection.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.receive_answer().body == b"hello\n"
    lines = [line for line in example.server.errors().splitlines() if "a route failed" in line]
    assert len(lines) == 1
    assert f"path={path} " in lines[0] and word in lines[0]


@pytest.mark.parametrize(
    "target, status, word",
    [
        ("redirect?to=/x&status=308", 308, ""),
        ("problem?status=599", 599, "none"),
        ("place/1?name=a", 200, "1"),
        ("rest/", 200, "<>"),
        ("rest/a/b", 200, "<a/b>"),
        ("publish?topic=a", 200, "-1"),
        ("publish?topic=*", 400, "bad-topic"),
        ("publish?topic=", 400, "bad-topic"),
        ("publish?topic=a%00", 400, "bad-topic"),
        ("publish?topic=%24x", 403, "reserved-topic"),
        ("publish?topic=a&type=a%0Ab", 400, "bad-event"),
        ("publish?topic=a&id=a%0Ab", 400, "bad-event"),
        ("topic?topic=", 400, "bad-topic"),
        ("topic?topic=a/**/b", 400, "bad-topic"),
        ("topic?topic=a", 200, "the time of the stream is over"),
        ("last?count=-9223372036854775808", 200, "the time of the stream is over"),
        ("last?count=9223372036854775807", 200, "the time of the stream is over"),
        ("retry?retry=-9223372036854775808", 200, "data: x"),
        ("retry?retry=9223372036854775807", 200, "data: x"),
    ],
)
def test_what_a_route_makes_of_a_request_is_answered_as_the_hub_would(example, target, status, word):
    with Connection(example.address) as connection:
        connection.send(f"GET /computed/{target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = connection.receive_answer()
        assert answer.status == status
        assert word in answer.body.decode()
    assert "a route failed" not in example.server.errors()


@pytest.mark.parametrize("target", ["event?type=a%0Ab", "event?type=a%00", "event?id=a%0Db"])
def test_an_event_that_cannot_be_written_ends_its_stream_and_the_log_says_why(example, target):
    with Connection(example.address) as connection:
        connection.send(f"GET /computed/{target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = connection.receive_answer()
        assert answer.status == 200
        assert b"data:" not in answer.body and b"the server failed" in answer.body
    assert "a response broke off" in example.server.errors()
    assert example.get("/hello").body == b"hello\n"


@pytest.mark.parametrize("count, found", [("-1", b"0"), ("-9223372036854775808", b"0"), ("2", b"2"), ("9", b"3")])
def test_the_beginning_of_a_part_may_be_asked_for_by_any_number(example, count, found):
    form = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nabc\r\n--x--\r\n'
    with Connection(example.address) as connection:
        connection.send(
            f"POST /computed/beginning?count={count} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(form)}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        )
        connection.send(form)
        answer = connection.receive_answer()
        assert (answer.status, answer.body) == (200, found)


def test_what_a_request_tells(example):
    with Connection(example.address) as connection:
        connection.send(
            "GET /routing/request?q=a%20b&x=1&q=%C3%A9&last_event_id=in-query HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{example.address[1]}\r\nX-Many: 1\r\nx-many: 2\r\n"
            'Cookie: a=1; b="two"; a=3\r\nCookie: c=4\r\n\r\n'
        )
        told = connection.receive_answer().json()
        port = connection.socket.getsockname()[1]
    origin = f"http://127.0.0.1:{example.address[1]}"
    assert told == {
        "queries": ["a b", "é"],
        "rawQuery": ["q=a%20b&x=1&q=%C3%A9&last_event_id=in-query"],
        "headers": ["1", "2"],
        "cookies": ["a=1", "b=two", "c=4"],
        "lastEventID": ["in-query"],
        "client": [f"127.0.0.1:{port}"],
        "address": ["127.0.0.1"],
        "origin": [origin],
        "isSecure": ["false"],
        # The server listens on this machine's loopback only.
        "reachable": [origin + "/x?y=1"],
    }
    told = example.get("/routing/request?lastEventId=x", Last_Event_ID="in-field").json()
    assert told["lastEventID"] == ["in-field"]
    check_problem(example.get("/routing/request?q=%FF"), 400)


def test_over_tls_the_origin_says_so(program):
    server = program("tls=yes", "https://127.0.0.1:0")
    server.tls = ssl.create_default_context()
    server.tls.check_hostname = False
    server.tls.verify_mode = ssl.CERT_NONE
    told = server.get("/routing/request").json()
    assert told["origin"] == [f"https://127.0.0.1:{server.address[1]}"]
    assert told["isSecure"] == ["true"]


def test_without_a_host_the_origin_is_where_the_server_listens(example):
    with Connection(example.address) as connection:
        connection.send("GET /routing/request HTTP/1.0\r\n\r\n")
        told = connection.receive_answer().json()
    assert told["origin"] == [f"http://127.0.0.1:{example.address[1]}"]


def test_a_reachable_url_names_an_address_of_the_machine_on_which_the_server_listens(program):
    server = program("0.0.0.0:0", "open-anywhere=yes")
    port = server.address[1]
    asked_by_name = server.get("/routing/request", Host=f"printer.example:{port}").json()
    assert asked_by_name["reachable"] == [f"http://printer.example:{port}/x?y=1"]
    [url] = server.get("/routing/request", Host=f"localhost:{port}").json()["reachable"]
    host = url.removeprefix("http://").removesuffix(f":{port}/x?y=1")
    if host == "localhost":
        pytest.skip("this machine is on no network")
    # Whoever asks there gets the same server.
    with Connection((host, port)) as connection:
        connection.send(f"GET /hello HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n")
        assert connection.receive_answer().body == b"hello\n"
    # Nothing is known of another port, which leads through something else.
    [url] = server.get("/routing/request", Host="localhost:1").json()["reachable"]
    assert url == "http://localhost:1/x?y=1"
