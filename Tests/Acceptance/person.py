"""What a person does on a page, in whichever browser it is open."""

from playwright.sync_api import Error

from hang_guard import wait_for


class Person:
    """Somebody at a page that `visit` has opened. What is looked for is named by its selector."""

    def __init__(self, page):
        self.page = page

    def fill(self, selector: str, text: str) -> None:
        """Puts a text into a field, in place of what is there."""
        self._wait_for(selector)
        self.page.evaluate(
            """([selector, text]) => {
                const field = document.querySelector(selector);
                field.focus();
                field.value = text;
                field.dispatchEvent(new Event("input", { bubbles: true }));
            }""",
            [selector, text],
        )

    def click(self, selector: str) -> None:
        """Clicks on what is there, is seen, and is not disabled."""
        self._wait_for(f"{selector}:not(:disabled)")
        self.page.evaluate("selector => document.querySelector(selector).click()", selector)

    def text(self, selector: str) -> str:
        return self.page.evaluate("selector => document.querySelector(selector)?.textContent ?? ''", selector)

    def texts(self, selector: str) -> list[str]:
        return self.page.evaluate(
            "selector => [...document.querySelectorAll(selector)].map((one) => one.textContent)", selector
        )

    def value(self, selector: str) -> str:
        return self.page.evaluate("selector => document.querySelector(selector).value", selector)

    def count(self, selector: str) -> int:
        return self.page.evaluate("selector => document.querySelectorAll(selector).length", selector)

    def has(self, selector: str, text: str) -> None:
        """Waits until there is this text, on the page that is there or that comes."""

        def is_there() -> bool:
            try:
                return self.text(selector) == text
            except (Error, AssertionError):
                return False  # One page goes, and the next is not there yet.

        wait_for(is_there, f"{selector} is {text!r}")

    def _wait_for(self, selector: str) -> None:
        wait_for(
            lambda: self.page.evaluate("selector => !!document.querySelector(selector)?.checkVisibility()", selector),
            f"{selector} is there to be used",
        )
