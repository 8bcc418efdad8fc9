"""Chromium and Firefox: pages of a fresh profile. Those of `open_page` may complain of nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from firefox import Firefox, FirefoxPage
from hang_guard import GUARD
from server import ROOT

expect.set_options(timeout=GUARD * 1000)

VIEWPORT = {"width": 1000, "height": 700}
SCREENSHOTS = ROOT / ".build" / "screenshots"


def picture(page: Page, name: str) -> None:
    """Pictures of a page, as a reader with a wide window in the light has it, and one with a phone in the dark."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 800})
    page.screenshot(path=SCREENSHOTS / f"{name}-dark-phone.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(VIEWPORT)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    firefox = Firefox()
    yield firefox
    firefox.close()


@pytest.fixture
def open_page(browser):
    """Opens pages of a fresh profile of Chromium; fails if one of them complained of anything."""
    context = browser.new_context(viewport=VIEWPORT)
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


@pytest.fixture(params=["chromium", "firefox"])
def visit(request):
    """Opens pages of a fresh profile of either browser, for whom any certificate will do.

    Both kinds of pages have `evaluate`, `set_viewport_size` and `screenshot`. `visit.complaints()` is what stands on
    their consoles as errors, `visit.network_process()` the id of the process that has the browser's sockets.
    """
    if request.param == "firefox":
        firefox = request.getfixturevalue("firefox")
        profile = firefox.profile()

        def open_in_firefox(url: str) -> FirefoxPage:
            return profile.open(url)

        open_in_firefox.complaints = profile.complaints
        open_in_firefox.network_process = lambda: firefox.pid
        yield open_in_firefox
        profile.close()
        return
    browser = request.getfixturevalue("browser")
    context = browser.new_context(viewport=VIEWPORT, ignore_https_errors=True)
    context.set_default_timeout(GUARD * 1000)
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    def open_in_chromium(url: str) -> Page:
        page = context.new_page()
        page.goto(url)
        return page

    def network_process() -> int:
        processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        (id,) = [process["id"] for process in processes if process["type"] == "network.mojom.NetworkService"]
        return id

    open_in_chromium.complaints = lambda: complaints
    open_in_chromium.network_process = network_process
    yield open_in_chromium
    context.close()


def send_and_write_on(page: Page, request: str, box: str, button: str) -> None:
    """Sends "first", writes on while that request is on its way, and sees that what was written stays."""
    text, send = page.get_by_label(box, exact=True), page.get_by_role("button", name=button, exact=True)

    def write_on(route) -> None:
        text.fill("first, and more")
        route.continue_()

    page.route(request, write_on)
    text.fill("first")
    with page.expect_response(request):
        send.click()
    expect(send).to_be_enabled()
    expect(text).to_have_value("first, and more")
