"""Loss of power: takes back what a hub that was killed had written and never synced, in part, as it falls.

What a disk has after that is, for each of its sectors, any of the states that the sector was in since the last sync of
its file; for a file's size the same. What a sync failed to write no later one writes, unless its page was changed again in
between: so does Linux. Names come and go in order, and last when their directory is synced.
"""

import random
import shutil
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

WROTE, CUT, SYNCED, MADE, REMOVED, RENAMED, NAMES_SYNCED, SYNC_FAILED = range(1, 9)
HEAD = struct.Struct("<QQQqqqq")
PAGE = 4096


@dataclass(slots=True)
class Record:
    """One of faulty_disk.c's journal."""

    operation: int
    sequence: int
    file: int
    offset: int
    size: int
    old_size: int
    bytes: bytes


class Journal:
    """What was changed under a log since the power was lost the last time."""

    def __init__(self, directory: Path, log: Path):
        self.directory = directory
        self.log = log
        self.losses: Counter[str] = Counter()
        directory.mkdir()

    def read(self) -> list[Record]:
        path = self.directory / "journal"
        data = path.read_bytes() if path.exists() else b""
        records, at = [], 0
        while at + HEAD.size <= len(data):
            *head, length = HEAD.unpack_from(data, at)
            at += HEAD.size + length
            records.append(Record(*head, data[at - length : at]))
        return records

    def lose_power(self, chance: random.Random, way: str | None = None) -> None:
        """Leaves the files as they may be after it, and begins anew. The way of losing contents falls if not said."""
        records = self.read()
        self._lose_names(records, chance)
        paths = {path.stat().st_ino: path for path in self.log.parent.glob(self.log.name + "*")}
        by_file: dict[int, list[Record]] = {}
        for record in records:
            if record.operation in (WROTE, CUT, SYNCED, SYNC_FAILED):
                by_file.setdefault(record.file, []).append(record)
        for file, some in by_file.items():
            changes = unsure(some)
            synced = max((record.offset for record in some if record.operation == SYNCED), default=0)
            if changes and file in paths:
                self._lose_contents(paths[file], changes, synced, chance, way)
        # It is in memory alone; what is on the disk of it means nothing.
        shared = self.log.with_name(self.log.name + "-shm")
        if shared.exists():
            shared.write_bytes(chance.choice([b"", chance.randbytes(32768), shared.read_bytes()]))
        shutil.rmtree(self.directory)
        self.directory.mkdir()

    def _lose_names(self, records: list[Record], chance: random.Random) -> None:
        through = max((record.offset for record in records if record.operation == NAMES_SYNCED), default=0)
        names = [
            record for record in records if record.operation in (MADE, REMOVED, RENAMED) and record.sequence > through
        ]
        kept = chance.choice([0, len(names), chance.randint(0, len(names))])
        for record in reversed(names[kept:]):
            old, new, grave = (Path(part.decode()) for part in record.bytes.split(b"\0")[:3])
            self.losses["names"] += 1
            if record.operation == MADE:
                old.unlink(missing_ok=True)
            elif record.operation == REMOVED:
                Path(grave).replace(old)
            else:
                # The process may have been killed before it did what it recorded.
                if new.exists() and new.stat().st_ino == record.file:
                    new.replace(old)
                if grave.name:
                    grave.replace(new)

    def _lose_contents(
        self, path: Path, changes: list[Record], synced: int, chance: random.Random, way: str | None
    ) -> None:
        """Undoes for each sector some of the last changes to it, and gives the file one of its sizes since the sync."""
        sector = chance.choice([512, 4096])
        # As it falls, but now and then all is lost, or nothing but the last.
        way = way or chance.choice(["any", "any", "any", "all", "last"])
        counts: Counter[int] = Counter()
        for change in changes:
            counts.update(sectors(change, sector))
        if way == "last":
            undone = Counter(sectors(changes[-1], sector))
        else:
            undone = Counter({at: count if way == "all" else chance.randint(0, count) for at, count in counts.items()})
        contents = bytearray(path.read_bytes())
        sizes: list[int] = []
        for change in changes:
            if change.sequence > synced:
                sizes = sizes or [change.old_size]
                sizes.append(change.offset if change.operation == CUT else max(sizes[-1], change.offset + change.size))
        sizes = sizes or [len(contents)]
        size = len(contents) if way == "last" else sizes[0] if way == "all" else chance.choice(sizes)
        for change in reversed(changes):
            end = change.old_size if change.operation == CUT else change.offset + change.size
            if len(contents) < end:
                contents.extend(bytes(end - len(contents)))
            if change.operation == CUT:
                contents[change.offset : end] = change.bytes
                continue
            before = change.bytes.ljust(change.size, b"\0")
            for at in sectors(change, sector):
                if undone[at] > 0:
                    undone[at] -= 1
                    first, last = max(at * sector, change.offset), min((at + 1) * sector, end)
                    contents[first:last] = before[first - change.offset : last - change.offset]
                    self.losses["sectors"] += 1
        self.losses["files"] += 1
        path.write_bytes(contents[:size].ljust(size, b"\0"))


def unsure(records: list[Record]) -> list[Record]:
    """Those changes to a file, cut into pages, of which nobody can be sure after a loss of power; in their order."""
    changes: list[Record] = []
    for record in records:
        changes += pages(record) if record.operation == WROTE else [record]
    unsure: list[Record] = []
    waiting: list[Record] = []
    """For the next sync."""
    for change in changes:
        if change.operation in (WROTE, CUT):
            waiting.append(change)
            continue
        taken = [one for one in waiting if one.sequence <= change.offset]
        waiting = [one for one in waiting if one.sequence > change.offset]
        if change.operation == SYNC_FAILED:
            unsure += taken
        else:
            written = {one.offset // PAGE for one in taken if one.operation == WROTE}
            unsure = [one for one in unsure if one.operation == CUT or one.offset // PAGE not in written]
            if any(one.operation == CUT for one in taken):
                unsure = [one for one in unsure if one.operation != CUT]
    return sorted(unsure + waiting, key=lambda one: one.sequence)


def pages(change: Record) -> list[Record]:
    """A change page by page, as the system keeps it."""
    found, at, end = [], change.offset, change.offset + change.size
    while at < end:
        until = min(end, (at // PAGE + 1) * PAGE)
        before = change.bytes[at - change.offset : until - change.offset]
        size = max(change.old_size, at) if at > change.offset else change.old_size
        found.append(Record(WROTE, change.sequence, change.file, at, until - at, size, before))
        at = until
    return found


def sectors(change: Record, sector: int) -> range:
    if change.operation == CUT or change.size == 0:
        return range(0)
    return range(change.offset // sector, (change.offset + change.size - 1) // sector + 1)
