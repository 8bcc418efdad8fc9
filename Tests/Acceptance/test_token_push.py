"""Push with a token: whoever listens with a token of a user gets what is sent with a token of that user."""

import json
from urllib.parse import quote

import jwt
import pytest
from playwright.sync_api import expect

from curl import Curl, shell
from hang_guard import wait_for
from hub import Hub, check_problem
from person import Person
from server import example_binary
from stream import Stream

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
HARD = ["fish & chips", "a+b", "100 %", "#hash", "a=b&msg=c", "ünïcode 😀", "two\nlines", "cr\rlf", "data: x\n\nevent: y", " spaces ", "", HOSTILE]


def issue(demo: Hub, user: str = "anna") -> str:
    answer = demo.request("POST", "/token", json.dumps({"user": user}), Content_Type="application/json")
    assert answer.status == 200, answer.body
    assert answer.json()["user"] == user
    return answer.json()["token"]


def listen(demo: Hub, token: str) -> Stream:
    return Stream(demo.address, f"/events?token={quote(token, safe='')}")


def push(demo: Hub, token: str, text: str, method: str = "POST"):
    return demo.request(method, f"/msg?msg={quote(text, safe='')}", Authorization=f"Bearer {token}")


# The page ------------------------------------------------------------------------------------------------------------


class Reader(Person):
    def connect(self, token: str | None = None, user: str = "anna") -> None:
        if token is None:
            self.fill("#user", user)
            self.click("#make button")
            wait_for(lambda: self.value("#token"), "there is a token")
        else:
            self.fill("#token", token)
        self.click("#listen button[type=submit]")

    def send(self, text: str) -> None:
        self.fill("#text", text)
        self.click("#send")
        wait_for(lambda: self.value("#text") == "", "it is sent")
        self.has("#outcome", "Sent.")

    def shows(self, *expected: str) -> None:
        shown = lambda: self.texts("#messages .text")
        wait_for(lambda: shown() == list(expected), f"{expected} are shown, not {shown()}")


def test_two_pages_of_a_user_get_what_either_sends_and_other_users_nothing(demo, visit):
    one, two, other = (Reader(visit(f"{demo.url}/token")) for _ in range(3))
    one.connect()
    two.connect(one.value("#token"))
    other.connect(user="jack")
    for reader in (one, two, other):
        reader.has("#state", "Live")
    hard = [text for text in HARD if text.strip() and "\r" not in text]
    for text in hard:
        one.send(text)
    two.send("from two")
    other.send("only jack's")
    for reader in (one, two):
        reader.shows(*hard, "from two")
    other.shows("only jack's")
    assert one.count("#messages img, #messages script") == 0
    one.click("#disconnect")
    one.has("#state", "Not connected")
    two.send("to one page")
    two.shows(*hard, "from two", "to one page")
    one.shows(*hard, "from two")
    assert visit.complaints() == []


@pytest.mark.parametrize("change, words", [
    (lambda token: "not a token", "Not connected: "),
    (lambda token: token[:-4] + "AAAA", "Not connected: "),
    (lambda token: token + "&topic=x", "Not connected: "),
    (lambda token: "令牌", "Not connected: "),
])
def test_a_bad_token_is_told_to_the_user(demo, visit, change, words):
    reader = Reader(visit(f"{demo.url}/token"))
    reader.connect(change(issue(demo)))
    wait_for(lambda: reader.text("#listening").startswith(words), "the page says that the token is bad")
    assert len(reader.text("#listening")) > len(words) + 10
    reader.has("#state", "Not connected")
    reader.fill("#text", "kept")
    reader.click("#send")
    wait_for(lambda: reader.text("#outcome").startswith("Not sent: "), "the page says that it was not sent")
    assert reader.value("#text") == "kept"
    assert demo.connections() == []


def test_a_user_who_cannot_be_one_is_told(demo, open_page):
    page = open_page(f"{demo.url}/token")
    page.get_by_label("User").fill("a/b")
    page.get_by_role("button", name="Make a token").click()
    expect(page.locator("#made")).to_contain_text("/")
    expect(page.locator("#made")).to_have_attribute("data-failed", "")
    wait_for(lambda: open_page.complaints, "the browser notes the status")
    assert "400" in open_page.complaints.pop()


