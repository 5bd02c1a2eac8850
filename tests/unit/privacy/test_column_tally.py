"""Every kind of column, every cell."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pyarrow as pa
import pytest

from weir.privacy.column_tally import ColumnTally
from weir.privacy.detector import table_detector

MOBILE = "13900009021"
NUMBER = int(MOBILE)


def counted(*batches: pa.Array) -> ColumnTally:
    tally = ColumnTally(table_detector())
    for batch in batches:
        tally.add(batch)
    return tally


@pytest.mark.parametrize(
    "column",
    [
        pa.array([MOBILE, None, "x"]),
        pa.array([MOBILE, None, "x"], pa.large_string()),
        pa.array([MOBILE, None, "x"], pa.string_view()),
        pa.array([MOBILE.encode(), None, b"\xff"], pa.binary()),
        pa.array([MOBILE.encode(), None, b"12345678901"], pa.binary(11)),
        pa.array([MOBILE, None, "x"]).dictionary_encode(),
        pa.array([NUMBER, None, 5]),
        pa.array([-NUMBER, None, 5]),
        pa.array([NUMBER, None, 5], pa.uint64()),
        pa.array([float(NUMBER), None, 0.5]),
        pa.array([NUMBER + 0.25, float("nan"), float("inf")]),
        pa.array([Decimal(NUMBER), None, Decimal("0.5")], pa.decimal128(18, 4)),
        pa.array([Decimal(NUMBER), None, Decimal("0.5")], pa.decimal128(38, 10)),
        pa.array([Decimal(NUMBER), None, Decimal(-5)], pa.decimal256(60, 0)),
    ],
    ids=lambda column: str(column.type),
)
def test_an_identifier_is_found_in_every_type_that_can_hold_one(column: pa.Array) -> None:
    """Text, bytes, whole numbers, decimals and doubles; slices and nulls too."""
    assert counted(column).cells == {"CN_MOBILE": 1}
    assert counted(column.slice(0, 1), column.slice(1)).cells == {"CN_MOBILE": 1}
    assert counted(column).rows_scanned == 3


@pytest.mark.parametrize(
    "column",
    [
        pa.array([dt.date(2026, 11, 23), None]),
        pa.array([dt.datetime(2026, 11, 23, tzinfo=dt.UTC), None], pa.timestamp("us", "UTC")),
        pa.array([0, None], pa.timestamp("ns", "Asia/Shanghai")),
        pa.array([dt.time(12, 30), None]),
        pa.array([True, None]),
        pa.array([None, None], pa.null()),
        pa.array([], pa.string()),
        pa.array([None, None], pa.string()),
        pa.array([float("nan"), 1e300]),
    ],
    ids=lambda column: str(column.type),
)
def test_types_that_can_hold_none_are_scanned_all_the_same(column: pa.Array) -> None:
    """Dates, times, truth values, nulls and numbers beyond measure."""
    tally = counted(column)
    assert tally.cells == {}
    assert tally.rows_scanned == len(column)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[MOBILE, MOBILE], None, ["x"]]),
        pa.array([{"a": MOBILE, "b": f"电话{MOBILE}"}, None, {"a": "x", "b": None}]),
        pa.array([[{"a": [NUMBER]}], [], [{"a": None}]]),
        pa.array([[("电话", MOBILE)], None, []], pa.map_(pa.string(), pa.string())),
        pa.array([[(MOBILE, 1)], None, []], pa.map_(pa.string(), pa.int64())),
        pa.array([f'{{"电话": "\\u0031{MOBILE[1:]}"}}', None, "x"]),
        pa.array([f"电话{MOBILE}".encode("gb18030"), None, "无".encode("gb18030")]),
        pa.array([f"电话{MOBILE}".encode("utf-16"), None, b""]),
    ],
    ids=lambda column: str(column.type),
)
def test_a_row_counts_once_however_deep_its_identifiers_stand(column: pa.Array) -> None:
    """Lists, structures, maps, JSON text and other encodings are read."""
    tally = counted(column)
    assert tally.cells == {"CN_MOBILE": 1}
    assert (tally.rows_scanned, tally.rows_not_scanned) == (3, 0)
    assert counted(column.slice(1)).cells == {}


def test_a_column_without_text_is_said_not_to_be_scanned() -> None:
    """Nothing is skipped silently; a null holds nothing to skip."""
    tally = counted(pa.array([(1, 2, 3), None], pa.month_day_nano_interval()))
    assert (tally.rows, tally.rows_scanned, tally.rows_not_scanned) == (2, 1, 1)


def test_json_within_json_beyond_all_measure_is_said_not_to_be_scanned() -> None:
    """Each level is resolved, up to a bound."""
    text = MOBILE
    for _ in range(3):
        text = json.dumps({"备注": f"\n{text}"})
    assert counted(pa.array([text])).cells == {"CN_MOBILE": 1}
    assert counted(pa.array([text])).rows_not_scanned == 0
    for _ in range(5):
        text = json.dumps([text])
    assert counted(pa.array([text, "x"])).rows_not_scanned == 1


def test_digits_behind_the_point_are_no_identifier() -> None:
    """A mean has sixteen digits; none of them is a card number."""
    assert counted(pa.array([0.4111111111111111, 1 / 3])).cells == {}
    assert counted(pa.array([0.13900009021])).cells == {}


def test_cells_are_counted_where_values_repeat() -> None:
    """Equal values are searched once and counted as often as they stand there."""
    values = [MOBILE, "存续", f"{MOBILE} 13900009022", "x@example.com"] * 3000
    assert counted(pa.array(values)).cells == {"CN_MOBILE": 6000, "EMAIL": 3000}
    distinct = [f"{13900000000 + place} 13900009022" for place in range(3000)]
    assert counted(pa.array(distinct)).cells == {"CN_MOBILE": 3000}


def test_a_dictionary_entry_that_no_cell_has_is_no_finding() -> None:
    """Dictionaries outlive the rows they were made for."""
    column = pa.DictionaryArray.from_arrays(pa.array([1, None]), pa.array([MOBILE, "x"]))
    assert counted(column).cells == {}
