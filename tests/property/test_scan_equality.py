"""The bulk kernel finds exactly what Presidio's AnalyzerEngine finds with our recogniser."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import AnalyzerEngine

from property.adversarial import GLUE, full_width, texts
from weir.privacy import kernel as kernel_module
from weir.privacy.entities import ENTITIES
from weir.privacy.kernel import Kernel
from weir.privacy.recognisers import LANGUAGE, build_analyzer
from weir.privacy.rules import Rules

TEXTS = 12_000
PLANTED = [text for e in ENTITIES for text in e.examples + e.counter_examples]
NOISE = "0123456789X.-@ab川京１．_ "

KERNEL, RULES = Kernel(), Rules()

Found = set[tuple[int, str, int, int]]


@pytest.fixture(scope="module")
def analyzer() -> AnalyzerEngine:
    return build_analyzer()


def adversarial(seed: int, count: int) -> list[str | None]:
    made: list[str | None] = [*texts(seed, count)]
    made[:: count // 50] = [None] * len(made[:: count // 50])
    return made


def by_presidio(analyzer: AnalyzerEngine, given: Sequence[str | None]) -> Found:
    return {
        (cell, result.entity_type, result.start, result.end)
        for cell, text in enumerate(given)
        if text
        for result in analyzer.analyze(text, language=LANGUAGE)
    }


def in_bulk(array: pa.Array, given: Sequence[str | None]) -> Found:
    bulk = KERNEL
    hits = bulk.find(array)
    found = set()
    for cell in np.unique(hits.cell).tolist():
        of_cell = hits.where(hits.cell == cell)
        ends = np.cumsum([0, *(len(character.encode()) for character in given[cell] or "")])
        starts, stops = np.searchsorted(ends, [of_cell.start, of_cell.end]).tolist()
        names = [bulk.entities[number].name for number in of_cell.entity.tolist()]
        found |= {(cell, *hit) for hit in zip(names, starts, stops, strict=True)}
    assert len(found) == len(hits)
    return found


def test_bulk_and_presidio_agree_on_adversarial_texts(analyzer: AnalyzerEngine) -> None:
    """Type and span of every hit, in every kind of text array, slices included."""
    given = adversarial(20261123, TEXTS)
    expected = by_presidio(analyzer, given)
    assert {name for _, name, _, _ in expected} == {entity.name for entity in ENTITIES}
    assert len(expected) > TEXTS // 10
    padded = pa.array(["13900009021", *given, "13900009021"])
    for kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary()):
        assert in_bulk(padded.cast(kind).slice(1, TEXTS), given) == expected


def test_bulk_and_presidio_agree_on_very_long_cells(analyzer: AnalyzerEngine) -> None:
    """Cells of a megabyte, full-width ones too, among short and empty ones."""
    pieces = texts(7, 12_000)
    long = "，".join(pieces)
    given = [long, "", full_width(long[:50_000]), pieces[1], long[1:], None, "9" * 10**6]
    assert in_bulk(pa.array(given), given) == by_presidio(analyzer, given)


def test_a_cell_larger_than_a_window_loses_nothing_at_its_seams(
    analyzer: AnalyzerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows of a cell overlap, so where they end does not matter."""
    monkeypatch.setattr(kernel_module, "_WINDOW_BYTES", 3001)
    monkeypatch.setattr(kernel_module, "_OVERLAP_BYTES", 120)
    given = ["，".join(texts(9, 4_000)), "13900009021"]
    assert in_bulk(pa.array(given), given) == by_presidio(analyzer, given)


ALPHABET = st.sampled_from([*GLUE, *NOISE]) | st.characters(exclude_categories=["Cs"])
TEXT = st.lists(ALPHABET | st.sampled_from(PLANTED), max_size=12).map("".join)


@settings(max_examples=200, deadline=None)
@given(cells=st.lists(TEXT | st.none(), max_size=20))
def test_bulk_and_presidio_agree_on_what_hypothesis_makes(
    analyzer: AnalyzerEngine, cells: list[str | None]
) -> None:
    """Any characters of Unicode, in any order, with planted values among them."""
    expected = by_presidio(analyzer, cells)
    assert in_bulk(pa.array(cells, pa.string()), cells) == expected


@settings(max_examples=200, deadline=None)
@given(cells=st.lists(st.lists(st.binary(max_size=3) | TEXT.map(str.encode)).map(b"".join)))
def test_bytes_that_are_no_utf_8_change_nothing_around_them(cells: list[bytes]) -> None:
    """Broken UTF-8 is scanned too: a bad byte is a character like any other."""
    bulk, rules = KERNEL, RULES
    hits = bulk.find(pa.array(cells, pa.binary()))
    found = [
        (cell, bulk.entities[number].name, start, end)
        for number, cell, start, end in zip(
            hits.entity.tolist(),
            hits.cell.tolist(),
            hits.start.tolist(),
            hits.end.tolist(),
            strict=True,
        )
    ]
    expected = []
    for cell, raw in enumerate(cells):
        text = raw.decode("utf-8", "surrogateescape")
        for finding in rules.find(text):
            start, end = (
                len(text[:place].encode("utf-8", "surrogateescape"))
                for place in (finding.start, finding.end)
            )
            expected.append((cell, finding.entity, start, end))
    assert sorted(found) == sorted(expected)
