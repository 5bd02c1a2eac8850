"""How much evidence the bureau holds, counted from what it received."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, FromClause, Text, cast, func, select

from weir.bureau.tables import audit_records, lineage_events
from weir.evidence.actions import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTotals:
    """Of one scenario. Intents are records, but neither releases nor refusals; a run that both
    the worker and the gate tell as refused is one refusal, and one that was published is none."""

    audit_records: int = 0
    lineage_events: int = 0
    releases: int = 0
    refusals: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """`audit_records` and `lineage_events` are what arrived from the operator, each once;
    `own_records` are of the bureau's own acts."""

    audit_records: int
    lineage_events: int
    own_records: int
    scenarios: dict[str, ScenarioTotals] = field(default_factory=dict)


def totals(connection: Connection) -> Totals:
    own = connection.execute(
        select(func.count()).where(audit_records.c.origin == "bureau")
    ).scalar_one()
    released = _released(audit_records)
    audit = connection.execute(
        select(
            audit_records.c.scenario,
            func.count(),
            func.count().filter(released),
        )
        .where(audit_records.c.origin == "operator")
        .group_by(audit_records.c.scenario)
    ).all()
    refusals = _refusals(connection)
    events = connection.execute(
        select(lineage_events.c.scenario, func.count()).group_by(lineage_events.c.scenario)
    )
    lineage = {row[0]: row[1] for row in events}
    by_scenario = {
        name: ScenarioTotals(
            audit_records=count,
            lineage_events=lineage.get(name, 0),
            releases=releases,
            refusals=refusals.get(name, 0),
        )
        for name, count, releases in audit
    }
    for name, count in lineage.items():
        by_scenario.setdefault(name, ScenarioTotals(lineage_events=count))
    return Totals(
        audit_records=sum(one.audit_records for one in by_scenario.values()),
        lineage_events=sum(one.lineage_events for one in by_scenario.values()),
        own_records=own,
        scenarios={name: by_scenario[name] for name in sorted(by_scenario) if name},
    )


def _refusals(connection: Connection) -> dict[str, int]:
    kept, published = audit_records.c, audit_records.alias("published")
    run = func.coalesce(func.nullif(kept.run_id, ""), cast(kept.id, Text))
    came_out = (
        select(published.c.id)
        .where(
            _released(published),
            published.c.scenario == kept.scenario,
            published.c.run_id == kept.run_id,
            published.c.run_id != "",
        )
        .exists()
    )
    query = (
        select(kept.scenario, func.count(run.distinct()))
        .where(
            kept.phase != "intent",
            kept.origin == "operator",
            kept.action.in_((Action.RUN_REFUSED, Action.RELEASE_REFUSED)),
            ~came_out,
        )
        .group_by(kept.scenario)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _released(records: FromClause) -> ColumnElement[bool]:
    return (
        (records.c.phase != "intent")
        & (records.c.origin == "operator")
        & (records.c.action == Action.RELEASE_PUBLISHED.value)
        & (records.c.outcome == "success")
    )
