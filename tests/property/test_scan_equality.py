"""The bulk kernel finds exactly what Presidio's AnalyzerEngine finds with our recogniser."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import AnalyzerEngine

from weir.privacy import kernel as kernel_module
from weir.privacy.entities import ENTITIES
from weir.privacy.kernel import Kernel
from weir.privacy.recognisers import LANGUAGE, build_analyzer
from weir.privacy.rules import Rules

TEXTS = 24_000
PLANTED = [text for e in ENTITIES for text in e.examples + e.counter_examples]
GLUE = [
    *["", "", "", "号", "，", "：", "（", "）", "川", "京", "学", "港", "挂", "⿊", "é", "😀", "…"],
    *[" ", "-", ".", "@", "_", "+", "·", "•", "\n", "\t", "\x00", "\u200b", "\ufeff", "．", "＠"],
    *["a", "Z", "9", "0", "x", "X", "１", "ſ", "K", "㏂", "IP", "+86", "%", ")"],
]
NOISE = "0123456789X.-@ab川京１．_ "

KERNEL, RULES = Kernel(), Rules()

Found = set[tuple[int, str, int, int]]


@pytest.fixture(scope="module")
def analyzer() -> AnalyzerEngine:
    return build_analyzer()


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def fragment(rng: random.Random) -> str:
    """A planted value, valid or not, perhaps changed; or digits, dots and letters at random."""
    kind = rng.random()
    if kind < 0.2:
        return "".join(rng.choice(NOISE) for _ in range(rng.randrange(1, 24)))
    if kind < 0.3:
        return str(rng.randrange(10 ** rng.randrange(1, 20)))
    if kind < 0.35:
        return "".join(f"{rng.randrange(300)}{rng.choice('....x')}" for _ in range(5))
    text = rng.choice(PLANTED)
    place = rng.randrange(len(text))
    return rng.choice(
        [
            text,
            text,
            text.lower(),
            full_width(text),
            text[:place] + rng.choice(GLUE) + text[place:],
            text[:place] + rng.choice(NOISE) + text[place + 1 :],
        ]
    )


def adversarial(seed: int, texts: int) -> list[str | None]:
    rng = random.Random(seed)  # noqa: S311 — the same texts in every run
    made: list[str | None] = [
        "".join(
            rng.choice(GLUE) + fragment(rng) + rng.choice(GLUE) for _ in range(rng.randrange(4))
        )
        for _ in range(texts)
    ]
    made[:: texts // 50] = [None] * len(made[:: texts // 50])
    return made


def by_presidio(analyzer: AnalyzerEngine, texts: Sequence[str | None]) -> Found:
    return {
        (cell, result.entity_type, result.start, result.end)
        for cell, text in enumerate(texts)
        if text
        for result in analyzer.analyze(text, language=LANGUAGE)
    }


def in_bulk(array: pa.Array, texts: Sequence[str | None]) -> Found:
    bulk = KERNEL
    hits = bulk.find(array)
    found = set()
    for cell in np.unique(hits.cell).tolist():
        of_cell = hits.where(hits.cell == cell)
        ends = np.cumsum([0, *(len(character.encode()) for character in texts[cell] or "")])
        starts, stops = np.searchsorted(ends, [of_cell.start, of_cell.end]).tolist()
        names = [bulk.entities[number].name for number in of_cell.entity.tolist()]
        found |= {(cell, *hit) for hit in zip(names, starts, stops, strict=True)}
    assert len(found) == len(hits)
    return found


def test_bulk_and_presidio_agree_on_adversarial_texts(analyzer: AnalyzerEngine) -> None:
    """Type and span of every hit, in every kind of text array, slices included."""
    texts = adversarial(seed=20261123, texts=TEXTS)
    expected = by_presidio(analyzer, texts)
    assert {name for _, name, _, _ in expected} == {entity.name for entity in ENTITIES}
    assert len(expected) > TEXTS // 10
    padded = pa.array(["13900009021", *texts, "13900009021"])
    for kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary()):
        assert in_bulk(padded.cast(kind).slice(1, TEXTS), texts) == expected


def test_bulk_and_presidio_agree_on_very_long_cells(analyzer: AnalyzerEngine) -> None:
    """Cells of a megabyte, full-width ones too, among short and empty ones."""
    pieces = [text or "" for text in adversarial(seed=7, texts=20_000)]
    long = "，".join(pieces)[:1_000_000]
    texts = [long, "", full_width(long[:100_000]), pieces[1], long[1:], None, "9" * 10**6]
    assert in_bulk(pa.array(texts), texts) == by_presidio(analyzer, texts)


def test_a_cell_larger_than_a_window_loses_nothing_at_its_seams(
    analyzer: AnalyzerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows of a cell overlap, so where they end does not matter."""
    monkeypatch.setattr(kernel_module, "_WINDOW_BYTES", 3001)
    monkeypatch.setattr(kernel_module, "_OVERLAP_BYTES", 120)
    texts = ["，".join(text or "" for text in adversarial(seed=9, texts=8000)), "13900009021"]
    assert in_bulk(pa.array(texts), texts) == by_presidio(analyzer, texts)


ALPHABET = st.sampled_from([*GLUE, *NOISE]) | st.characters(exclude_categories=["Cs"])
TEXT = st.lists(ALPHABET | st.sampled_from(PLANTED), max_size=12).map("".join)


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(TEXT | st.none(), max_size=20))
def test_bulk_and_presidio_agree_on_what_hypothesis_makes(
    analyzer: AnalyzerEngine, texts: list[str | None]
) -> None:
    """Any characters of Unicode, in any order, with planted values among them."""
    expected = by_presidio(analyzer, texts)
    assert in_bulk(pa.array(texts, pa.string()), texts) == expected


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(st.lists(st.binary(max_size=3) | TEXT.map(str.encode)).map(b"".join)))
def test_bytes_that_are_no_utf_8_change_nothing_around_them(texts: list[bytes]) -> None:
    """Broken UTF-8 is scanned too: a bad byte is a character like any other."""
    bulk, rules = KERNEL, RULES
    hits = bulk.find(pa.array(texts, pa.binary()))
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
    for cell, raw in enumerate(texts):
        text = raw.decode("utf-8", "surrogateescape")
        for finding in rules.find(text):
            start, end = (
                len(text[:place].encode("utf-8", "surrogateescape"))
                for place in (finding.start, finding.end)
            )
            expected.append((cell, finding.entity, start, end))
    assert sorted(found) == sorted(expected)
