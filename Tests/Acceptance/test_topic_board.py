"""The topic board: its pages in a browser, its stream, and the files that it is made of."""

import json
import subprocess

import pytest
from playwright.sync_api import Page, expect

from browser import send_and_write_on
from curl import shell
from hang_guard import wait_for
from hub import Hub, check_problem
from person import Person
from server import ROOT

SCREENSHOTS = ROOT / ".build" / "screenshots"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>&amp;"


def is_live(page: Page) -> None:
    expect(page.locator("#state")).to_have_text("Live")


def board(demo: Hub, user: str, topics: str) -> str:
    return f"{demo.url}/?user={user}&topics={topics}"


def messages(page: Page) -> list[tuple[str, str]]:
    items = page.locator("#messages li")
    return [
        (items.nth(index).locator(".chip").inner_text(), items.nth(index).locator(".text").inner_text())
        for index in range(items.count())
    ]


def test_two_pages_show_just_what_each_is_subscribed_to(demo, open_page):
    first = open_page(board(demo, "huoyijie", "chatgpt|robot"))
    second = open_page(board(demo, "jack", "robot"))
    is_live(first)
    is_live(second)
    demo.publish("robot", "hi robot")
    demo.publish("chatgpt", "hi chatgpt")
    demo.publish("elsewhere", "not for the board")
    demo.publish("robot", HOSTILE)
    demo.publish("robot", "first line\nsecond line")
    expect(first.locator("#messages li")).to_have_count(4)
    expect(second.locator("#messages li")).to_have_count(3)
    both = [("robot", HOSTILE), ("robot", "first line\nsecond line")]
    assert messages(first) == [("robot", "hi robot"), ("chatgpt", "hi chatgpt")] + both
    assert messages(second) == [("robot", "hi robot")] + both
    assert first.locator("#messages img, #messages script").count() == 0
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    first.screenshot(path=SCREENSHOTS / "topic-board-huoyijie.png")
    second.emulate_media(color_scheme="dark")
    second.set_viewport_size({"width": 375, "height": 700})
    second.screenshot(path=SCREENSHOTS / "topic-board-jack-dark-phone.png")


class Reader(Person):
    """Somebody's page of the board, in either browser."""

    @property
    def messages(self) -> list[tuple[str, str]]:
        return list(zip(self.texts("#messages .chip"), self.texts("#messages .text")))

    def shows(self, *expected: tuple[str, str]) -> None:
        wait_for(lambda: self.messages == list(expected), f"{expected} are shown, not {self.messages}")

    def publish(self, topic: str, text: str) -> None:
        self.page.evaluate(
            """topic => {
                const choice = document.getElementById("topic");
                choice.value = topic;
                choice.dispatchEvent(new Event("change"));
            }""",
            topic,
        )
        self.fill("#text", text)
        self.click("#send")
        wait_for(lambda: self.value("#text") == "", "it is published")


def test_two_people_publish_and_read_in_either_browser(demo, visit):
    first = Reader(visit(board(demo, "huoyijie", "chatgpt|robot")))
    second = Reader(visit(board(demo, "jack", "robot")))
    # A second tab of the same user takes nothing from the first.
    again = Reader(visit(board(demo, "jack", "robot|chatgpt")))
    for reader in (first, second, again):
        reader.has("#state", "Live")
    first.publish("robot", HOSTILE)
    second.publish("chatgpt", "for the others")
    second.has("#outcome", "Published to chatgpt, which this page does not read.")
    again.publish("robot", "two\nlines")
    robot = [("robot", HOSTILE), ("robot", "two\nlines")]
    all_three = [robot[0], ("chatgpt", "for the others"), robot[1]]
    first.shows(*all_three)
    again.shows(*all_three)
    second.shows(*robot)
    assert first.count("#messages img, #messages script") == 0
    again.page.close()
    demo.wait_for_connections(2)
    first.publish("robot", "still here")
    second.shows(*robot, ("robot", "still here"))
    assert visit.complaints() == []


def test_what_one_page_publishes_the_other_shows(demo, open_page):
    first = open_page(board(demo, "huoyijie", "chatgpt|robot"))
    second = open_page(board(demo, "jack", "robot"))
    is_live(first)
    is_live(second)
    first.get_by_label("Topic", exact=True).select_option("robot")
    first.get_by_label("Message", exact=True).fill(HOSTILE)
    first.get_by_role("button", name="Publish").click()
    expect(second.locator("#messages .text")).to_have_text([HOSTILE])
    expect(first.locator("#messages .text")).to_have_text([HOSTILE])
    expect(first.get_by_label("Message", exact=True)).to_have_value("")
    second.get_by_label("Message", exact=True).fill("with Enter")
    second.get_by_label("Message", exact=True).press("Enter")
    expect(first.locator("#messages .text")).to_have_text([HOSTILE, "with Enter"])


