"""Sealed snapshots with their verdicts, ready for the stage `mask`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from fakes.memory_keys import MemoryKeys
from fakes.memory_store import MemoryStore
from weir.contracts.plan import Plan
from weir.masking.mask import mask
from weir.masking.remembering import Kernel
from weir.model import (
    DatasetId,
    Digest,
    QualityVerdict,
    RunContext,
    RunId,
    ScenarioId,
    Snapshot,
    StagedProduct,
    Verdict,
)
from weir.storage.objects import QUARANTINE, SNAPSHOTS, STAGING
from weir.storage.parquet import schema_of
from weir.storage.sealed_table import write_sealed
from weir.storage.table import open_table

AS_OF = datetime(2026, 11, 23, tzinfo=UTC)


class MaskingCase:
    """One run of one plan over tables given by hand."""

    def __init__(self, plan: Plan, scratch: Path) -> None:
        self.plan = plan
        self.scratch = scratch
        self.store = MemoryStore()
        for bucket in (SNAPSHOTS, QUARANTINE, STAGING):
            self.store.ensure_bucket(bucket)
        self.keys = MemoryKeys("a city")
        self.context = RunContext(
            scenario=ScenarioId(plan.scenario.scenario), run_id=RunId("r1"), as_of=AS_OF
        )
        self.metadata: dict[str, str] = {}
        self.snapshots: dict[DatasetId, Snapshot] = {}
        self.quality: dict[DatasetId, QualityVerdict] = {}

    def put(
        self, dataset: str, columns: Mapping[str, Sequence[object]], bad: Sequence[int] = ()
    ) -> None:
        """Seal a snapshot of `columns`; the rows at `bad` are quarantined."""
        planned = next(one for one in self.plan.inputs if one.dataset.dataset == dataset)
        schema = schema_of(planned.snapshot_columns)
        table = pa.table(
            [pa.array(columns[field.name], field.type) for field in schema], schema=schema
        )
        sealed = write_sealed(
            table.to_batches(max_chunksize=3),
            schema,
            store=self.store,
            bucket=SNAPSHOTS,
            prefix=dataset,
            key_id=f"snapshot/{dataset}",
            keys=self.keys,
            scratch=self.scratch,
        )
        self.snapshots[DatasetId(dataset)] = Snapshot(
            dataset=DatasetId(dataset),
            scenario=self.context.scenario,
            content=sealed.content,
            sealed=sealed.sealed,
            key_id=sealed.key_id,
            rows=sealed.rows,
            rows_without_consent=0,
            columns=planned.snapshot_columns,
            taken_at=AS_OF,
        )
        self.quality[DatasetId(dataset)] = self._verdict(dataset, table.num_rows, bad)

    def run(self, redact: Kernel = lambda texts: texts) -> StagedProduct:
        return mask(
            self.plan,
            self.snapshots,
            self.quality,
            self.context,
            store=self.store,
            keys=self.keys,
            redact=redact,
            metadata=self.metadata,
            scratch=self.scratch,
        )

    def product(self, redact: Kernel = lambda texts: texts) -> pa.Table:
        """The product of a run, read back from staging."""
        with open_table(self.run(redact).data, store=self.store, scratch=self.scratch) as table:
            return pa.Table.from_batches(table.batches(), table.schema)

    def _verdict(self, dataset: str, rows: int, bad: Sequence[int]) -> QualityVerdict:
        sealed = None
        if bad:
            batch = pa.record_batch({"__row__": pa.array(bad, pa.int64())})
            sealed = write_sealed(
                [batch],
                batch.schema,
                store=self.store,
                bucket=QUARANTINE,
                prefix=dataset,
                key_id=f"quarantine/{dataset}",
                keys=self.keys,
                scratch=self.scratch,
            )
        return QualityVerdict(
            dataset=DatasetId(dataset),
            suite=dataset,
            suite_digest=Digest("0" * 64),
            rows_in=rows,
            rows_quarantined=len(bad),
            quarantine=sealed.sealed if sealed else None,
            quarantine_key_id=sealed.key_id if sealed else None,
            results=(),
            verdict=Verdict(),
        )
