"""The scanner finds what Presidio finds cell by cell, whatever the column is made of."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import AnalyzerEngine

from weir.privacy.column_text import condensed, text_of
from weir.privacy.detector import table_detector
from weir.privacy.entities import ENTITIES
from weir.privacy.recognisers import LANGUAGE, build_analyzer
from weir.privacy.scanner import scan

MOBILE = "13900009021"
EXAMPLES = [text for entity in ENTITIES for text in entity.examples + entity.counter_examples]
NUMBERS = [int(text) for text in EXAMPLES if text.isascii() and text.isdigit()]
CUES = sorted({cue for entity in ENTITIES for cue in entity.cues})
PIECES = st.sampled_from([*EXAMPLES, "，", " ", "-", "\n", "号", "１", "\u200b", "😀", "\\n", '"'])
TEXT = st.lists(PIECES | st.characters(exclude_categories=["Cs"]), max_size=8).map("".join)
CELL = TEXT | st.none()

Found = set[tuple[Any, ...]]


@pytest.fixture(scope="module")
def analyzer() -> AnalyzerEngine:
    return build_analyzer()


def by_presidio(
    analyzer: AnalyzerEngine, cells: Iterable[tuple[int, str | None, Any]], name: str = "c"
) -> Found:
    """For cells as row, path and text: what the engine says of each, the names of the column and
    of fields on the path being its context."""
    return {
        (row, path, r.start, r.end, r.entity_type, r.score)
        for row, path, text in cells
        if text
        for r in analyzer.analyze(
            str(text), language=LANGUAGE, context=[name, *re.findall(r"[^.\[\]0-9]+", path or "")]
        )
    }


def by_scanner(column: pa.Array, rows_at_once: int = 7, name: str = "c") -> Found:
    batches = pa.table({name: column}).to_batches(max_chunksize=rows_at_once)
    scanned = scan(batches)
    found = [
        tuple(finding[key] for key in ("row", "path", "start", "end", "entity", "score"))
        for finding in scanned.table().to_pylist()
    ]
    assert len(set(found)) == len(found)
    assert scanned.coverage.cells == scanned.coverage.rows == len(column)
    assert not scanned.coverage.rows_not_scanned
    return set(found)


def is_json(text: str | None) -> bool:
    return text is not None and re.match(r'[\ufeff\x00- ]*[\[{"]', text) is not None


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(CELL.filter(lambda text: not is_json(text)), max_size=30))
def test_text_in_every_layout(analyzer: AnalyzerEngine, texts: list[str | None]) -> None:
    """Strings, dictionaries, views, runs and slices."""
    expected = by_presidio(analyzer, ((row, None, text) for row, text in enumerate(texts)))
    plain = pa.array(texts, pa.string())
    assert by_scanner(plain) == expected
    assert by_scanner(plain.cast(pa.string_view())) == expected
    assert by_scanner(plain.dictionary_encode()) == expected
    assert by_scanner(pa.concat_arrays([plain, plain]).slice(len(texts))) == expected


@settings(max_examples=100, deadline=None)
@given(
    texts=st.lists(CELL.filter(lambda text: not is_json(text)), max_size=20),
    name=st.sampled_from(CUES),
)
def test_columns_whose_name_tells_what_they_hold(
    analyzer: AnalyzerEngine, texts: list[str | None], name: str
) -> None:
    """The name is context, as in Presidio's own analysis of dictionaries."""
    expected = by_presidio(analyzer, ((row, None, text) for row, text in enumerate(texts)), name)
    assert by_scanner(pa.array(texts, pa.string()), name=name) == expected


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(CELL.filter(lambda text: not is_json(text)), min_size=1, max_size=6))
def test_values_that_repeat(analyzer: AnalyzerEngine, texts: list[str | None]) -> None:
    """Equal values are searched once, and each of their cells has its findings."""
    rows = [texts[row % len(texts)] for row in range(50)]
    expected = by_presidio(analyzer, ((row, None, text) for row, text in enumerate(rows)))
    assert by_scanner(pa.array(rows, pa.string()), rows_at_once=64) == expected


