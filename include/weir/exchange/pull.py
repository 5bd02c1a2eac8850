"""The stage `pull`: from a source to one sealed snapshot of what the contract grants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from weir.clock import civil_date
from weir.contracts.dataset import PostgresTable
from weir.contracts.plan import Plan, PlannedInput
from weir.crypto.keystore import KeyStore
from weir.errors import IntegrityError
from weir.exchange.drift import check_register, check_shape
from weir.exchange.source import Counts, Reading, Source
from weir.model import DatasetId, RunContext, Snapshot
from weir.storage.objects import SNAPSHOTS, ObjectStore
from weir.storage.parquet import schema_of
from weir.storage.sealed_table import write_sealed


def pull(
    plan: Plan,
    planned: PlannedInput,
    context: RunContext,
    *,
    source: Source,
    store: ObjectStore,
    keys: KeyStore,
    scratch: Path | None,
) -> Snapshot:
    """Pull the granted fields of the granted rows that have consent, and nothing else.

    The same source and contract give the same `content`; a retry of a run ends with the same
    object. Nothing is kept unless every row arrived. Consent and age are read on the civil date
    of `context.as_of`.

    Raises:
        SchemaDriftError: the source is not what the contract states (see `weir.exchange.drift`).
        IntegrityError: `value_unrepresentable` where values do not fit their type, `rows_differ`
            where the stream gave other rows than were counted, `source_without_encoding`.
        AuthorisationError: `exchange_denied`.
        ContractError: `row_filter_invalid`.
        ExchangeUnavailableError: the source did not answer, or broke off.
        StoreUnavailableError: store, keystore or scratch disk failed.

    """
    dataset = planned.dataset
    as_of = civil_date(context.as_of)
    place = f"{plan.scenario.scenario}/{context.run_id}/{dataset.dataset}"
    with source.reading() as reading:
        _check_source(planned, reading)
        counts = reading.count(planned, as_of)
        _check_values(planned, counts)
        table = write_sealed(
            _exactly(reading.batches(planned, as_of), counts.rows, dataset.dataset),
            schema_of(planned.snapshot_columns),
            store=store,
            bucket=SNAPSHOTS,
            prefix=place,
            key_id=f"snapshot/{place}",
            keys=keys,
            scratch=scratch,
        )
    return Snapshot(
        dataset=DatasetId(dataset.dataset),
        scenario=context.scenario,
        content=table.content,
        sealed=table.sealed,
        key_id=table.key_id,
        rows=table.rows,
        rows_without_consent=counts.rows_without_consent,
        columns=planned.snapshot_columns,
        taken_at=context.as_of,
    )


def _check_source(planned: PlannedInput, reading: Reading) -> None:
    check_shape(planned.dataset, reading.columns(planned.dataset.source))
    if planned.consent is not None:
        register = PostgresTable(
            table=planned.consent.register_table, schema=planned.consent.register_schema
        )
        check_register(register, reading.columns(register))


def _check_values(planned: PlannedInput, counts: Counts) -> None:
    # Taken as NULL such a value would pass for one the provider left out; so it stops the pull.
    broken = {name: rows for name, rows in counts.unrepresentable.items() if rows}
    if broken:
        raise IntegrityError(
            "value_unrepresentable",
            "columns hold values that their type cannot: NaN, infinity or too many digits",
            where={"dataset": planned.dataset.dataset, **broken},
            remedy="ask the provider to correct these rows",
        )


def _exactly(
    batches: Iterator[pa.RecordBatch], rows: int, dataset: str
) -> Iterator[pa.RecordBatch]:
    """`batches`, refused at their end unless they held exactly `rows` rows."""
    streamed = 0
    for batch in batches:
        streamed += batch.num_rows
        yield batch
    if streamed != rows:
        raise IntegrityError(
            "rows_differ",
            "the source streamed other rows than it counted",
            where={"dataset": dataset, "counted_rows": rows, "streamed_rows": streamed},
            remedy="run again; if it stays so, the source is at fault",
        )
