"""What holds for every mask and every column: rows, nulls, determinism, separation, no leak."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fakes.memory_keys import MemoryKeys
from fakes.token_reader import revealed
from weir.contracts.dataset import FieldType
from weir.contracts.masks import Mask
from weir.contracts.plan import PlannedField
from weir.masking.column import ColumnMask
from weir.model import DatasetId, ScenarioId

TEXTS = st.lists(
    st.none()
    | st.text(max_size=40)
    | st.from_regex(r"\A[0-9]{17}[0-9X]\Z")
    | st.text("言谨之欧阳李王某*·0123456789 ", max_size=8),
    max_size=40,
)
HIDING: list[dict[str, Any]] = [
    {"method": "token"},
    {"method": "pseudonym"},
    {"method": "surname"},
    {"method": "partial", "head": 3, "tail": 4},
    {"method": "partial", "head": 0, "tail": 0},
    {"method": "partial", "head": 10, "tail": 10},
]
KEYS = MemoryKeys("a city")


def masked(mask: dict[str, Any], texts: list[str | None], scenario: str) -> list[str | None]:
    """`texts` through one mask of one scenario."""
    parsed: Mask = TypeAdapter(Mask).validate_python(mask)
    field = PlannedField(
        source="f",
        title="f",
        type=FieldType.STRING,
        nullable=True,
        classification=None,
        grade=None,
        sensitive=False,
        entities=(),
        mask=parsed,
        output="f",
        output_type=FieldType.STRING,
    )
    column = ColumnMask(
        DatasetId("d"),
        field,
        pa.string(),
        scenario=ScenarioId(scenario),
        keys=KEYS,
        redact=lambda values: values,
    )
    result: list[str | None] = column(pa.array(texts, pa.string())).to_pylist()
    return result


@given(st.sampled_from(HIDING), TEXTS)
@settings(max_examples=300, deadline=None)
def test_rows_nulls_and_equality_survive_and_values_do_not(
    mask: dict[str, Any], texts: list[str | None]
) -> None:
    """One result per row, null exactly where it was, equal for equal, and never the value."""
    results = masked(mask, texts, "a")
    assert len(results) == len(texts)
    by_text: dict[str, str] = {}
    for text, result in zip(texts, results, strict=True):
        assert (text is None) == (result is None)
        if text is None or result is None:
            continue
        assert by_text.setdefault(text, result) == result
        assert result != text or not text or "*" in text or "某" in text


@given(st.integers(0, 10), st.integers(0, 10), TEXTS)
@settings(max_examples=300, deadline=None)
def test_partial_hides_four_characters_and_a_third_or_all(
    head: int, tail: int, texts: list[str | None]
) -> None:
    """Whatever the text: what stays is its head and tail, and never so much that the rest is told
    by a check digit or a list. Letters and digits alone show what was asked."""
    results = masked({"method": "partial", "head": head, "tail": tail}, texts, "a")
    for text, result in zip(texts, results, strict=True):
        if text is None or result is None:
            continue
        end = len(text) - tail
        shown = text[:head] + "*" * (end - head) + text[end:]
        assert result == "*" * len(text) or (
            result == shown and end - head >= max(4, math.ceil(len(text) / 3))
        )
        if text.isascii() and text.isalnum() and end - head >= max(4, math.ceil(len(text) / 3)):
            assert result == shown


@given(st.sampled_from(HIDING[:2]), TEXTS, st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_names_are_the_same_in_any_batch_and_one_to_one(
    mask: dict[str, Any], texts: list[str | None], cut: int
) -> None:
    """Tokens and pseudonyms do not depend on what else is in the batch, and never collide."""
    results = masked(mask, texts, "a")
    assert masked(mask, texts[:cut], "a") + masked(mask, texts[cut:], "a") == results
    assert len(set(results)) == len(set(texts))


@given(st.sampled_from(HIDING[:2]), TEXTS)
@settings(max_examples=100, deadline=None)
def test_no_name_is_shared_by_two_scenarios(mask: dict[str, Any], texts: list[str | None]) -> None:
    """One person cannot be followed from product to product."""
    one, two = set(masked(mask, texts, "a")), set(masked(mask, texts, "b"))
    assert not (one & two) - {None}


@given(st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_every_token_reveals_its_value_to_the_key_holder(text: str) -> None:
    """Reversible, whatever the text."""
    token = masked({"method": "token"}, [text], "a")[0]
    assert token is not None
    assert revealed(token, ScenarioId("a"), KEYS) == text.encode()
