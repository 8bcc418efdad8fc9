"""A disk that fails on command: starts the hub with `faulty_disk.c`, and commands it."""

import ctypes
import mmap
import tempfile
from pathlib import Path

from preload import library

SOURCE = Path(__file__).resolve().parent / "faulty_disk.c"

READ, WRITE, SYNC, TRUNCATE, OPEN = 1, 2, 4, 8, 16
LOG, SIDE, SHARED, OTHER, DIRECTORY = 1, 2, 4, 8, 16
FAIL, FAIL_HALFWAY, KILL, KILL_HALFWAY, KILL_AFTERWARDS = 1, 2, 3, 4, 5
FOR_EVER = 1 << 60


class Control(ctypes.Structure):
    """The layout of `struct control` in faulty_disk.c."""

    _fields_ = [
        ("action", ctypes.c_uint32),
        ("calls", ctypes.c_uint32),
        ("files", ctypes.c_uint32),
        ("error", ctypes.c_int32),
        ("after", ctypes.c_int64),
        ("times", ctypes.c_int64),
        ("slow_calls", ctypes.c_uint32),
        ("slow_files", ctypes.c_uint32),
        ("slowness", ctypes.c_int32),
        ("unsynced_files", ctypes.c_uint32),
        ("waiting", ctypes.c_int32),
        ("met", ctypes.c_int64),
        ("syncs", ctypes.c_int64),
    ]


class SharedMemory:
    """A small file that a process under test maps too."""

    def __init__(self, layout: type[ctypes.Structure]):
        self._file = tempfile.NamedTemporaryFile(prefix="fanfare-faults-")
        self._file.truncate(ctypes.sizeof(layout))
        self.name = self._file.name
        self.contents = layout.from_buffer(mmap.mmap(self._file.fileno(), ctypes.sizeof(layout)))


class FaultyDisk:
    """The disk under a log. All is well until a fault is asked for."""

    def __init__(self, path: Path, journal: Path | None = None):
        self._memory = SharedMemory(Control)
        self.control: Control = self._memory.contents
        self._path = path
        self._journal = journal

    def environment(self) -> dict[str, str]:
        """What the hub is to be started with."""
        # The hub names its files by the whole path.
        whole = self._path.parent.resolve() / self._path.name
        named = {"FAULTY_DISK": str(whole), "FAULTY_DISK_CONTROL": self._memory.name}
        if self._journal:
            named["FAULTY_DISK_JOURNAL"] = str(self._journal)
        return {"LD_PRELOAD": library(SOURCE), **named}

    def fail(self, calls: int, error: int, files: int = LOG | SIDE, *, action=FAIL, after=0, times=FOR_EVER) -> None:
        """From now on these calls on these files fail, once so many of them went well."""
        control = self.control
        control.action = 0
        control.calls, control.files, control.error, control.met = calls, files, error, 0
        control.after, control.times = after, times
        control.action = action

    def kill(self, calls: int, files: int, *, action=KILL, after=0) -> None:
        """The process is killed at such a call."""
        self.fail(calls, 0, files, action=action, after=after, times=1)

    def hang(self, calls: int, files: int = LOG | SIDE, milliseconds: int = -1) -> None:
        """These calls take so much longer: until the disk is well if it is not said."""
        control = self.control
        control.slowness = milliseconds
        control.slow_files, control.slow_calls = files, calls

    def lie(self, files: int = LOG | SIDE) -> None:
        """From now on syncs of these files say that they are done, and are not, until the end."""
        self.control.unsynced_files = files

    def heal(self) -> None:
        self.control.action = 0
        self.control.slow_calls = 0
        self.control.slowness = 0
