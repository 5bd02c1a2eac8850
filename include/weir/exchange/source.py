"""The source port: where public data comes from, seen through one consistent reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import pyarrow as pa

from weir.contracts.dataset import FieldType, PostgresTable
from weir.contracts.plan import PlannedInput


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceColumn:
    """A column as the source has it. `type` is None where no field type holds its values;
    `native` is the source's own name of the type."""

    name: str
    type: FieldType | None
    native: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a selection holds.

    `rows` is what may be pulled, `rows_without_consent` what the row filter grants but no consent
    covers. `unrepresentable` counts, per pulled column, the rows of `rows` whose value the
    column's type cannot hold: NaN, an infinite date, too many digits.
    """

    rows: int
    rows_without_consent: int = 0
    unrepresentable: Mapping[str, int] = field(default_factory=dict)


class Reading(Protocol):
    """One consistent view of a source: every answer is of the same instant.

    Calls raise `ExchangeUnavailableError` when the source does not answer, `AuthorisationError`
    (code `exchange_denied`) when it refuses this credential, and `SchemaDriftError` when a table
    or column is gone. No error repeats the source's own message, which may quote values.
    """

    def columns(self, table: PostgresTable) -> tuple[SourceColumn, ...]:
        """The columns of `table` in its order; none when there is no such table."""
        ...

    def count(self, planned: PlannedInput, as_of: date) -> Counts:
        """What `batches` would give. A row filter that the source cannot read raises
        `ContractError` (code `row_filter_invalid`)."""
        ...

    def batches(self, planned: PlannedInput, as_of: date) -> Iterator[pa.RecordBatch]:
        """The granted fields of the granted rows that have consent on `as_of`.

        Columns and types are those of `planned.snapshot_columns`; rows are ordered by the
        dataset's key and then by the fields, texts by code point and nulls last.
        """
        ...

    def everything(self, table: PostgresTable) -> Iterator[pa.RecordBatch]:
        """Every row of `table` in all its columns, in no order: what a scan reads before there is
        a contract. Cells have whatever type their text can be had from; at least one batch comes.
        """
        ...


class Source(Protocol):
    """A place that datasets are read from."""

    def reading(self) -> AbstractContextManager[Reading]:
        """A reading, open inside the block."""
        ...
