"""Uniqueness stays exact where hashes are not, and over many batches."""

from __future__ import annotations

import io

import polars as pl
import pyarrow as pa
import pytest

from weir.quality.keys import Keys
from weir.quality.tallies import scan
from weir.storage.parquet import TableReader, write_parquet


def settled(
    data: pa.Table, columns: list[str], ignore_row_if: str = "never"
) -> tuple[Keys, TableReader]:
    sink = io.BytesIO()
    write_parquet(data.to_batches(), data.schema, sink)
    table = TableReader(pa.BufferReader(sink.getvalue()))
    keys = Keys(
        rule="unique",
        columns=columns,
        ignore_row_if=ignore_row_if,
        schema=pl.DataFrame(table.schema.empty_table()).schema,
        table_rows=table.rows,
    )
    scan(table, columns, [keys])
    keys.settle(table)
    return keys, table


def test_a_collision_of_hashes_is_no_duplicate(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one hash for all keys, only those that are really equal are found."""
    monkeypatch.setattr(Keys, "_hash", lambda _self: pl.repeat(7, pl.len(), dtype=pl.UInt64))
    data = pa.table({"k": ["a", "b", "a", None, "c", "a"]})
    keys, table = settled(data, ["k"], "any_value_is_missing")
    assert (keys.value(), keys.rows) == (3, 2)
    assert keys.ordinals(table).tolist() == [2, 5]


def test_duplicates_are_found_across_many_batches() -> None:
    """Partial groups of two dozen batches merge into the same keys; each first row stays."""
    rows = 24 * 65_536
    numbers = pa.array(range(rows)).cast(pa.int64())
    twice = pa.concat_arrays([numbers.slice(0, rows - 3), numbers.slice(0, 3)])
    keys, table = settled(pa.table({"k": twice}), ["k"])
    assert (keys.value(), keys.rows) == (6, 3)
    assert keys.ordinals(table).tolist() == [rows - 3, rows - 2, rows - 1]


def test_a_column_of_one_value_is_one_key() -> None:
    """Every row repeats, and all but the first are too many."""
    keys, table = settled(pa.table({"k": ["x"] * 70_000}), ["k"])
    assert (keys.value(), keys.rows) == (70_000, 69_999)
    assert keys.ordinals(table).tolist() == list(range(1, 70_000))


@pytest.mark.parametrize(
    ("ignore_row_if", "duplicates"),
    [("never", 4), ("all_values_are_missing", 2), ("any_value_is_missing", 0)],
)
def test_nulls_in_a_compound_key_are_equal_where_they_count(
    ignore_row_if: str, duplicates: int
) -> None:
    """Rows are left out as Great Expectations leaves them out."""
    data = pa.table({"a": ["x", "x", None, None, "x"], "b": [None, None, None, None, "y"]})
    keys, _ = settled(
        data.cast(pa.schema([("a", pa.string()), ("b", pa.string())])), ["a", "b"], ignore_row_if
    )
    assert keys.value() == duplicates


def test_an_empty_table_has_no_duplicates() -> None:
    """Nor any row too many."""
    keys, table = settled(pa.table({"k": pa.array([], pa.string())}), ["k"])
    assert (keys.value(), keys.rows, keys.ordinals(table).tolist()) == (0, 0, [])
