"""The scanner as a part of Polars. Importing this module is what adds it.

import weir.privacy.polars_namespace

table.with_columns(pl.col("备注").weir.findings())     # by cell: a list of findings
table.weir.findings()                                  # all of them, as a table
"""

from __future__ import annotations

import numpy as np
import polars as pl

from weir.privacy.scanner import scan

NAMESPACE = "weir"

FINDING = pl.Struct(
    {
        "entity": pl.String,
        "start": pl.Int64,
        "end": pl.Int64,
        "score": pl.Float64,
        "path": pl.String,
    }
)
"""`start` and `end` as in `weir.privacy.findings.FINDINGS`."""


@pl.api.register_expr_namespace(NAMESPACE)
class ExpressionFindings:
    """`pl.col(...).weir`."""

    def __init__(self, expression: pl.Expr) -> None:
        self._expression = expression

    def findings(self) -> pl.Expr:
        """For each cell the list of its findings, of type `FINDING`; empty where there are none."""
        return self._expression.map_batches(
            _findings, return_dtype=pl.List(FINDING), is_elementwise=True
        )


@pl.api.register_dataframe_namespace(NAMESPACE)
class TableFindings:
    """`table.weir`."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._table = table

    def findings(self) -> pl.DataFrame:
        """The findings of every cell, with column and row."""
        found = pl.from_arrow(scan(self._table).table())
        return found.to_frame() if isinstance(found, pl.Series) else found


def _findings(values: pl.Series) -> pl.Series:
    found = TableFindings(pl.DataFrame([values])).findings()
    by_row = found.group_by("row").agg(pl.struct(_fields()).alias("findings"))
    rows = pl.DataFrame({"row": np.arange(len(values))}).join(
        by_row, on="row", how="left", maintain_order="left"
    )
    nothing = pl.lit([], pl.List(FINDING))
    return rows.select(pl.col("findings").fill_null(nothing).alias(values.name)).to_series()


def _fields() -> list[pl.Expr]:
    return [pl.col(field.name).cast(field.dtype) for field in FINDING.fields]
