"""The rows that row expectations turn away: which they are, and their way into quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from weir.crypto.keystore import KeyStore
from weir.errors import ContractError
from weir.model import DatasetId, RunContext
from weir.quality.tallies import answering_for
from weir.storage.objects import QUARANTINE, ObjectStore
from weir.storage.sealed_table import SealedTable, TableReader, write_sealed

if TYPE_CHECKING:
    from weir.quality.evaluation import Checked

ROW = "__row__"
RULE = "__rule__"


def gather(failing: Sequence[Checked], table: TableReader) -> pl.DataFrame:
    """The bad rows of these rules: `__row__` ascending, and in `__rule__` every rule it breaks."""
    found = [pl.DataFrame(schema={ROW: pl.Int64, RULE: pl.String})]
    for one in failing:
        if one.bad is not None:
            with answering_for(one.rule.name):
                ordinals = pl.Series(ROW, one.bad.ordinals(table), dtype=pl.Int64)
            found.append(ordinals.to_frame().with_columns(pl.lit(one.rule.name).alias(RULE)))
    by_row = pl.concat(found).group_by(ROW, maintain_order=True)
    return by_row.agg(pl.col(RULE).unique(maintain_order=True).str.join("; ")).sort(ROW)


def quarantine(
    bad: pl.DataFrame,
    table: TableReader | None,
    dataset: DatasetId,
    context: RunContext,
    *,
    store: ObjectStore,
    keys: KeyStore,
    scratch: Path | None,
) -> SealedTable:
    """Seal the rows that `gather` named into the quarantine bucket, under a key of their own.

    The sealed table has the columns of `table`, then `__row__` (int64) and `__rule__` (string).
    """
    place = f"{context.scenario}/{context.run_id}/{dataset}"
    schema = pa.schema(
        [
            *(table.schema if table is not None else ()),
            pa.field(ROW, pa.int64()),
            pa.field(RULE, pa.string()),
        ]
    )
    return write_sealed(
        _picked(bad, table, schema),
        schema,
        store=store,
        bucket=QUARANTINE,
        prefix=place,
        key_id=f"quarantine/{place}",
        keys=keys,
        scratch=scratch,
    )


def check_names(schema: pa.Schema) -> None:
    """Raise `ContractError` (`column_name_reserved`) for names that the quarantine needs."""
    if reserved := [name for name in schema.names if name.startswith("__")]:
        raise ContractError(
            "column_name_reserved",
            "names that begin with two underscores are Weir's own",
            where={"columns": ", ".join(reserved)},
            remedy="give the column another name in a view of the source",
        )


def _picked(
    bad: pl.DataFrame, table: TableReader | None, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    ordinals, rules = bad[ROW].to_numpy(), bad[RULE].to_arrow().cast(pa.string())
    if table is None:
        yield pa.RecordBatch.from_arrays([pa.array(ordinals), rules], schema=schema)
        return
    first_row = 0
    for batch in table.batches():
        start, end = np.searchsorted(ordinals, (first_row, first_row + batch.num_rows))
        if start < end:
            here = pa.array(ordinals[start:end])
            rows = batch.take(pa.array(ordinals[start:end] - first_row))
            columns = [*rows.columns, here, rules.slice(start, end - start)]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
        first_row += batch.num_rows
