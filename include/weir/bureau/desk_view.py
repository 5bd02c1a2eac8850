"""What the desk shows, read from the bureau's own database and from nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select

from weir.bureau.desk_demands import waiting_for_bureau
from weir.bureau.desk_reports import ReportView, recent_reports
from weir.bureau.desk_runs import RunView, recent_runs
from weir.bureau.desk_standing import (
    OpenAtGate,
    Unacknowledged,
    open_at_gate,
    unacknowledged,
)
from weir.bureau.notices import NoticeView, standing_notices
from weir.bureau.tables import audit_records, decisions, orders, revocations
from weir.bureau.totals import ScenarioTotals, Totals, totals
from weir.bureau.wording import Term
from weir.clock import civil_date
from weir.contracts.policy_pack import PolicyPack
from weir.errors import ContractError
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, from_bytes
from weir.policy.lapse import lapse_of

_NIGHT = timedelta(hours=24)
RECORDS_A_PAGE = 50
SCENARIOS_A_PAGE = 100
_DRILLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """A decision of the bureau, with the contract's own title."""

    scenario: str
    title: str
    outcome: str
    reason: str
    article: str
    decided_by: str
    decided_at: datetime
    valid_until: datetime
    contract_digest: str
    demand: str
    revoked: RevocationView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationView:
    """What took a decision back."""

    ground: str
    article: str
    notice: str
    revoked_by: str
    revoked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioView:
    """One line of the desk."""

    name: str
    decision: DecisionView | None
    run: RunView | None
    totals: ScenarioTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    action: str
    scope_kind: str
    scope: str
    ground: str
    article: str
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecord:
    """A record with its place in the order of arrival and the digest of its bytes."""

    seq: int
    sm3: str
    received_at: datetime
    record: AuditRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """The front page: `troubles` are the runs refused or failed in the last 24 hours."""

    totals: Totals
    scenarios: tuple[ScenarioView, ...]
    """One page of them, by name."""
    scenario_count: int
    next_after: str
    """The name after which the next page begins; empty on the last one."""
    troubles: tuple[RunView, ...]
    runs: tuple[RunView, ...]
    suspensions: tuple[Suspension, ...]
    unacknowledged: tuple[Unacknowledged, ...]
    open_at_gate: tuple[OpenAtGate, ...]
    notices: tuple[NoticeView, ...]
    drills: tuple[KeptRecord, ...]
    records: tuple[KeptRecord, ...]
    reports: tuple[ReportView, ...]
    demands_waiting: int
    """Demands on which the bureau has the next word."""


def front_page(connection: Connection, now: datetime, after: str = "") -> DeskView:
    """The page of scenarios whose names come after `after`, and all else that is new."""
    counted = totals(connection)
    runs = recent_runs(connection, limit=30)
    known = connection.scalars(select(decisions.c.scenario).distinct())
    every = sorted({*counted.scenarios, *known})
    names = [name for name in every if name > after][:SCENARIOS_A_PAGE]
    decided = {one.scenario: one for one in last_decisions(connection, names)}
    return DeskView(
        totals=counted,
        scenario_count=len(every),
        next_after=names[-1] if names and names[-1] != every[-1] else "",
        scenarios=tuple(
            ScenarioView(
                name=name,
                decision=decided.get(name),
                run=next(iter(recent_runs(connection, scenario=name, limit=1)), None),
                totals=counted.scenarios.get(name, ScenarioTotals()),
            )
            for name in names
        ),
        troubles=tuple(
            run
            for run in runs
            if run.outcome in {"refused", "failed"} and run.finished_at > now - _NIGHT
        ),
        runs=tuple(runs),
        suspensions=suspensions(connection),
        unacknowledged=unacknowledged(connection),
        open_at_gate=open_at_gate(connection),
        notices=standing_notices(connection, now),
        drills=drills(connection),
        records=records_before(connection, None)[:12],
        reports=recent_reports(connection),
        demands_waiting=waiting_for_bureau(connection),
    )


def policy_warning(pack: Callable[[datetime], PolicyPack], now: datetime) -> Term | None:
    """What a reviewer must know of the policy pack: that it has lapsed, or cannot be read."""
    try:
        lapse = lapse_of(pack(now), now)
    except ContractError as error:
        return Term(f"没有可用的政策参数包（{error.code}）", "No policy pack can be read.")
    return None if lapse is None else Term(lapse.zh, lapse.en)


