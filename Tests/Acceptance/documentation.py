"""The documentation as a list of pages, and the code in it."""

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from server import ROOT

CATALOGUE = ROOT / "Sources" / "Fanfare" / "Fanfare.docc"


@dataclass
class Block:
    """A fenced block of code."""

    page: Path
    # Of its first line, from 1.
    line: int
    language: str
    # What stands after the language: `file=NAME`, `run`.
    words: list[str]
    text: str

    @property
    def file(self) -> str | None:
        """What file of a tutorial it is."""
        return next((word.removeprefix("file=") for word in self.words if word.startswith("file=")), None)

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every page for readers; records of decisions are as they were."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *CATALOGUE.rglob("*.md")])


def blocks(page: Path) -> list[Block]:
    """The blocks of code on a page, in order."""
    found, block = [], None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = re.match(r"```(\S*) ?(.*)", line)
        if block is None and fence:
            block = Block(page, number + 1, fence[1], fence[2].split(), "")
        elif block is not None and line == "```":
            found.append(block)
            block = None
        elif block is not None:
            block.text += line + "\n"
    assert block is None, f"a block of {page} has no end"
    return found


def swift_of(block: Block) -> str:
    """A block as a file of Swift: a whole one if it imports something, else the body of a function that has what the
    text speaks of."""
    place = f'#sourceLocation(file: "{block.page}", line: {block.line})\n{block.text}#sourceLocation()\n'
    if re.search(r"^import ", block.text, re.MULTILINE):
        return place
    return f"import Fanfare\n\nfunc snippet{block.line}(_ routes: inout Routes, hub: Hub) async throws {{\n{place}}}\n"


def compile_swift(block: Block, folder: Path) -> str:
    """What the compiler complains of, if it does, in a program of one block, in Swift 6 and with warnings as errors.

    It takes the modules of the release build, or of the one that FANFARE_BUILD names."""
    source = folder / "main.swift"
    source.write_text(swift_of(block))
    build = Path(os.environ.get("FANFARE_BUILD") or ROOT / ".build" / "release")
    maps = [*(ROOT / "Sources").glob("*/module.modulemap"), *build.glob("*.build/module.modulemap")]
    libraries = ["libuv", "libnghttp2", "openssl", "sqlite3", "libcurl"]
    found = subprocess.run(["pkg-config", "--cflags", *libraries], capture_output=True, text=True, check=True).stdout
    command = ["swiftc", "-swift-version", "6", "-warnings-as-errors", "-I", str(build / "Modules")]
    for option in [*(f"-fmodule-map-file={path}" for path in maps), *shlex.split(found)]:
        command += ["-Xcc", option]
    if "@main" in block.text:
        command.append("-parse-as-library")
    # As far as SIL: what is sent from one task to another is judged there.
    done = subprocess.run(
        [*command, "-emit-sil", "-o", "/dev/null", str(source)], capture_output=True, text=True, cwd=folder
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
