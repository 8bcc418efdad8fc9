"""Whose word on a client's address counts: header fields of trusted proxies, and the PROXY protocol."""

import json
import socket
import struct

import pytest

from certificates import Authority
from hang_guard import wait_for
from http2 import HTTP2, rst_stream
from raw_http import Closed, Connection
from stream import Stream

TRUST = ("--trusted-proxy", "127.0.0.1")
HOST = "Host: localhost\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def v2(command: int, family: int, rest: bytes) -> bytes:
    """A header of version 2 (section 2.2 of the PROXY protocol)."""
    return SIGNATURE + struct.pack(">BBH", command, family, len(rest)) + rest


def tcp4(source: str, port: int, extra: bytes = b"") -> bytes:
    addresses = socket.inet_aton(source) + socket.inet_aton("198.51.100.1")
    return v2(0x21, 0x11, addresses + struct.pack(">HH", port, 443) + extra)


def tcp6(source: str, port: int, extra: bytes = b"") -> bytes:
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, "2001:db8::99")
    return v2(0x21, 0x21, addresses + struct.pack(">HH", port, 443) + extra)


def line(source: str, port: int) -> bytes:
    kind = "TCP6" if ":" in source else "TCP4"
    return f"PROXY {kind} {source} {'::9' if kind == 'TCP6' else '198.51.100.1'} {port} 443\r\n".encode()


LOCAL = v2(0x20, 0, b"")


# Header fields --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields, address",
    [
        ({"X-Forwarded-For": "192.0.2.1"}, "192.0.2.1"),
        ({"X-Forwarded-For": "198.51.100.7, 192.0.2.1, 127.0.0.1"}, "192.0.2.1"),
        ({"X-Forwarded-For": "2001:db8::1"}, "2001:db8::1"),
        ({"X-Forwarded-For": "192.0.2.1:50312"}, "192.0.2.1:50312"),
        ({"Forwarded": 'for="[2001:db8::1]:50312";proto=https'}, "[2001:db8::1]:50312"),
        ({"Forwarded": "for=198.51.100.7, for=192.0.2.1;by=_me"}, "192.0.2.1"),
        ({"Forwarded": "for=192.0.2.1", "X-Forwarded-For": "192.0.2.1"}, "192.0.2.1"),
        # Nobody knows who wrote which.
        ({"Forwarded": "for=192.0.2.1", "X-Forwarded-For": "192.0.2.2"}, None),
        ({"Forwarded": "for=unknown"}, None),
        ({"X-Forwarded-For": "x" * 8000}, None),
        ({"Forwarded": 'for="' + "\\\\" * 3000}, None),
        ({}, None),
    ],
)
def test_a_trusted_proxy_tells_the_clients_address(start, fields, address):
    hub = start(*TRUST)
    with hub.subscribe("a", headers=fields) as stream:
        stream.opening()
        port = stream.connection.socket.getsockname()[1]
        assert [entry["address"] for entry in hub.connections()] == [address or f"127.0.0.1:{port}"]


@pytest.mark.parametrize("options", [(), ("--trusted-proxy", "127.0.0.2"), ("--trusted-proxy", "::/0", "--trusted-proxy", "10.0.0.0/8")])
def test_nobody_else_does(start, options):
    hub = start(*options)
    lies = {"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1;proto=https", "X-Forwarded-Proto": "https"}
    with hub.subscribe("a", headers=lies) as stream:
        stream.opening()
        port = stream.connection.socket.getsockname()[1]
        assert [entry["address"] for entry in hub.connections()] == [f"127.0.0.1:{port}"]


def test_proxies_may_be_on_ipv6_and_given_in_the_environment(start):
    hub = start(listen=("[::1]:0",), environment={"FANFARE_TRUSTED_PROXY": "10.0.0.0/8,::1/128"})
    with Stream(("::1", hub.server.port), "/subscribe?topic=a", {"Host": "[::1]", "X-Forwarded-For": "192.0.2.1, 10.1.1.1"}) as stream:
        stream.opening()
        with Connection(("::1", hub.server.port)) as connection:
            connection.send(f"GET /connections HTTP/1.1\r\n{HOST}\r\n")
            assert [entry["address"] for entry in connection.receive_answer().json()["connections"]] == ["192.0.2.1"]