def test_the_commands_that_the_page_shows_work(demo, open_page, tmp_path):
    page = open_page(f"{demo.url}/token")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator("#state")).to_have_text("Live")
    command = page.locator("#listen-command").text_content()
    with Curl(tmp_path / "out", command.removeprefix("curl -N '").removesuffix("'")) as curl:
        demo.wait_for_connections(2)
        shell(page.locator("#push-command").text_content())
        curl.wait_for("data: fish & chips + more?\n")
    expect(page.locator("#messages .text")).to_have_text(["fish & chips + more?"])


# Streams and messages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_text_arrives_as_it_was(demo, method):
    token = issue(demo)
    with listen(demo, token) as stream:
        stream.opening()
        for text in HARD:
            answer = push(demo, token, text, method)
            assert answer.status == 200 and answer.json()["id"]
        lines = [text.replace("\r\n", "\n").replace("\r", "\n") for text in HARD]
        assert [block.data for block in stream.events(len(HARD))] == lines


def test_the_head_of_a_stream_comes_before_any_message(demo):
    with listen(demo, issue(demo)) as stream:
        assert stream.head.fields["content-type"] == "text/event-stream"
        assert stream.opening().retry is not None


def test_all_streams_of_a_user_get_a_message_and_one_that_leaves_takes_nothing_along(demo):
    token, again, other = issue(demo), issue(demo), issue(demo, "jack")
    with listen(demo, token) as one, listen(demo, again) as two, listen(demo, other) as three:
        for stream in (one, two, three):
            stream.opening()
        push(demo, token, "1")
        assert [one.event().data, two.event().data] == ["1", "1"]
        one.close()
        demo.wait_for_connections(2)
        push(demo, again, "2")
        assert two.event().data == "2"
        push(demo, other, "jack's")
        assert three.event().data == "jack's"
    demo.wait_for_connections(0)


def test_who_comes_back_gets_what_was_sent_meanwhile(demo):
    token = issue(demo)
    with listen(demo, token) as stream:
        stream.opening()
        push(demo, token, "1")
        last = stream.event().id
    push(demo, token, "2")
    with Stream(demo.address, f"/events?token={token}", {"Last-Event-ID": last}) as stream:
        assert stream.event().data == "2"


def test_a_token_is_taken_with_the_word_bearer_and_in_a_field(demo):
    token = issue(demo)
    with (
        Stream(demo.address, f"/events?token=Bearer%20{token}") as one,
        Stream(demo.address, f"/events?token=bearer+{token}") as two,
        Stream(demo.address, "/events", {"Authorization": f"Bearer {token}"}) as three,
    ):
        for stream in (one, two, three):
            stream.opening()
        push(demo, token, "hi")
        assert [stream.event().data for stream in (one, two, three)] == ["hi"] * 3


@pytest.mark.parametrize("target", ["/events", "/events?token=", "/events?token=Bearer%20", "/events?other=1"])
def test_a_stream_without_a_token_is_400(demo, target):
    check_problem(demo.get(target), 400, "token")


def forge(token: str, **claims) -> str:
    return jwt.encode(jwt.decode(token, options={"verify_signature": False}) | claims, "x" * 32, "HS256")


@pytest.mark.parametrize("bad", [
    lambda token: "x",
    lambda token: "a.b.c",
    lambda token: token[:-4] + "AAAA",
    lambda token: forge(token),
    lambda token: forge(token, sub="jack"),
    lambda token: jwt.encode(jwt.decode(token, options={"verify_signature": False}), "", "none"),
    lambda token: "Basic " + token,
], ids=["text", "parts", "signature", "key", "user", "none", "scheme"])
def test_a_bad_token_is_401_for_streams_and_messages(demo, bad):
    token = bad(issue(demo))
    answer = demo.get(f"/events?token={quote(token, safe='')}")
    check_problem(answer, 401)
    assert answer.fields["www-authenticate"].startswith("Bearer")
    for method in ("GET", "POST"):
        answer = push(demo, token, "hi", method)
        check_problem(answer, 401)
        assert answer.fields["www-authenticate"].startswith("Bearer")


