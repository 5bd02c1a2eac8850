"""The one fake of the source port: tables in memory, read row by row in plain Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import pyarrow as pa

from weir.contracts.dataset import PostgresTable
from weir.contracts.plan import ARROW_TYPE, PlannedInput
from weir.errors import ExchangeUnavailableError
from weir.exchange.consent import adult_if_born_before
from weir.exchange.source import Counts, SourceColumn
from weir.storage.parquet import schema_of

_FIELD_TYPES = {text: kind for kind, text in ARROW_TYPE.items()}


class MemorySource:
    """A `Source` over `tables` by name.

    `down` makes every reading fail as a dead server does; `breaks_after_rows` kills the stream
    there; `unrepresentable` and `lost_rows` are told by `count` and missing from `batches`.
    """

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self.tables = dict(tables)
        self.down = False
        self.breaks_after_rows: int | None = None
        self.unrepresentable: dict[str, int] = {}
        self.lost_rows = 0
        self.batch_rows = 3

    @contextmanager
    def reading(self) -> Iterator[MemorySource]:
        if self.down:
            raise ExchangeUnavailableError("exchange_unavailable", "it does not answer")
        yield self

    def columns(self, table: PostgresTable) -> tuple[SourceColumn, ...]:
        found = self.tables.get(table.table)
        if found is None:
            return ()
        return tuple(
            SourceColumn(name=f.name, type=_FIELD_TYPES.get(str(f.type)), native=str(f.type))
            for f in found.schema
        )

    def count(self, planned: PlannedInput, as_of: date) -> Counts:
        granted = self._granted(planned)
        rows = sum(self._has_consent(planned, row, as_of) for row in granted)
        return Counts(
            rows=rows,
            rows_without_consent=len(granted) - rows,
            unrepresentable=self.unrepresentable,
        )

    def batches(self, planned: PlannedInput, as_of: date) -> Iterator[pa.RecordBatch]:
        names = [field.source for field in planned.fields]
        order = [*planned.dataset.key, *names]
        rows = [row for row in self._granted(planned) if self._has_consent(planned, row, as_of)]
        rows.sort(key=lambda row: [_sortable(row[name]) for name in order])
        rows = rows[: len(rows) - self.lost_rows]
        schema = schema_of(planned.snapshot_columns)
        for start in range(0, len(rows), self.batch_rows):
            if self.breaks_after_rows is not None and start >= self.breaks_after_rows:
                raise ExchangeUnavailableError("exchange_broke_off", "it stopped")
            piece = [{n: row[n] for n in names} for row in rows[start : start + self.batch_rows]]
            yield pa.RecordBatch.from_pylist(piece, schema=schema)

    def everything(self, table: PostgresTable) -> Iterator[pa.RecordBatch]:
        held = self.tables[table.table]
        yield pa.RecordBatch.from_pylist([], schema=held.schema)
        yield from held.to_batches(max_chunksize=self.batch_rows)

    def _granted(self, planned: PlannedInput) -> list[dict[str, Any]]:
        rows = self.tables[planned.dataset.source.table].to_pylist()
        return [r for r in rows if all(r[name] in values for name, values in planned.rows.items())]

    def _has_consent(self, planned: PlannedInput, row: dict[str, Any], as_of: date) -> bool:
        clause = planned.consent
        if clause is None:
            return True
        adult = True
        if clause.born_on is not None:
            born = row[clause.born_on]
            adult = born is not None and born < adult_if_born_before(as_of, clause.minor_age_years)
        return any(
            c["subject_id"] == row[clause.subject_field]
            and (c["recipient"], c["purpose"]) == (clause.recipient, clause.purpose)
            and c["granted_on"] is not None
            and c["granted_on"] <= as_of
            and (c["expires_on"] is None or c["expires_on"] > as_of)
            and (c["withdrawn_on"] is None or c["withdrawn_on"] > as_of)
            and (adult or c["by_guardian"] is True)
            for c in self.tables[clause.register_table].to_pylist()
        )


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is None, value.encode() if isinstance(value, str) else value or 0)
