"""Tables as Parquet bytes: types, bounds, damage."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from weir.contracts.plan import ARROW_TYPE
from weir.errors import ContractError, IntegrityError
from weir.model import Column
from weir.storage.parquet import (
    BATCH_ROWS,
    TYPES,
    TableReader,
    columns_of,
    schema_of,
    write_parquet,
)

EVERY_TYPE = tuple(Column(name=f"列{i}", type=name) for i, name in enumerate(TYPES))


def numbers(rows: int) -> pa.RecordBatch:
    return pa.record_batch({"n": pa.array(range(rows), pa.int64())})


def written(*batches: pa.RecordBatch) -> bytes:
    sink = io.BytesIO()
    write_parquet(batches, batches[0].schema, sink)
    return sink.getvalue()


def test_tables_hold_the_types_of_contracts_and_double() -> None:
    """The types a plan can name are the types a table holds, and `double` besides."""
    assert set(TYPES) == {*ARROW_TYPE.values(), "double"}


def test_every_type_comes_back_as_it_went() -> None:
    """Extremes, nulls and non-finite doubles of each type survive the round trip."""
    values: dict[str, list[object]] = {
        "string": ["", "一", "x" * 100_000, None],
        "int64": [-(2**63), 2**63 - 1, 0, None],
        "decimal128(18, 4)": [Decimal("-99999999999999.9999"), Decimal("0.0001"), Decimal(0), None],
        "date32[day]": [date.min, date.max, date(2026, 2, 28), None],
        "timestamp[us, tz=UTC]": [
            datetime(1, 1, 1, tzinfo=UTC),
            datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(2026, 11, 23, tzinfo=UTC),
            None,
        ],
        "bool": [True, False, True, None],
        "double": [float("inf"), -0.0, 1e-300, None],
    }
    batch = pa.record_batch(
        [pa.array(values[column.type], TYPES[column.type]) for column in EVERY_TYPE],
        schema=schema_of(EVERY_TYPE),
    )
    reader = TableReader(io.BytesIO(written(batch)))
    assert reader.columns == EVERY_TYPE
    assert list(reader.batches()) == [batch]


@pytest.mark.parametrize(
    "kind", [pa.large_string(), pa.timestamp("us"), pa.decimal128(20, 4), pa.int32(), pa.null()]
)
def test_a_type_outside_the_list_is_refused(kind: pa.DataType) -> None:
    """Near misses are errors of the contract, not silent conversions."""
    with pytest.raises(ContractError, match="type_unsupported") as refused:
        write_parquet([], pa.schema([("旧", kind)]), io.BytesIO())
    assert refused.value.where == {"columns": "旧"}


def test_a_column_of_an_unknown_type_has_no_schema() -> None:
    """A column read back from JSON cannot smuggle in another type."""
    with pytest.raises(ContractError, match="type_unsupported"):
        schema_of([Column(name="x", type="list<item: string>")])


def test_columns_and_schema_are_inverse() -> None:
    """Names and types go over and back."""
    assert columns_of(schema_of(EVERY_TYPE)) == EVERY_TYPE


@pytest.mark.parametrize("rows", [0, 1, BATCH_ROWS - 1, BATCH_ROWS, BATCH_ROWS + 1])
def test_row_groups_hold_exactly_the_batch_size(rows: int) -> None:
    """Only the last row group is shorter, and an empty table has none."""
    meta = pq.ParquetFile(io.BytesIO(written(numbers(rows)))).metadata
    sizes = [meta.row_group(i).num_rows for i in range(meta.num_row_groups)]
    assert sizes == [BATCH_ROWS] * (rows // BATCH_ROWS) + [rows % BATCH_ROWS] * bool(
        rows % BATCH_ROWS
    )


def test_the_file_keeps_no_metadata() -> None:
    """Neither pandas metadata of the batches nor an Arrow schema changes the bytes."""
    plain = numbers(10)
    marked = plain.replace_schema_metadata({"pandas": "{}", "written": "now"})
    assert written(marked) == written(plain)
    assert pq.ParquetFile(io.BytesIO(written(marked))).metadata.metadata is None


def test_only_repetitive_columns_get_a_dictionary() -> None:
    """A column whose values repeat eightfold is dictionary-encoded, a key is not."""
    rows = 4_000
    batch = pa.record_batch(
        {
            "district": pa.array([f"5109{i % 5:02}" for i in range(rows)]),
            "bill_id": pa.array([f"EB{i:08}" for i in range(rows)]),
        }
    )
    group = pq.ParquetFile(io.BytesIO(written(batch))).metadata.row_group(0)
    assert [group.column(i).has_dictionary_page for i in range(2)] == [True, False]


def test_a_batch_of_another_shape_is_refused() -> None:
    """A missing column, another order or another type is not written."""
    with pytest.raises(IntegrityError, match="batch_shape_differs"):
        write_parquet([numbers(3)], pa.schema([("m", pa.int64())]), io.BytesIO())


def test_rows_too_large_to_hold_together_are_refused() -> None:
    """A row group above the limit is refused before it is joined; the error names sizes only."""
    cell = pa.array(["臃肿" * 30_000_000])
    batch = pa.record_batch({"remark": cell})

    def many() -> Iterator[pa.RecordBatch]:
        for _ in range(100):
            yield batch

    with pytest.raises(IntegrityError, match="row_group_too_large") as refused:
        write_parquet(many(), batch.schema, io.BytesIO())
    assert "臃肿" not in str(refused.value)


def test_a_cell_of_some_megabytes_is_written() -> None:
    """One huge cell is no reason to refuse a table."""
    batch = pa.record_batch({"remark": pa.array(["长" * 3_000_000, None])})
    assert list(TableReader(io.BytesIO(written(batch))).batches()) == [batch]


def test_columns_are_read_in_the_order_asked() -> None:
    """Projection orders as well as chooses, and a batch never crosses a row group."""
    rows = BATCH_ROWS + 10
    batch = pa.record_batch({name: pa.array(range(rows), pa.int64()) for name in "abc"})
    reader = TableReader(io.BytesIO(written(batch)))
    found = list(reader.batches(["c", "a"], batch_rows=40_000))
    assert [b.num_rows for b in found] == [40_000, BATCH_ROWS - 40_000, 10]
    assert all(b.schema.names == ["c", "a"] for b in found)


def test_text_can_be_read_as_the_file_keeps_it() -> None:
    """By dictionary what repeats; the cells are the same, nulls and the second row group too."""
    rows = BATCH_ROWS + 10
    batch = pa.record_batch(
        {
            "district": pa.array([None if n % 7 == 0 else f"区{n % 5}" for n in range(rows)]),
            "code": pa.array([f"{n:08}" for n in range(rows)]),
            "n": pa.array(range(rows), pa.int64()),
        }
    )
    reader = TableReader(io.BytesIO(written(batch)))
    found = list(reader.batches(by_dictionary=True))
    assert [str(kind) for kind in found[0].schema.types] == [
        "dictionary<values=string, indices=int32, ordered=0>",
        "string",
        "int64",
    ]
    plain = [pa.RecordBatch.from_arrays(_plain(one), names=one.schema.names) for one in found]
    assert plain == list(reader.batches())
    assert reader.schema == batch.schema


def _plain(batch: pa.RecordBatch) -> list[pa.Array]:
    return [
        column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
        for column in batch.columns
    ]


def test_no_columns_still_count_the_rows() -> None:
    """An empty projection yields the rows without their cells."""
    reader = TableReader(io.BytesIO(written(numbers(10))))
    assert [b.num_rows for b in reader.batches([])] == [10]


def test_an_unknown_column_is_named() -> None:
    """Asking for a column that is not there names it."""
    reader = TableReader(io.BytesIO(written(numbers(1))))
    with pytest.raises(IntegrityError, match="column_missing") as refused:
        list(reader.batches(["n", "鱼"]))
    assert refused.value.where == {"columns": "鱼"}


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1"])
def test_what_is_no_parquet_is_refused(damage: bytes) -> None:
    """Empty, cut and forged files are refused in our own words."""
    with pytest.raises(IntegrityError, match="table_unreadable"):
        TableReader(io.BytesIO(damage))


def test_damaged_pages_are_refused_while_reading() -> None:
    """A page whose header is broken is noticed when it is read, and its bytes are not quoted."""
    data = bytearray(written(pa.record_batch({"s": pa.array([f"值{i}" for i in range(9_999)])})))
    data[4:100] = b"\xff" * 96
    with pytest.raises(IntegrityError, match="table_unreadable") as refused:
        list(TableReader(io.BytesIO(bytes(data))).batches())
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_failing_sink_is_not_taken_for_data(tmp_path: Path) -> None:
    """A full disk keeps its errno, so that it can be told from bad input."""
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(OSError, match="No space left"),
    ):
        write_parquet([numbers(100_000)], numbers(0).schema, full)
    assert not list(tmp_path.iterdir())