def test_a_connection_carries_one_client_after_the_other(start):
    hub = start(*TRUST, "--workers", "1")
    for last, address in (("X-Forwarded-For: 192.0.2.3\r\n", "192.0.2.3"), ("", None)):
        with Connection(hub.address) as connection:
            for client in ("192.0.2.1", "192.0.2.2"):
                connection.send(f"GET /healthz HTTP/1.1\r\n{HOST}X-Forwarded-For: {client}\r\n\r\n")
                assert connection.receive_answer().status == 200
            connection.send(f"GET /subscribe?topic=a HTTP/1.1\r\n{HOST}{last}\r\n")
            connection.receive_head()
            port = connection.socket.getsockname()[1]
            listed = hub.wait_for_connections(1)
            assert listed[0]["address"] == (address or f"127.0.0.1:{port}")
        hub.wait_for_connections(0)
    # What was said of a connection that is gone is not said of the next one in its place.
    with hub.subscribe("a") as stream:
        stream.opening()
        assert hub.connections()[0]["address"].startswith("127.0.0.1:")


def test_a_connection_of_http2_carries_many_clients_at_once(start):
    hub = start(*TRUST, "--workers", "1")
    with HTTP2(hub.address) as c:
        c.begin()
        for number in range(20):
            c.send(c.request(2 * number + 1, f"/subscribe?topic=a&user={number}", fields=(("x-forwarded-for", f"192.0.2.{number}"),)))
        c.send(c.request(41, "/subscribe?topic=a&user=none"))
        listed = {entry["user"]: entry["address"] for entry in hub.wait_for_connections(21)}
        port = c.socket.getsockname()[1]
        assert listed == {str(number): f"192.0.2.{number}" for number in range(20)} | {"none": f"127.0.0.1:{port}"}
        # A stream in the place of one that is gone is nobody's but its own.
        c.send(rst_stream(1))
        hub.wait_for_connections(20)
        c.send(c.request(43, "/subscribe?topic=a&user=new"))
        listed = {entry["user"]: entry["address"] for entry in hub.wait_for_connections(21)}
        assert listed["new"] == f"127.0.0.1:{port}"


def test_log_lines_have_the_clients_address(start):
    hub = start(*TRUST, "--max-event-size", "8KiB", "--slow-limit-bytes", "64KiB")
    with hub.subscribe("a", headers={"X-Forwarded-For": "192.0.2.1"}, receive_buffer=4096) as stream:
        stream.opening()
        wait_for(lambda: hub.publish("a", "x" * 8000) and not hub.connections(), "the reader is reset")
        wait_for(lambda: "a stream was reset" in hub.server.errors(), "a line says so")
        assert " address=192.0.2.1\n" in hub.server.errors()


@pytest.mark.parametrize(
    "fields, origin, status",
    [
        # In clear and with no word, a page over TLS may be this host's, behind whatever speaks TLS.
        ({}, "https://localhost", 201),
        ({}, "http://localhost", 201),
        ({"X_Forwarded_Proto": "https"}, "https://localhost", 201),
        ({"X_Forwarded_Proto": "https"}, "http://localhost", 403),
        ({"Forwarded": "for=192.0.2.1;proto=https"}, "http://localhost", 403),
        ({"X_Forwarded_Proto": "http"}, "http://localhost", 201),
        ({"X_Forwarded_Proto": "https", "Forwarded": "proto=http"}, "http://localhost", 201),
    ],
)
def test_whether_a_page_is_the_hubs_own_is_as_the_proxy_says(start, fields, origin, status):
    hub = start(*TRUST)
    assert hub.post('{"topic":"a","data":"x"}', Host="localhost", Origin=origin, **fields).status == status
    # Who is not trusted changes nothing.
    hub = start()
    assert hub.post('{"topic":"a","data":"x"}', Host="localhost", Origin=origin, **fields).status == 201


def test_over_tls_a_page_in_clear_is_the_hubs_own_if_the_proxy_says_so(start, tmp_path):
    authority = Authority(tmp_path)
    hub = start(*authority.issue().options, *TRUST)
    hub.tls = authority.trusting()

    def status(**fields: str) -> int:
        return hub.post('{"topic":"a","data":"x"}', Host="localhost", Origin="http://localhost", **fields).status

    assert status() == 403
    assert status(X_Forwarded_Proto="http") == 201


