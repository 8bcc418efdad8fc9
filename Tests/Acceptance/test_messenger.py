"""The messenger: people and groups write to each other in two browsers, and nothing is lost on who is away."""

import json
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from certificates import trusting
from curl import shell
from hang_guard import wait_for
from hub import Hub, check_problem
from person import Person
from stream import Stream

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>&amp;"


class Desk(Person):
    """Somebody's page of the messenger."""

    def open(self, kind: str, name: str) -> None:
        """Opens a conversation as one does: from the list if it is there, else by its name."""
        if self.count(f"#conversations a[href='#{kind}={name}']"):
            self.click(f"#conversations a[href='#{kind}={name}']")
        else:
            self.fill("#whom", name)
            self.click("#start button")
        self.has("#with", name)

    def write(self, text: str) -> None:
        self.fill("#text", text)
        self.click("#send")
        wait_for(lambda: self.value("#text") == "" or self.text("#outcome"), "the message is on its way")
        assert self.text("#outcome") == ""

    @property
    def messages(self) -> list[str]:
        return self.texts("#messages .text")

    def shows(self, *expected: str) -> None:
        wait_for(lambda: self.messages == list(expected), f"{expected} are shown, not {self.messages}")

    @property
    def unread(self) -> dict[str, int]:
        """The numbers beside the conversations that have one."""
        return self.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll("#conversations a")]
                .filter((entry) => entry.querySelector(".badge"))
                .map((entry) => [entry.querySelector(".name").textContent,
                                 Number(entry.querySelector(".badge").firstChild.data)]))"""
        )

    def has_unread(self, **expected: int) -> None:
        wait_for(lambda: self.unread == expected, f"{expected} are unread, not {self.unread}")


@pytest.fixture
def sit_down(visit):
    """Opens the messenger as somebody, by the name box, in either browser; fails if a page complained."""

    def sit(demo: Hub, name: str) -> Desk:
        desk = Desk(visit(f"{demo.url}/messenger"))
        desk.fill("#name", name)
        desk.click("#sign-in button")
        desk.has("#user", name)
        desk.has("#state", "Live")
        return desk

    yield sit
    assert visit.complaints() == []


def unread(demo: Hub, user: str) -> dict[str, int]:
    return {topic: entry["unread"] for topic, entry in demo.get(f"/inbox?user={user}").json()["topics"].items()}


def test_who_was_away_finds_everything_on_coming_back(demo, sit_down):
    anna = sit_down(demo, "anna")
    anna.open("with", "jack")
    # Jack has never been here.
    for text in ("hi jack", HOSTILE, "first line\nsecond line"):
        anna.write(text)
    anna.shows("hi jack", HOSTILE, "first line\nsecond line")

    jack = sit_down(demo, "jack")
    jack.has_unread(anna=3)
    assert jack.page.evaluate("document.title").startswith("(3) ")
    jack.open("with", "anna")
    jack.shows("hi jack", HOSTILE, "first line\nsecond line")
    jack.has_unread()
    wait_for(lambda: "users/jack/from/anna" not in unread(demo, "jack"), "the hub knows that they were read")
    jack.write("hello anna")
    anna.shows("hi jack", HOSTILE, "first line\nsecond line", "hello anna")
    assert anna.count("#messages img, #messages script, #conversations img") == 0

    jack.page.close()
    demo.wait_for_connections(1)
    anna.write("are you still there?")
    jack = sit_down(demo, "jack")
    jack.has_unread(anna=1)
    jack.open("with", "anna")
    # What was read before is there too, each once.
    jack.shows("hi jack", HOSTILE, "first line\nsecond line", "hello anna", "are you still there?")
    jack.has_unread()


def test_a_group_reaches_each_member_and_nobody_else(demo, sit_down):
    anna = sit_down(demo, "anna")
    jack = sit_down(demo, "jack")
    stranger = sit_down(demo, "mallory")
    anna.click("#new-group summary")
    anna.fill("#group-name", "hiking")
    anna.fill("#members", "jack, 小明")
    anna.click("#group button")
    anna.has("#with", "hiking")
    anna.write("who brings coffee?")
    # Jack was here before the group was: his stream has it without a reconnect.
    jack.has_unread(hiking=2)
    jack.open("group", "hiking")
    jack.shows("who brings coffee?")
    jack.has("#messages .notice", "anna made this group with jack, 小明.")
    jack.write("I do")
    anna.shows("who brings coffee?", "I do")

    away = sit_down(demo, "小明")
    away.has_unread(hiking=3)
    away.open("group", "hiking")
    away.shows("who brings coffee?", "I do")
    away.write("好的")
    for desk in (anna, jack, away):
        desk.shows("who brings coffee?", "I do", "好的")
    assert jack.texts("#messages .chip") == ["anna", "小明"]
    demo.publish(["users/mallory/from/jack", "users/jack/to/mallory"], "psst")
    stranger.has_unread(jack=1)
    assert stranger.texts("#conversations .name") == ["jack"]
    assert unread(demo, "mallory") == {"users/mallory/from/jack": 1}


def test_tabs_of_one_user_show_the_same_and_what_is_read_in_one_is_read_in_all(demo, sit_down):
    one, two = sit_down(demo, "anna"), sit_down(demo, "anna")
    demo.publish(["users/anna/from/jack", "users/jack/to/anna"], "hi")
    one.has_unread(jack=1)
    two.has_unread(jack=1)
    # What is in a tab that nobody sees is not read.
    one.page.bring_to_front()
    one.open("with", "jack")
    one.shows("hi")
    two.has_unread()
    one.write("hello")
    one.shows("hi", "hello")
    two.page.bring_to_front()
    two.open("with", "jack")
    two.shows("hi", "hello")
    two.write("again")
    one.shows("hi", "hello", "again")


def test_each_tab_has_one_stream_and_over_tls_they_share_one_connection(start, visit, tmp_path):
    demo = start("--demo", "--tls-self-signed", "--log", "sqlite:log.db", directory=tmp_path)
    demo.tls = trusting(tmp_path / "log.db-tls.pem")
    desks = [Desk(visit(f"https://localhost:{demo.server.port}/messenger?user=anna")) for _ in range(3)]
    for desk in desks:
        desk.has("#state", "Live")
        desk.open("with", "jack")
    for number, desk in enumerate(desks):
        desk.write(f"from tab {number}")
        for other in desks:
            other.shows(*(f"from tab {done}" for done in range(number + 1)))
    connections = demo.connections()
    assert [entry["user"] for entry in connections] == ["anna"] * 3
    assert len({entry["address"] for entry in connections}) == 1
    versions = desks[0].page.evaluate(
        "performance.getEntriesByType('resource').map(entry => entry.nextHopProtocol).filter(name => name)"
    )
    assert set(versions) == {"h2"}
    assert visit.complaints() == []


def test_a_note_to_oneself_is_one_message(demo, sit_down):
    anna = sit_down(demo, "anna")
    away = sit_down(demo, "anna")
    anna.page.bring_to_front()
    anna.open("with", "anna")
    anna.write("buy milk")
    anna.shows("buy milk")
    away.page.bring_to_front()
    away.open("with", "anna")
    away.shows("buy milk")
    demo.publish(["users/anna/from/jack", "users/jack/to/anna"], "1")
    # One's own group, of the same name as oneself.
    assert make_group(demo, name="anna", user="anna", members=["jack"]).status == 201
    away.has_unread(jack=1)


def is_live(page: Page) -> None:
    expect(page.locator("#state")).to_have_text("Live")


def test_a_message_whose_answer_was_lost_is_there_once_when_it_is_sent_again(demo, open_page):
    page = open_page(f"{demo.url}/messenger?user=anna#with=jack")
    is_live(page)
    lost = []

    def lose_answer(route):
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/publish", lose_answer)
    page.get_by_label("Message", exact=True).fill("once")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#outcome")).to_have_text("Not sent: The server did not answer.")
    expect(page.get_by_label("Message", exact=True)).to_have_value("once")
    assert lost == [201]
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#outcome")).to_have_text("")
    page.get_by_label("Message", exact=True).fill("twice")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#messages .text")).to_have_text(["once", "twice"])
    open_page.complaints.clear()  # the browser's own note that a request had no answer


def test_a_page_forwards_more_than_it_shows_of_what_is_read(demo, open_page):
    lines = "".join(
        json.dumps({"topics": ["users/anna/from/jack", "users/jack/to/anna"], "data": str(number)}) + "\n"
        for number in range(1500)
    )
    assert demo.post(lines, "application/x-ndjson").status == 201
    page = open_page(f"{demo.url}/messenger?user=anna")
    expect(page.locator("#conversations .badge")).to_contain_text("999+")
    page.locator("#conversations a").click()
    expect(page.locator("#messages li")).to_have_count(1500)
    expect(page.locator("#messages .text").first).to_have_text("0")
    expect(page.locator("#messages .text").last).to_have_text("1499")
    expect(page.locator("#conversations .badge")).to_have_count(0)
    page.reload()
    page.locator("#conversations a").click()
    expect(page.locator("#messages .text").last).to_have_text("1499")
    expect(page.locator("#messages li")).to_have_count(1000)


def test_a_name_that_cannot_be_one_is_told(demo, open_page):
    page = open_page(f"{demo.url}/messenger")
    page.get_by_label("Your name").fill("a/b")
    page.get_by_role("button", name="Sign in").click()
    assert "/" in page.locator("#name").evaluate("field => field.validationMessage")
    page.get_by_label("Your name").fill("anna")
    page.get_by_role("button", name="Sign in").click()
    is_live(page)
    page.get_by_label("Write to", exact=True).fill("**")
    page.get_by_role("button", name="Open").click()
    assert page.locator("#whom").evaluate("field => field.validationMessage") != ""


@pytest.mark.parametrize("name, is_one", [
    ("x" * 40, True), ("x" * 41, False), ("👩‍👩‍👧" * 8, True), ("👩‍👩‍👧" * 9, False), ("e\u0301" * 40, True), ("e\u0301" * 41, False),
    ("\u202eanna", False), ("an\u2028na", False), ("\u200b", False), ("a/\u0301b", False),
], ids=["letters", "letters-41", "families", "families-162-bytes", "marks", "marks-41", "turned", "two-lines", "unseen", "parted"])
def test_a_page_takes_the_names_that_the_server_takes(demo, open_page, name, is_one):
    assert (make_group(demo, name="g", user=name, members=["jack"]).status == 201) == is_one
    page = open_page(f"{demo.url}/messenger?user={quote(name)}")
    if is_one:
        is_live(page)
        expect(page.locator("#user")).to_have_text(name)
        return
    expect(page.locator("#sign-in")).to_be_visible()
    expect(page.locator("#desk")).to_be_hidden()
    assert "40" in page.locator("#name").evaluate("field => field.validationMessage")


def test_a_group_that_was_made_is_told_and_one_that_was_not_too(demo, open_page):
    page = open_page(f"{demo.url}/messenger?user=anna")
    is_live(page)

    def make(name: str, members: str) -> None:
        page.locator("#new-group summary").click()
        expect(page.locator("#group-outcome")).to_have_text("")
        page.get_by_label("Name of the group").fill(name)
        page.get_by_label("Members, parted by commas").fill(members)
        page.get_by_role("button", name="Make the group").click()

    make("hiking", "jack")
    expect(page.locator("#group-outcome")).to_have_text("The group hiking is there.")
    expect(page.locator("#group-outcome")).to_be_visible()
    expect(page.locator("#with")).to_have_text("hiking")
    make("sailing", "a/b")
    expect(page.locator("#group-outcome")).to_contain_text("a/b")
    expect(page.locator("#group-outcome")).to_have_attribute("data-failed", "")
    wait_for(lambda: open_page.complaints, "the browser notes the status")
    assert "400" in open_page.complaints.pop()


def test_on_a_phone_there_is_the_list_or_the_conversation(demo, open_page):
    demo.publish(["users/anna/from/jack", "users/jack/to/anna"], "hi")
    page = open_page(f"{demo.url}/messenger?user=anna")
    page.set_viewport_size({"width": 390, "height": 800})
    is_live(page)
    expect(page.locator("#messages")).to_be_hidden()
    page.locator("#conversations a").click()
    expect(page.locator("#messages .text")).to_have_text(["hi"])
    expect(page.locator("#conversations")).to_be_hidden()
    page.get_by_role("link", name="All conversations").click()
    expect(page.locator("#messages")).to_be_hidden()
    expect(page.locator("#conversations a")).to_be_visible()
    page.go_back()
    expect(page.locator("#messages .text")).to_have_text(["hi"])


def test_the_commands_that_the_page_shows_work(demo, open_page):
    page = open_page(f"{demo.url}/messenger?user=anna")
    is_live(page)
    shell(page.locator("#publish-command").text_content())
    expect(page.locator("#conversations .name")).to_have_text(["jack"])
    assert json.loads(shell(page.locator("#inbox-command").text_content()))["unread"] == 1
    command = page.locator("#subscribe-command").text_content()
    target = command.removeprefix(f"curl -N '{demo.url}").removesuffix("'")
    with Stream(demo.address, target) as stream:
        assert stream.event().data == "hi"


# Making groups -------------------------------------------------------------------------------------------------------


def make_group(demo: Hub, **members) -> None:
    return demo.request(
        "POST", "/messenger/groups", json.dumps(members), Content_Type="application/json"
    )


def patterns(demo: Hub, user: str) -> list[str]:
    return demo.get(f"/inbox?user={user}").json()["patterns"]


def test_a_group_that_one_inbox_has_no_room_for_is_made_in_none(demo):
    full = [f"news/{number}" for number in range(64)]
    demo.request("PUT", "/inbox", json.dumps({"user": "jack", "topics": full}), Content_Type="application/json")
    demo.request("PUT", "/inbox", json.dumps({"user": "ben", "topics": ["news"]}), Content_Type="application/json")
    answer = make_group(demo, name="hiking", user="anna", members=["ben", "jack", "mia"])
    assert "jack" in check_problem(answer, 400)["detail"]
    assert [patterns(demo, user) for user in ("anna", "ben", "jack", "mia")] == [[], ["news"], full, []]
    assert demo.history("groups/hiking/anna")["events"] == []
    # Who was in it before stays in it.
    assert make_group(demo, name="hiking", user="anna", members=["ben"]).status == 201
    check_problem(make_group(demo, name="hiking", user="ben", members=["mia", "jack"]), 400)
    assert [patterns(demo, user) for user in ("anna", "ben", "mia")] == [["groups/hiking/*"], ["news", "groups/hiking/*"], []]


def test_a_group_whose_topic_has_ended_is_not_made(demo):
    demo.post(json.dumps({"topic": "groups/hiking/anna", "end": True}))
    check_problem(make_group(demo, name="hiking", user="anna", members=["jack"]), 409)
    assert patterns(demo, "anna") == patterns(demo, "jack") == []


def test_a_group_is_added_to_inboxes_beside_what_they_have(demo):
    demo.request("PUT", "/inbox", json.dumps({"user": "jack", "topics": ["news"]}), Content_Type="application/json")
    answer = make_group(demo, name="hiking", user="anna", members=["jack"])
    assert answer.status == 201
    assert answer.json() == {"name": "hiking", "user": "anna", "members": ["jack"]}
    assert sorted(patterns(demo, "jack")) == ["groups/hiking/*", "news"]
    assert patterns(demo, "anna") == ["groups/hiking/*"]
    # Who makes it again adds members.
    assert make_group(demo, name="hiking", user="jack", members=["jill"]).status == 201
    assert patterns(demo, "jill") == ["groups/hiking/*"]
    assert sorted(patterns(demo, "jack")) == ["groups/hiking/*", "news"]
    made = demo.history("groups/hiking/*")["events"]
    assert [(event["topics"], event["type"], event["data"]) for event in made] == [
        (["groups/hiking/anna"], "members", "jack"),
        (["groups/hiking/jack"], "members", "jill"),
    ]


def test_groups_that_are_made_at_once_all_reach_a_member(demo):
    from concurrent.futures import ThreadPoolExecutor

    names = [f"g{number}" for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda name: make_group(demo, name=name, user=f"maker-{name}", members=["jack"]), names))
    assert {answer.status for answer in answers} == {201}
    assert sorted(patterns(demo, "jack")) == sorted(f"groups/{name}/*" for name in names)


@pytest.mark.parametrize("change", [
    {"name": ""}, {"name": "*"}, {"name": "**"}, {"name": "a/b"}, {"name": "a\nb"}, {"name": "x" * 41},
    {"user": ""}, {"user": "a/b"}, {"members": ["*"]}, {"members": ["a/b"]}, {"members": ["a,b"]}, {"members": [""]},
    {"members": []}, {"members": ["x"] * 51}, {"members": "jack"}, {"members": None}, {"name": 7},
])
def test_a_group_that_cannot_be_is_refused_and_changes_nothing(demo, change):
    group = {"name": "hiking", "user": "anna", "members": ["jack"]} | change
    check_problem(make_group(demo, **group), 400)
    assert patterns(demo, "anna") == [] and patterns(demo, "jack") == []
    assert demo.history("groups/**")["events"] == []
