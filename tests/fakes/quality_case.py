"""A small dataset, sealed as a snapshot, with a suite over it: what the quality stage is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pyarrow as pa

from fakes.exchange_tables import planned, table
from fakes.memory_keys import MemoryKeys
from fakes.memory_store import MemoryStore
from fakes.sample_contracts import sample_bundle
from weir.contracts.compile import compile_plan
from weir.contracts.dataset import FieldType
from weir.contracts.plan import Plan, PlannedInput
from weir.model import DatasetId, Digest, QualityVerdict, RunContext, RunId, ScenarioId, Snapshot
from weir.quality.check import check_quality
from weir.quality.suite import TOLERANCE
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS
from weir.storage.parquet import columns_of
from weir.storage.sealed_table import open_sealed, write_sealed

DATASET = "water-bills"
NOW = datetime(2026, 11, 23, 14, 20, tzinfo=UTC)
CONTEXT = RunContext(
    scenario=ScenarioId("sme-credit"),
    run_id=RunId("scheduled__2026-11-23T00:00:00+00:00"),
    as_of=NOW,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityCase:
    """One call of `check_quality`, with the fakes it writes to."""

    plan: Plan
    planned: PlannedInput
    snapshot: Snapshot
    store: MemoryStore
    keys: MemoryKeys

    def check(self, *, keep: bool = True) -> QualityVerdict:
        return check_quality(
            self.plan,
            self.planned,
            self.snapshot,
            CONTEXT,
            store=self.store,
            keys=self.keys,
            scratch=None,
            keep=keep,
        )

    def quarantined(self, verdict: QualityVerdict) -> pl.DataFrame:
        """The rows that this verdict put into quarantine."""
        assert verdict.quarantine is not None
        assert verdict.quarantine_key_id is not None
        with open_sealed(
            verdict.quarantine,
            verdict.quarantine_key_id,
            store=self.store,
            keys=self.keys,
            scratch=None,
        ) as opened:
            return pl.DataFrame(pa.Table.from_batches(opened.batches(), opened.schema))

    def report(self, kind: str = "html") -> str:
        key = f"{CONTEXT.scenario}/{CONTEXT.run_id}/quality-{DATASET}.{kind}"
        return self.store.get_bytes(REPORTS, key).decode()


def rule(kind: str, severity: str = "critical", /, **kwargs: Any) -> dict[str, Any]:
    """An expectation as a suite's JSON has it."""
    return {"type": kind, "kwargs": kwargs, "severity": severity}


def suite_of(
    expectations: Sequence[Mapping[str, Any]], tolerance: str | None = None
) -> dict[str, Any]:
    meta = {} if tolerance is None else {TOLERANCE: tolerance}
    return {"name": DATASET, "meta": meta, "expectations": list(expectations)}


def quality_case(
    fields: Mapping[str, FieldType],
    rows: Sequence[Sequence[Any]],
    expectations: Sequence[Mapping[str, Any]],
    *,
    tolerance: str | None = None,
    pulled: Sequence[str] | None = None,
) -> QualityCase:
    """A snapshot of `rows` over the columns `pulled` (or all) of a dataset with these fields."""
    data = table(fields, rows).select(list(pulled or fields))
    one = planned(DATASET, fields, key=[next(iter(fields))], pulled=pulled)
    plan = replace(
        compile_plan(sample_bundle()),
        inputs=(one,),
        suites={DATASET: suite_of(expectations, tolerance)},
        suite_digests={DATASET: Digest("5" * 64)},
    )
    store, keys = MemoryStore(), MemoryKeys()
    for bucket in (SNAPSHOTS, QUARANTINE, REPORTS):
        store.ensure_bucket(bucket)
    sealed = write_sealed(
        data.to_batches(),
        data.schema,
        store=store,
        bucket=SNAPSHOTS,
        prefix="sme-credit/run/data",
        key_id="snapshot/run/data",
        keys=keys,
        scratch=None,
    )
    snapshot = Snapshot(
        dataset=DatasetId(DATASET),
        scenario=CONTEXT.scenario,
        content=sealed.content,
        sealed=sealed.sealed,
        key_id=sealed.key_id,
        rows=sealed.rows,
        rows_without_consent=0,
        columns=columns_of(data.schema),
        taken_at=NOW,
    )
    return QualityCase(plan=plan, planned=one, snapshot=snapshot, store=store, keys=keys)
