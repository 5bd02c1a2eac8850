"""From masked inputs to the product: joins on equal masked values, groups, one order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from weir.contracts.plan import Plan, PlannedJoin
from weir.contracts.scenario import Measure
from weir.masking.columns import MaskedColumn, MaskedColumns, inconsistent, schema_by_place
from weir.masking.engine import file_sql, run_sql
from weir.storage.parquet import schema_of
from weir.storage.read_ahead import ReadAhead

_SQL_TYPE: Mapping[str, str] = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "decimal128(18, 4)": "DECIMAL(18, 4)",
    "date32[day]": "DATE",
    "timestamp[us, tz=UTC]": "TIMESTAMPTZ",
    "bool": "BOOLEAN",
    "double": "DOUBLE",
}
_SQL_FUNCTION: Mapping[str, str] = {
    "count": "count({})",
    "count_distinct": "count(DISTINCT {})",
    "sum": "sum({})",
    "mean": "avg({})",
    "min": "min({})",
    "max": "max({})",
}

_SMALL_SIDE_BYTES = 16 * 1024 * 1024
"""Of a side that is held whole beside a sort: one of 60 MB was seen to fail in 96."""


def write_masked(
    batches: Iterable[pa.RecordBatch], columns: Iterable[MaskedColumn], path: Path
) -> int:
    """Keep masked rows in the scratch folder, columns under their places; the number of rows."""
    rows = 0
    with (
        closing(ReadAhead(batches)) as ahead,
        pq.ParquetWriter(
            path,
            schema_by_place(columns),
            # Read once, soon, from the page cache: making it smaller costs more than it saves.
            compression="none",
            use_dictionary=False,
            write_statistics=False,
        ) as writer,
    ):
        for batch in ahead:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def assemble(
    plan: Plan, columns: MaskedColumns, files: Sequence[str], folder: Path
) -> Iterator[pa.RecordBatch]:
    """The product in the columns of `plan.output_columns`, sorted by all of them, nulls first.

    `files` of the scratch folder hold the masked inputs in the plan's order.
    """
    source = _joined(plan, columns, files, folder)
    aggregate = plan.aggregate
    if aggregate is None:
        selected = [columns.of_output(field.name).place for field in plan.output]
        grouping = ""
    else:
        groups = {name: columns.of_output(name).place for name in aggregate.by}
        selected = [
            groups.get(field.name) or _measure(aggregate.measures[field.name], field.type, columns)
            for field in plan.output
        ]
        grouping = f" GROUP BY {', '.join(groups.values())}"
    order = ", ".join(f"{n} ASC NULLS FIRST" for n in range(1, len(selected) + 1))
    statement = f"SELECT {', '.join(selected)} FROM {source}{grouping} ORDER BY {order}"  # noqa: S608 - places and our own path
    schema = schema_of(plan.output_columns)
    for batch in run_sql(statement, folder):
        yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def _joined(plan: Plan, columns: MaskedColumns, files: Sequence[str], folder: Path) -> str:
    """The SQL text of all inputs, joined one after another into files; what no one needs any more
    is left out. A last join to a small side is left to whoever reads the text."""
    datasets = [one.dataset.dataset for one in plan.inputs]
    joined, name, pending = {datasets[0]}, files[0], list(plan.joins)
    available = list(columns.inputs[0])
    while len(joined) < len(datasets):
        new = next(
            (
                ({j.left_dataset, j.right_dataset} - joined).pop()
                for j in pending
                if len({j.left_dataset, j.right_dataset} & joined) == 1
            ),
            None,
        )
        if new is None:
            raise inconsistent("an input is joined to nothing")
        place = datasets.index(new)
        joined.add(new)
        ready = [j for j in pending if {j.left_dataset, j.right_dataset} <= joined]
        pending = [j for j in pending if j not in ready]
        needed = _needed(plan, columns, pending)
        available = [c for c in (*available, *columns.inputs[place]) if c.place in needed]
        condition = " AND ".join(
            f"{columns.of_side(j.left_dataset, j.left_column).place}"
            f" = {columns.of_side(j.right_dataset, j.right_column).place}"
            for j in ready
        )
        sides = [name, files[place]]
        source = f"{' JOIN '.join(file_sql(folder, side) for side in sides)} ON {condition}"
        smaller = min((folder / side).stat().st_size for side in sides)
        if not pending and plan.aggregate is None and smaller <= _SMALL_SIDE_BYTES:
            return source
        statement = f"SELECT {', '.join(c.place for c in available)} FROM {source}"  # noqa: S608 - places and our own paths
        name = f"joined{len(joined)}.parquet"
        write_masked(run_sql(statement, folder), available, folder / name)
    return file_sql(folder, name)


def _needed(plan: Plan, columns: MaskedColumns, pending: Sequence[PlannedJoin]) -> set[str]:
    """Places of what the product, its groups and measures and the joins to come still read."""
    if plan.aggregate is None:
        names = [field.name for field in plan.output]
    else:
        names = [*plan.aggregate.by, *(m.of for m in plan.aggregate.measures.values())]
    sides = [(j.left_dataset, j.left_column) for j in pending]
    sides += [(j.right_dataset, j.right_column) for j in pending]
    return {columns.of_output(name).place for name in names} | {
        columns.of_side(*side).place for side in sides
    }


def _measure(measure: Measure, output_type: str, columns: MaskedColumns) -> str:
    called = _SQL_FUNCTION[measure.function].format(columns.of_output(measure.of).place)
    return f"CAST({called} AS {_SQL_TYPE[output_type]})"
