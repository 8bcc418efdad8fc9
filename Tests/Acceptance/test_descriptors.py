"""When nearly all descriptors are taken: the last few stay the hub's own, and it goes on when others are free again."""

import os

import pytest

from hang_guard import wait_for
from hub import Hub
from raw_http import Closed, Connection
from server import example_binary

LIMIT = 200
# As `DescriptorReserve` has it.
RESERVE = 16
# None of the sockets' buffers takes it whole.
SIZE = 64 << 20


@pytest.fixture
def files(start, tmp_path) -> Hub:
    """A server that may have few files open, and serves a large one."""
    with open(tmp_path / "large.bin", "wb") as file:
        file.truncate(SIZE)
    limited = f'ulimit -n {LIMIT} && exec "$0" "$@"'
    return start(command=["bash", "-c", limited, example_binary(), f"files={tmp_path}"])


def numbers(hub: Hub) -> list[int]:
    return [int(name) for name in os.listdir(f"/proc/{hub.server.process.pid}/fd")]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="which descriptors are open is read from /proc")
def test_files_and_connections_leave_the_last_descriptors_alone(files):
    # A connection takes one descriptor, and what it downloads another. Whoever reads nothing keeps both.
    stalled = []
    refused = None
    for _ in range(LIMIT):
        connection = Connection(files.address, receive_buffer=4096)
        stalled.append(connection)
        try:
            connection.send(b"GET /files/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = connection.receive_head()
        except (Closed, OSError):
            break
        assert max(numbers(files)) < LIMIT - RESERVE
        if answer.status == 503:
            refused = answer
            break
    assert len(stalled) > LIMIT // 4
    assert refused is not None, "a file is refused before a connection is"
    # Who comes now gets no answer, or 503; but nothing takes what is the hub's own, however many come.
    more = [Connection(files.address) for _ in range(2 * RESERVE)]
    for connection in more:
        try:
            connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        except OSError:
            pass
    assert max(numbers(files)) < LIMIT - RESERVE
    for connection in stalled + more:
        connection.close()

    def is_well() -> bool:
        try:
            return files.get("/healthz").status == 200
        except (Closed, OSError):
            return False

    wait_for(is_well, "the hub takes connections again")
    assert files.get("/files/large.bin", Range="bytes=0-9").body == bytes(10)
    wait_for(lambda: len(numbers(files)) < LIMIT // 4, "what was taken is free again")
