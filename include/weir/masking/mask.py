"""Stage `mask`: from sealed snapshots to one staged product that holds no identifier as it was.

Joins come after masking, on equal tokens and pseudonyms, so that only masked values ever lie
outside a seal. The product is sorted by all its columns: the order of the source, which could tell
whose row it is, is gone, and equal inputs give equal bytes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import structlog

from weir.contracts.plan import Plan
from weir.crypto.keystore import KeyStore
from weir.errors import IntegrityError, LeakError
from weir.masking.assemble import assemble, write_masked
from weir.masking.column import ColumnMask
from weir.masking.columns import MaskedColumn, MaskedColumns, schema_by_place
from weir.masking.good_rows import CheckedInput, checked_input, good_rows
from weir.masking.remembering import Kernel
from weir.model import DatasetId, QualityVerdict, RunContext, Snapshot, StagedProduct
from weir.storage.objects import STAGING, ObjectStore
from weir.storage.parquet import schema_of
from weir.storage.scratch import scratch_folder
from weir.storage.table import write_table

_log = structlog.get_logger()


def mask(
    plan: Plan,
    snapshots: Mapping[DatasetId, Snapshot],
    quality: Mapping[DatasetId, QualityVerdict],
    context: RunContext,
    *,
    store: ObjectStore,
    keys: KeyStore,
    redact: Kernel,
    metadata: Mapping[str, str],
    scratch: Path | None,
) -> StagedProduct:
    """Mask the good rows of every input, then join, group and order them as the plan says.

    Good rows are those of the snapshot that are not quarantined. Each field goes through its own
    method (`weir.masking.column`); `redact` replaces the identifiers inside texts, given distinct
    values without nulls. The product lies in staging as `<scenario>/<run_id>/product.parquet`, in
    the columns of `plan.output_columns`, with `metadata` beside them. Memory is bounded by a batch
    and the engine's limit.

    Raises `QualityError` where a verdict is absent or a refusal, `IntegrityError` where plan,
    snapshots, verdicts and quarantine do not belong together, `LeakError` where a method cannot
    hide a value, and `UnavailableError` where store or scratch space fail.
    """
    if plan.scenario.scenario != context.scenario:
        raise IntegrityError("plan_of_other_scenario", "the plan is not this run's scenario's")
    columns = MaskedColumns.of(plan)
    with scratch_folder(scratch) as folder:
        files = []
        for place, planned in enumerate(plan.inputs):
            checked = checked_input(planned, context.scenario, snapshots, quality)
            rows = good_rows(
                checked,
                [column.field.source for column in columns.inputs[place]],
                store=store,
                keys=keys,
                scratch=folder,
            )
            masked = _masked(rows, checked, columns.inputs[place], keys, redact)
            files.append(f"input{place}.parquet")
            written_rows = write_masked(masked, columns.inputs[place], folder / files[-1])
            _check_rows(checked, written_rows)
            _log.info(
                "input_masked",
                scenario=context.scenario,
                run_id=context.run_id,
                dataset=checked.dataset,
                rows=written_rows,
                rows_quarantined=checked.quality.rows_quarantined,
            )
        data, product_rows = write_table(
            assemble(plan, columns, files, folder),
            schema_of(plan.output_columns),
            store=store,
            bucket=STAGING,
            key=f"{context.scenario}/{context.run_id}/product.parquet",
            scratch=scratch,
            metadata=metadata,
        )
    _log.info("product_staged", scenario=context.scenario, run_id=context.run_id, rows=product_rows)
    return StagedProduct(data=data, rows=product_rows, columns=plan.output_columns)


def _masked(
    rows: Generator[pa.RecordBatch, None, None],
    checked: CheckedInput,
    columns: Sequence[MaskedColumn],
    keys: KeyStore,
    redact: Kernel,
) -> Iterator[pa.RecordBatch]:
    masks = [
        ColumnMask(
            checked.dataset,
            column.field,
            column.type,
            scenario=checked.snapshot.scenario,
            keys=keys,
            redact=redact,
        )
        for column in columns
    ]
    schema = schema_by_place(columns)
    with closing(rows):
        for batch in rows:
            masked = [one(values) for one, values in zip(masks, batch.columns, strict=True)]
            yield pa.RecordBatch.from_arrays(masked, schema=schema)


def _check_rows(checked: CheckedInput, rows: int) -> None:
    if rows != checked.rows:
        raise LeakError(
            "mask_changed_rows",
            "masking gave more or fewer rows than it took",
            where={"dataset": checked.dataset, "rows": rows, "expected_rows": checked.rows},
            article="第十四条",
            remedy="report this: nothing was written",
        )
