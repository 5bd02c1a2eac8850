"""The operator's stops as the gate's cases hold them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Engine, Row, or_, select

from weir.evidence.database import transaction
from weir.gate.migrate import DATABASE
from weir.gate.tables import cases
from weir.policy.machines.incident import CONTAINED, INCIDENT
from weir.policy.machines.user_stop import USER_STOP
from weir.policy.resumed import EndedStop
from weir.policy.stops import OperatorStop


def stops_in_force(
    engine: Engine, incidents: Collection[str] = CONTAINED
) -> tuple[OperatorStop, ...]:
    """Every stop of a data user that nobody has lifted, and every incident in one of the states
    `incidents`: those that stop anything are contained and not closed. Raises
    `StoreUnavailableError` for a database that does not answer."""
    held = cases.cases
    query = (
        select(held.c.kind, held.c.case_id, held.c.facts)
        .where(
            or_(
                (held.c.kind == USER_STOP.kind) & (held.c.state == "stopped"),
                (held.c.kind == INCIDENT.kind) & held.c.state.in_(incidents),
            )
        )
        .order_by(held.c.case_id)
    )
    with transaction(engine, DATABASE) as connection:
        return tuple(_stop(row) for row in connection.execute(query))


def stops_ended(engine: Engine) -> tuple[EndedStop, ...]:
    """Every stop of a data user that was lifted, and every incident that was contained and is so no
    more, each with the instant of that. Raises as `stops_in_force`."""
    held, moves = cases.cases, cases.moves
    query = (
        select(held.c.kind, held.c.case_id, held.c.facts, moves.c.at)
        .join(moves, (moves.c.kind == held.c.kind) & (moves.c.case_id == held.c.case_id))
        .where(
            or_(
                (held.c.kind == USER_STOP.kind) & (moves.c.target == "lifted"),
                (held.c.kind == INCIDENT.kind)
                & moves.c.source.in_(CONTAINED)
                & moves.c.target.not_in(CONTAINED),
            )
        )
        .order_by(moves.c.seq)
    )
    with transaction(engine, DATABASE) as connection:
        return tuple(
            EndedStop(stop=_stop(row), ended_at=row.at) for row in connection.execute(query)
        )


def _stop(row: Row[Any]) -> OperatorStop:
    if row.kind == INCIDENT.kind:
        return OperatorStop(
            stop_id=row.case_id,
            kind=row.facts["scope_kind"],
            name=row.facts["scope"],
            by_incident=True,
        )
    return OperatorStop(
        stop_id=row.case_id, kind=row.facts["stop_kind"], name=row.facts["stop_name"]
    )
