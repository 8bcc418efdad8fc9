"""Clients that nobody here wrote: curl, httpx-sse, aiohttp-sse-client, and Chromium with its own EventSource."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import httpx
import pytest
from aiohttp_sse_client.client import EventSource as AiohttpEventSource
from httpx_sse import connect_sse
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hang_guard import GUARD, wait_for
from hub import Hub, check_problem
from server import ROOT

expect.set_options(timeout=GUARD * 1000)
SCREENSHOTS = ROOT / ".build" / "screenshots"

# curl ----------------------------------------------------------------------------------------------------------------


def shell(command: str) -> str:
    """What a command prints, typed as a person would."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=GUARD)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Curl:
    """A running `curl -N`; `text()` is what it has printed so far."""

    def __init__(self, output: Path, *arguments: str):
        self.output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                ["curl", "-sN", *arguments], stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL
            )

    def __enter__(self) -> "Curl":
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()

    def text(self) -> str:
        return self.output.read_bytes().decode().replace("\r\n", "\n")

    def wait_for(self, text: str) -> str:
        wait_for(lambda: text in self.text(), f"curl prints {text!r}")
        return self.text()


def test_the_boards_two_commands_work_word_for_word(demo, tmp_path):
    port = demo.server.port
    with Curl(tmp_path / "out", f"http://localhost:{port}/subscribe?user=huoyijie&topics=chatgpt|robot") as curl:
        curl.wait_for("\n\n")
        shell("""curl -sd '{"topic": "robot", "data": "hi robot"}' http://localhost:%d/publish""" % port)
        shell("""curl -sd '{"topic": "chatgpt", "data": "hi chatgpt"}' http://localhost:%d/publish""" % port)
        curl.wait_for('event: message\ndata: {"topic":"robot","data":"hi robot"}\n\n')
        curl.wait_for('event: message\ndata: {"topic":"chatgpt","data":"hi chatgpt"}\n\n')


def test_curl_shows_the_head_and_the_opening_block_before_any_message(hub, tmp_path):
    with Curl(tmp_path / "out", "-i", f"{hub.url}/subscribe?topic=robot") as curl:
        text = curl.wait_for("\n\nretry: ")
        text = curl.wait_for("\nid: ")
        assert text.startswith("HTTP/1.1 200 OK\n")
        assert "Content-Type: text/event-stream\n" in text
        assert hub.history("**")["events"] == []


def test_curl_publishes_a_form_and_ndjson(hub, tmp_path):
    shell(f"curl -sf -d topic=a --data-urlencode 'data=one & two' {hub.url}/publish")
    lines = tmp_path / "lines"
    lines.write_text("".join(f'{{"topic":"a","data":"{number}"}}\n' for number in range(3)))
    shell(f"curl -sf -H 'Content-Type: application/x-ndjson' --data-binary @{lines} {hub.url}/publish")
    assert [event["data"] for event in hub.history("a")["events"]] == ["one & two", "0", "1", "2"]


def test_curl_sends_a_large_body_after_it_is_told_to_continue(hub, tmp_path):
    body = tmp_path / "body"
    body.write_text(json.dumps({"topic": "a", "data": "x" * 200_000}))
    shell(f"curl -sf -H 'Expect: 100-continue' --data-binary @{body} {hub.url}/publish")
    assert len(hub.history("a")["events"][0]["data"]) == 200_000


# Python --------------------------------------------------------------------------------------------------------------

TEXTS = ["plain", "", "two\nlines", "ünïcode 😀", " spaces ", '{"json": [1]}', "x" * 100_000, ": colon", "data: x"]


def test_httpx_sse_gets_each_event_and_resumes(hub):
    with httpx.Client(timeout=GUARD) as client:
        with connect_sse(client, "GET", f"{hub.url}/subscribe", params={"topic": "a"}) as source:
            events = source.iter_sse()
            wait_for(lambda: len(hub.connections()) == 1, "it is connected")
            ids = [hub.publish("a", text, type="t", retry=1234) for text in TEXTS]
            for id, text in zip(ids, TEXTS):
                event = next(events)
                while event.data == "" and event.id != ids[1]:
                    event = next(events)  # this client fires for blocks without data, too
                assert (event.id, event.event, event.data, event.retry) == (id, "t", text, 1234)
        missed = hub.publish("a", "missed")
        headers = {"Last-Event-ID": ids[-1]}
        with connect_sse(client, "GET", f"{hub.url}/subscribe", params={"topic": "a"}, headers=headers) as source:
            event = next(event for event in source.iter_sse() if event.data)
            assert (event.id, event.data) == (missed, "missed")


