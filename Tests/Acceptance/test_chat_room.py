"""The chat room: two people in two browsers' profiles, and its paths."""

import json
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from browser import VIEWPORT, picture, send_and_write_on
from hang_guard import wait_for
from hub import Hub, check_problem
from stream import Stream

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>&amp;\nsecond line"


@pytest.fixture
def open_profile(browser):
    """Opens pages, each of a profile of its own; fails if one of them complained of anything."""
    contexts, complaints = [], []

    def open_one(url: str) -> Page:
        context = browser.new_context(viewport=VIEWPORT)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: (complaints.append("a dialog opened"), dialog.dismiss()))
        page.goto(url)
        return page

    open_one.complaints = complaints
    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def enter(open_profile, demo: Hub, name: str) -> Page:
    page = open_profile(f"{demo.url}/chat")
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Enter").click()
    expect(page.locator("#state")).to_have_text("Live")
    return page


def say(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("")


def people(demo: Hub) -> list[str]:
    return demo.get("/chat/people").json()["people"]


def test_two_people_chat_and_who_comes_later_reads_what_was_said(demo, open_profile):
    anna = enter(open_profile, demo, "anna")
    say(anna, "first")
    ben = enter(open_profile, demo, "ben")
    expect(ben.locator("#messages .text")).to_have_text(["first"])
    say(ben, HOSTILE)
    anna.get_by_label("Message", exact=True).fill("with Enter")
    anna.get_by_label("Message", exact=True).press("Enter")
    for page in (anna, ben):
        expect(page.locator("#messages .text")).to_have_text(["first", HOSTILE, "with Enter"])
        expect(page.locator("#messages .chip")).to_have_text(["anna", "ben", "anna"])
        assert page.locator("#messages img, #messages script").count() == 0
        assert len(page.locator("#messages time").all()) == 3
    # One's own words stand apart.
    assert [item.get_attribute("data-own") for item in anna.locator("#messages li:has(.text)").all()] == ["", None, ""]
    picture(anna, "chat-walk")
    # All see when each was said, and not when they read it.
    times = [page.locator("#messages time").first.get_attribute("datetime") for page in (anna, ben)]
    assert times[0] == times[1]


def test_what_is_written_while_words_are_on_their_way_stays(demo, open_profile):
    anna = enter(open_profile, demo, "anna")
    send_and_write_on(anna, "**/chat/messages", "Message", "Send")
    expect(anna.locator("#messages .text")).to_have_text(["first"])


def test_the_room_says_who_is_here_who_came_and_who_left(demo, open_profile):
    anna = enter(open_profile, demo, "anna")
    ben = enter(open_profile, demo, "ben")
    again = ben.context.new_page()
    again.goto(f"{demo.url}/chat?name=ben")
    for page in (anna, ben):
        expect(page.locator("#people .chip")).to_have_text(["anna", "ben"])
        expect(page.locator("#messages .notice", has_text="ben came in")).to_have_count(1)
    wait_for(lambda: len(demo.connections(user="ben")) == 2, "ben has two pages")
    again.close()
    wait_for(lambda: len(demo.connections(user="ben")) == 1, "ben has one page")
    assert people(demo) == ["anna", "ben"]
    ben.close()
    expect(anna.locator("#messages .notice").last).to_have_text("ben left")
    expect(anna.locator("#people .chip")).to_have_text(["anna"])
    # With two pages he came once, and with the first that closed he did not leave.
    said = [json.loads(event["data"])["name"] for event in demo.whole_history("chat/room") if event["type"] == "joined"]
    assert said == ["anna", "ben"]
    assert [event["type"] for event in demo.whole_history("chat/room")].count("left") == 1


def test_who_reloads_neither_leaves_nor_loses_a_message(demo, open_profile):
    anna = enter(open_profile, demo, "anna")
    expect(anna.locator("#messages .notice")).to_have_text(["anna came in"])
    say(anna, "one")
    anna.reload()
    expect(anna.locator("#messages .text")).to_have_text(["one"])
    ben = enter(open_profile, demo, "ben")
    expect(ben.locator("#messages .notice").last).to_have_text("ben came in")
    expect(ben.locator("#messages .notice")).to_have_text(["anna came in", "ben came in"])


def test_a_page_says_why_a_message_was_not_sent_and_keeps_it(demo, open_profile):
    page = enter(open_profile, demo, "anna")
    page.route("**/chat/messages", lambda route: route.fulfill(status=503, json={"detail": "the log is full"}))
    page.get_by_label("Message", exact=True).fill("kept")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#outcome")).to_have_text("Not sent: the log is full")
    expect(page.get_by_label("Message", exact=True)).to_have_value("kept")
    # The browser itself notes the answer's status on the console.
    wait_for(lambda: len(open_profile.complaints) == 1, "the console has the refusal")
    assert "503" in open_profile.complaints.pop()


def test_a_newcomer_reads_the_last_hundred(demo):
    for number in range(150):
        demo.publish("chat/room", json.dumps({"name": "anna", "text": str(number)}), type="message")
    with Stream(demo.address, "/chat/events?name=ben") as stream:
        texts = [json.loads(block.json()["data"]).get("text") for block in stream.events(100)]
    assert texts == [str(number) for number in range(50, 150)]


BAD_NAMES = ["", " \t", "\u200b\u3000", "anna\nben", "anna\r", "anna\0", "anna\u2028", "\u202eanna", "anna\u2066", "x" * 33,
             "x" + "\u0301" * 200]


@pytest.mark.parametrize("name", ["王小明", "José", "👩‍👩‍👧", "أنا", "anna b."])
def test_people_have_any_name_that_can_be_seen(demo, name):
    with Stream(demo.address, f"/chat/events?name={quote(name)}") as stream:
        answer = demo.request("POST", "/chat/messages", json.dumps({"name": name, "text": "👋"}))
        assert answer.status == 201
        while "text" not in (said := json.loads(stream.event().json()["data"])):
            pass
        assert said == {"name": name, "text": "👋"}


@pytest.mark.parametrize("query", ["", *(f"?name={quote(name)}" for name in BAD_NAMES)])
def test_nobody_comes_in_without_a_name(demo, query):
    check_problem(demo.get(f"/chat/events{query}"), 400)


@pytest.mark.parametrize(
    "body",
    ['{"name": "", "text": "x"}', '{"name": "anna", "text": ""}', '{"name": "anna"}', '{"text": "x"}', "[]", "",
     json.dumps({"name": "anna", "text": "x" * 4001}), json.dumps({"name": "anna", "text": " \n\u200b\t"}),
     *(json.dumps({"name": name, "text": "x"}) for name in BAD_NAMES)],
)
def test_what_cannot_be_said_is_400(demo, body):
    check_problem(demo.request("POST", "/chat/messages", body, Content_Type="application/json"), 400)
    assert demo.history("chat/room")["events"] == []