def drill_warning(
    connection: Connection, pack: Callable[[datetime], PolicyPack], now: datetime
) -> Term | None:
    """What a reviewer must know of the drills: that the last one failed, or is too long ago."""
    last = next(iter(drills(connection)), None)
    if last is None:
        return None
    if not last.record.data.get("passed"):
        return Term("最近一次收回演练超限", "The last drill of revocation went beyond its bound.")
    try:
        days = pack(now).parameters.drill_days.value
    except ContractError:
        return None  # `policy_warning` says so
    # On the day after the last one it is due: whoever is asked then has had that day.
    if civil_date(now) <= civil_date(last.record.occurred_at) + timedelta(days=days + 1):
        return None
    return Term(f"已超过 {days} 日未演练收回", f"No drill of revocation for more than {days} days.")


def decisions_on(connection: Connection, scenario: str) -> list[DecisionView]:
    """The decisions on a scenario, newest first."""
    wanted = select(decisions).where(decisions.c.scenario == scenario)
    return _views(connection, wanted.order_by(decisions.c.seq.desc()))


def last_decisions(connection: Connection, names: Sequence[str]) -> list[DecisionView]:
    """The decision that counts on each of these scenarios."""
    wanted = select(decisions).where(decisions.c.scenario.in_(names))
    last = wanted.distinct(decisions.c.scenario)
    return _views(connection, last.order_by(decisions.c.scenario, decisions.c.seq.desc()))


def _views(connection: Connection, wanted: Select[Any]) -> list[DecisionView]:
    taken_back = {
        row.decision_digest: RevocationView(
            ground=row.ground,
            article=row.article,
            notice=row.notice,
            revoked_by=row.revoked_by,
            revoked_at=row.revoked_at,
        )
        for row in connection.execute(select(revocations))
    }
    return [
        DecisionView(
            scenario=row.scenario,
            title=str(json.loads(row.bundle)["scenario"]["title"]),
            outcome=row.outcome,
            reason=row.reason,
            article=row.article,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            valid_until=row.valid_until,
            contract_digest=row.contract_digest,
            demand=row.demand,
            revoked=taken_back.get(row.decision_digest),
        )
        for row in connection.execute(wanted)
    ]


def suspensions(connection: Connection) -> tuple[Suspension, ...]:
    """The stops that no later order of the same scope has lifted, closed channels included. What
    delists a release, or drills, stops nobody's supply."""
    standing: dict[tuple[str, str], Suspension] = {}
    stopping = orders.c.scope_kind.not_in(["drill", "release"])
    wanted = select(orders).where(stopping).order_by(orders.c.seq)
    for row in connection.execute(wanted):
        scope = (row.scope_kind, row.scope)
        standing.pop(scope, None)
        if row.action != "resume":
            standing[scope] = Suspension(
                action=row.action,
                scope_kind=row.scope_kind,
                scope=row.scope,
                ground=row.ground,
                article=row.article,
                issued_at=row.issued_at,
            )
    return tuple(standing.values())


def records_before(
    connection: Connection, seq: int | None, scenario: str = ""
) -> tuple[KeptRecord, ...]:
    """A page of records, the last to arrive first; those before `seq` where it is given."""
    wanted = select(audit_records).order_by(audit_records.c.seq.desc()).limit(RECORDS_A_PAGE)
    if seq is not None:
        wanted = wanted.where(audit_records.c.seq < seq)
    if scenario:
        wanted = wanted.where(audit_records.c.scenario == scenario)
    return _kept(connection.execute(wanted).all())


def drills(connection: Connection) -> tuple[KeptRecord, ...]:
    """The last drills of revocation that the operator held, as its records tell of them."""
    wanted = (
        select(audit_records)
        .where(audit_records.c.action == Action.DRILL_COMPLETED.value)
        .order_by(audit_records.c.seq.desc())
        .limit(_DRILLS)
    )
    return _kept(connection.execute(wanted).all())


def one_record(connection: Connection, name: UUID) -> KeptRecord | None:
    wanted = select(audit_records).where(audit_records.c.id == name)
    return next(iter(_kept(connection.execute(wanted).all())), None)


def _kept(rows: Sequence[Row[tuple[object, ...]]]) -> tuple[KeptRecord, ...]:
    return tuple(
        KeptRecord(
            seq=row.seq, sm3=row.sm3, received_at=row.received_at, record=from_bytes(row.body)
        )
        for row in rows
    )
