"""What the kernel tells of a server from outside, under /proc: its processes, processor time and memory."""

import os
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and all that it started, and what those started."""
    children = [
        int(child)
        for listing in (PROC / str(pid) / "task").glob("*/children")
        for child in listing.read_text().split()
    ]
    return [pid] + [member for child in children for member in family(child)]


def thread_seconds(pids: list[int]) -> dict[int, float]:
    """Processor time of each thread, user's and system's together."""
    return {
        int(task.name): seconds(task) for pid in pids for task in (PROC / str(pid) / "task").iterdir()
    }


def seconds(task: Path) -> float:
    # Both tell the same; the scheduler counts nanoseconds, and `stat` shows hundredths of a second.
    try:
        return int((task / "schedstat").read_text().split()[0]) / 1e9
    except FileNotFoundError:
        # The name, in parentheses, may hold any character.
        columns = (task / "stat").read_text().rpartition(")")[2].split()
        return (int(columns[11]) + int(columns[12])) / TICKS


def memory_bytes(pids: list[int]) -> int:
    """The proportional set size: what is shared between processes is counted by shares."""
    return sum(proportional_set_size(pid) for pid in pids)


def proportional_set_size(pid: int) -> int:
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"the kernel does not tell the memory of process {pid}")


def machine_seconds() -> float:
    """Processor time that all programs of this machine have used together, and that other machines took from it."""
    columns = [int(column) for column in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle, waiting_for_disks = columns[3:5]
    return (sum(columns) - idle - waiting_for_disks) / TICKS
