"""Chromium: pages of a fresh profile, which may complain of nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hang_guard import GUARD

expect.set_options(timeout=GUARD * 1000)


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
