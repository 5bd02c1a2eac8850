"""Texts as offices write them, marked by hand: what is marked is found, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from weir.privacy.kernel import Kernel
from weir.privacy.rules import Rules

FILE = Path(__file__).parents[2] / "assets/privacy/marked_texts.txt"
_MARKED = re.compile("⟦([A-Z0-9_]+)\\|([^⟧]*)⟧")

Spans = set[tuple[str, int, int]]


@dataclass(frozen=True)
class Marked:
    """A text, the header above it, and what it holds; `missed` is one that is known to be read
    wrongly."""

    header: str
    text: str
    spans: frozenset[tuple[str, int, int]]
    missed: bool

    @classmethod
    def of(cls, line: str) -> Marked:
        missed = line.startswith("✗ ")
        header, arrow, rest = line.removeprefix("✗ ").partition(" ⇒ ")
        if not arrow:
            header, rest = "", header
        text, spans, read = "", set(), 0
        for mark in _MARKED.finditer(rest):
            text += rest[read : mark.start()]
            spans.add((mark[1], len(text), len(text) + len(mark[2])))
            text += mark[2]
            read = mark.end()
        return cls(header, text + rest[read:], frozenset(spans), missed)


LINES = [line for line in FILE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
MARKED = [Marked.of(line) for line in LINES]
RULES, KERNEL = Rules(), Kernel()


@pytest.mark.parametrize("marked", MARKED, ids=LINES)
def test_what_is_marked_is_found_and_nothing_else(marked: Marked) -> None:
    """By type and by place, to the character, but for those known to be read wrongly."""
    found = {(one.entity, one.start, one.end) for one in RULES.find(marked.text, marked.header)}
    assert (found == marked.spans) is not marked.missed


def test_columns_of_such_texts_hold_the_same() -> None:
    """In bulk as text by text, the texts of one header in a column."""
    for header in {marked.header for marked in MARKED}:
        column = [one for one in MARKED if one.header == header and not one.missed]
        hits = KERNEL.find(pa.array([marked.text for marked in column]), header)
        found: list[Spans] = [set() for _ in column]
        for cell, number, start, end in zip(
            hits.cell, hits.entity, hits.start, hits.end, strict=True
        ):
            raw = column[cell].text.encode()
            place = len(raw[:start].decode()), len(raw[:end].decode())
            found[cell].add((KERNEL.entities[number].name, *place))
        assert found == [set(marked.spans) for marked in column]


def test_there_are_texts_of_every_kind() -> None:
    """Two hundred or more, a fifth of them with nothing in them; one in a hundred is missed."""
    assert len(MARKED) >= 200
    assert sum(marked.missed for marked in MARKED) <= len(MARKED) / 100
    assert sum(not marked.spans for marked in MARKED) >= len(MARKED) / 5
