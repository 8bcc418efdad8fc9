#!/usr/bin/env python3
"""Kills a hub with its log in a file again and again, under load, and proves that nothing acknowledged is lost.

Several publish and several read, and go on whatever happens; the hub is killed at moments drawn by a seed: at any time,
while it starts, right after an answer, during a long replay, during a checkpoint, while it ends. It is started anew on
the same file. In the end the judge (`judge.py`) compares what was acknowledged, what is in the log and what each reader
got. A campaign is so many kills of one file. Where several follow one another they differ (`COURSE`): each kill may be a
loss of power, the disk or the clock may be ill meanwhile, and the log may keep little, so that readers meet gaps. Exit
status 0 if nothing was wrong. FANFARE_BINARY names another binary than the release build.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
for room in ("Acceptance", "Faults", "Soak"):
    sys.path.insert(0, str(ROOT / "Tests" / room))

from account import Fault  # noqa: E402
from campaign import Campaign  # noqa: E402
from preload import IS_POSSIBLE  # noqa: E402

COURSE: list[tuple[str | None, bool]] = [
    (None, False),
    ("power", False),
    (None, True),
    ("disk", False),
    ("power", True),
    ("clock", False),
    ("disk", True),
]
"""What befalls the hub besides kills, and whether the log keeps little, in one campaign after the other."""

KILLS = {None: 60, "power": 60, "disk": 20, "clock": 40}
"""In a campaign, if it is not said. A life on a disk that is ill is longer."""


def summary(campaign: Campaign) -> str:
    account = campaign.account
    moments = ", ".join(f"{count} {name}" for name, count in campaign.moments.most_common())
    received = sum(len(reader.record.names) for reader in campaign.readers)
    return (
        f"{campaign.moments.total()} kills ({moments}; {campaign.met_by_disk} at the very call that was chosen):"
        f" {account.acknowledged:,} events acknowledged, {campaign.events_in_log:,} in the log, {account.lost:,} answers"
        f" lost, {account.refused:,} refusals, {account.repeated:,} repeats; {len(campaign.readers)} readers got"
        f" {received:,} events with {campaign.gaps} gaps over {sum(reader.connections for reader in campaign.readers)}"
        f" connections{troubles(campaign)}"
    )


def troubles(campaign: Campaign) -> str:
    if campaign.journal:
        return f"; taken back with the power: {dict(campaign.journal.losses)}"
    if campaign.trouble:
        return f"; the {'clock jumped' if campaign.clock else 'disk was'} {dict(campaign.trouble.spells)}"
    return ""


def run(campaign: Campaign) -> bool:
    began = time.monotonic()
    options = " --little" if campaign.little else ""
    if campaign.kind:
        options += f" --trouble {campaign.kind}"
    print(f"crash: --seed {campaign.seed} --kills {campaign.kills}{options}", flush=True)
    try:
        asyncio.run(campaign.run())
    except Fault as fault:
        print(f"FAILED  {fault}\n        {summary(campaign)}", flush=True)
        return False
    print(f"ok      {summary(campaign)}; {time.monotonic() - began:.0f} s", flush=True)
    return True


def keep(campaign: Campaign, directory: Path) -> None:
    """Leaves the files for whoever looks into it."""
    kept = ROOT / ".build" / "crash" / str(campaign.seed)
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(directory, kept)
    print(f"        the files are in {kept}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0.0, help="new campaigns until then; one if not given")
    parser.add_argument("--kills", type=int, help="in each campaign")
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="of the first campaign; the next has the next"
    )
    parser.add_argument("--little", action="store_true", help="the log keeps little, in all campaigns")
    parser.add_argument("--trouble", choices=["power", "disk", "clock"], help="what befalls the hub, in all campaigns")
    parser.add_argument(
        "--plant", choices=["lost", "repeated", "cut", "torn", "unsynced"], help="a fault, which must be found"
    )
    arguments = parser.parse_args()
    # Whoever ends this ends the hub with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    deadline = time.monotonic() + arguments.minutes * 60
    course = [(arguments.trouble, arguments.little)] if arguments.trouble or arguments.little else COURSE
    course = [(trouble, little) for trouble, little in course if IS_POSSIBLE or not trouble]
    failed = done = kills = acknowledged = 0
    while not done or time.monotonic() < deadline:
        trouble, little = course[done % len(course)]
        with tempfile.TemporaryDirectory(prefix="fanfare-crash-") as directory:
            campaign = Campaign(
                Path(directory),
                arguments.seed + done,
                arguments.kills or KILLS[trouble],
                little=little,
                trouble=trouble,
                plant=arguments.plant,
            )
            if not run(campaign):
                failed += 1
                keep(campaign, Path(directory))
        done += 1
        kills += campaign.moments.total()
        acknowledged += campaign.account.acknowledged
    print(
        f"crash: {'passed' if not failed else 'failed'}, {failed} of {done} campaigns found faults;"
        f" {kills:,} kills, {acknowledged:,} events acknowledged",
        flush=True,
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
