"""The books of a period, read from the gate's database by a role that may change nothing there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, or_, select

from weir.clock import Clock
from weir.crypto.sm2 import VerifyingKey
from weir.errors import ContractError
from weir.evidence.database import transaction
from weir.evidence.run_history import RunSummary, runs_begun
from weir.evidence.tables import outbox
from weir.gate.credential_store import DRILL
from weir.gate.migrate import DATABASE
from weir.gate.ports import ContractFolders
from weir.gate.reports.books import (
    Books,
    Contracts,
    CountRow,
    CredentialRow,
    EvidenceRow,
    IncidentRow,
    ReleaseRow,
    StepRow,
    facts_of,
)
from weir.gate.reports.period import Period
from weir.gate.standing_store import StandingStore
from weir.gate.tables import cases, credentials, incident_figures, releases

_INCIDENT = "incident"


def read_contracts(folders: ContractFolders) -> Contracts:
    """What the contract files say now. One that does not hold is left out, as if it were gone."""
    found = {}
    for name in folders.names():
        try:
            found[name] = facts_of(folders.plan(name))
        except ContractError:
            continue
    return Contracts(scenarios=found, pack=folders.pack)


def read_books(
    engine: Engine, period: Period, contracts: Contracts, *, bureau_key: VerifyingKey, clock: Clock
) -> Books:
    """Everything of `period`, in one transaction but for the bureau's orders.

    Raises `StoreUnavailableError` when the database does not answer, and `IntegrityError` for an
    order that the bureau has not signed.
    """
    orders = StandingStore(engine, bureau_key).orders()
    with transaction(engine, DATABASE) as connection:
        return Books(
            period=period,
            made_at=clock.now(),
            contracts=contracts,
            runs=_runs(connection, period),
            releases=_releases(connection, period),
            credentials=_credentials(connection, period),
            orders=orders,
            incidents=_incidents(connection, period),
            procedures=_procedures(connection, period),
            evidence=_evidence(connection, period),
        )


def _runs(connection: Connection, period: Period) -> tuple[RunSummary, ...]:
    """The runs as their workers told of them, but for what the gate itself published."""
    runs = runs_begun(connection, period.begins_at, period.ends_at)
    query = select(releases.c.scenario, releases.c.run_id).where(
        releases.c.published_at.is_not(None),
        releases.c.run_id.in_({run.run_id for run in runs}),
    )
    published = {(row.scenario, row.run_id) for row in connection.execute(query)}
    return tuple(replace(run, published=(run.scenario, run.run_id) in published) for run in runs)


def _releases(connection: Connection, period: Period) -> tuple[ReleaseRow, ...]:
    def within(column: ColumnElement[datetime]) -> ColumnElement[bool]:
        return and_(column >= period.begins_at, column < period.ends_at)

    query = (
        select(releases.c.scenario, releases.c.state, releases.c.rows, releases.c.published_at)
        .where(
            or_(
                within(releases.c.published_at),
                and_(releases.c.state == "refused", within(releases.c.changed_at)),
            )
        )
        .order_by(releases.c.requested_at)
    )
    return tuple(
        ReleaseRow(
            scenario=row.scenario, state=row.state, rows=row.rows, published_at=row.published_at
        )
        for row in connection.execute(query)
    )


def _credentials(connection: Connection, period: Period) -> tuple[CredentialRow, ...]:
    kept = credentials.c
    query = (
        select(
            kept.use_agreement,
            kept.environment,
            kept.data_user,
            kept.scenarios,
            kept.state,
            kept.issued_at,
            kept.valid_until,
        )
        .where(kept.issued_at < period.ends_at, kept.environment != DRILL)
        .order_by(kept.use_agreement, kept.environment)
    )
    return tuple(
        CredentialRow(
            use_agreement=row.use_agreement,
            environment=row.environment,
            data_user=row.data_user,
            scenarios=tuple(row.scenarios),
            state=row.state,
            issued_at=row.issued_at,
            valid_until=row.valid_until,
        )
        for row in connection.execute(query)
    )


def _incidents(connection: Connection, period: Period) -> tuple[IncidentRow, ...]:
    kept = cases.cases.c
    names = connection.scalars(
        select(kept.case_id)
        .where(
            kept.kind == _INCIDENT,
            kept.opened_at >= period.begins_at,
            kept.opened_at < period.ends_at,
        )
        .order_by(kept.opened_at, kept.case_id)
    ).all()
    return _incident_rows(connection, list(names))


def _incident_rows(connection: Connection, names: list[str]) -> tuple[IncidentRow, ...]:
    kept, moves = incident_figures.c, cases.moves.c
    held = {
        row.case_id: row
        for row in connection.execute(
            select(kept.case_id, kept.state, kept.facts).where(kept.case_id.in_(names))
        )
    }
    steps: dict[str, list[StepRow]] = {name: [] for name in held}
    for row in connection.execute(
        select(moves.case_id, moves.move, moves.by_role, moves.at)
        .where(moves.kind == _INCIDENT, moves.case_id.in_(list(held)))
        .order_by(moves.case_id, moves.version)
    ):
        steps[row.case_id].append(StepRow(move=row.move, by_role=row.by_role, at=row.at))
    return tuple(
        IncidentRow(
            case_id=name, state=held[name].state, facts=held[name].facts, steps=tuple(steps[name])
        )
        for name in names
        if name in held
    )


def _procedures(connection: Connection, period: Period) -> tuple[CountRow, ...]:
    """Cases of every kind but incidents, which have lines of their own."""
    kept = cases.cases.c
    query = (
        select(kept.kind, kept.state, func.count())
        .where(
            kept.kind != _INCIDENT,
            kept.opened_at >= period.begins_at,
            kept.opened_at < period.ends_at,
        )
        .group_by(kept.kind, kept.state)
        .order_by(kept.kind, kept.state)
    )
    return tuple(
        CountRow(kind=kind, state=state, count=count)
        for kind, state, count in connection.execute(query)
    )


def _evidence(connection: Connection, period: Period) -> tuple[EvidenceRow, ...]:
    kept = outbox.c
    query = (
        select(
            kept.kind,
            func.count(kept.kind),
            func.count(kept.delivered_at),
            func.count(kept.rejected_at),
        )
        .where(kept.recorded_at >= period.begins_at, kept.recorded_at < period.ends_at)
        .group_by(kept.kind)
        .order_by(kept.kind)
    )
    return tuple(
        EvidenceRow(kind=kind, records=records, delivered=delivered, rejected=rejected)
        for kind, records, delivered, rejected in connection.execute(query)
    )