def test_aiohttp_sse_client_gets_each_event_and_reconnects(hub):
    # It takes the spaces off a value's front and gives no event whose data is empty: what those say is not asked of it.
    texts = [text for text in TEXTS if text.strip() == text and text]

    async def run() -> None:
        async with aiohttp.ClientSession(read_bufsize=1 << 20) as session:
            async with AiohttpEventSource(f"{hub.url}/subscribe?topic=a", session=session) as source:
                ids = [await asyncio.to_thread(hub.publish, "a", text) for text in texts]
                for id, text in zip(ids, texts):
                    event = await source.__anext__()
                    assert (event.last_event_id, event.data) == (id, text)
                await asyncio.to_thread(hub.request, "DELETE", f"/connections?id={hub.connections()[0]['id']}")
                between = await asyncio.to_thread(hub.publish, "a", "between")
                event = await source.__anext__()
                assert (event.last_event_id, event.data) == (between, "between")

    asyncio.run(asyncio.wait_for(run(), GUARD * 2))


# Chromium ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Opens pages of a fresh browser profile; fails if one of them complained of anything."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    context.set_default_timeout(GUARD * 1000)
    complaints: list[str] = []

    def open_one(url: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: (complaints.append("a dialog opened"), dialog.dismiss()))
        page.goto(url)
        return page

    open_one.complaints = complaints
    yield open_one
    context.close()
    assert complaints == []


def is_live(page: Page) -> None:
    expect(page.locator("#state")).to_have_text("Live")


def board(demo: Hub, user: str, topics: str) -> str:
    return f"{demo.url}/?user={user}&topics={topics}"


# Runs in a page: opens an EventSource and keeps what it fires in `seen`.
LISTEN = """target => {
    window.seen = [];
    window.opened = 0;
    window.source = new EventSource(target);
    source.onopen = () => { opened += 1; };
    for (const type of ["message", "greeting", "fanfare.gap"]) {
        source.addEventListener(type, event => seen.push([event.type, event.lastEventId, event.data]));
    }
}"""


def seen(page: Page, count: int) -> list[list[str]]:
    wait_for(lambda: page.evaluate("seen.length") >= count, f"the page has seen {count} events")
    return page.evaluate("seen")


def test_chromiums_eventsource_gets_each_event_as_it_was(demo, open_page):
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(LISTEN, "/subscribe?topic=a/*")
    wait_for(lambda: page.evaluate("opened") == 1, "the stream is open before any message")
    ids = [demo.publish("a/b", text) for text in TEXTS] + [demo.publish("a/b", "hello", type="greeting")]
    expected = [["message", id, text] for id, text in zip(ids, TEXTS)] + [["greeting", ids[-1], "hello"]]
    assert seen(page, len(expected)) == expected


def test_chromiums_eventsource_reconnects_by_itself_and_misses_and_repeats_nothing(start, open_page):
    demo = start("--demo", "--retry", "200ms", "--drain-retry", "600ms")
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(LISTEN, "/subscribe?topic=a")
    expected = []
    for round in range(3):
        wait_for(lambda: page.evaluate("opened") == round + 1, "the stream is open")
        expected.append(["message", demo.publish("a", f"live {round}"), f"live {round}"])
        (connection,) = demo.wait_for_connections(1)
        answer = demo.request("DELETE", f"/connections?id={connection['id']}")
        assert answer.json() == {"closed": 1}
        expected.append(["message", demo.publish("a", f"away {round}"), f"away {round}"])
    assert seen(page, len(expected)) == expected


def test_chromiums_eventsource_that_saw_no_event_yet_resumes_too(start, open_page):
    demo = start("--demo", "--retry", "200ms", "--drain-retry", "600ms")
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(LISTEN, "/subscribe?topic=a")
    (connection,) = demo.wait_for_connections(1)
    demo.request("DELETE", f"/connections?id={connection['id']}")
    id = demo.publish("a", "between")
    assert seen(page, 1) == [["message", id, "between"]]


def test_chromiums_eventsource_that_was_told_not_to_reconnect_stays_closed(demo, open_page):
    page = open_page(f"{demo.url}/gallery")
    page.evaluate(LISTEN, "/subscribe?topic=a")
    (connection,) = demo.wait_for_connections(1)
    demo.request("DELETE", f"/connections?id={connection['id']}&allow-reconnect=false")
    wait_for(lambda: page.evaluate("source.readyState === EventSource.CLOSED"), "the browser gives up for good")
    page.reload()
    page.evaluate(LISTEN, "/subscribe?topic=a")
    wait_for(lambda: page.evaluate("opened") == 1, "a page that is loaded anew connects again")


# The board's pages ---------------------------------------------------------------------------------------------------

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>&amp;"


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
    page.locator("#messages").evaluate("list => { list.scrollTop = 0; }")
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
        expect(page.locator("#topics")).to_have_text("chatgpt robot")


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


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/", "text/html"),
        ("/gallery", "text/html"),
        ("/?user=jack&topics=robot", "text/html"),
        ("/gallery/gallery.css", "text/css"),
        ("/gallery/index.css", "text/css"),
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
