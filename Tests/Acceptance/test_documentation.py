"""What the documentation shows works: its Swift compiles, its links lead somewhere, and in Chinese it has the same code."""

import re
from pathlib import Path

import pytest

from documentation import CATALOGUE, Block, blocks, compile_swift, pages
from server import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
TRANSLATED = [(ROOT / "README.md", ROOT / "README.zh-CN.md"), (TUTORIAL, ROOT / "docs" / "tutorial.zh-CN.md")]

MANIFEST = "// swift-tools-version"
# What a tutorial has in files is built and run by test_tutorial.py.
SNIPPETS = [
    block
    for page in pages()
    for block in blocks(page)
    if block.language == "swift" and block.file is None and not block.text.startswith(MANIFEST)
]


def test_there_is_swift_to_compile():
    assert {block.page for block in SNIPPETS} >= {ROOT / "README.md", CATALOGUE / "Fanfare.md"}
    assert len(SNIPPETS) > 30


@pytest.mark.parametrize("block", SNIPPETS, ids=str)
def test_each_block_of_swift_compiles(block: Block, tmp_path):
    assert not (complaint := compile_swift(block, tmp_path)), f"{block} does not compile:\n{complaint}"


def test_each_manifest_is_the_one_of_the_tutorial():
    manifests = [block for page in pages() for block in blocks(page) if block.text.startswith(MANIFEST)]
    wanted = next(block.text for block in manifests if block.page == TUTORIAL)
    assert [block for block in manifests if block.text != wanted] == []


@pytest.mark.parametrize("english, chinese", TRANSLATED, ids=lambda page: page.name)
def test_a_page_in_chinese_has_the_same_code_in_the_same_order(english: Path, chinese: Path):
    def code(page: Path) -> list[tuple]:
        return [(block.language, block.words, block.text) for block in blocks(page)] + [
            re.findall(r"^ {4}\S.*", page.read_text(), re.MULTILINE)
        ]

    assert code(chinese) == code(english)
    assert f"({chinese.name})" in english.read_text()
    assert f"({english.name})" in chinese.read_text()


def test_the_plan_of_the_rooms_has_each_room_and_no_other():
    plan = (ROOT / "docs" / "architecture.md").read_text()
    table = plan[plan.index("| room | is |") : plan.index("The formats and `Hub` do no I/O")]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    # A system library is but a module map.
    rooms = {path.name for path in (ROOT / "Sources").iterdir() if not (path / "module.modulemap").exists()}
    assert named == rooms


def anchors(page: Path) -> set[str]:
    """What can be linked to on a page, as the Git hosts name it."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return {
        re.sub(r"[^\w\- ]", "", title.replace("`", "").strip().lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }


@pytest.mark.parametrize("page", [page for page in pages() if CATALOGUE not in page.parents], ids=lambda page: page.name)
def test_each_link_leads_to_a_file_and_a_heading_that_are_there(page: Path):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`(?!\])", "", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = page.parent / name if name else page
        assert there.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{page.name} links to {target}"
