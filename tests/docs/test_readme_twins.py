"""README.md and README.zh-CN.md say the same things in the same places."""

from __future__ import annotations

import re

from docs.pages import page
from weir.demo.ports import Ports
from weir.demo.scenarios import ALL, REFUSED
from weir.settings import ROOT

ENGLISH, CHINESE = page("README.md"), page("README.zh-CN.md")


def _skeleton(diagram: str) -> str:
    """A diagram without what stands in its nodes and on its edges."""
    bare = re.sub(r"[\[({]+[^\])}]*[\])}]+", "[]", diagram)
    return re.sub(r"-\. .*? \.->", "-.->", bare)


def test_both_have_the_same_headings() -> None:
    """As many, at the same levels."""
    assert [level for level, _ in ENGLISH.headings] == [level for level, _ in CHINESE.headings]


def test_both_give_the_same_commands() -> None:
    """Comments apart, the shell blocks are the same."""
    assert list(ENGLISH.commands()) == list(CHINESE.commands())


def test_both_draw_the_same_picture() -> None:
    """The same nodes and edges, labelled in each language."""
    drawn = [list(map(_skeleton, one.blocks("mermaid"))) for one in (ENGLISH, CHINESE)]
    assert drawn[0] == drawn[1]
    assert drawn[0]


def test_both_have_the_same_rows() -> None:
    """Tables of as many rows, each about the same command or scenario."""
    for english, chinese in zip(ENGLISH.tables, CHINESE.tables, strict=True):
        assert [row[0] for row in english[1:]] == [row[0] for row in chinese[1:]]


def test_both_name_the_same_things() -> None:
    """What stands in code font, and where links lead, is the same."""
    assert set(ENGLISH.codes) == set(CHINESE.codes)
    other = {"README.md", "README.zh-CN.md"}
    assert set(ENGLISH.links) - other == set(CHINESE.links) - other
    assert set(ENGLISH.links) ^ set(CHINESE.links) == other


def test_the_scenarios_of_the_demo_are_the_ones_listed() -> None:
    """In the demo's order, and what is meant to be refused says so."""
    for readme, refused in ((ENGLISH, "refused"), (CHINESE, "拒绝")):
        rows = next(table for table in readme.tables if table[1][0] == "`sme-credit`")[1:]
        assert [row[0].strip("`") for row in rows] == list(ALL)
        assert [name for name, (_, what) in zip(ALL, rows, strict=True) if refused in what] == list(
            REFUSED
        )


def test_the_ports_are_the_ones_named() -> None:
    """Every port's variable, and the range of their defaults."""
    ports = {name: field.default for name, field in Ports.model_fields.items()}
    for readme in (ENGLISH, CHINESE):
        assert {f"WEIR_PORT_{name.upper()}" for name in ports} <= set(readme.codes)
        for bound in (min(ports.values()), max(ports.values())):
            assert str(bound) in readme.prose


def test_every_document_is_linked_from_the_readme() -> None:
    """Nobody has to guess what else there is to read."""
    linked = set(ENGLISH.links)
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        name = path.relative_to(ROOT).as_posix()
        assert name in linked | {"README.md", "SECURITY.md"}, name
