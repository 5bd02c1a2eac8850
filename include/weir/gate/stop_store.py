"""The operator's stops as the gate's cases hold them."""

from __future__ import annotations

from sqlalchemy import Engine, select

from weir.evidence.database import transaction
from weir.gate.migrate import DATABASE
from weir.gate.tables import cases
from weir.policy.machines.user_stop import USER_STOP
from weir.policy.stops import UserStop


def stops_in_force(engine: Engine) -> tuple[UserStop, ...]:
    """Every stop that nobody has lifted. Raises `StoreUnavailableError` for a database that does
    not answer."""
    held = cases.cases
    query = (
        select(held.c.case_id, held.c.facts)
        .where(held.c.kind == USER_STOP.kind, held.c.state == "stopped")
        .order_by(held.c.case_id)
    )
    with transaction(engine, DATABASE) as connection:
        return tuple(
            UserStop(stop_id=row.case_id, kind=row.facts["stop_kind"], name=row.facts["stop_name"])
            for row in connection.execute(query)
        )
