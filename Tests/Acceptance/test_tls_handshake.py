"""What comes before a request over TLS: certificates, handshakes, and those that fail."""

import hashlib
import os
import signal
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from certificates import Authority, fingerprint, openssl
from hang_guard import GUARD, wait_for
from http2 import PREFACE as HTTP2_PREFACE, settings
from hub import Hub, check_problem
from raw_http import Connection, request
from server import binary, clean_environment
from stream import data

HTTP1 = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
PREFACE = HTTP2_PREFACE + settings()
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture
def authority(tmp_path) -> Authority:
    return Authority(tmp_path)


def shown(hub: Hub, name: str = "localhost", **context) -> str:
    """The fingerprint of the certificate that the hub shows to who asks for a name."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    with socket.create_connection(hub.address, timeout=GUARD) as plain, tls.wrap_socket(
        plain, server_hostname=name
    ) as secure:
        return hashlib.sha256(secure.getpeercert(binary_form=True)).hexdigest()


def s_client(hub: Hub, *options: str, input: str | None = None) -> str:
    """What `openssl s_client` prints; it leaves once it has read its input."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{hub.server.port}", *options],
        input=input or "",
        capture_output=True,
        text=True,
        timeout=GUARD,
    )
    return done.stdout + done.stderr


# Starting -------------------------------------------------------------------------------------------------------------


def refused(tmp_path: Path, *options: str) -> str:
    """The line that a start ends with that fails."""
    done = subprocess.run(
        [binary(), "serve", "--open", "--listen", "127.0.0.1:0", "--log", "sqlite:log.db", *options],
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=clean_environment(),
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "log.db").exists(), "a start that fails leaves nothing behind"
    return done.stderr


def test_a_certificate_that_cannot_be_used_stops_the_start_with_a_line_that_names_it(authority, tmp_path):
    good, other, rsa = authority.issue(), authority.issue("other"), authority.issue("rsa", kind="rsa")
    expired = authority.issue("expired", days=-1)
    missing = str(tmp_path / "missing.pem")

    def line(certificate, key) -> str:
        return refused(tmp_path, "--tls-cert", str(certificate), "--tls-key", str(key))

    assert f"{missing} cannot be read (No such file or directory)" in line(missing, good.key)
    assert f"{missing} cannot be read (No such file or directory)" in line(good.certificate, missing)
    assert f"{tmp_path} cannot be read (it is not a file)" in line(tmp_path, good.key)
    for another in (other, rsa):
        text = line(good.certificate, another.key)
        assert f"the key {another.key} does not belong to the certificate {good.certificate}" in text
    assert f"the certificate {expired.certificate} has not been valid since" in line(*vars(expired).values())
    assert f"{good.key} holds no certificate" in line(good.key, good.key)
    assert f"{good.certificate} holds no private key" in line(good.certificate, good.certificate)
    secret = tmp_path / "secret.pem"
    openssl("pkey", "-in", good.key, "-aes256", "-passout", "pass:x", "-out", secret)
    assert f"the key {secret} is protected by a passphrase" in line(good.certificate, secret)


