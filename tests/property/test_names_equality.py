"""What is found in a column is what is found in each of its texts alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from weir.privacy.names.evaluation import hand_written
from weir.privacy.names.finder import name_finder

FINDER = name_finder()
WRITTEN = [s.text for part in ("seen", "unseen") for s in hand_written(part)]
ALPHABET = st.sampled_from(
    [*"王张李国路号区市县镇院司，。：·某 \n\u200b０1aＡ", "遂宁市", "有限公司", "栋"]
)
TEXT = st.lists(
    ALPHABET | st.sampled_from(WRITTEN) | st.characters(exclude_categories=["Cs"]), max_size=8
).map("".join)

Found = list[tuple[int, int, int, int]]


def found(array: pa.Array) -> Found:
    hits = FINDER.find(array)
    columns = [hits.cell, hits.entity, hits.start, hits.end]
    return [tuple(row) for row in np.stack(columns, axis=1).tolist()]


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(TEXT | st.none(), max_size=20))
def test_a_column_holds_what_its_texts_hold(texts: list[str | None]) -> None:
    """In the order of cells and places, whatever the texts are."""
    alone = [
        (cell, *rest)
        for cell, text in enumerate(texts)
        for _, *rest in found(pa.array([text], pa.string()))
    ]
    assert found(pa.array(texts, pa.string())) == alone


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.lists(st.binary(max_size=3) | TEXT.map(str.encode)).map(b"".join)))
def test_broken_utf_8_stays_in_its_cell(texts: list[bytes]) -> None:
    """Spans lie within cells, and each cell is read as if alone."""
    hits = found(pa.array(texts, pa.binary()))
    assert all(0 <= start < end <= len(texts[cell]) for cell, _, start, end in hits)
    alone = [
        (cell, *rest)
        for cell, text in enumerate(texts)
        for _, *rest in found(pa.array([text], pa.binary()))
    ]
    assert hits == alone
