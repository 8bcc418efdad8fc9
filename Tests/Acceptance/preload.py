"""What tests have in C: libraries that a hub is started with, and clients. Built when they are needed."""

import os
import platform
import subprocess
from pathlib import Path

from server import ROOT

IS_POSSIBLE = platform.system() == "Linux" and platform.libc_ver()[0] == "glibc"
"""Whether libraries can be preloaded here."""


def library(source: Path) -> str:
    """The path for LD_PRELOAD: of what is made of a source in C, anew if that is younger."""
    return _built(source, ".so", "-fPIC", "-shared")


def program(source: Path, *libraries: str) -> str:
    """The path of a program that is made of a source in C, anew if that is younger."""
    return _built(source, "", libraries=libraries)


def _built(source: Path, suffix: str, *options: str, libraries: tuple[str, ...] = ()) -> str:
    built = ROOT / ".build" / "preload" / f"{source.stem}{suffix}"
    if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
        built.parent.mkdir(parents=True, exist_ok=True)
        # Under a name of its own first: another run may be starting a hub with it.
        fresh = built.with_suffix(f".{os.getpid()}")
        flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", *options]
        subprocess.run(["cc", *flags, "-o", fresh, source, *libraries], check=True)
        fresh.replace(built)
    return str(built)