def test_a_message_needs_a_token_and_a_text(demo):
    token = issue(demo)
    for method in ("GET", "POST"):
        check_problem(demo.request(method, "/msg?msg=hi"), 401)
        check_problem(demo.request(method, "/msg", Authorization=f"Bearer {token}"), 400, "msg")
        check_problem(demo.request(method, "/msg?msg=%FF", Authorization=f"Bearer {token}"), 400)
        check_problem(demo.request(method, f"/msg?msg=hi&token={token}"), 401)


@pytest.mark.parametrize("body", [
    '{"user": ""}', '{"user": "*"}', '{"user": "**"}', '{"user": "a/b"}', '{"user": "a\\nb"}', '{"user": 7}', "{}", "[]", "x",
    json.dumps({"user": "x" * 65}), json.dumps({"user": "/\u0301"}), json.dumps({"user": "a/\u0301b"}),
    json.dumps({"user": " \u200b"}), json.dumps({"user": "anna\u202e"}),
])
def test_a_user_who_cannot_be_one_gets_no_token(demo, body):
    check_problem(demo.request("POST", "/token", body, Content_Type="application/json"), 400)


def test_tokens_are_of_this_run_alone_and_end(start):
    one, two = start("--demo"), start("--demo")
    token = issue(one)
    check_problem(two.get(f"/events?token={token}"), 401)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["sub"] == "anna" and 3500 < claims["exp"] - claims["iat"] <= 3600


def test_a_stream_ends_with_its_token_and_the_page_says_so(start, open_page):
    brief = start(command=[example_binary(), "gallery=4000"])
    token = issue(brief)
    with listen(brief, token) as stream:
        stream.rest()
    check_problem(brief.get(f"/events?token={token}"), 401)
    check_problem(push(brief, token, "late"), 401)
    page = open_page(f"{brief.url}/token")
    page.evaluate("""() => {
        window.states = [];
        const state = document.getElementById("state");
        new MutationObserver(() => window.states.push(state.textContent)).observe(state, {childList: true, subtree: true});
    }""")
    # A busy machine may take longer to connect than the token is good; then another is made.
    for _ in range(5):
        page.get_by_role("button", name="Make a token").click()
        page.get_by_role("button", name="Connect", exact=True).click()
        expect(page.locator("#listening")).to_contain_text("Not connected: ")
        expect(page.locator("#state")).to_have_text("Not connected")
        if "Live" in page.evaluate("window.states"):
            break
    assert "Live" in page.evaluate("window.states")
    open_page.complaints.clear()  # the browser's own notes of 401


def test_history_is_the_hubs_where_a_topic_is_named(demo):
    demo.publish("news", "hi")
    assert [event["data"] for event in demo.history("news")["events"]] == ["hi"]
    assert [event["data"] for event in demo.get("/events?topic=news&token=x").json()["events"]] == ["hi"]


def test_the_originals_own_commands_work(demo, tmp_path):
    token = json.loads(
        shell(f"curl -sd '{{\"user\": \"huoyijie\"}}' {demo.url}/token")
    )["token"]
    with Curl(tmp_path / "out", f"{demo.url}/events?token=Bearer%20{token}") as curl:
        demo.wait_for_connections(1)
        shell(f"curl -s -H 'Authorization: Bearer {token}' '{demo.url}/msg?msg=hello'")
        shell(f"curl -s -X POST -H 'Authorization: Bearer {token}' '{demo.url}/msg?msg=again'")
        curl.wait_for("data: again\n")
        assert "data: hello\n" in curl.text()


def test_a_slow_reader_stalls_nobody(demo):
    token = issue(demo)
    stuck = Stream(demo.address, f"/events?token={token}", receive_buffer=4096)
    with listen(demo, token) as stream:
        stream.opening()
        # Three times as much as sockets and buffers hold: a server that waits for the slow one stands still.
        for number in range(45):
            demo.publish("token-push/anna", f"{number} " + "x" * 200_000)
            assert stream.event().data.startswith(f"{number} ")
        assert push(demo, token, "still here").status == 200
        assert stream.event().data == "still here"
    stuck.close()