NESTED = st.lists(
    st.fixed_dictionaries({"电话": CELL, "list": st.lists(CELL, max_size=3) | st.none()})
    | st.none(),
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(values=NESTED)
def test_values_within_structures_and_lists(
    analyzer: AnalyzerEngine, values: list[dict[str, Any] | None]
) -> None:
    """Each is a text of its own, and the path tells which."""
    kind = pa.struct({"电话": pa.string(), "list": pa.list_(pa.string())})
    cells = [
        (row, path, text)
        for row, value in enumerate(values)
        if value is not None
        for path, text in [
            ("电话", value["电话"]),
            *((f"list[{place}]", text) for place, text in enumerate(value["list"] or [])),
        ]
        if not is_json(text)
    ]
    found = by_scanner(pa.array(values, kind))
    known = {(row, path) for row, path, _ in cells}
    assert {finding for finding in found if finding[:2] in known} == by_presidio(analyzer, cells)


JSON = st.recursive(
    TEXT | st.sampled_from(NUMBERS) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def texts_in(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str | int):
        yield str(value)


@settings(max_examples=200, deadline=None)
@given(value=st.lists(JSON, min_size=1, max_size=3), ascii_only=st.booleans())
def test_json_text_hides_nothing(analyzer: AnalyzerEngine, *, value: Any, ascii_only: bool) -> None:
    """What the engine finds in a value that JSON text holds is found in the cell, at a span that
    covers that value; and so is all that it finds in the text itself."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    found = by_scanner(pa.array([text]))
    as_is = by_presidio(analyzer, [(0, None, text)])
    for _, _, start, end, name, _ in as_is:
        assert any(f[2] <= start and end <= f[3] and f[4] == name for f in found)
    for inner in texts_in(value):
        for result in analyzer.analyze(inner, language=LANGUAGE):
            spelt = json.dumps(inner[result.start : result.end], ensure_ascii=ascii_only)[1:-1]
            spans = [
                text[start:end] for _, _, start, end, name, _ in found if name == result.entity_type
            ]
            assert any(spelt in span for span in spans)


def generic(column: pa.Array, name: str = "c") -> Found:
    """The long way: every value as text, one by one."""
    detector = table_detector()
    text = text_of(condensed(column))
    assert text is not None
    hits = detector.search_as_is(text, name)
    names = [detector.entities_covered[number] for number in hits.entity.tolist()]
    return {
        (row, None, start, end, name, score)
        for row, start, end, name, score in zip(
            hits.cell.tolist(),
            hits.start.tolist(),
            hits.end.tolist(),
            names,
            hits.score.tolist(),
            strict=True,
        )
    }


LENGTHS = st.integers(1, 20).flatmap(lambda n: st.integers(10 ** (n - 1), 10**n - 1))
WHOLE = st.sampled_from(NUMBERS) | LENGTHS
TYPED = {
    pa.int64(): st.one_of(WHOLE, WHOLE.map(lambda n: -n)).filter(lambda n: -(2**63) <= n < 2**63),
    pa.uint64(): WHOLE.filter(lambda n: n < 2**64),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.int8(): st.integers(-128, 127),
    pa.float64(): WHOLE.map(float) | st.floats(),
    pa.decimal128(38, 4): WHOLE,
    pa.decimal128(18, 0): WHOLE.filter(lambda n: n < 10**18),
    pa.date32(): st.dates(),
    pa.timestamp("us", "Asia/Shanghai"): st.datetimes(timezones=st.just(dt.UTC)),
    pa.bool_(): st.booleans(),
    pa.time64("us"): st.times(),
}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("kind", TYPED, ids=str)
def test_typed_columns_by_their_fast_path(kind: pa.DataType, data: st.DataObject) -> None:
    """Numbers, dates, times and truth values: the fast path finds what their texts hold."""
    values = data.draw(st.lists(TYPED[kind] | st.none(), max_size=30))
    column = pa.array(values, kind)
    assert by_scanner(column, rows_at_once=64) == generic(column)


def test_numbers_of_every_length_by_their_fast_path() -> None:
    """Each type that a bare number can be has its examples, of either sign."""
    numbers = [n for n in NUMBERS if n < 2**63]
    column = pa.array([*numbers, *(-n for n in numbers)])
    found = by_scanner(column, rows_at_once=500)
    assert found == generic(column)
    assert found
    for name in CUES:
        assert by_scanner(column, rows_at_once=500, name=name) == generic(column, name)
