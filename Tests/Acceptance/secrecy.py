"""Tokens must not appear in anything that a hub writes: its output, its files, and what it answers.

What the tests' own clients read is kept here, and searched when a hub has ended, together with what it left behind.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path

from tokens import MINTED

# Of the tokens, those that were made before this module's tests began, and those made while the tests were collected.
_before_module = 0
_at_collection: int | None = None


class Ear:
    """Keeps what a client reads, in one piece: a token may come in several."""

    _all: list["Ear"] = []

    def __init__(self):
        self._heard = bytearray()
        Ear._all.append(self)

    def hear(self, data: bytes) -> None:
        # What was not made yet cannot be told.
        if _tokens():
            self._heard += data

    @classmethod
    def take_all(cls) -> Iterator[bytes]:
        """What was heard since the last time."""
        ears, cls._all = cls._all, []
        for ear in ears:
            if ear._heard:
                heard, ear._heard = bytes(ear._heard), bytearray()
                yield heard
            # Its client may read on.
            cls._all.append(ear)

    @classmethod
    def forget_all(cls) -> None:
        cls._all = []


def begin_module() -> None:
    """No hub outlives the tests of a module, so tokens of earlier ones are nothing to it."""
    global _before_module, _at_collection
    if _at_collection is None:
        _at_collection = len(MINTED)
    _before_module = max(_at_collection, len(MINTED))
    Ear.forget_all()


def _tokens() -> list[str]:
    return MINTED[: _at_collection or 0] + MINTED[_before_module:]


def leak_in(data: bytes | mmap.mmap) -> str | None:
    """Which part of a token is in there, if any is: its claims, or its signature. The header is no secret."""
    for number, token in enumerate(_tokens()):
        _, claims, signature = token.split(".")
        for name, part in (("claims", claims), ("signature", signature)):
            # A token that a test cut short may have nothing there.
            if len(part) >= 16 and data.find(part.encode()) >= 0:
                return f"the {name} of token {number}"
    return None


def check(written: dict[str, bytes], folder: Path | None) -> None:
    """Fails if a token is in what a hub wrote, by what it is called, in a file of its folder, or in what was read."""
    if not _tokens():
        return
    for name, data in written.items():
        leak = leak_in(data)
        assert leak is None, f"{leak} is in {name}"
    for path in sorted(folder.rglob("*")) if folder else []:
        if path.is_file() and not path.is_symlink() and path.stat().st_size:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                leak = leak_in(content)
            assert leak is None, f"{leak} is in the file {path.name}"
    for heard in Ear.take_all():
        leak = leak_in(heard)
        assert leak is None, f"{leak} is in an answer: {heard[:200]!r}"
