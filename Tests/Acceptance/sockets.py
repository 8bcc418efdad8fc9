"""Which connections a process has open, by what Linux tells of it."""

import os
from pathlib import Path

ESTABLISHED = "01"


def clients_of(pid: int, port: int) -> set[str]:
    """The addresses, as `127.0.0.1:4711`, of those who are connected to a process's IPv4 sockets of a port."""
    own = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            own.add(os.readlink(descriptor))
        except FileNotFoundError:
            pass  # It was closed meanwhile.
    clients = set()
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *rest = line.split()
        if int(local.split(":")[1], 16) == port and state == ESTABLISHED and f"socket:[{rest[5]}]" in own:
            host, number = remote.split(":")
            # The kernel prints the four bytes as a number of this machine's, which has the last byte first.
            clients.add(".".join(str(byte) for byte in bytes.fromhex(host)[::-1]) + f":{int(number, 16)}")
    return clients
