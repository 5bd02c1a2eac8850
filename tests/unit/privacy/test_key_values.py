"""Tables whose left cell says what the value is."""

from __future__ import annotations

import pyarrow as pa
import pytest

from weir.privacy.detector import table_detector
from weir.privacy.key_values import by_key
from weir.privacy.table_scan import TableScan

KEYS = ["QQ号", "金额", "IMEI", "金额", None, "出生日期"]
VALUES = ["100023456", "100023456", "490154203237518", "490154203237518", "19850315", "19850315"]


def counted(*columns: pa.Array) -> dict[str, int]:
    """What is found in the last of the columns."""
    batch = pa.RecordBatch.from_arrays(list(columns), names=[f"c{n}" for n in range(len(columns))])
    return dict(TableScan(batch.schema, table_detector()).add([batch]).columns[-1].tally.cells)


def test_the_cell_to_the_left_is_the_cue_row_by_row() -> None:
    """The same numbers beside other words are none."""
    found = counted(pa.array(KEYS), pa.array(VALUES))
    assert found == {"CN_QQ": 1, "IMEI": 1, "BIRTH_DATE": 1}


def test_without_keys_the_same_values_are_nothing() -> None:
    """The keys are what tells."""
    assert counted(pa.array(VALUES)) == {}
    assert counted(pa.array(["甲", "乙"] * 3), pa.array(VALUES)) == {}


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_keys_are_read_from_every_kind_of_text_column(kind: pa.DataType) -> None:
    """Large and by dictionary."""
    assert counted(pa.array(KEYS).cast(kind), pa.array(VALUES))["CN_QQ"] == 1


def test_many_or_long_texts_are_no_keys() -> None:
    """A column of remarks names QQ in passing and says nothing of the next column."""
    remarks = pa.array([f"用户{n}的QQ号已登记" for n in range(300)])
    numbers = pa.array([str(100_023_456 + n) for n in range(300)])
    assert counted(remarks, numbers) == {}
    assert counted(pa.array(["用户反映其QQ号被他人冒用要求平台尽快予以处理"]), numbers[:1]) == {}


def test_parts_make_up_the_whole() -> None:
    """Every row once, NULL neighbours included, and the rows of a batch are counted once."""
    parts = list(by_key(pa.array(VALUES), pa.array(KEYS), table_detector()))
    assert sorted(value for _, part in parts for value in part.to_pylist()) == sorted(VALUES)
    batch = pa.RecordBatch.from_arrays([pa.array(KEYS), pa.array(VALUES)], names=["a", "b"])
    scan = TableScan(batch.schema, table_detector()).add([batch, batch])
    assert scan.columns[1].tally.rows == len(VALUES) * 2


def test_measures_and_empty_tables_have_no_keys() -> None:
    """A float is no QQ number, and no rows are no error."""
    assert counted(pa.array(["QQ号"]), pa.array([100023456.0])) == {}
    assert counted(pa.array([], pa.string()), pa.array([], pa.string())) == {}
