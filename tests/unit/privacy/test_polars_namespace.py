"""The scanner inside Polars."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from weir.privacy import polars_namespace
from weir.privacy.scanner import scan

MOBILE = "13900009021"


def space(of: pl.Expr | pl.DataFrame) -> Any:
    return getattr(of, polars_namespace.NAMESPACE)


@pytest.fixture
def table() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "备注": [None, f"电话{MOBILE}，a@b.cn", "x", MOBILE],
            "多": [[MOBILE], [], None, ["x", f"号{MOBILE}"]],
        }
    )


def test_an_expression_gives_the_findings_of_each_cell(table: pl.DataFrame) -> None:
    """As many rows as before; none found is an empty list."""
    found = table.select(space(pl.col("备注")).findings())["备注"].to_list()
    mobile = {"entity": "CN_MOBILE", "score": 0.8, "path": None}
    assert found == [
        [],
        [
            mobile | {"start": 2, "end": 13},
            {"entity": "EMAIL", "start": 14, "end": 20, "score": 0.9, "path": None},
        ],
        [],
        [mobile | {"start": 0, "end": 11}],
    ]


def test_expressions_work_on_nested_and_lazy_columns(table: pl.DataFrame) -> None:
    """A path tells where in the cell; nothing at all is no error."""
    lazy = table.lazy().select(space(pl.col("多")).findings().list.len())
    assert lazy.collect()["多"].to_list() == [1, 0, 0, 1]
    nothing = table.select(space(pl.col("备注").filter(pl.lit(False))).findings())  # noqa: FBT003
    assert nothing["备注"].to_list() == []
    assert nothing.schema["备注"] == pl.List(polars_namespace.FINDING)


def test_a_table_gives_what_the_scanner_gives(table: pl.DataFrame) -> None:
    """Column, row, place, type, score and path."""
    assert space(table).findings().to_dicts() == scan(table).table().to_pylist()


def test_an_expression_reads_the_name_of_its_column() -> None:
    """A cue in it tells what a bare number is, as it does for a table."""
    table = pl.DataFrame({"qq": ["10001234"], "x": ["10001234"]})
    found = table.select(space(pl.col("qq", "x")).findings().list.len())
    assert found.to_dicts() == [{"qq": 1, "x": 0}]
