#!/usr/bin/env python3
"""Kills a hub with its log in a file again and again, under load, and proves that nothing acknowledged is lost.

Several publish and several read, and go on whatever happens; the hub is killed at moments drawn by a seed: at any time,
while it starts, right after an answer, during a long replay, during a checkpoint, while it ends. It is started anew on
the same file. In the end the judge (`judge.py`) compares what was acknowledged, what is in the log and what each reader
got. A campaign is so many kills of one file; in every fourth one the log keeps little, so that readers meet gaps. Exit
status 0 if nothing was wrong. FANFARE_BINARY names another binary than the release build.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
for room in ("Acceptance", "Faults", "Soak"):
    sys.path.insert(0, str(ROOT / "Tests" / room))

from account import Fault  # noqa: E402
from campaign import Campaign  # noqa: E402


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
    if campaign.illness:
        return f"; the disk was {dict(campaign.illness.spells)}"
    return ""


def run(campaign: Campaign) -> bool:
    began = time.monotonic()
    print(f"crash: seed {campaign.seed}, keeping {campaign.retention[1]}", flush=True)
    try:
        asyncio.run(campaign.run())
    except Fault as fault:
        print(f"FAILED  seed {campaign.seed}: {fault}", flush=True)
        print(f"        {summary(campaign)}", flush=True)
        return False
    print(f"ok      seed {campaign.seed}: {summary(campaign)}; {time.monotonic() - began:.0f} s", flush=True)
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
    parser.add_argument("--kills", type=int, default=60, help="in each campaign")
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="of the first campaign; the next has the next"
    )
    parser.add_argument("--little", action="store_true", help="the log keeps little in the first campaign too")
    parser.add_argument(
        "--trouble", choices=["power", "disk"], help="kills are losses of power; the disk fails in turns"
    )
    parser.add_argument(
        "--plant", choices=["lost", "repeated", "cut", "torn", "unsynced"], help="a fault, which must be found"
    )
    arguments = parser.parse_args()
    deadline = time.monotonic() + arguments.minutes * 60
    failed = done = 0
    while not done or time.monotonic() < deadline:
        with tempfile.TemporaryDirectory(prefix="fanfare-crash-") as directory:
            little = done % 4 == 3 or (done == 0 and arguments.little)
            campaign = Campaign(
                Path(directory), arguments.seed + done, arguments.kills,
                little=little, trouble=arguments.trouble, plant=arguments.plant,
            )  # fmt: skip
            if not run(campaign):
                failed += 1
                keep(campaign, Path(directory))
        done += 1
    print(f"crash: {'passed' if not failed else 'failed'}, {failed} of {done} campaigns found faults", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
