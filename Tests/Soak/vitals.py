"""What a hub costs and tells of itself: its process as the system sees it, and its own listings."""

import os
from dataclasses import dataclass
from pathlib import Path

from hub import Hub


@dataclass(frozen=True)
class Reading:
    """A process's memory, in kilobytes, so many seconds after the beginning."""

    at: float
    all: int
    """PSS: of pages that it shares its part only."""
    own: int
    """Of these what is no file's: heap, stacks, tables."""


class Process:
    """A process by its number."""

    def __init__(self, pid: int):
        self._path = Path(f"/proc/{pid}")

    def memory(self, at: float = 0) -> "Reading":
        lines = (self._path / "smaps_rollup").read_text().splitlines()[1:]
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        return Reading(at, sizes["Pss"], sizes["Pss"] - sizes["Pss_File"])

    def descriptors(self) -> int:
        return len(os.listdir(self._path / "fd"))

    def threads(self) -> int:
        return len(os.listdir(self._path / "task"))

    def processor_seconds(self) -> float:
        fields = (self._path / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pages(hub: Hub, target: str, name: str) -> list[dict]:
    """All entries of a list."""
    entries, after = [], ""
    while True:
        answer = hub.get(f"{target}limit=1000{after}")
        assert answer.status == 200, answer.body
        page = answer.json()
        entries += page[name]
        if page["next"] is None:
            return entries
        after = f"&after={page['next']}"


def counters(hub: Hub) -> dict[str, int]:
    topics = pages(hub, "/topics?", "topics")
    connections = pages(hub, "/connections?", "connections")
    presence = hub.get("/presence?topic=soak/0/0&limit=1000").json()
    return {
        "topics": len(topics),
        "log_entries": sum(entry["events"] for entry in topics),
        "connections": len(connections),
        "bytes_behind": sum(entry["bytes_behind"] for entry in connections),
        "present": sum(entry["streams"] for entry in presence["users"]) + presence["anonymous"],
    }
