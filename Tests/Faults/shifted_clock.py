"""A time of day that jumps on command, and another start of the machine."""

import ctypes
import time
import uuid
from pathlib import Path

from faulty_disk import SharedMemory
from preload import library

SOURCE = Path(__file__).resolve().parent / "shifted_clock.c"


class Shift(ctypes.Structure):
    """The layout of `struct shift` in shifted_clock.c."""

    _fields_ = [("seconds", ctypes.c_int64), ("uptime", ctypes.c_int64), ("asked", ctypes.c_int64)]


class ShiftedClock:
    """The clocks of a hub. They are those of the system until they are shifted."""

    def __init__(self, directory: Path):
        self._memory = SharedMemory(Shift)
        self.shift: Shift = self._memory.contents
        self._boot = directory / "boot"
        self._is_started_anew = False

    def environment(self) -> dict[str, str]:
        """What the hub is to be started with."""
        named = {"LD_PRELOAD": library(SOURCE), "SHIFTED_CLOCK": self._memory.name}
        if self._is_started_anew:
            named["SHIFTED_BOOT"] = str(self._boot)
        return named

    def jump(self, seconds: int) -> None:
        """The time of day is now so far from what it is."""
        self.shift.seconds = seconds

    @property
    def time(self) -> float:
        """The time of day, as the hub has it."""
        return time.time() + self.shift.seconds

    def start_machine_anew(self) -> None:
        """For hubs that start from now on: the machine has another name for its start, and ran for a minute."""
        self._is_started_anew = True
        self._boot.write_text(f"{uuid.uuid4()}\n")
        self.shift.uptime = int(time.clock_gettime(time.CLOCK_MONOTONIC)) - 60