# The PROXY protocol ---------------------------------------------------------------------------------------------------


def announced(hub, header: bytes, target: str = "/healthz", fields: str = "", tls=None) -> Connection:
    connection = Connection(hub.address, tls=tls, before_tls=header)
    connection.send(f"GET {target} HTTP/1.1\r\n{HOST}{fields}\r\n")
    return connection


def address(hub, header: bytes, fields: str = "", tls=None) -> tuple[str, str]:
    """The address that is listed for a stream whose connection begins with a header, and the connection's own."""
    with announced(hub, header, "/subscribe?topic=a", fields, tls) as stream:
        assert stream.receive_head().status == 200
        with announced(hub, LOCAL, "/connections", tls=tls) as connection:
            (entry,) = connection.receive_answer().json()["connections"]
        own = "127.0.0.1:%d" % stream.socket.getsockname()[1]

    def is_gone() -> bool:
        with announced(hub, LOCAL, "/connections", tls=tls) as connection:
            return connection.receive_answer().json()["connections"] == []

    wait_for(is_gone, "the stream is gone")
    return entry["address"], own


@pytest.mark.parametrize("secure", [False, True])
def test_the_proxy_protocol_tells_the_clients_address(start, tmp_path, secure):
    tls, options = None, ()
    if secure:
        authority = Authority(tmp_path)
        tls, options = authority.trusting(), authority.issue().options
    hub = start("--proxy-protocol", *options)
    for header, said in [
        (line("192.0.2.1", 50312), "192.0.2.1:50312"),
        (line("2001:db8::1", 50312), "[2001:db8::1]:50312"),
        (tcp4("192.0.2.1", 50312), "192.0.2.1:50312"),
        (tcp6("2001:db8::1", 50312), "[2001:db8::1]:50312"),
        (tcp4("192.0.2.1", 50312, b"\x04\0\1\0" * 900), "192.0.2.1:50312"),
        (tcp6("::ffff:192.0.2.1", 50312), "192.0.2.1:50312"),
        (LOCAL, None),
        (v2(0x20, 0x11, b"\0" * 12), None),
        (v2(0x21, 0, b""), None),
        (b"PROXY UNKNOWN\r\n", None),
    ]:
        listed, own = address(hub, header, tls=tls)
        assert listed == (said or own)


@pytest.mark.parametrize("header", [line("192.0.2.1", 50312), tcp4("192.0.2.1", 50312, b"\x04\0\1\0")])
def test_a_header_may_come_byte_by_byte_and_be_followed_by_anything(start, header):
    hub = start("--proxy-protocol", "--workers", "1")
    with Connection(hub.address) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in header:
            connection.send(bytes([byte]))
        connection.send(f"GET /healthz HTTP/1.1\r\n{HOST}\r\n" * 20)
        assert [connection.receive_answer().status for _ in range(20)] == [200] * 20
    # HTTP/2 as well, in one piece with it.
    with HTTP2(hub.address) as c:
        c.send(header)
        c.begin()
        assert c.pings()


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize(
    "header",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100,
        b"PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n",
        b"PROXY UNKNOWN " + b"x" * 200,
        SIGNATURE + b"\x31\x11\0\x0c" + b"\0" * 12,
        SIGNATURE + b"\x21\x11\xff\xff" + b"\0" * 70_000,
        b"\n",
    ],
    ids=["HTTP", "HTTP/2", "TLS", "a port too large", "a line too long", "version 3", "a length too large", "an empty line"],
)
def test_a_connection_without_a_header_or_with_a_broken_one_is_closed(start, tmp_path, secure, header):
    options = Authority(tmp_path).issue().options if secure else ()
    hub = start("--proxy-protocol", "--log-level", "debug", *options)
    with Connection(hub.address) as connection:
        connection.send(header)
        assert connection.receive_rest() == b""
        own = "127.0.0.1:%d" % connection.socket.getsockname()[1]
    wait_for(lambda: "a connection did not begin as the PROXY protocol has it" in hub.server.errors(), "a line says so")
    (told,) = [line for line in hub.server.errors().splitlines() if "did not begin" in line]
    assert f"address={own} failures=1" in told


