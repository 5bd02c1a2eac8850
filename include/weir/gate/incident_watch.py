"""What the gate found in a product opens an incident, whoever looks (第十九条)."""

from __future__ import annotations

import structlog
from sqlalchemy import Text, cast, func, literal, or_, select

from weir.evidence.database import transaction
from weir.gate.book import case_book
from weir.gate.migrate import DATABASE
from weir.gate.ports import GatePorts
from weir.gate.tables import cases, verdicts
from weir.model import Principal, Role
from weir.policy.machines.incident import INCIDENT, OPEN, SIGNS

_GATE = Principal(id="weir-gate", role=Role.GATE, org="operator")
log = structlog.get_logger()


class IncidentWatch:
    """Opens an incident for each refusal that is a sign of a leak or of tampering.

    It goes by the verdicts, which nobody can take back by asking again: none is missed, whatever
    was killed. While an incident of a scenario is open, further refusals for the same reason belong
    to it: whoever hands in one forged product after another opens no incident for each.
    """

    def __init__(self, ports: GatePorts) -> None:
        self._engine = ports.engine
        self._book = case_book(ports)

    def run(self) -> None:
        """Raises `StoreUnavailableError` when the database does not answer."""
        held, kept = verdicts.c, cases.cases.c
        ending = literal(" was refused: ", Text) + held.outcome_code
        told = literal("release ", Text) + held.release_id + ending
        belongs = (
            select(kept.case_id)
            .where(
                kept.kind == INCIDENT.kind,
                kept.facts["scope_kind"].astext == "scenario",
                kept.facts["scope"].astext == held.scenario,
                func.right(kept.facts["what"].astext, func.length(ending)) == ending,
                or_(kept.state.in_(OPEN), kept.changed_at >= held.at),
            )
            .exists()
        )
        query = (
            select(
                cast(held.audit_id, Text).label("name"),
                held.scenario,
                held.outcome_code,
                held.at,
                told.label("what"),
            )
            .where(held.outcome == "refused", held.outcome_code.in_(SIGNS), ~belongs)
            .order_by(held.seq)
            .limit(1)
        )
        while True:
            with transaction(self._engine, DATABASE) as connection:
                row = connection.execute(query).one_or_none()
            if row is None:
                return
            facts = {
                "sign": SIGNS[row.outcome_code],
                "what": row.what,
                "scope_kind": "scenario",
                "scope": row.scenario,
                "discovered_at": row.at.isoformat(),
            }
            self._book.move(INCIDENT, f"inc-{row.name}", "open", facts, _GATE)
            log.warning("incident_opened", scenario=row.scenario, code=row.outcome_code)
