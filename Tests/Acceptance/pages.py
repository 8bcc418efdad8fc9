"""A site of the tests' own: an empty page, and a login that hands out the cookie with which a browser asks the hub."""

import http.server
import ssl
import threading
from urllib.parse import parse_qs, urlsplit

from certificates import Issued

# As docs/security.md has it.
COOKIE = "fanfare_token={}; Path=/; Secure; HttpOnly; SameSite=Strict"


class Site:
    """A running server over TLS; `tokens` says which token whose login gives."""

    def __init__(self, certificate: Issued, tokens: dict[str, str] | None = None):
        tokens = tokens or {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked = urlsplit(self.path)
                self.send_response(200)
                if asked.path == "/login":
                    self.send_header("Set-Cookie", COOKIE.format(tokens[parse_qs(asked.query)["user"][0]]))
                page = b"<!doctype html><title>A site</title><p id=shown>"
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        # The handshake is a matter of the connection's own thread: browsers open some that they do not use.
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def origin(self, host: str = "localhost") -> str:
        return f"https://{host}:{self._server.server_port}"

    def login(self, user: str) -> str:
        """The page that one gets after a login."""
        return f"{self.origin()}/login?user={user}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
