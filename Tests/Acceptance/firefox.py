"""Firefox, driven by WebDriver BiDi: as much of it as the tests need, under the names that Playwright's pages have."""

import base64
import json
import os
import re
import signal
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from hang_guard import GUARD, wait_for

# Firefox asks nobody outside for anything, and writes nothing that nobody reads.
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


class Firefox:
    """A running Firefox with a profile of its own, both gone after `close()`. Certificates are taken as they are."""

    def __init__(self):
        self._home = tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True)
        home = Path(self._home.name)
        profile = home / "profile"
        profile.mkdir()
        (profile / "user.js").write_text(
            "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        )
        self._output = (home / "output").open("w+b")
        self._process = subprocess.Popen(
            ["firefox-esr", "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            env=os.environ | {"HOME": str(home), "TMPDIR": str(home), "XDG_RUNTIME_DIR": str(home)},
            # Its children are its group, and end with it.
            start_new_session=True,
        )
        self._ends = ExitStack()
        self._asked = 0
        self.events: list[dict] = []
        try:
            address = wait_for(self._address, "Firefox prints the address of WebDriver BiDi")
            self._socket = self._ends.enter_context(connect(f"{address}/session", max_size=None, open_timeout=GUARD))
            self.ask("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
            self.ask("session.subscribe", events=["log.entryAdded"])
        except BaseException:
            self._kill()
            raise

    def _address(self) -> str | None:
        text = (Path(self._home.name) / "output").read_text(errors="replace")
        assert self._process.poll() is None, f"Firefox ended at its start: {text}"
        match = re.search(r"WebDriver BiDi listening on (ws://\S+)", text)
        return match and match[1]

    def ask(self, method: str, **parameters) -> dict:
        """Sends a command, and gives its result; what comes before it is kept in `events`."""
        self._asked += 1
        self._socket.send(json.dumps({"id": self._asked, "method": method, "params": parameters}))
        while True:
            try:
                message = json.loads(self._socket.recv(timeout=GUARD))
            except TimeoutError:
                raise AssertionError(f"Firefox did not answer to {method}") from None
            if message["type"] == "event":
                self.events.append(message)
            elif message["id"] == self._asked:
                assert message["type"] == "success", f"{method}: {message['error']}: {message['message']}"
                return message["result"]

    @property
    def pid(self) -> int:
        return self._process.pid

    def profile(self) -> "FirefoxProfile":
        """One in which nobody has been anywhere."""
        return FirefoxProfile(self)

    def close(self) -> None:
        try:
            self.ask("browser.close")
            self._process.wait(GUARD)
        except (ConnectionClosed, subprocess.TimeoutExpired):
            pass  # It ends all the same.
        finally:
            self._kill()

    def _kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # All of them have ended.
        self._process.wait(GUARD)
        self._ends.close()
        self._output.close()
        self._home.cleanup()


class FirefoxProfile:
    """Tabs that share cookies, caches and connections, and nothing with others."""

    def __init__(self, firefox: Firefox):
        self._firefox = firefox
        self._user = firefox.ask("browser.createUserContext")["userContext"]
        self._tabs: set[str] = set()

    def open(self, url: str) -> "FirefoxPage":
        tab = self._firefox.ask("browsingContext.create", type="tab", userContext=self._user)["context"]
        self._tabs.add(tab)
        page = FirefoxPage(self._firefox, tab)
        page.set_viewport_size({"width": 1000, "height": 700})
        page.goto(url)
        return page

    def complaints(self) -> list[str]:
        """The errors on the consoles of its pages."""
        # What came up before the answer is told before it.
        self._firefox.ask("session.status")
        entries = [event["params"] for event in self._firefox.events if event["method"] == "log.entryAdded"]
        return [
            entry["text"]
            for entry in entries
            if entry["level"] == "error" and entry["source"].get("context") in self._tabs
        ]

    def close(self) -> None:
        self._firefox.ask("browser.removeUserContext", userContext=self._user)


class FirefoxPage:
    """A tab."""

    def __init__(self, firefox: Firefox, tab: str):
        self._firefox = firefox
        self._tab = tab

    def goto(self, url: str) -> None:
        self._firefox.ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, script: str, argument=None):
        """What an expression gives, or a function of one argument; both are carried as JSON."""
        call = f"""async text => {{
            const it = ({script});
            const done = typeof it === "function" ? await it(JSON.parse(text)) : await it;
            return JSON.stringify(done ?? null);
        }}"""
        done = self._firefox.ask(
            "script.callFunction",
            functionDeclaration=call,
            arguments=[{"type": "string", "value": json.dumps(argument)}],
            target={"context": self._tab},
            awaitPromise=True,
        )
        assert done["type"] == "success", done["exceptionDetails"]["text"]
        return json.loads(done["result"]["value"])

    def bring_to_front(self) -> None:
        self._firefox.ask("browsingContext.activate", context=self._tab)

    def close(self) -> None:
        self._firefox.ask("browsingContext.close", context=self._tab)

    def set_viewport_size(self, size: dict[str, int]) -> None:
        self._firefox.ask("browsingContext.setViewport", context=self._tab, viewport=size)

    def screenshot(self, path: Path) -> None:
        picture = self._firefox.ask("browsingContext.captureScreenshot", context=self._tab)["data"]
        path.write_bytes(base64.b64decode(picture))
