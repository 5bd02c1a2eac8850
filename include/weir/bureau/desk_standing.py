"""What the gate has not acknowledged, and what the operator holds open, by its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, select

from weir.bureau.tables import audit_records, orders, record_json, revocations, terminations
from weir.evidence.actions import Action
from weir.policy.machines.incident import INCIDENT
from weir.policy.machines.user_stop import USER_STOP

_MACHINES = MappingProxyType({one.kind: one for one in (INCIDENT, USER_STOP)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unacknowledged:
    """A statement that the bureau signed; no record received tells that the gate has it."""

    action: str
    scope_kind: str
    scope: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAtGate:
    """An incident or a stop of the operator's that its last record does not end."""

    name: str
    zh: str
    kind: str
    state_zh: str
    state: str
    scope_kind: str
    scope: str
    since: datetime
    record: UUID


def unacknowledged(connection: Connection) -> tuple[Unacknowledged, ...]:
    """Orders, revocations and terminations that the gate has not told of, the oldest first. A
    drill's order is its own affair."""
    return tuple(sorted(_unacknowledged(connection), key=lambda one: one.signed_at))


def _unacknowledged(connection: Connection) -> Iterator[Unacknowledged]:
    ordered = select(
        orders.c.action, orders.c.scope_kind, orders.c.scope, orders.c.issued_at.label("at")
    ).where(
        orders.c.scope_kind != "drill",
        _not_registered(orders.c.order_id, Action.ORDER_REGISTERED),
    )
    for row in connection.execute(ordered):
        yield Unacknowledged(
            action=row.action, scope_kind=row.scope_kind, scope=row.scope, signed_at=row.at
        )
    taken_back = select(revocations.c.scenario, revocations.c.revoked_at).where(
        _not_registered(revocations.c.revocation_id, Action.REVOCATION_REGISTERED)
    )
    for row in connection.execute(taken_back):
        yield Unacknowledged(
            action="revoked", scope_kind="scenario", scope=row.scenario, signed_at=row.revoked_at
        )
    ended = select(terminations.c.agreement, terminations.c.issued_at).where(
        _not_registered(terminations.c.termination_id, Action.TERMINATION_REGISTERED)
    )
    for row in connection.execute(ended):
        yield Unacknowledged(
            action="terminated",
            scope_kind="agreement",
            scope=row.agreement,
            signed_at=row.issued_at,
        )


def _not_registered(name: Column[str], action: Action) -> ColumnElement[bool]:
    told = select(record_json["data"][name.name].astext).where(
        audit_records.c.origin == "operator",
        audit_records.c.action == action.value,
        audit_records.c.outcome == "success",
        record_json["data"][name.name].astext.is_not(None),
    )
    return name.not_in(told)


def open_at_gate(connection: Connection) -> tuple[OpenAtGate, ...]:
    """Incidents and stops of the operator's that are open, the last changed first."""
    machines = _MACHINES.values()
    kind, name = record_json["target"]["kind"].astext, record_json["target"]["name"].astext
    last = (
        select(
            audit_records.c.id,
            audit_records.c.occurred_at,
            kind.label("kind"),
            name.label("name"),
            record_json["data"].label("data"),
        )
        .where(
            audit_records.c.origin == "operator",
            audit_records.c.outcome == "success",
            audit_records.c.action.in_({move.record for one in machines for move in one.moves}),
        )
        .distinct(kind, name)
        .order_by(kind, name, audit_records.c.occurred_at.desc(), audit_records.c.seq.desc())
    )
    found = [
        _open(row.id, row.occurred_at, row.kind, row.name, row.data)
        for row in connection.execute(last)
        if not _MACHINES[row.kind].final(row.data["state"])
    ]
    return tuple(sorted(found, key=lambda one: one.since, reverse=True))


def _open(
    record: UUID, since: datetime, kind: str, name: str, data: Mapping[str, str]
) -> OpenAtGate:
    machine, state = _MACHINES[kind], data["state"]
    return OpenAtGate(
        name=name,
        zh=machine.zh,
        kind=kind,
        state_zh=machine.states[state],
        state=state,
        scope_kind=data.get("scope_kind") or data.get("stop_kind", ""),
        scope=data.get("scope") or data.get("stop_name", ""),
        since=since,
        record=record,
    )
