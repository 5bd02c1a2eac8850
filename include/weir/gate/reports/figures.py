"""Counting: from plain rows to the figures that several reports share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from weir.evidence.ledger import StageResult
from weir.evidence.run_history import RunSummary
from weir.gate.reports.books import (
    Activity,
    Books,
    Contracts,
    DatasetFacts,
    IncidentRow,
    ReleaseRow,
)
from weir.gate.reports.models import (
    DatasetFigures,
    Figures,
    IncidentLine,
    RefusalCount,
    SuspensionLine,
)
from weir.gate.reports.period import Period
from weir.gate.reports.words import redacted
from weir.policy.machines.incident import report_due_at
from weir.policy.order import Order, stops_supply

PULL, QUALITY = "pull", "check_quality"
PUBLISHED, REFUSED = "published", "refused"


def figures(activity: Activity, period: Period) -> Figures:
    """Of what one scenario did in a period, or of all that was done."""
    runs, releases = activity.runs, activity.releases
    outcomes = Counter(run.outcome for run in runs)
    settled = published(releases, period)
    return Figures(
        runs=len(runs),
        completed=outcomes["released"],
        refused=outcomes["refused"],
        failed=outcomes["failed"],
        under_way=outcomes["running"],
        rows_supplied=sum(stage.rows_out for stage in stages(runs, PULL)),
        rows_without_consent=sum(map(_without_consent, stages(runs, PULL))),
        rows_quarantined=sum(run.rows_quarantined for run in runs),
        releases=len(settled),
        rows_released=sum(one.rows for one in settled),
        releases_refused=sum(one.state == REFUSED for one in releases),
        releases_delisted=sum(one.state != PUBLISHED for one in settled),
    )


def published(releases: Iterable[ReleaseRow], period: Period) -> list[ReleaseRow]:
    """Those that were published in the period, be they delisted since."""
    return [one for one in releases if period.holds(one.published_at)]


def refusals(runs: Iterable[RunSummary]) -> tuple[RefusalCount, ...]:
    """Refused runs by reason, the most frequent first."""
    counted = Counter(
        (run.reason.code, run.reason.article)
        for run in runs
        if run.outcome == "refused" and run.reason is not None
    )
    return tuple(
        RefusalCount(code=code, article=article, runs=count)
        for (code, article), count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    )


def stages(runs: Iterable[RunSummary], name: str) -> Iterator[StageResult]:
    return (stage for run in runs for stage in run.stages if stage.stage == name)


def dataset_figures(
    contracts: Contracts, runs: Iterable[RunSummary], names: Iterable[str]
) -> tuple[DatasetFigures, ...]:
    """What `runs` did with the datasets of these names, in the order of their names."""
    kept = tuple(runs)
    pulls, checks = _by_subject(stages(kept, PULL)), _by_subject(stages(kept, QUALITY))
    return tuple(
        _of_dataset(name, contracts.datasets.get(name), pulls.get(name, ()), checks.get(name, ()))
        for name in sorted(names)
    )


def datasets_touched(runs: Iterable[RunSummary]) -> set[str]:
    return {stage.subject for run in runs for stage in run.stages if stage.stage in {PULL, QUALITY}}


def suspensions(books: Books) -> tuple[SuspensionLine, ...]:
    """Every stop that was in force at some instant of the period, oldest first."""
    lines = (
        SuspensionLine(
            order_id=order.order_id,
            scope_kind=order.scope_kind,
            scope=order.scope,
            issued_at=order.issued_at,
            lifted_at=None if order.action == "close" else _lifted_at(order, books),
        )
        for order in sorted(books.orders, key=lambda one: (one.issued_at, one.order_id))
        if order.action in {"suspend", "close"}
        and stops_supply(order)
        and order.issued_at < books.period.ends_at
    )
    return tuple(
        line for line in lines if line.lifted_at is None or line.lifted_at > books.period.begins_at
    )


def incidents(books: Books) -> tuple[IncidentLine, ...]:
    return tuple(incident_line(row, books.contracts) for row in books.incidents)


def incident_line(row: IncidentRow, contracts: Contracts) -> IncidentLine:
    """An incident without the words of those who handled it.

    Its name and its scope are typed by people too: the name is redacted, the scope is told where a
    contract has that name.
    """
    kind, scope = str(row.facts["scope_kind"]), str(row.facts.get("scope", ""))
    discovered_at = datetime.fromisoformat(str(row.facts["discovered_at"]))
    return IncidentLine(
        incident=redacted(row.case_id),
        sign=str(row.facts["sign"]),
        scope_kind=kind,
        scope=scope if scope in contracts.names(kind) else "",
        state=row.state,
        discovered_at=discovered_at,
        due_at=report_due_at(discovered_at, contracts.pack(discovered_at)),
        reported_at=next((step.at for step in row.steps if step.move == "report"), None),
        affected_rows=int(row.facts.get("affected_rows", 0)),
        affected_subjects=int(row.facts.get("affected_subjects", 0)),
    )


def is_overdue(line: IncidentLine, now: datetime) -> bool:
    """Should the bureau have been told by now, and was not? A false alarm need not be."""
    return line.reported_at is None and line.state != "dismissed" and line.due_at < now


def _of_dataset(
    name: str,
    told: DatasetFacts | None,
    pulls: Sequence[StageResult],
    checks: Sequence[StageResult],
) -> DatasetFigures:
    return DatasetFigures(
        dataset=name,
        title=told.title if told else "",
        provider=told.provider if told else "",
        rows_supplied=sum(one.rows_out for one in pulls),
        rows_without_consent=sum(map(_without_consent, pulls)),
        rows_quarantined=sum(one.rows_quarantined for one in checks),
        checks=len(checks),
        checks_refused=sum(one.outcome == REFUSED for one in checks),
    )


def _by_subject(found: Iterable[StageResult]) -> Mapping[str, Sequence[StageResult]]:
    grouped: dict[str, list[StageResult]] = {}
    for stage in found:
        grouped.setdefault(stage.subject, []).append(stage)
    return grouped


def _lifted_at(order: Order, books: Books) -> datetime | None:
    """When the first later order for the same scope let supply go on, as far as is known now."""
    return min(
        (
            one.issued_at
            for one in books.orders
            if one.action == "resume"
            and (one.scope_kind, one.scope) == (order.scope_kind, order.scope)
            and order.issued_at < one.issued_at <= books.made_at
        ),
        default=None,
    )


def _without_consent(stage: StageResult) -> int:
    return int(stage.detail.get("rows_without_consent", 0))
