"""When a hub is killed. Each moment is given a life that has just begun, and ends it."""

import asyncio
import errno
import random
from collections.abc import Callable

from faulty_disk import DIRECTORY, KILL, KILL_AFTERWARDS, KILL_HALFWAY, LOG, OPEN, OTHER, SIDE, SYNC, TRUNCATE, WRITE
from lives import Life


async def at_any_time(life: Life, campaign, chance: random.Random) -> None:
    await life.ready()
    await asyncio.sleep(chance.uniform(0, 1))
    await life.killed()


async def after_a_while(life: Life, campaign, chance: random.Random) -> None:
    await life.ready()
    await asyncio.sleep(chance.uniform(1, 4))
    await life.killed()


async def while_starting(life: Life, campaign, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(0, 0.06))
    await life.killed()


async def right_after_an_answer(life: Life, campaign, chance: random.Random) -> None:
    await life.ready()
    left = chance.randint(1, 100)

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            life.kill()

    campaign.on_answer = count
    for _ in range(200):
        if left <= 0:
            break
        await asyncio.sleep(0.01)
    campaign.on_answer = None
    await life.killed()


async def during_a_replay(life: Life, campaign, chance: random.Random) -> None:
    """Somebody reads everything from the beginning; others come back at the same time."""
    await life.ready()
    left = chance.randint(1, max(2, campaign.account.acknowledged * 1500))
    try:
        async with asyncio.timeout(3):
            reader, writer = await asyncio.open_connection(*campaign.address)
            writer.write(b"GET /subscribe?topic=**&since=earliest HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while left > 0 and (data := await reader.read(1 << 16)):
                left -= len(data)
        life.kill()
        writer.close()
    except (OSError, TimeoutError):
        # There was no more.
        pass
    await life.killed()


async def while_ending(life: Life, campaign, chance: random.Random) -> None:
    await life.ready()
    await asyncio.sleep(chance.uniform(0, 0.5))
    await life.stop(patience=chance.choice([chance.uniform(0, 0.02), chance.uniform(0, 0.3)]))


# Those that the disk knows --------------------------------------------------------------------------------------------


async def at_a_call_of_the_start(life: Life, campaign, chance: random.Random) -> None:
    await _killed_by_disk(life, campaign, 0.3)


async def during_a_checkpoint(life: Life, campaign, chance: random.Random) -> None:
    """Nothing else writes to the file itself."""
    await life.ready()
    calls, after = (WRITE, chance.randint(0, 400)) if chance.random() < 0.7 else (SYNC, 0)
    campaign.disk.kill(calls, LOG, action=_some_way(chance), after=after)
    await _killed_by_disk(life, campaign, 2.5)


async def during_a_commit(life: Life, campaign, chance: random.Random) -> None:
    await life.ready()
    calls, most = (WRITE, 300) if chance.random() < 0.6 else (SYNC, 60)
    campaign.disk.kill(calls, SIDE, action=_some_way(chance), after=chance.randint(0, most))
    await _killed_by_disk(life, campaign, 1.5)


def _some_way(chance: random.Random) -> int:
    return chance.choice([KILL, KILL_HALFWAY, KILL_AFTERWARDS])


async def _killed_by_disk(life: Life, campaign, patience: float) -> None:
    campaign.met_by_disk += await life.killed_by_disk(patience)


def moment_for(campaign, chance: random.Random) -> Callable:
    """Draws one, and tells the disk what has to be told before the life begins."""
    if campaign.disk and campaign.trouble:
        moments = {after_a_while: 4, right_after_an_answer: 1, while_ending: 1}
    elif campaign.journal:
        moments = {at_any_time: 1, after_a_while: 1, right_after_an_answer: 2, while_ending: 1} | MOMENTS_OF_DISK
        # More is on its way to a slow disk when the power goes.
        campaign.disk.hang(SYNC, LOG | SIDE, chance.choice([0, 5, 30]))
    else:
        moments = MOMENTS | (MOMENTS_OF_DISK if campaign.disk else {})
    moment = chance.choices(list(moments), moments.values())[0]
    if campaign.journal and moment not in MOMENTS_OF_DISK:
        # What a sync failed to write is lost with the power, whatever later syncs say. The start is over by then.
        files, times = chance.choice([LOG, SIDE]), chance.randint(1, 2)
        campaign.disk.fail(SYNC, errno.EIO, files, after=chance.randint(5, 50) if files == SIDE else 0, times=times)
    if moment is at_a_call_of_the_start:
        files = LOG | SIDE | OTHER | DIRECTORY
        campaign.disk.kill(WRITE | SYNC | TRUNCATE | OPEN, files, action=_some_way(chance), after=chance.randint(0, 25))
    return moment


MOMENTS: dict[Callable, int] = {
    at_any_time: 4,
    while_starting: 2,
    right_after_an_answer: 3,
    during_a_replay: 2,
    while_ending: 2,
}
"""How often each is chosen."""

MOMENTS_OF_DISK: dict[Callable, int] = {
    at_a_call_of_the_start: 3,
    during_a_checkpoint: 3,
    during_a_commit: 3,
}
"""The same, where a disk can be told to kill."""
