"""What redaction promises of any text."""

from __future__ import annotations

import re

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from weir.privacy.detector import table_kernel
from weir.privacy.entities import ENTITIES
from weir.privacy.redaction import redact

PLANTED = [text for entity in ENTITIES for text in entity.examples + entity.counter_examples]
GLUE = [
    "",
    "，",
    "-",
    ".",
    "@",
    "川",
    "学",
    "·",
    " ",
    "\x00",
    "1",
    "a",
    "１",
    "\u200b",
    "＠",
    "<",
    ")",
]
TEXT = st.lists(
    st.sampled_from(PLANTED) | st.sampled_from(GLUE) | st.characters(exclude_categories=["Cs"]),
    max_size=14,
).map("".join)
LABEL = re.compile("<(?:" + "|".join(entity.name for entity in ENTITIES) + ")>")


@settings(max_examples=400, deadline=None)
@given(texts=st.lists(TEXT | st.none(), max_size=12))
@example(texts=["驾驶证号11010519491231002XDNA样本"])
def test_nothing_is_found_in_redacted_text(texts: list[str | None]) -> None:
    """Removing one identifier does not uncover another, and rows and nulls stay."""
    result = redact(pa.array(texts, pa.string()))
    assert len(table_kernel().find(result)) == 0
    assert [text is None for text in result.to_pylist()] == [text is None for text in texts]
    result.validate(full=True)


@settings(max_examples=400, deadline=None)
@given(text=TEXT)
def test_what_is_left_was_there_before(text: str) -> None:
    """Between the labels stands the original text, in order and without a gap filled."""
    (result,) = redact(pa.array([text])).to_pylist()
    place = 0
    for piece in LABEL.split(result) if result != text else [text]:
        found = text.find(piece, place)
        assert found >= place
        place = found + len(piece)
