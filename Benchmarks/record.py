"""What a run leaves: a JSON file for each work, with every figure of every round and the machine."""

import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from measurement import processors
from servers import ROOT, fanfare_binary
from works import Case, Work

RESULTS = ROOT / "Benchmarks" / "results"


def said(*command: str | Path) -> str:
    """What a command prints, or nothing if it cannot be had."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except FileNotFoundError:
        return ""
    return (done.stdout or done.stderr).strip() if done.returncode == 0 else ""


def processor_name() -> str:
    names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return names[0] if names else platform.machine()


def commit() -> str:
    name = said("git", "rev-parse", "--short=10", "HEAD")
    changed = said("git", "status", "--porcelain", "--", "Sources", "Package.swift")
    return name + (" and changes" if changed else "")


def machine() -> dict:
    """Where and of what the figures are."""
    nginx = said("nginx", "-v").rpartition("/")[2]
    nchan = said("dpkg-query", "--show", "--showformat=${Version}", "libnginx-mod-nchan")
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "kernel": platform.release(),
        "processors": f"{os.cpu_count()} × {processor_name()}",
        "fanfare": said(fanfare_binary(), "version").removeprefix("fanfare "),
        "commit": commit(),
        "nchan": f"{nchan} in nginx {nginx}" if nchan else "not installed",
        "compiler": said("cc", "--version").partition("\n")[0],
    }


def write(directory: Path, work: Work, rounds: dict[Case, list[dict]], is_tiny: bool) -> Path:
    """Writes the figures of a work; gives the file."""
    record = {
        "work": work.name,
        "question": work.question,
        "figure": work.figure,
        "measured": machine(),
        # A tiny run shows that the tools work, and nothing else.
        **({"tiny": True} if is_tiny else {}),
        "cases": [
            {
                "line": case.line,
                "value": case.value,
                "server": case.server.name,
                "options": list(case.options),
                "processors": {"server": sorted(processors(case)[0]), "load": sorted(processors(case)[1])},
                "load": vars(case.load),
                "rounds": figures,
            }
            for case, figures in rounds.items()
        ],
    }
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{work.name}.json"
    path.write_text(laid_out(record, 4) + "\n")
    return path


def laid_out(value: object, levels: int, indent: str = "") -> str:
    """JSON in which a round is a line, and so is whatever else is small."""
    parts = list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else [])
    is_large = levels >= 3 or any(isinstance(part, dict | list) for part in parts)
    if levels == 0 or not parts or not is_large:
        return json.dumps(value, ensure_ascii=False)
    inner = indent + "  "
    texts = [laid_out(part, levels - 1, inner) for part in parts]
    if isinstance(value, dict):
        texts = [f"{json.dumps(key)}: {text}" for key, text in zip(value, texts, strict=True)]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + ",".join(f"\n{inner}{text}" for text in texts) + f"\n{indent}{closing}"
