"""What was destroyed at the end of its term, and what is under way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from weir.crypto.canonical import canonical_json
from weir.crypto.sm3 import sm3_hex
from weir.evidence.audit import AuditRecord
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE
from weir.gate.tables import destructions
from weir.model import Digest
from weir.policy.retention import Lot, LotKind
from weir.storage.objects import ObjectInfo


class RetentionStore:
    """Raises `StoreUnavailableError` when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, lot: Lot, intent: AuditRecord) -> None:
        """Keep that a lot is about to be destroyed."""
        row = {
            "intent_id": intent.id,
            "kind": lot.kind,
            "prefix": lot.prefix,
            "scenario": lot.scenario,
            "run_id": lot.run_id,
            "cause": lot.cause,
            "objects": lot.objects,
            "listing_sm3": lot.listing_sm3,
            "newest_at": lot.newest_at,
            "begun_at": intent.occurred_at,
        }
        with transaction(self._engine, DATABASE) as connection:
            connection.execute(insert(destructions).values(row))
            append(connection, intent)

    def under_way(self) -> tuple[tuple[Any, Lot], ...]:
        """What an earlier attempt began and did not end, each with the intent it began by."""
        query = (
            select(destructions)
            .where(destructions.c.ended_at.is_(None))
            .order_by(destructions.c.begun_at)
        )
        with transaction(self._engine, DATABASE) as connection:
            return tuple((row.intent_id, _lot(row)) for row in connection.execute(query))

    def end(self, outcome: AuditRecord) -> None:
        """Keep that the lot of the outcome's intent is gone."""
        with transaction(self._engine, DATABASE) as connection:
            connection.execute(
                update(destructions)
                .where(destructions.c.intent_id == outcome.intent_id)
                .values(ended_at=outcome.occurred_at)
            )
            append(connection, outcome)


def listing(objects: list[ObjectInfo]) -> Digest:
    return sm3_hex(canonical_json(sorted([one.key, one.size_bytes] for one in objects)))


def _lot(row: Row[Any]) -> Lot:
    return Lot(
        kind=LotKind(row.kind),
        prefix=row.prefix,
        scenario=row.scenario,
        run_id=row.run_id,
        cause=row.cause,
        objects=row.objects,
        listing_sm3=Digest(row.listing_sm3),
        newest_at=row.newest_at,
    )
