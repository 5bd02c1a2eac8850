"""What each stage of one run gives, over the sample contract: values only, nothing was run."""

from __future__ import annotations

from datetime import UTC, datetime

from fakes.sample_contracts import aggregate_data, sample_bundle
from weir.contracts.compile import compile_plan
from weir.contracts.plan import Plan, PlannedInput
from weir.model import (
    DatasetId,
    Digest,
    ExpectationResult,
    FieldFindings,
    Grade,
    ObjectRef,
    Package,
    QualityVerdict,
    Reason,
    RunContext,
    RunId,
    ScanReport,
    ScenarioId,
    Snapshot,
    StagedProduct,
    Verdict,
)

NOW = datetime(2026, 11, 23, 14, 20, 0, 123456, tzinfo=UTC)
CONTEXT = RunContext(
    scenario=ScenarioId("firm-credit"), run_id=RunId("manual__2026-11-23T14-20-00"), as_of=NOW
)


def plan() -> Plan:
    """Two inputs, one join, consent, k-anonymity."""
    return compile_plan(sample_bundle())


def aggregate_plan() -> Plan:
    """One input, a table of groups."""
    return compile_plan(sample_bundle(data=aggregate_data()))


def snapshot(plan: Plan, planned: PlannedInput) -> Snapshot:
    dataset = planned.dataset.dataset
    return Snapshot(
        dataset=DatasetId(dataset),
        scenario=ScenarioId(plan.scenario.scenario),
        content=_digest(dataset),
        sealed=_ref("weir-snapshots", f"firm-credit/{dataset}/x"),
        key_id=f"snapshot/{dataset}",
        rows=1000,
        rows_without_consent=17,
        columns=planned.snapshot_columns,
        taken_at=NOW,
    )


def quality(snapshot: Snapshot, *, passed: bool = True) -> QualityVerdict:
    reasons = () if passed else (Reason(code="expectation_failed", what="3 of 1000 rows"),)
    return QualityVerdict(
        dataset=snapshot.dataset,
        suite=snapshot.dataset,
        suite_digest=_digest("suite"),
        rows_in=1000,
        rows_quarantined=3,
        quarantine=_ref("weir-quarantine", "q"),
        quarantine_key_id="quarantine/q",
        results=(
            ExpectationResult(
                expectation="expect_column_values_to_not_be_null",
                column="uscc",
                severity="critical",
                passed=passed,
                evaluated_rows=1000,
                unexpected_rows=0 if passed else 3,
            ),
            ExpectationResult(
                expectation="expect_table_row_count_to_be_between",
                column="",
                severity="warning",
                passed=True,
                evaluated_rows=1000,
                unexpected_rows=0,
            ),
        ),
        verdict=Verdict(reasons=reasons),
        report=_ref("weir-reports", "firm-credit/run/quality.html"),
    )


def scan(snapshot: Snapshot) -> ScanReport:
    return ScanReport(
        table=snapshot.dataset,
        rows=1000,
        cells=3000,
        fields=(
            FieldFindings(column="uscc", cells_scanned=1000, entities={"CN_USCC": 990}),
            FieldFindings(column="industry", cells_scanned=1000, entities={"CN_MOBILE": 0}),
        ),
        entities_covered=("CN_USCC", "CN_MOBILE"),
        detector="presidio",
        grade=Grade.GENERAL_3,
        verdict=Verdict(),
    )


def product(plan: Plan, step: str = "product") -> StagedProduct:
    return StagedProduct(
        data=_ref("weir-staging", f"firm-credit/run/{step}.parquet"),
        rows=950,
        columns=plan.output_columns,
    )


def packed() -> Package:
    return Package(
        manifest=_ref("weir-staging", "firm-credit/run/package/manifest.json"),
        files=(_ref("weir-staging", "a"), _ref("weir-staging", "b")),
        rows=940,
    )


def _digest(seed: str) -> Digest:
    return Digest((seed.encode().hex() * 64)[:64])


def _ref(bucket: str, key: str) -> ObjectRef:
    return ObjectRef(bucket=bucket, key=key, sm3=_digest(key), size_bytes=1234)
