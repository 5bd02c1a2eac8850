"""What the gate found in a product opens an incident, whoever looks (第十九条)."""

from __future__ import annotations

import structlog
from sqlalchemy import Text, literal, select

from weir.evidence.database import transaction
from weir.gate.book import case_book
from weir.gate.migrate import DATABASE
from weir.gate.ports import GatePorts
from weir.gate.tables import cases, releases
from weir.model import Principal, ReleaseState, Role
from weir.policy.machines.incident import INCIDENT, SIGNS

_GATE = Principal(id="weir-gate", role=Role.GATE, org="operator")
_PREFIX = "inc-"
log = structlog.get_logger()


class IncidentWatch:
    """Opens an incident for each release that was refused for a sign of a leak or of tampering.

    It goes by the releases themselves, so that one that a killed process refused is not missed, and
    none is opened twice.
    """

    def __init__(self, ports: GatePorts) -> None:
        self._engine = ports.engine
        self._book = case_book(ports)

    def run(self) -> None:
        """Raises `StoreUnavailableError` when the database does not answer."""
        held, kept = releases.c, cases.cases.c
        opened = select(kept.case_id).where(kept.kind == INCIDENT.kind)
        query = (
            select(held.release_id, held.scenario, held.reason_code, held.changed_at)
            .where(
                held.state == ReleaseState.REFUSED,
                held.reason_code.in_(SIGNS),
                (literal(_PREFIX, Text) + held.release_id).not_in(opened),
            )
            .order_by(held.changed_at)
        )
        with transaction(self._engine, DATABASE) as connection:
            found = connection.execute(query).all()
        for row in found:
            facts = {
                "sign": SIGNS[row.reason_code],
                "what": f"release {row.release_id} was refused: {row.reason_code}",
                "scope_kind": "scenario",
                "scope": row.scenario,
                "discovered_at": row.changed_at.isoformat(),
            }
            self._book.move(INCIDENT, _PREFIX + row.release_id, "open", facts, _GATE)
            log.warning("incident_opened", release=row.release_id, code=row.reason_code)
