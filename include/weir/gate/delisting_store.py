"""Delistings and the states they go through; each change commits with its audit record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Engine, insert, select

from weir.clock import Clock
from weir.contracts.policy_pack import PolicyPack
from weir.errors import AuthorisationError
from weir.evidence.audit import AuditRecord
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE
from weir.gate.release_store import Release, locked, reason_values, set_values
from weir.gate.tables import delistings
from weir.model import Principal, Reason, ReleaseState, require
from weir.policy.machine import Situation, may_move
from weir.policy.machines.release import RELEASE, Delisting

_DELIST = RELEASE.move("delist")


@dataclass(frozen=True, slots=True, kw_only=True)
class DelistingOrder:
    """Why a release is delisted: `order_id` names the bureau's order, `person` whoever of the
    operator's people did it."""

    ordered_by: Literal["bureau", "operator"]
    ground: str
    article: str
    order_id: str = ""
    person: str = ""
    ordered_at: datetime


class DelistingStore:
    """Raises `StoreUnavailableError` when the database does not answer."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def order(
        self,
        release_id: str,
        wanted: DelistingOrder,
        by: Principal,
        pack: PolicyPack,
        intent: AuditRecord,
    ) -> Release:
        """Keep that the release is to be taken from consumers.

        Raises `AuthorisationError` (code `move_out_of_order`) unless it is published.
        """
        with transaction(self._engine, DATABASE) as connection:
            held = locked(connection, release_id)
            situation = Situation(
                case_id=release_id,
                state=held.state,
                history=(),
                facts={},
                by=by,
                at=self._clock.now(),
                pack=pack,
            )
            require(
                may_move(RELEASE, _DELIST, situation, _stated(wanted)),
                AuthorisationError,
                release=release_id,
                state=held.state,
            )
            connection.execute(
                insert(delistings).values(
                    release_id=release_id,
                    ordered_by=wanted.ordered_by,
                    order_id=wanted.order_id,
                    person=wanted.person,
                    ground=wanted.ground,
                    article=wanted.article,
                    ordered_at=wanted.ordered_at,
                )
            )
            values = {"state": ReleaseState.DELISTING, "intent_id": intent.id}
            told = reason_values(_delisted(wanted))
            set_values(connection, release_id, values | told, intent)
            append(connection, intent)
            return locked(connection, release_id)

    def find(self, release_id: str) -> DelistingOrder:
        query = select(delistings).where(delistings.c.release_id == release_id)
        with transaction(self._engine, DATABASE) as connection:
            row = connection.execute(query).one()
        return DelistingOrder(
            ordered_by=row.ordered_by,
            ground=row.ground,
            article=row.article,
            order_id=row.order_id,
            person=row.person,
            ordered_at=row.ordered_at,
        )

    def close(self, release_id: str, intent_id: UUID | None, outcome: AuditRecord) -> bool:
        """Keep that nothing of the release is left to consumers; False where that is known."""
        with transaction(self._engine, DATABASE) as connection:
            held = locked(connection, release_id)
            if (held.state, held.intent_id) != (ReleaseState.DELISTING, intent_id):
                return False
            values = {"state": ReleaseState.DELISTED, "intent_id": None}
            set_values(connection, release_id, values, outcome)
            append(connection, outcome)
            return True


def _delisted(wanted: DelistingOrder) -> Reason:
    return Reason(
        code="release_delisted",
        what=f"the release was delisted by the {wanted.ordered_by}",
        article=wanted.article,
        remedy="nothing brings it back; what is mended is a new run's product",
    )


def _stated(wanted: DelistingOrder) -> Delisting:
    # The bureau's word stands as it was signed, whatever it says.
    return Delisting.model_construct(ground=wanted.ground)
