"""Proof that what the operator recorded is what the bureau holds, record by record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine, select

from weir.crypto.sm3 import sm3_hex
from weir.evidence.database import transaction
from weir.evidence.run_ledger import DATABASE
from weir.evidence.tables import outbox

_BATCH_ROWS = 1000


class DigestSource(Protocol):
    """Tells what the receiver holds. Raises `BureauUnavailableError`."""

    def digests(self, ids: Sequence[str]) -> Mapping[str, str]:
        """SM3 by record id; an id that is not held is left out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """`records` audit records are in the outbox, `pending` of them not delivered yet. Of the
    others `missing` are not with the bureau and `changed` differ from what it holds."""

    records: int
    pending: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Every record arrived, and unchanged."""
        return not (self.pending or self.missing or self.changed)


def compare_arrivals(engine: Engine, source: DigestSource) -> Arrivals:
    """Ask the bureau for the digest of each delivered audit record and compare it with ours."""
    pending = records = 0
    missing: list[str] = []
    changed: list[str] = []
    with transaction(engine, DATABASE) as connection:
        rows = connection.execution_options(yield_per=_BATCH_ROWS).execute(
            select(outbox.c.dedup_id, outbox.c.body, outbox.c.delivered_at)
            .where(outbox.c.kind == "audit")
            .order_by(outbox.c.seq)
        )
        for batch in rows.partitions():
            records += len(batch)
            sent = [row for row in batch if row.delivered_at is not None]
            pending += len(batch) - len(sent)
            held = source.digests([row.dedup_id for row in sent]) if sent else {}
            for row in sent:
                digest = held.get(row.dedup_id)
                if digest is None:
                    missing.append(row.dedup_id)
                elif digest != sm3_hex(bytes(row.body)):
                    changed.append(row.dedup_id)
    return Arrivals(
        records=records, pending=pending, missing=tuple(missing), changed=tuple(changed)
    )
