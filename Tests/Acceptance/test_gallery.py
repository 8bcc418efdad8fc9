"""The gallery as a whole: its first page, and what holds for each of its pages, wide and narrow, light and dark, in both languages."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from curl import Curl, shell
from hang_guard import wait_for
from hub import Hub, check_problem
from server import ROOT, Server

SCREENSHOTS = ROOT / ".build" / "screenshots"
PAGES = {
    "gallery": "/gallery",
    "topic-board": "/?user=huoyijie&topics=chatgpt|robot",
    "messenger": "/messenger",
    "messenger-signed-in": "/messenger?user=anna",
    "messenger-conversation": "/messenger?user=anna#with=jack",
    "upload": "/upload",
    "upload-phone": "/upload/phone?member_id=1&identifier=phone",
    "token": "/token",
    "emitter": "/emitter",
    "emitter-connected": "/emitter?id=team-anna&timeout=60000",
    "timers": "/timers",
    "chat": "/chat",
    "chat-entered": "/chat?name=anna",
}
TILES = {
    "Messenger": "/messenger",
    "Phone upload": "/upload",
    "Push with a token": "/token",
    "Emitter registry": "/emitter",
    "Timers": "/timers",
    "Chat room": "/chat",
}
# Words of the pages' English that are no names of the systems' own, and so never in their Chinese.
ENGLISH = re.compile(r"\b(the|and|with|your|yet|messages?|connected|reconnecting|loading)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def demo() -> Iterator[Hub]:
    """One hub for all of them: what a page leaves behind is in no other's way."""
    server = Server("--demo")
    yield Hub(server)
    server.stop()


