"""The operator's stops as the gate's cases hold them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Engine, or_, select

from weir.evidence.database import transaction
from weir.gate.migrate import DATABASE
from weir.gate.tables import cases
from weir.policy.machines.incident import CONTAINED, INCIDENT
from weir.policy.machines.user_stop import USER_STOP
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
        return tuple(
            OperatorStop(
                stop_id=row.case_id,
                kind=row.facts["scope_kind"],
                name=row.facts["scope"],
                by_incident=True,
            )
            if row.kind == INCIDENT.kind
            else OperatorStop(
                stop_id=row.case_id, kind=row.facts["stop_kind"], name=row.facts["stop_name"]
            )
            for row in connection.execute(query)
        )