def test_what_is_written_while_a_message_is_on_its_way_stays(demo, open_page):
    page = open_page(board(demo, "jack", "robot"))
    is_live(page)
    send_and_write_on(page, "**/publish", "Message", "Publish")
    expect(page.locator("#messages .text")).to_have_text(["first"])


def test_a_page_says_why_a_message_was_not_published(demo, open_page):
    page = open_page(board(demo, "jack", "robot"))
    is_live(page)
    page.get_by_label("Topic", exact=True).select_option(label="Other topic…")
    page.get_by_label("Other topic").fill("a/*")
    page.get_by_label("Message", exact=True).fill("kept")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#outcome")).to_contain_text("Not published: ")
    expect(page.get_by_label("Message", exact=True)).to_have_value("kept")
    # The browser itself notes the answer's status on the console.
    wait_for(lambda: len(open_page.complaints) == 1, "the console has the refusal")
    assert "400" in open_page.complaints.pop()


def test_a_page_says_that_it_reconnects_and_then_goes_on(start, open_page):
    demo = start("--demo", "--retry", "200ms", "--drain-retry", "600ms")
    page = open_page(board(demo, "jack", "robot"))
    is_live(page)
    # Kept by the page itself, since the state between may last only moments.
    page.evaluate(
        """() => {
            window.states = [];
            const state = document.getElementById("state");
            new MutationObserver(() => states.push(state.dataset.state)).observe(state, {attributes: true});
        }"""
    )
    (connection,) = demo.wait_for_connections(1)
    demo.request("DELETE", f"/connections?id={connection['id']}")
    demo.publish("robot", "while away")
    expect(page.locator("#messages .text")).to_have_text(["while away"])
    is_live(page)
    assert page.evaluate("states") == ["reconnecting", "live"]


