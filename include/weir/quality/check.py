"""The quality stage: is this snapshot good enough to go on, and without which of its rows?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from weir.contracts.plan import Plan, PlannedInput
from weir.crypto.keystore import KeyStore
from weir.errors import IntegrityError
from weir.model import (
    ExpectationResult,
    ObjectRef,
    QualityVerdict,
    Reason,
    RunContext,
    Snapshot,
    Verdict,
)
from weir.quality.report import QualityReport, report_html, report_json
from weir.quality.rows import check_names, gather, quarantine
from weir.quality.suite import ARTICLE, Severity, Suite, read_suite
from weir.storage.objects import REPORTS, ObjectStore
from weir.storage.sealed_table import SealedTable, TableReader, open_sealed

if TYPE_CHECKING:
    from weir.quality.evaluation import Checked

_log = structlog.get_logger(__name__)


def check_quality(
    plan: Plan,
    planned: PlannedInput,
    snapshot: Snapshot,
    context: RunContext,
    *,
    store: ObjectStore,
    keys: KeyStore,
    scratch: Path | None,
    keep: bool = True,
) -> QualityVerdict:
    """Evaluate the dataset's suite over the snapshot, and store the report and the bad rows.

    A failed suite is told by the verdict (code `quality_blocked`), not raised. A critical
    expectation that fails blocks, unless its bad rows can be told apart and all such rows together
    stay within the suite's tolerance: then they are sealed into quarantine and the rest may go on;
    of repeated keys the first row stays. An expectation that holds by its own `mostly` turns no
    row away. An empty snapshot passes unless the suite asks for rows. Expectations over fields
    that were not granted are reported as not evaluated. Without `keep` there is no report, and
    quarantine holds the ordinals of bad rows alone, which is what masking needs.

    Raises `ContractError` for a suite that cannot be evaluated, `QualityError`
    (`quality_engine_error`, `suite_checks_nothing`) when the evaluation cannot be trusted,
    `IntegrityError` when the snapshot is not what its reference says, `StoreUnavailableError`.
    """
    suite = read_suite(
        plan.suites[planned.dataset.suite],
        offered=tuple(planned.dataset.fields),
        granted=tuple(column.name for column in snapshot.columns),
    )
    with open_sealed(
        snapshot.sealed, snapshot.key_id, store=store, keys=keys, scratch=scratch
    ) as table:
        _check_shape(table, snapshot)
        checked, verdict, quarantined = _examine(
            suite,
            table,
            snapshot,
            context,
            store=store,
            keys=keys,
            scratch=scratch,
            keep_rows=keep,
        )
    report = QualityReport(
        plan=plan,
        planned=planned,
        snapshot=snapshot,
        context=context,
        suite=suite,
        results=tuple(
            ExpectationResult(
                expectation=one.rule.type,
                column=", ".join(one.rule.columns),
                severity=one.rule.severity,
                passed=one.passed,
                evaluated_rows=one.evaluated_rows,
                unexpected_rows=one.unexpected_rows,
            )
            for one in checked
        ),
        rows_quarantined=quarantined.rows if quarantined else 0,
        verdict=verdict,
    )
    _log.info(
        "quality_checked",
        scenario=context.scenario,
        run_id=context.run_id,
        dataset=snapshot.dataset,
        rows_in=snapshot.rows,
        rows_quarantined=report.rows_quarantined,
        expectations=len(checked),
        passed=verdict.passed,
    )
    return QualityVerdict(
        dataset=snapshot.dataset,
        suite=suite.name,
        suite_digest=report.suite_digest,
        rows_in=snapshot.rows,
        rows_quarantined=report.rows_quarantined,
        quarantine=quarantined.sealed if quarantined else None,
        quarantine_key_id=quarantined.key_id if quarantined else None,
        results=report.results,
        not_evaluated=tuple(rule.name for rule in suite.not_granted),
        verdict=verdict,
        report=_stored(report, store) if keep else None,
    )


def _stored(report: QualityReport, store: ObjectStore) -> ObjectRef:
    """The report as people read it; beside it lies the same for programs."""
    context = report.context
    place = f"{context.scenario}/{context.run_id}/quality-{report.snapshot.dataset}"
    store.put_bytes(REPORTS, f"{place}.json", report_json(report), content_type="application/json")
    return store.put_bytes(
        REPORTS, f"{place}.html", report_html(report), content_type="text/html; charset=utf-8"
    )


def _check_shape(table: TableReader, snapshot: Snapshot) -> None:
    if table.rows != snapshot.rows or table.columns != snapshot.columns:
        raise IntegrityError(
            "snapshot_differs",
            "the sealed table is not what its reference says",
            where={"dataset": snapshot.dataset, "rows": table.rows, "expected": snapshot.rows},
            remedy="pull again",
        )
    check_names(table.schema)


def _examine(
    suite: Suite,
    table: TableReader,
    snapshot: Snapshot,
    context: RunContext,
    *,
    store: ObjectStore,
    keys: KeyStore,
    scratch: Path | None,
    keep_rows: bool,
) -> tuple[tuple[Checked, ...], Verdict, SealedTable | None]:
    """Every rule's outcome, the verdict, and what went into quarantine."""
    from weir.quality.evaluation import evaluate

    limit_rows = int(suite.tolerance * table.rows)
    checked = evaluate(suite, table, limit_rows=limit_rows)
    failing = [one for one in checked if not one.passed and one.rule.severity is Severity.CRITICAL]
    by_table = [one for one in failing if one.bad is None]
    by_row = [one for one in failing if one.bad is not None]
    excess = any(one.bad.rows > limit_rows for one in by_row if one.bad is not None)
    bad = None if excess else gather(by_row, table)
    blocking = by_table + (by_row if bad is None or len(bad) > limit_rows else [])
    verdict = Verdict(reasons=tuple(_reason(one, limit_rows) for one in blocking))
    if bad is None or not verdict.passed or bad.is_empty():
        return checked, verdict, None
    sealed = quarantine(
        bad,
        table if keep_rows else None,
        snapshot.dataset,
        context,
        store=store,
        keys=keys,
        scratch=scratch,
    )
    return checked, verdict, sealed


def _reason(one: Checked, limit_rows: int) -> Reason:
    if one.bad is None:
        what = f"{one.rule.name} does not hold"
    else:
        what = (
            f"{one.unexpected_rows} of {one.evaluated_rows} rows break {one.rule.name}; "
            f"{limit_rows} bad rows in all are tolerated"
        )
    return Reason(
        code="quality_blocked",
        what=what,
        article=ARTICLE,
        remedy="let the provider correct the data, then pull again",
    )
