"""nginx and HAProxy as Debian ships them, with a file of docs/proxies.md: what is written there is what runs here."""

import os
import pwd
import re
import shlex
import socket
import subprocess
from pathlib import Path

from certificates import Issued
from hang_guard import GUARD
from server import ROOT


def snippets() -> dict[str, str]:
    """The files and commands of docs/proxies.md, by the name behind the language of each."""
    text = (ROOT / "docs" / "proxies.md").read_text()
    return {name: body for name, body in re.findall(r"^```\w+ (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)}


def hub_options(name: str, certificate: Issued) -> tuple[list[str], str]:
    """The options of the command that stands beside a file, but for where it listens; and where."""
    command = shlex.split(snippets()[f"{name}-hub"])
    assert command[:2] == ["fanfare", "serve"]
    place = command.index("--listen")
    files = {"fullchain.pem": str(certificate.certificate), "privkey.pem": str(certificate.key)}
    options = command[2:place] + command[place + 2 :]
    return [files.get(option, option) for option in options], command[place + 1]


def replace(text: str, pairs: dict[str, str]) -> str:
    """The text with each of these replaced; all must be there."""
    for old, new in pairs.items():
        assert old in text, f"{old!r} is not in {text}"
        text = text.replace(old, new)
    return text


class Proxy:
    """A running proxy on a port that the system picked; `stop()` fails if it ended by itself."""

    def __init__(self, snippet: str, hub: tuple[str, int], folder: Path, certificate: Issued):
        self._folder = folder
        # The port is taken before the proxy is there, and the proxy is given it: nobody else can have it.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            # nginx takes it as it is, and each of its workers would wait in `accept`.
            listener.setblocking(False)
            text = re.sub(r"127\.0\.0\.1:8\d\d\d\b", f"{hub[0]}:{hub[1]}", snippet)
            command, environment = self._command(text, listener.fileno(), certificate)
            with (folder / "output").open("wb") as output:
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=[listener.fileno()],
                    env=os.environ | environment,
                )

    def _command(self, text: str, fd: int, certificate: Issued) -> tuple[list[str | Path], dict[str, str]]:
        raise NotImplementedError

    def output(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self._folder.glob("*output")))

    def stop(self) -> None:
        assert self.process.poll() is None, f"the proxy ended by itself: {self.output()}"
        self.process.terminate()
        self.process.wait(timeout=GUARD)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=GUARD)


class Nginx(Proxy):
    def _command(self, text, fd, certificate):
        text = re.sub(r"listen \d+", f"listen 127.0.0.1:{self.port}", text)
        if "ssl_certificate" in text:
            pairs = {"fullchain.pem": str(certificate.certificate), "privkey.pem": str(certificate.key)}
            text = replace(text, {f"/etc/ssl/hub/{name}": path for name, path in pairs.items()})
        (self._folder / "hub.conf").write_text(text)
        # Debian's own, with its paths in the test's folder, as whoever runs the test.
        main = Path("/etc/nginx/nginx.conf").read_text()
        main = re.sub(r"^user .*", f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else "", main, flags=re.M)
        main = replace(main, {"/run/nginx.pid": f"{self._folder}/pid", "/var/log/nginx/access.log": f"{self._folder}/access"})
        main = main.replace("/var/log/nginx/error.log", f"{self._folder}/error-output")
        main = re.sub(r"^\s*include /etc/nginx/conf\.d/.*", "", main, flags=re.M)
        sites = "include /etc/nginx/sites-enabled/*;"
        temporary = "".join(
            f"{kind}_temp_path {self._folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        if "stream {" in text:
            main = replace(main, {sites: temporary}) + f"\ninclude {self._folder}/hub.conf;\n"
        else:
            main = replace(main, {sites: f"{temporary}include {self._folder}/hub.conf;"})
        (self._folder / "nginx.conf").write_text(main)
        command = ["nginx", "-e", self._folder / "error-output", "-c", self._folder / "nginx.conf"]
        # It takes a socket over by this, as it does from the one before it when it is replaced.
        return [*command, "-g", "daemon off;"], {"NGINX": f"{fd};"}


class HAProxy(Proxy):
    def _command(self, text, fd, certificate):
        text = replace(text, {"bind :443": f"bind fd@{fd}"})
        if "/etc/haproxy/hub.pem" in text:
            joined = self._folder / "hub.pem"
            joined.write_text(certificate.certificate.read_text() + certificate.key.read_text())
            text = replace(text, {"/etc/haproxy/hub.pem": str(joined)})
        (self._folder / "hub.cfg").write_text(text)
        # Debian's own, less what needs root or is there once on a machine.
        main = Path("/etc/haproxy/haproxy.cfg").read_text()
        main = re.sub(r"^\s*(log\s+/dev/log|chroot|stats|user|group|daemon).*", "", main, flags=re.M)
        (self._folder / "haproxy.cfg").write_text(main)
        return ["haproxy", "-db", "-f", self._folder / "haproxy.cfg", "-f", self._folder / "hub.cfg"], {}