def test_a_link_opens_the_other_user_beside(demo, open_page):
    page = open_page(board(demo, "huoyijie", "chatgpt|robot"))
    is_live(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open jack beside it").click()
    is_live(opened.value)
    expect(opened.value.locator("#user")).to_have_text("jack")
    users = {entry["user"] for entry in demo.connections()}
    assert users == {"huoyijie", "jack"}


def test_the_commands_that_a_page_shows_work(demo, open_page, tmp_path):
    page = open_page(board(demo, "huoyijie", "chatgpt|robot"))
    is_live(page)
    publish = page.locator("#publish-command").text_content()
    subscribe = page.locator("#subscribe-command").text_content()
    expect(page.locator("#own-certificate")).to_have_attribute("hidden", "")
    output = tmp_path / "out"
    with output.open("wb") as file:
        process = subprocess.Popen(["bash", "-c", "exec " + subscribe], stdout=file, stderr=subprocess.DEVNULL)
    try:
        demo.wait_for_connections(2)
        shell(publish)
        expect(page.locator("#messages li")).to_have_count(1)
        wait_for(lambda: b"event: message\ndata: " in output.read_bytes(), "the command prints the message")
    finally:
        process.kill()
        process.wait()


def test_a_page_keeps_its_place_when_the_reader_has_scrolled_back(demo, open_page):
    page = open_page(board(demo, "jack", "robot"))
    is_live(page)
    for number in range(60):
        demo.publish("robot", f"message {number}")
    expect(page.locator("#messages li")).to_have_count(60)
    expect(page.locator("#messages li").last).to_be_in_viewport()
    page.get_by_role("log").evaluate("log => { log.scrollTop = 0; }")
    expect(page.locator("#messages li").first).to_be_in_viewport()
    demo.publish("robot", "news")
    expect(page.locator("#newest")).to_have_text("1 new message")
    expect(page.locator("#messages li").first).to_be_in_viewport()
    page.locator("#newest").click()
    expect(page.locator("#messages li").last).to_be_in_viewport()
    expect(page.locator("#newest")).to_be_hidden()


def test_a_page_keeps_a_bounded_number_of_messages(demo, open_page):
    page = open_page(board(demo, "jack", "robot"))
    is_live(page)
    lines = "".join(json.dumps({"topic": "robot", "data": str(number)}) + "\n" for number in range(700))
    assert demo.post(lines, "application/x-ndjson").status == 201
    expect(page.locator("#messages .text").last).to_have_text("699")
    expect(page.locator("#messages li")).to_have_count(500)
    expect(page.locator("#messages .text").first).to_have_text("200")


def test_the_first_page_leads_to_the_board(demo, open_page):
    for path in ("/", "/gallery"):
        page = open_page(demo.url + path)
        page.get_by_role("link", name="Open as huoyijie").click()
        is_live(page)
        expect(page.locator("#topics")).to_have_text("chatgpt and robot")


@pytest.mark.parametrize(
    "query",
    [
        "user=mallory&topics=robot",
        "user=&topics=robot",
        "topics=robot",
        "user=jack",
        "user=jack&topics=",
        "user=jack&topics=weather",
        "user=jack&topics=|",
    ],
)
def test_an_unknown_user_and_an_empty_list_of_topics_are_400_for_page_and_stream(demo, query):
    check_problem(demo.get(f"/?{query}"), 400)
    if "user=" in query:
        check_problem(demo.get(f"/subscribe?{query}"), 400)


def test_topics_other_than_the_boards_two_are_ignored(demo):
    with demo.subscribe(user="jack", topics="weather|robot") as stream:
        stream.opening()
        demo.publish("weather", "rain")
        demo.publish("robot", "hi")
        assert stream.event().json() == {"topic": "robot", "data": "hi"}


def test_two_tabs_of_one_user_both_get_everything(demo):
    with demo.subscribe(user="jack", topics="robot") as one, demo.subscribe(user="jack", topics="chatgpt|robot") as two:
        one.opening()
        two.opening()
        demo.publish("robot", "1")
        demo.publish("chatgpt", "2")
        demo.publish("robot", "3")
        assert [block.json()["data"] for block in one.events(2)] == ["1", "3"]
        assert [block.json()["data"] for block in two.events(3)] == ["1", "2", "3"]


def test_a_stream_opens_before_there_is_any_message(demo):
    with demo.subscribe(user="jack", topics="robot") as stream:
        assert stream.head.fields["content-type"] == "text/event-stream"
        assert stream.opening().id


def test_whoever_leaves_or_does_not_read_holds_up_nobody(demo):
    stuck = demo.subscribe(user="jack", topics="robot", receive_buffer=4096)
    with demo.subscribe(user="huoyijie", topics="robot") as stream:
        stream.opening()
        demo.subscribe(user="jack", topics="robot").close()
        # Three times as much as sockets and buffers hold: a server that waits for the slow one stands still.
        for number in range(45):
            demo.publish("robot", f"{number} " + "x" * 200_000)
            assert stream.event().json()["data"].startswith(f"{number} ")
    stuck.close()


def test_a_later_list_of_topics_does_not_replace_an_earlier_one(demo):
    with demo.subscribe(user="jack", topics="robot") as one, demo.subscribe(user="jack", topics="chatgpt") as two:
        one.opening()
        two.opening()
        demo.publish("robot", "1")
        demo.publish("chatgpt", "2")
        assert one.event().json() == {"topic": "robot", "data": "1"}
        assert two.event().json() == {"topic": "chatgpt", "data": "2"}


def test_the_originals_own_command_works(demo):
    with demo.subscribe(user="huoyijie", topics="chatgpt|robot") as stream:
        stream.opening()
        command = """curl -d '{"topic": "robot", "data": "hi robot"}' http://localhost:8080/publish"""
        shell(command.replace(":8080", f":{demo.server.port}"))
        block = stream.event()
        assert block.type == "message"
        assert block.data == '{"topic":"robot","data":"hi robot"}'


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/", "text/html"),
        ("/gallery", "text/html"),
        ("/?user=jack&topics=robot", "text/html"),
        ("/gallery/gallery.css", "text/css"),
        ("/gallery/index.css", "text/css"),
        ("/gallery/language.js", "text/javascript"),
        ("/gallery/topic-board.css", "text/css"),
        ("/gallery/topic-board.js", "text/javascript"),
        ("/gallery/icon.svg", "image/svg+xml"),
    ],
)
def test_the_gallerys_files_are_served_with_their_types(demo, path, kind):
    answer = demo.get(path)
    assert answer.status == 200
    assert answer.fields["content-type"].split(";")[0] == kind
    assert answer.fields["x-content-type-options"] == "nosniff"
    if kind == "text/html":
        policy = answer.fields["content-security-policy"]
        assert "unsafe-inline" not in policy and "unsafe-eval" not in policy and "script-src 'self'" in policy