def test_a_file_in_the_place_of_the_self_signed_certificate_stops_the_start(tmp_path):
    kept = tmp_path / "log.db-tls.pem"
    kept.write_text("something else\n")
    done = subprocess.run(
        [binary(), "serve", "--open", "--listen", "127.0.0.1:0", "--log", "sqlite:log.db", "--tls-self-signed"],
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=clean_environment(),
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert "log.db-tls.pem is not the self-signed certificate" in done.stderr and "remove the file" in done.stderr
    assert kept.read_text() == "something else\n"


# Choosing -------------------------------------------------------------------------------------------------------------


def test_each_name_gets_its_certificate(start, authority):
    first = authority.issue("first", "DNS:a.example")
    wild = authority.issue("wild", "DNS:*.wild.example", kind="rsa")
    own = authority.issue("own", "DNS:own.wild.example,DNS:b.example")
    hub = start(*first.options, *wild.options, *own.options)
    for name, issued in [
        ("a.example", first),
        ("x.wild.example", wild),
        ("own.wild.example", own),
        ("B.example", own),
        ("unknown.example", first),
        ("127.0.0.1", first),
    ]:
        assert shown(hub, name) == fingerprint(issued.certificate), name


def test_old_versions_weak_ciphers_and_unknown_protocols_are_refused(start, authority):
    hub = start(*authority.issue(kind="rsa").options)
    trust = ("-CAfile", str(authority.certificate), "-verify_return_error")
    assert "Cipher is TLS_AES_128_GCM_SHA256" in s_client(hub, *trust)
    assert "Cipher is ECDHE-RSA-AES128-GCM-SHA256" in s_client(hub, *trust, "-tls1_2")
    weak = ("-cipher", "ALL:@SECLEVEL=0")
    for options in [
        ("-tls1_1", *weak),
        ("-tls1", *weak),
        ("-tls1_2", "-cipher", "AES128-GCM-SHA256"),
        ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"),
        ("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"),
        ("-alpn", "spdy/3,h3"),
    ]:
        assert "Cipher is (NONE)" in s_client(hub, *trust, *options), options
    assert "ALPN protocol: http/1.1" in s_client(hub, *trust, "-alpn", "h3,http/1.0,http/1.1")
    assert "ALPN protocol: http/1.0" in s_client(hub, *trust, "-alpn", "h3,http/1.0")
    assert "No ALPN negotiated" in s_client(hub, *trust)


def test_nothing_is_negotiated_again(start, authority):
    hub = start(*authority.issue().options)
    # A line that is an R has this client ask for a new handshake.
    text = s_client(hub, "-tls1_2", "-CAfile", str(authority.certificate), input="R\n")
    assert "RENEGOTIATING" in text
    assert "no renegotiation" in text
    assert hub.server.process.poll() is None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_is_resumed_on_every_worker(start, authority, version):
    hub = start(*authority.issue().options, "--workers", "2")
    tls = authority.trusting(version)
    with Connection(hub.address, tls=tls) as connection:
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.receive_answer().status == 200
        session = connection.socket.session
    resumed = []
    with ExitStack() as stack:
        # They stay open, so that both workers have their share.
        for _ in range(24):
            connection = stack.enter_context(Connection(hub.address, tls=tls, session=session))
            connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.receive_answer().status == 200
            resumed.append(connection.socket.session_reused)
    assert resumed == [True] * 24


@pytest.mark.parametrize(
    "offer, first, is_served",
    [
        ("h2", PREFACE, True),
        ("h2", HTTP1, False),
        ("http/1.1", HTTP1, True),
        ("http/1.1", PREFACE, False),
        ("http/1.0", HTTP1, True),
        (None, PREFACE, True),
        (None, HTTP1, True),
    ],
)
def test_what_is_spoken_is_what_was_agreed_on(start, authority, offer, first, is_served):
    hub = start(*authority.issue().options)
    tls = authority.trusting()
    if offer:
        tls.set_alpn_protocols([offer])
    with Connection(hub.address, tls=tls) as connection:
        # A byte first: that alone does not tell.
        connection.send(first[:1])
        connection.send(first[1:])
        if is_served:
            assert connection.receive_exactly(9)[:9] == (b"HTTP/1.1 " if first == HTTP1 else b"\0\0\x12\x04" + bytes(5))
        else:
            # The end is said, and nothing else.
            assert connection.receive_rest() == b""


# Failing --------------------------------------------------------------------------------------------------------------


def test_who_speaks_in_clear_to_tls_is_told_so(start, authority):
    hub = start(*authority.issue().options)
    for method, body in [("GET", None), ("POST", "x" * 100_000), ("DELETE", None), ("OPTIONS", None), ("PRI", None)]:
        check_problem(request(hub.address, method, "/publish", body), 400, "https://")
    with Connection(hub.address) as connection:
        connection.send(b"\x00" * 1000)
        rest = connection.receive_rest()
        # An alert (RFC 8446 section 6), or nothing.
        assert rest == b"" or rest[0] == 21
    assert request(hub.address, "GET", "/healthz", tls=authority.trusting()).status == 200


def test_who_speaks_tls_to_http_in_clear_is_refused(hub):
    with pytest.raises(ssl.SSLError):
        Connection(hub.address, tls=ssl.create_default_context())
    assert hub.get("/healthz").status == 200


def test_a_handshake_that_is_never_finished_ends_and_keeps_nobody_waiting(start, authority):
    hub = start(*authority.issue().options, "--workers", "1", "--log-level", "debug")
    hub.tls = authority.trusting()
    hello = client_hello()
    with ExitStack() as stack:
        silent = [stack.enter_context(Connection(hub.address)) for _ in range(20)]
        for number, connection in enumerate(silent):
            # Nothing, a part of the first message, and all of it.
            connection.send(hello[: (0, 50, len(hello))[number % 3]])
        with hub.subscribe("a") as stream:
            stream.opening()
            hub.publish("a", "x")
            assert stream.event().data == "x"
        for connection in silent:
            # The answer to what was said, and then the end.
            connection.receive_rest()
    wait_for(lambda: 'reason="it was not done in time"' in hub.server.errors(), "the hub notes it")


def test_a_greeting_that_is_declared_and_never_sent_takes_no_memory(start, authority):
    hub = start(*authority.issue().options, "--workers", "1")
    hub.tls = authority.trusting()
    assert hub.get("/healthz").status == 200

    def memory() -> float:
        """In MiB."""
        return int(Path(f"/proc/{hub.server.process.pid}/statm").read_text().split()[1]) * 4096 / 2**20

    with ExitStack() as stack:
        before = memory()
        for length in (0x03FFFF, 0x020000, 0x003FFC):
            record = 4 if length > 16 << 10 else length + 4
            for _ in range(200):
                connection = stack.enter_context(Connection(hub.address))
                connection.send(b"\x16\x03\x01" + record.to_bytes(2) + b"\x01" + length.to_bytes(3))
                if length > 16 << 10:
                    # More than any client has to say: the hub does not wait for it.
                    assert connection.receive_rest() == b""
        # They were all looked at once a later one was served.
        assert hub.get("/healthz").status == 200
        # A session itself takes some ten KB.
        assert memory() - before < 16


def test_many_who_greet_at_once_are_all_answered(start, authority):
    # More than a worker answers in one round.
    hub = start(*authority.issue(kind="rsa").options, "--workers", "1")
    hub.tls = authority.trusting()
    hello = client_hello()
    with hub.subscribe("a") as stream, ExitStack() as stack:
        stream.opening()
        connections = [stack.enter_context(Connection(hub.address)) for _ in range(300)]
        for connection in connections:
            connection.send(hello)
        hub.publish("a", "x")
        assert stream.event().data == "x"
        for connection in connections:
            assert connection.receive_exactly(1) == b"\x16"


def client_hello() -> bytes:
    """The first message of a handshake, as it goes out."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_failures_are_no_flood_of_lines(start, authority):
    quiet, loud = start(*authority.issue().options), start(*authority.issue().options, "--log-level", "debug")
    began = time.monotonic()
    for hub in (quiet, loud):
        hub.tls = authority.trusting()
        for _ in range(100):
            with Connection(hub.address) as connection:
                connection.send(b"\x00" * 100)
                connection.receive_rest()
        hub.publish("a", "x")
    assert quiet.server.errors() == ""
    lines = [line for line in loud.server.errors().splitlines() if "a TLS session did not come about" in line]
    # One a second, on each worker.
    assert 1 <= len(lines) <= (time.monotonic() - began + 1) * os.cpu_count() + 1


# Changing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_told", [True, False], ids=["on SIGHUP", "by itself"])
def test_new_connections_get_a_new_certificate_and_open_ones_live_on(start, authority, is_told):
    issued = authority.issue()
    hub = start(*issued.options, "--workers", "2")
    hub.tls = authority.trusting()
    before = fingerprint(issued.certificate)
    with hub.subscribe("a") as stream:
        stream.opening()
        assert shown(hub) == before
        after = fingerprint(authority.issue(kind="rsa").certificate)
        assert after != before
        if is_told:
            hub.server.signal(signal.SIGHUP)
        wait_for(lambda: shown(hub) == after, "the new certificate is shown")
        # Nobody falls back to the old one.
        assert {shown(hub) for _ in range(20)} == {after}
        hub.publish("a", "still here")
        assert stream.event().data == "still here"
    assert hub.server.errors().count("new connections get new certificates") == 1


def test_a_bad_new_certificate_is_told_once_and_the_old_one_stays(start, authority):
    issued = authority.issue()
    hub = start(*issued.options)
    before = fingerprint(issued.certificate)
    issued.certificate.write_text("nonsense")
    told = "new certificates cannot be used; the old ones stay"
    wait_for(lambda: told in hub.server.errors(), "the hub tells it")
    assert shown(hub) == before
    issued.certificate.unlink()
    wait_for(lambda: hub.server.errors().count(told) == 2, "the hub tells the next change too")
    assert str(issued.certificate) in hub.server.errors()
    assert shown(hub) == before
    after = fingerprint(authority.issue().certificate)
    wait_for(lambda: shown(hub) == after, "the good one is shown")
    assert hub.server.errors().count(told) == 2


def test_a_session_that_began_before_a_change_is_resumed_after_it(start, authority):
    issued = authority.issue()
    hub = start(*issued.options)
    tls = authority.trusting(ssl.TLSVersion.TLSv1_2)
    with Connection(hub.address, tls=tls) as connection:
        session = connection.socket.session
    after = fingerprint(authority.issue().certificate)
    hub.server.signal(signal.SIGHUP)
    wait_for(lambda: shown(hub) == after, "the new certificate is shown")
    with Connection(hub.address, tls=tls, session=session) as connection:
        assert connection.socket.session_reused


def test_sighup_without_files_ends_the_hub_as_it_does_without_tls(start):
    hub = start("--tls-self-signed")
    hub.server.signal(signal.SIGHUP)
    assert hub.server.wait() == -signal.SIGHUP
    start.forget(hub)
