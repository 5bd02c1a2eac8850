"""The quality report: one page for people and its twin for machines, without a single cell.

Both say what was checked, over how many rows, with what outcome, and what was not checked. Texts
of the suite (patterns, bounds) are shown, value sets only by their size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from weir.clock import SHANGHAI
from weir.contracts.plan import Plan, PlannedInput
from weir.crypto.canonical import canonical_json
from weir.model import Digest, ExpectationResult, RunContext, Snapshot, Verdict
from weir.quality.suite import Rule, Severity, Suite
from weir.service import SHEETS

SCHEMA = "weir.quality-report.1"
_SEVERITY = {
    Severity.CRITICAL: ("阻断", "critical"),
    Severity.WARNING: ("警告", "warning"),
    Severity.INFO: ("提示", "info"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """What a report tells. `results` stand in the order of the suite's evaluated rules."""

    plan: Plan
    planned: PlannedInput
    snapshot: Snapshot
    context: RunContext
    suite: Suite
    results: tuple[ExpectationResult, ...]
    rows_quarantined: int
    verdict: Verdict

    @property
    def suite_digest(self) -> Digest:
        return self.plan.suite_digests[self.planned.dataset.suite]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One expectation as the page shows it."""

    title: str
    type: str
    fields: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...]
    severity: tuple[str, str]
    result: ExpectationResult | None
    share: str


def report_html(report: QualityReport) -> bytes:
    """The page: self-contained, Chinese first, whatever names contain shown as text."""
    environment = Environment(
        loader=FileSystemLoader([Path(__file__).parent, SHEETS]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("report.html").render(
        report=report,
        rows_good=report.snapshot.rows - report.rows_quarantined,
        failed=sum(not result.passed for result in report.results),
        as_of=report.context.as_of.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        tolerance=f"{report.suite.tolerance * 100:f}".rstrip("0").rstrip(".") + "%",
        lines=[
            _line(report, rule, result)
            for rule, result in zip(report.suite.rules, report.results, strict=True)
        ],
        not_granted=[_line(report, rule, None) for rule in report.suite.not_granted],
    )
    return text.encode()


def report_json(report: QualityReport) -> bytes:
    """The same as canonical JSON."""
    return canonical_json(
        {
            "schema": SCHEMA,
            "scenario": report.context.scenario,
            "run_id": report.context.run_id,
            "as_of": report.context.as_of.isoformat(),
            "contract_digest": report.plan.contract_digest,
            "dataset": report.snapshot.dataset,
            "provider": report.planned.dataset.provider,
            "snapshot": report.snapshot.content,
            "suite": report.suite.name,
            "suite_digest": report.suite_digest,
            "quarantine_tolerance": str(report.suite.tolerance),
            "rows_in": report.snapshot.rows,
            "rows_quarantined": report.rows_quarantined,
            "passed": report.verdict.passed,
            "reasons": [
                {"code": r.code, "what": r.what, "article": r.article, "remedy": r.remedy}
                for r in report.verdict.reasons
            ],
            "expectations": [
                {
                    "expectation": rule.type,
                    "columns": list(rule.columns),
                    "severity": str(rule.severity),
                    "passed": result.passed,
                    "evaluated_rows": result.evaluated_rows,
                    "unexpected_rows": result.unexpected_rows,
                }
                for rule, result in zip(report.suite.rules, report.results, strict=True)
            ],
            "not_evaluated": [
                {
                    "expectation": rule.type,
                    "columns": list(rule.columns),
                    "reason": "field_not_granted",
                }
                for rule in report.suite.not_granted
            ],
        }
    )


def _line(report: QualityReport, rule: Rule, result: ExpectationResult | None) -> _Line:
    fields = report.planned.dataset.fields
    return _Line(
        title=rule.description or rule.form.title,
        type=rule.type,
        fields=tuple((fields[column].title, column) for column in rule.columns),
        conditions=tuple(_conditions(rule.config["kwargs"])),
        severity=_SEVERITY[rule.severity],
        result=result,
        share=_share(result) if result else "",
    )


def _conditions(kwargs: Any) -> Iterator[str]:
    if "regex" in kwargs:
        yield str(kwargs["regex"])
    lower, upper = kwargs.get("min_value"), kwargs.get("max_value")
    if lower is not None:
        yield f"{'>' if kwargs.get('strict_min') else '≥'} {lower}"
    if upper is not None:
        yield f"{'<' if kwargs.get('strict_max') else '≤'} {upper}"
    if isinstance(allowed := kwargs.get("value_set"), Sequence):
        yield f"允许值 {len(allowed)} 个"
    if "mostly" in kwargs:
        yield f"mostly {kwargs['mostly']}"


def _share(result: ExpectationResult) -> str:
    """Unexpected rows as a percentage that never rounds something to nothing."""
    if not result.unexpected_rows:
        return "0%"
    percent = 100 * result.unexpected_rows / result.evaluated_rows
    return f"{percent:.2f}%" if percent >= 0.01 else "<0.01%"  # noqa: PLR2004  # two digits shown