@pytest.fixture
def open_as(browser):
    """Opens a page for a reader with a language, a scheme of colours and a width; fails if it complained of anything."""
    contexts, complaints = [], []

    def open_one(url: str, language: str = "en-US", scheme: str = "light", width: int = 1100) -> Page:
        context = browser.new_context(
            locale=language, color_scheme=scheme, viewport={"width": width, "height": 800}, timezone_id="UTC"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{url}: {error}"))
        page.on("console", lambda message: complaints.append(f"{url}: {message.text}") if message.type == "error" else None)
        page.goto(url)
        return page

    open_one.complaints = complaints
    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("path", ["/", "/gallery"])
def test_the_tiles_lead_to_each_system_and_each_leads_home(demo, open_page, path):
    page = open_page(demo.url + path)
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(1 + len(TILES))
    for tile in tiles.all():
        assert tile.locator("svg").count() == 1
        assert len(tile.locator("p").inner_text()) > 40
    for name, target in TILES.items():
        page.goto(demo.url + path)
        # The whole tile is the link, not its name alone: it lies over the tile's words too.
        page.locator(".tile", has=page.get_by_role("link", name=name)).locator("p").click(force=True)
        # A page may add to its address what makes it the same page when it is loaded anew.
        expect(page).to_have_url(re.compile(re.escape(demo.url + target) + r"(\?.*)?$"))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.get_by_role("link", name="Fanfare").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Fanfare")


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_page_speaks_the_readers_language(demo, open_as, path):
    for language in ("zh-CN", "zh-Hans-CN", "zh"):
        page = open_as(demo.url + path, language)
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        words = page.locator("body").inner_text()
        assert re.search(r"[\u4e00-\u9fff]{2}", words)
        assert not ENGLISH.search(re.sub(r"curl .*", "", words)), words
    for language in ("en-GB", "fr-FR"):
        page = open_as(demo.url + path, language)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        body = page.locator("body").inner_text().replace("简体中文", "")
        assert not re.search(r"[\u4e00-\u9fff]", body), body


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_language_that_is_asked_for_beats_the_browsers_and_is_kept(demo, open_as, path):
    page = open_as(demo.url + path, "en-US")
    page.get_by_role("link", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    if path != PAGES["gallery"]:
        page.get_by_role("link", name="Fanfare").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Fanfare")
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("path", PAGES, ids=PAGES)
def test_a_page_fits_wide_and_narrow_light_and_dark(demo, open_as, path, width):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    grounds = set()
    for scheme in ("light", "dark"):
        for language in ("en-US", "zh-CN"):
            page = open_as(demo.url + PAGES[path], language, scheme, width)
            page.wait_for_load_state("load")
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            grounds.add((scheme, page.evaluate("getComputedStyle(document.body).backgroundColor")))
            page.screenshot(path=SCREENSHOTS / f"{path}-{width}-{scheme}-{language}.png", full_page=True)
    assert len(grounds) == 2


# The longest names that the systems take, of the widest letter; and what is there that does not fit.
PERSON, GROUP, ID, NAME = "W" * 40, "W" * 39 + "G", "W" * 32, "W" * 32
LONG = {
    "messenger": f"/messenger?user={PERSON}",
    "messenger-conversation": f"/messenger?user={PERSON}#group={GROUP}",
    "token": "/token",
    "emitter": f"/emitter?id={ID}&timeout=60000",
    "chat": f"/chat?name={NAME}",
}
TOO_WIDE = """() => [...document.querySelectorAll("html, .messages, .side")]
    .filter((element) => element.checkVisibility() && element.scrollWidth > element.clientWidth)
    .map((element) => `${element.tagName} ${element.className}: ${element.scrollWidth} in ${element.clientWidth}`)"""


@pytest.mark.parametrize("path", LONG)
def test_a_page_fits_a_small_phone_with_the_longest_names(demo, open_as, path):
    body = json.dumps({"name": GROUP, "user": "W" * 39 + "M", "members": [PERSON]})
    assert demo.request("POST", "/messenger/groups", body, Content_Type="application/json").status == 201
    demo.publish(f"groups/{GROUP}/{'W' * 39}S", "W" * 200)
    for name in (NAME, "W" * 31 + "X"):
        demo.publish("chat/room", json.dumps({"name": name, "text": "W" * 200}), type="message")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page = open_as(demo.url + LONG[path], width=320)
    if path == "token":
        page.get_by_label("User").fill("W" * 64)
        page.get_by_role("button", name="Make a token").click()
        expect(page.locator("#made")).to_contain_text("W" * 64)
    if path == "emitter":
        page.get_by_label("Content").fill("W" * 200)
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#outcome")).to_contain_text(ID)
    shown = {"messenger": f"text={GROUP}", "token": "#made", "emitter": "#messages .text"}.get(path, "#messages .chip")
    expect(page.locator(shown).last).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"{path}-long-names.png", full_page=True)
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("path", ["topic-board", "messenger-conversation", "token", "emitter-connected", "chat-entered"])
def test_messages_are_a_list_in_a_log_that_tells_of_them(demo, open_as, path):
    page = open_as(demo.url + PAGES[path])
    logs = page.get_by_role("log")
    assert logs.count() == (2 if path == "emitter-connected" else 1)
    for log in logs.all():
        expect(log.get_by_role("list")).to_have_count(1)
        assert log.evaluate("log => log.querySelector('ol').checkVisibility() && log.tabIndex === 0")


# What a page says when the server refuses something, and how it comes to that -----------------------------------------


def refuse_topic(page: Page) -> None:
    page.locator("#topic").select_option(index=2)
    page.locator("#other-topic").fill("a/*")
    page.locator("#text").fill("x")
    page.locator("#send").click()


def refuse_whatever(page: Page) -> None:
    page.route("**/publish", lambda route: route.fulfill(status=418, json={"title": "Teapot", "detail": "it is a teapot"}))
    page.locator("#text").fill("x")
    page.locator("#send").click()


def refuse_user(page: Page) -> None:
    page.locator("#user").fill("a/b")
    page.locator("#make button").click()


def refuse_group(page: Page) -> None:
    page.locator("#new-group summary").click()
    page.locator("#group-name").fill("g")
    page.locator("#members").fill("x" * 41)
    page.locator("#group button").click()


REFUSALS = {
    "topic": (PAGES["topic-board"], refuse_topic, "#outcome", "未能发布：主题不能为空"),
    "whatever": (PAGES["topic-board"], refuse_whatever, "#outcome", "未能发布：服务器返回了 418。"),
    "user": (PAGES["token"], refuse_user, "#made", "用户名须为"),
    "group": (PAGES["messenger-signed-in"], refuse_group, "#group-outcome", "名字须为"),
    "name": ("/chat?name=" + "x" * 33, None, "#state", "名字须为"),
    "id": ("/emitter?id=a/b", None, "#state", "id 须为"),
    "countdown": ("/timers?channelid=nonsense", None, "#followed-state", "没有这个倒计时"),
    "identifier": ("/upload?member_id=1&identifier=a/b", None, "#state", "地址中的 identifier 不正确"),
}


@pytest.mark.parametrize("path, act, line, words", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_told_in_the_readers_language(demo, open_as, path, act, line, words):
    page = open_as(demo.url + path, "zh-CN")
    if act:
        act(page)
    expect(page.locator(line)).to_contain_text(words)
    assert not ENGLISH.search(page.locator(line).inner_text())
    wait_for(lambda: open_as.complaints, "the browser notes the status")
    assert all(re.search("status of (4|5)", complaint) for complaint in open_as.complaints)
    open_as.complaints.clear()


# Of each page that reads open topics: one of them, the type of its events, an event that it shows, and where.
OPEN = {
    "clock": ("/timers", "event/clock", "clock", "123456", "#tick"),
    "timer": ("/timers", "event/timer/x", "timer", '{"channelid": "x", "second": 77, "of": 99}', "#all .left"),
    "chat": ("/chat?name=ben", "chat/room", "message", '{"name": "x", "text": "shown"}', "#messages .text"),
    "log": ("/emitter?id=ben", "emitter/log", "log", '{"id": "x", "what": "opened"}', "#log li:last-child .text"),
}
STRANGE = ["", "x", "{", "null", "7", "[]", "{}", '"x"', '{"channelid": 7, "second": "x", "name": null, "text": {}, "what": "title"}']


@pytest.mark.parametrize("path, topic, type, event, shown", OPEN.values(), ids=OPEN)
def test_an_event_that_is_none_of_a_pages_own_is_passed_over(start, open_as, path, topic, type, event, shown):
    """The topics of the demo are open: anybody may publish anything to them."""
    demo = start("--demo")
    page = open_as(demo.url + path)
    expect(page.locator("#state")).to_have_text("Live")
    page.evaluate(
        """(selector) => {
            window.texts = new Set();
            new MutationObserver(() => texts.add(document.querySelector(selector)?.textContent))
                .observe(document.body, { subtree: true, childList: true, characterData: true });
        }""",
        shown,
    )
    for strange in STRANGE:
        demo.publish(topic, strange, type=type)
    demo.publish(topic, event, type=type)
    words = {"clock": "123456", "timer": "77 s", "message": "shown", "log": "x connected a tab"}[type]
    wait_for(lambda: words in page.evaluate("[...texts]"), "what is the page's own is shown")


CONTRASTS = """() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ground = (element) => {
        for (; element; element = element.parentElement) {
            const colour = channels(getComputedStyle(element).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const low = [];
    for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!own || !element.checkVisibility() || element.closest(":disabled, noscript")) continue;
        const [one, other] = [light(channels(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
        const contrast = (one + 0.05) / (other + 0.05);
        if (contrast < 4.5) low.push(`${element.tagName} ${element.className} ${element.textContent.trim()}: ${contrast}`);
    }
    return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_every_text_stands_out_from_its_ground(demo, open_as, path, scheme):
    page = open_as(demo.url + path, scheme=scheme)
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    assert page.evaluate(CONTRASTS) == []


NAMELESS = """() => [...document.querySelectorAll("button, input, select, textarea, a, [role=log], section, form")].filter((element) =>
    element.checkVisibility() && !element.getAttribute("aria-label")
    && !document.getElementById(element.getAttribute("aria-labelledby"))
    && !element.labels?.length && !(["BUTTON", "A"].includes(element.tagName) && element.textContent.trim())
    && !(["SECTION", "FORM"].includes(element.tagName) && element.querySelector("h2"))
).map((element) => element.outerHTML)"""


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_what_can_be_used_has_a_name_and_the_keyboard_reaches_it_visibly(demo, open_as, path):
    page = open_as(demo.url + path)
    assert page.evaluate(NAMELESS) == []
    page.evaluate("document.activeElement.blur()")
    reached = set()
    usable = page.locator("a[href]:visible, button:visible:enabled, input:visible, select:visible, textarea:visible")
    for _ in range(3 * usable.count()):
        page.keyboard.press("Tab")
        outline, name = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e), a = getComputedStyle(e, '::after');"
            " return [s.outlineStyle !== 'none' || a.outlineStyle !== 'none', e === document.body ? '' : e.outerHTML]; }"
        )
        # After the last the window itself has the focus, and then the first has it again.
        if name:
            assert outline, f"nothing shows that the focus is on {name}"
            reached.add(name)
    assert len(reached) >= usable.count()


def test_the_commands_of_the_first_page_work(demo, open_page, tmp_path):
    page = open_page(f"{demo.url}/gallery")
    subscribe = page.locator("#subscribe-command").text_content()
    assert subscribe.startswith("curl -N '") and subscribe.endswith("'")
    with Curl(tmp_path / "out", subscribe.removeprefix("curl -N '").removesuffix("'")) as curl:
        demo.wait_for_connections(1, topic="news")
        shell(page.locator("#publish-command").text_content())
        curl.wait_for("data: hello\n")


def test_a_start_in_demo_mode_says_where_the_gallery_is(demo):
    assert f"Open {demo.url}/gallery in a browser." in demo.server.output


# Paths and files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/gallery", *TILES.values(), "/upload/phone"])
def test_a_slash_too_many_leads_to_the_page(demo, path):
    for query in ("", "?lang=zh-CN&user=a%2Fb"):
        answer = demo.get(f"{path}/{query}")
        assert (answer.status, answer.fields["location"]) == (301, path + query)


def test_whoever_is_nowhere_is_told_where_all_is_listed(demo):
    check_problem(demo.get("/galery"), 404, "/openapi.json", "docs/http-api.md")


def test_its_files_are_short_and_stand_on_the_library_alone():
    """As docs/gallery.md says: whoever reads them sees what a program of their own can do."""
    guide = (ROOT / "docs" / "gallery.md").read_text()
    files = list((ROOT / "Sources" / "Gallery").glob("*.swift"))
    assert len(files) > 10
    beyond = {"Notes.swift": {"Synchronization"}, "Page.swift": {"GalleryPages"}, "PhoneUpload.swift": {"QRCode"}}
    for file in files:
        text = file.read_text()
        assert text.count("\n") < 200, file.name
        imports = set(re.findall(r"^\s*(?:\w+ )*import (?:\w+ )?(\w+)", text, re.MULTILINE))
        assert imports - {"Fanfare"} == beyond.get(file.name, set()), file.name
        assert f"`{file.name}`" in guide, file.name
    # What is `package` in the library is not to be had here: then a file that uses it does not compile.
    target = re.search(r'\.target\(\s*name: "Gallery",.*?\),\n', (ROOT / "Package.swift").read_text(), re.DOTALL)[0]
    assert "packageAccess: false" in target


# What anybody may publish where the systems publish --------------------------------------------------------------------

HOSTILE = [
    "", "null", "0", "-1", "9223372036854775807", "[]", "{}", "{", '"', "<img src=x onerror=alert(1)><script>alert(2)</script>",
    '{"name": null, "text": {}}', '{"name": {}, "text": []}', '{"id": 7, "what": "opened"}', '{"id": "x", "what": "__proto__"}',
    '{"id": "x", "what": "reasons", "reason": "toString"}', '{"channelid": [], "second": -1, "of": 0}',
    '{"channelid": "x", "second": 1e999, "of": "y"}', '{"channelid": "<b>", "second": 9007199254740993, "of": 1}',
    "\u202e\u2066\ufeff", "x" * 200_000,
]
TYPES = [None, "message", "clock", "timer", "log", "joined", "left", "members"]


def tick(demo: Hub, page: Page) -> None:
    shown = lambda: page.locator("#clock").inner_text() + page.locator("#tick").inner_text()
    before = shown()
    wait_for(lambda: re.match(r"\d\d:\d\d:\d\d\d+$", shown()) and shown() != before, "the clock ticks")


def count(demo: Hub, page: Page) -> None:
    channel = demo.request("POST", "/v1_0_0/event/timer", '{"second": 3600}').json()["channelid"]
    expect(page.locator(f"#all li[data-channelid='{channel}']")).to_be_visible()


def chat(demo: Hub, page: Page) -> None:
    answer = demo.request("POST", "/chat/messages", json.dumps({"name": "ben", "text": "still here"}))
    assert answer.status == 201
    expect(page.locator("#messages .text").last).to_have_text("still here")


def push(demo: Hub, page: Page) -> None:
    assert demo.get("/sse/push?id=anna&content=still%20here").json()["ids"] == ["anna"]
    expect(page.locator("#messages .text").last).to_have_text("still here")
    assert demo.get("/sse/sub/ben?timeout=1").status == 200
    expect(page.locator("#log .text").last).to_contain_text("ben: timeout")


def write(demo: Hub, page: Page) -> None:
    demo.publish(["users/anna/from/x", "users/x/to/anna"], "still here")
    expect(page.locator("#messages .text").last).to_have_text("still here")


def publish(demo: Hub, page: Page) -> None:
    demo.publish("robot", "still here")
    expect(page.locator("#messages .text").last).to_have_text("still here")


def send(demo: Hub, page: Page) -> None:
    page.locator("#text").fill("still here")
    page.locator("#send").click()
    expect(page.locator("#messages .text").last).to_have_text("still here")


PLACES: dict[str, tuple[str, Callable[[Hub, Page], None]]] = {
    "event/clock": ("/timers", tick),
    "event/timer/x": ("/timers", count),
    "chat/room": ("/chat?name=anna", chat),
    "emitter/log": ("/emitter?id=anna", push),
    "emitter/user/anna": ("/emitter?id=anna", push),
    "emitter/group/": ("/emitter?id=anna", push),
    "users/anna/from/x": ("/messenger?user=anna#with=x", write),
    "groups/x/anna": ("/messenger?user=anna#with=x", write),
    "token-push/anna": ("/token", send),
    "robot": ("/?user=jack&topics=robot", publish),
}


@pytest.mark.parametrize("topic", PLACES)
def test_whatever_is_published_where_a_system_publishes_it_goes_on(start, browser, topic):
    demo = start("--demo", "--max-body-size", "64MiB")
    path, works = PLACES[topic]
    context = browser.new_context(viewport={"width": 1100, "height": 800})
    dialogs = []
    context.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))

    def open_one() -> Page:
        page = context.new_page()
        page.goto(demo.url + path)
        if path == "/token":
            page.get_by_role("button", name="Make a token").click()
            page.get_by_role("button", name="Connect", exact=True).click()
        expect(page.locator("#state")).to_have_text("Live")
        return page

    # One page gets it as it comes, another may find it there.
    page = open_one()
    for kind in TYPES:
        events = [{"topic": topic, "data": text} | ({"type": kind} if kind else {}) for text in HOSTILE]
        answer = demo.post("".join(json.dumps(event) + "\n" for event in events), "application/x-ndjson")
        assert answer.status == 201, answer.body
    for one in (page, open_one()):
        one.bring_to_front()
        works(demo, one)
        assert one.locator("main img[src=x], main script").count() == 0
    assert dialogs == []
    context.close()
