"""What befalls a hub while it lives: a disk that is ill in turns, a time of day that jumps."""

import asyncio
import errno
import random
from collections import Counter

from faulty_disk import FAIL, FAIL_HALFWAY, FOR_EVER, LOG, OPEN, READ, SIDE, SYNC, TRUNCATE, WRITE, FaultyDisk
from shifted_clock import ShiftedClock

KINDS: dict[str, tuple[int, int]] = {
    "full": (WRITE, errno.ENOSPC),
    "broken at writes": (WRITE, errno.EIO),
    "broken at syncs": (SYNC, errno.EIO),
    "broken": (READ | WRITE | SYNC | TRUNCATE, errno.EIO),
    "unreadable": (READ, errno.EIO),
    "read-only": (WRITE | SYNC | TRUNCATE | OPEN, errno.EROFS),
    "slow": (SYNC, 0),
    "stuck": (WRITE | SYNC, 0),
}


class Illness:
    """A disk that is full, broken, read-only or slow, from a call that a seed draws and for a while.

    It goes on until it is cancelled; the disk may be ill then.
    """

    def __init__(self, disk: FaultyDisk, chance: random.Random):
        self._disk = disk
        self._chance = chance
        self.spells: Counter[str] = Counter()

    async def run(self) -> None:
        chance, disk = self._chance, self._disk
        while True:
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            kind = chance.choice(list(KINDS))
            calls, error = KINDS[kind]
            files = chance.choice([LOG, SIDE, LOG | SIDE])
            self.spells[kind] += 1
            if error:
                times = chance.choice([1, chance.randint(2, 10), FOR_EVER])
                action = chance.choice([FAIL, FAIL_HALFWAY])
                disk.fail(calls, error, files, action=action, after=chance.randint(0, 30), times=times)
            else:
                disk.hang(calls, files, chance.randint(20, 200))
            await asyncio.sleep(chance.uniform(0.02, 0.6))
            disk.heal()


class Restlessness:
    """A time of day that jumps, by hours and by moments, until it is cancelled."""

    def __init__(self, clock: ShiftedClock, chance: random.Random):
        self._clock = clock
        self._chance = chance
        self.spells: Counter[str] = Counter()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(0, 0.3))
            self.jump()

    def jump(self) -> None:
        seconds = self._chance.choice([-86400, -3600, -2, 0, 1, 3600, 86400])
        self.spells["ahead" if seconds > self._clock.shift.seconds else "back"] += 1
        self._clock.jump(seconds)
