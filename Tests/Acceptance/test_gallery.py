"""The gallery as a whole: its first page, and what holds for each of its pages, wide and narrow, light and dark, in both languages."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from curl import Curl, shell
from hub import Hub
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
