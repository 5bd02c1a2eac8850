from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from fakes.memory_keys import MemoryKeys
from weir.contracts.dataset import FieldType
from weir.contracts.masks import Mask, output_type
from weir.contracts.plan import ARROW_TYPE, PlannedField
from weir.errors import IntegrityError, LeakError
from weir.masking.column import ColumnMask
from weir.model import DatasetId, ScenarioId
from weir.storage.parquet import TYPES

SAMPLES: dict[FieldType, list[object]] = {
    FieldType.STRING: ["510903", "510921001"],
    FieldType.INTEGER: [1, -5],
    FieldType.DECIMAL: [Decimal("1.5"), Decimal(-2)],
    FieldType.DATE: [date(2026, 5, 6), date(1960, 1, 2)],
}
CASES = [
    ({"method": "keep"}, FieldType.DATE),
    ({"method": "redact"}, FieldType.STRING),
    ({"method": "partial"}, FieldType.STRING),
    ({"method": "surname"}, FieldType.STRING),
    ({"method": "token"}, FieldType.STRING),
    ({"method": "token"}, FieldType.INTEGER),
    ({"method": "pseudonym"}, FieldType.STRING),
    ({"method": "pseudonym"}, FieldType.INTEGER),
    ({"method": "truncate_date", "to": "year"}, FieldType.DATE),
    ({"method": "bin", "edges": [0, 10]}, FieldType.INTEGER),
    ({"method": "bin", "edges": [0, 10]}, FieldType.DECIMAL),
    ({"method": "region", "to": "city"}, FieldType.STRING),
]


def column_mask(
    mask: dict[str, Any],
    source: FieldType = FieldType.STRING,
    redact: Callable[[pa.Array], pa.Array] = lambda texts: texts,
) -> ColumnMask:
    """The mask of a field called `f`."""
    parsed: Mask = TypeAdapter(Mask).validate_python(mask)
    kind = output_type(parsed, source)
    field = PlannedField(
        source="f",
        title="f",
        type=source,
        nullable=True,
        classification=None,
        grade=None,
        sensitive=False,
        entities=(),
        mask=parsed,
        output="f",
        output_type=kind,
    )
    return ColumnMask(
        DatasetId("d"),
        field,
        TYPES[ARROW_TYPE[kind]],
        scenario=ScenarioId("s"),
        keys=MemoryKeys("k"),
        redact=redact,
    )


@pytest.mark.parametrize(("mask", "source"), CASES)
def test_nulls_stay_null_and_rows_stay_in_place(mask: dict[str, Any], source: FieldType) -> None:
    """For every method, with nulls between, alone, and in an empty column."""
    one, two = SAMPLES[source]
    kind = TYPES[ARROW_TYPE[source]]
    masked = column_mask(mask, source)(pa.array([None, one, None, two, one], kind))
    assert masked.is_null().to_pylist() == [True, False, True, False, False]
    assert masked[1] == masked[4]
    assert column_mask(mask, source)(pa.nulls(3, kind)).null_count == 3
    assert len(column_mask(mask, source)(pa.array([], kind))) == 0


def test_an_integer_and_its_text_have_one_token() -> None:
    """So that a column of either type joins."""
    text = column_mask({"method": "token"})(pa.array(["-5"]))
    number = column_mask({"method": "token"}, FieldType.INTEGER)(pa.array([-5]))
    assert text == number


def test_a_method_that_gives_its_value_back_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks in a method, the value does not leave, nor stands in the error."""
    monkeypatch.setattr("weir.masking.column.surname", lambda names: names)
    with pytest.raises(LeakError) as refusal:
        column_mask({"method": "surname"})(pa.array(["言谨之", None, "李某"]))
    assert refusal.value.code == "mask_left_value"
    assert refusal.value.where["distinct_values"] == 1
    assert "言" not in str(refusal.value)


def test_what_the_provider_masked_already_passes() -> None:
    """A cell of asterisks hides its value, so giving it back leaks nothing."""
    masked = column_mask({"method": "partial"})(pa.array(["138****1234", "****", ""]))
    assert masked.to_pylist() == ["138****1234", "****", ""]


@pytest.mark.parametrize(
    "redact",
    [
        lambda texts: texts.slice(1),
        lambda texts: pa.nulls(len(texts), pa.string()),
        lambda texts: pa.array(range(len(texts))),
    ],
)
def test_a_redaction_that_changes_the_shape_is_stopped(
    redact: Callable[[pa.Array], pa.Array],
) -> None:
    """The injected function is held to the same promise."""
    with pytest.raises(LeakError) as refusal:
        column_mask({"method": "redact"}, redact=redact)(pa.array(["a", "b"]))
    assert refusal.value.code == "mask_changed_shape"


def test_redaction_sees_each_distinct_text_once() -> None:
    """Texts that repeat cost nothing more."""
    seen: list[str] = []

    def redact(texts: pa.Array) -> pa.Array:
        seen.extend(texts.to_pylist())
        return pa.array(["<X>"] * len(texts))

    masked = column_mask({"method": "redact"}, redact=redact)(pa.array(["a", None, "a", "b"]))
    assert masked.to_pylist() == ["<X>", None, "<X>", "<X>"]
    assert seen == ["a", "b"]


@pytest.mark.parametrize("method", ["keep", "token", "partial", "surname", "pseudonym", "redact"])
def test_broken_utf8_is_refused_and_not_quoted(method: str) -> None:
    """Bytes that are no text are refused, whatever the method."""
    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\4\0\0\0"), pa.py_buffer(b"abc\xff")]
    )
    with pytest.raises(IntegrityError) as refusal:
        column_mask({"method": method})(broken)
    assert refusal.value.code == "text_malformed"
    assert "abc" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_huge_cell_is_masked_like_any_other() -> None:
    """Eight million characters in one cell."""
    text = "身" * 8_000_000
    assert column_mask({"method": "partial"})(pa.array([text]))[0].as_py().count("*") == 7_999_993
    assert len(column_mask({"method": "pseudonym"})(pa.array([text]))[0].as_py()) == 32
    assert len(column_mask({"method": "token"})(pa.array([text, "a"]))[1].as_py()) == 28
