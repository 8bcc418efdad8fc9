"""The tutorial works, word for word: its files make a package outside of this repository, which builds at each step, and its
commands print what it says."""

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from documentation import Block, blocks
from hang_guard import GUARD
from server import ROOT, Server

# The package and all that it stands on are built from nothing, on whatever machine.
BUILD_GUARD = 3000


def steps() -> list[list[Block]]:
    """The blocks of the tutorial, by its sections."""
    page = ROOT / "docs" / "tutorial.md"
    starts = [n for n, line in enumerate(page.read_text().splitlines(), 1) if re.match(r"## \d+\. ", line)]
    found = [[block for block in blocks(page) if block.line > start] for start in starts]
    return [
        [block for block in section if following is None or block.line < following]
        for section, following in zip(found, [*starts[1:], None])
    ]


def stands(line: str, printed: str) -> bool:
    """Whether a line of the tutorial is in what was printed; `…` is anything."""
    return re.search(".*".join(map(re.escape, line.split("…"))), printed) is not None


class Shop:
    """The package, and its server while it runs."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.server: Server | None = None

    def write(self, block: Block) -> None:
        self.stop()
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        # The system picks the port.
        path.write_text(block.text.replace("127.0.0.1:8080", "127.0.0.1:0"))

    def build(self) -> None:
        done = subprocess.run(
            ["swift", "build"], cwd=self.folder, capture_output=True, text=True, timeout=BUILD_GUARD
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "warning:" not in done.stdout + done.stderr, done.stdout + done.stderr

    def start(self) -> None:
        if self.server is None:
            self.build()
            # Its line is to be seen at once, although nobody looks.
            command = ["stdbuf", "-oL", str(self.folder / ".build" / "debug" / "shop")]
            self.server = Server(command=command, directory=str(self.folder))

    def stop(self) -> None:
        if self.server is not None:
            server, self.server = self.server, None
            server.stop()

    def run(self, block: Block, expected: list[str]) -> None:
        """Runs a command until it has printed what is expected, or else to its end."""
        text = block.text
        if "localhost:8080" in text:
            self.start()
            text = text.replace("localhost:8080", f"127.0.0.1:{self.server.port}")
        process = subprocess.Popen(
            ["bash", "-c", text], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            printed = self.read(process, expected)
        finally:
            # A stream goes on until somebody stops it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
        for line in expected:
            assert stands(line, printed), f"{block} printed {printed!r}"

    @staticmethod
    def read(process: subprocess.Popen, expected: list[str]) -> str:
        printed = b""
        deadline = time.monotonic() + GUARD
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not expected or not all(stands(line, printed.decode(errors="replace")) for line in expected):
                if not selector.select(max(0, deadline - time.monotonic())):
                    break
                some = process.stdout.read1(65536)
                if not some:
                    if not expected:
                        assert process.wait(timeout=GUARD) == 0, printed
                    break
                printed += some
        return printed.decode(errors="replace")


@pytest.fixture
def shop(tmp_path):
    # The dependency is beside the package, as a reader has it.
    (tmp_path / "fanfare").symlink_to(ROOT)
    folder = tmp_path / "shop"
    folder.mkdir()
    shop = Shop(folder)
    yield shop
    if shop.server is not None:
        shop.server.kill()
    shutil.rmtree(folder)


def sign_in(shop: Shop, browser: Browser, user: str) -> tuple[Page, int]:
    """Who opens the shop without a token is led to the form, and signs in. Gives the page, and what its stream was
    answered."""
    context = browser.new_context()
    context.set_default_timeout(GUARD * 1000)
    page = context.new_page()
    page.goto(shop.server.url)
    page.wait_for_url("**/sign-in.html")
    page.get_by_label("Name").fill(user)
    page.get_by_label("Password").fill("secret")
    with page.expect_response(lambda answer: "/subscribe" in answer.url) as stream:
        page.get_by_role("button", name="Sign in").click()
    return page, stream.value.status


@pytest.mark.timeout(2 * BUILD_GUARD)
def test_a_server_is_made_as_the_tutorial_says(shop: Shop, browser: Browser):
    ran = 0
    for section in steps():
        for block, following in zip(section, [*section[1:], None]):
            if block.file is not None:
                shop.write(block)
            elif "run" in block.words:
                expected = following.text.splitlines() if following and following.language == "text" else []
                shop.run(block, expected)
                ran += 1
    assert ran >= 12
    page, status = sign_in(shop, browser, "anna")
    assert status == 200
    expect(page.get_by_role("log").get_by_role("listitem")).to_have_text(["paid", "packed"])
    # Order 17 is none of his.
    assert sign_in(shop, browser, "jack")[1] == 403
    shop.stop()
