"""Libraries in C that a hub is started with: built when they are needed."""

import os
import platform
import subprocess
from pathlib import Path

from server import ROOT

IS_POSSIBLE = platform.system() == "Linux" and platform.libc_ver()[0] == "glibc"
"""Whether libraries can be preloaded here."""


def library(source: Path) -> str:
    """The path for LD_PRELOAD: of what is made of a source in C, anew if that is younger."""
    built = ROOT / ".build" / "preload" / f"{source.stem}.so"
    if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
        built.parent.mkdir(parents=True, exist_ok=True)
        # Under a name of its own first: another run may be starting a hub with it.
        fresh = built.with_suffix(f".{os.getpid()}")
        flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
        subprocess.run(["cc", *flags, "-o", fresh, source], check=True)
        fresh.replace(built)
    return str(built)