def test_who_is_not_trusted_is_closed_before_anything_is_read(start):
    hub = start("--proxy-protocol", "--trusted-proxy", "127.0.0.2", "--log-level", "debug")
    with Connection(hub.address) as connection:
        connection.send(line("192.0.2.1", 50312) + f"GET /healthz HTTP/1.1\r\n{HOST}\r\n".encode())
        assert connection.receive_rest() == b""
    wait_for(lambda: "it is not from a trusted proxy" in hub.server.errors(), "a line says so")


def test_a_header_of_which_a_part_is_missing_ends_in_time(start):
    hub = start("--proxy-protocol", "--log-level", "debug", "--workers", "1")
    with Connection(hub.address) as part, Connection(hub.address) as none:
        part.send(line("192.0.2.1", 50312)[:-1])
        assert part.receive_rest() == b"" and none.receive_rest() == b""
    wait_for(lambda: "it was not there in time" in hub.server.errors(), "a line says so")
    failed = 2
    # Who only looks whether somebody listens is no failure.
    for _ in range(5):
        Connection(hub.address).close()

    def is_told() -> bool:
        nonlocal failed
        failed += 1
        with Connection(hub.address) as connection:
            connection.send(b"x")
            assert connection.receive_rest() == b""
        return "does not begin with a header" in hub.server.errors()

    # A line a second, and each says how many there were.
    wait_for(is_told, "another line says so")
    assert f"failures={failed}\n" in hub.server.errors()


def test_without_the_option_a_header_is_no_request(start):
    hub = start(*TRUST)
    with Connection(hub.address) as connection:
        connection.send(line("192.0.2.1", 50312))
        assert connection.receive_answer().status in (400, 501, 505)


def test_fields_count_if_the_connection_is_a_trusted_proxys(start):
    hub = start("--proxy-protocol", "--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8")
    field = "X-Forwarded-For: 198.51.100.7\r\n"
    # A proxy behind a proxy.
    assert address(hub, tcp4("10.1.2.3", 50312), field)[0] == "198.51.100.7"
    assert address(hub, LOCAL, field)[0] == "198.51.100.7"
    # A client's bytes, that a proxy passed on.
    assert address(hub, tcp4("192.0.2.1", 50312), field)[0] == "192.0.2.1:50312"


def test_fields_do_not_count_because_the_protocol_is_spoken(start):
    hub = start("--proxy-protocol")
    field = "X-Forwarded-For: 198.51.100.7\r\n"
    assert address(hub, tcp4("127.0.0.1", 50312), field)[0] == "127.0.0.1:50312"


def test_a_failed_handshake_is_told_with_the_clients_address(start, tmp_path):
    hub = start("--proxy-protocol", "--log-level", "debug", *Authority(tmp_path).issue().options)
    with Connection(hub.address) as connection:
        connection.send(line("192.0.2.1", 50312) + b"nonsense, and no TLS\r\n\r\n")
        connection.receive_rest()
    wait_for(lambda: "a TLS session did not come about" in hub.server.errors(), "a line says so")
    assert "address=192.0.2.1:50312" in hub.server.errors()


def test_a_drain_does_not_wait_for_who_has_not_begun(start):
    hub = start("--proxy-protocol", "--drain", "24h")
    with Connection(hub.address) as connection:
        connection.send(b"PROXY ")
        with announced(hub, LOCAL) as other:
            assert other.receive_answer().status == 200
        start.forget(hub)
        hub.server.signal(15)
        assert connection.receive_rest() == b""
        assert hub.server.wait() == 0


def test_words_of_proxies_leave_nothing_behind(start):
    """Descriptors and places are used again, and each request says another address."""
    hub = start("--proxy-protocol", *TRUST, "--workers", "1")
    for number in range(300):
        header = [LOCAL, tcp4("127.0.0.1", 7), line("192.0.2.77", number)][number % 3]
        with announced(hub, header, "/subscribe?topic=a", f"X-Forwarded-For: 192.0.2.{number % 200}\r\n") as stream:
            stream.receive_head()
    listed, own = address(hub, LOCAL)
    assert listed == own
