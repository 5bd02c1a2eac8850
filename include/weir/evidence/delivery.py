"""Delivery of the outbox: at least once, so the receiver counts each record by its id.

Rows to send are those without a delivery, never those after the last one sent: transactions commit
in another order than they take their numbers, and a cursor would pass over the late ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import structlog
from sqlalchemy import Connection, Engine, Row, func, select, update

from weir.crypto.sm3 import sm3_hex
from weir.errors import AuthorisationError, IntegrityError, RefusedError
from weir.evidence.database import transaction
from weir.evidence.run_ledger import DATABASE
from weir.evidence.tables import outbox

Kind = Literal["audit", "lineage"]
_KINDS: tuple[Kind, ...] = ("audit", "lineage")
_BATCH_ROWS = 200
_BATCH_BYTES = 4 * 1024 * 1024

_Pending = Row[tuple[int, str, bytes]]

log = structlog.get_logger("weir.evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one body: `sm3` is of the bytes the receiver holds, `code` why it holds
    none."""

    outcome: Literal["accepted", "duplicate", "rejected"]
    sm3: str = ""
    code: str = ""


class Receiver(Protocol):
    """Takes evidence for good.

    `BureauUnavailableError`: nothing is known of the batch. `AuthorisationError`: the credential
    is refused. Any other `RefusedError`: the batch as a whole was refused and nothing kept.
    """

    def receive(self, kind: Kind, bodies: Sequence[bytes]) -> Sequence[Receipt]:
        """One receipt per body, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A row the receiver would not take. It stays in the outbox until it is offered again."""

    kind: str
    dedup_id: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """Rows delivered by this call, and every row that stands rejected, from this call or before."""

    audit: int
    lineage: int
    rejected: tuple[Rejection, ...]


def deliver_pending(engine: Engine, receiver: Receiver) -> Delivered:
    """Send what has not been delivered, in batches, each settled in its own transaction.

    Where the receiver does not answer, its error goes on and the batch is left for next time; what
    earlier batches settled stays settled. A row that the receiver rejects is set aside, logged at
    error level now and at each later call, and holds up no other row. Two deliverers never hold
    one row at once; after a crash between sending and settling, rows are sent again.
    """
    delivered: dict[Kind, int] = dict.fromkeys(_KINDS, 0)
    for kind in _KINDS:
        while (sent := _deliver_batch(engine, receiver, kind)) is not None:
            delivered[kind] += sent
    rejected = _standing_rejections(engine)
    for row in rejected:
        log.error("evidence_rejected", kind=row.kind, id=row.dedup_id, code=row.code)
    log.info("evidence_delivered", rejected=len(rejected), **delivered)
    return Delivered(audit=delivered["audit"], lineage=delivered["lineage"], rejected=rejected)


def offer_again(engine: Engine) -> int:
    """Put rejected rows back among the pending ones; to be called once their cause is removed."""
    with transaction(engine, DATABASE) as connection:
        done = connection.execute(
            update(outbox)
            .where(outbox.c.rejected_at.is_not(None), outbox.c.delivered_at.is_(None))
            .values(rejected_at=None, rejection=None)
        )
        return done.rowcount


def _deliver_batch(engine: Engine, receiver: Receiver, kind: Kind) -> int | None:
    """How many rows of one batch were delivered; None when none was pending."""
    with transaction(engine, DATABASE) as connection:
        rows = connection.execute(
            select(outbox.c.seq, outbox.c.dedup_id, outbox.c.body)
            .where(
                outbox.c.kind == kind,
                outbox.c.delivered_at.is_(None),
                outbox.c.rejected_at.is_(None),
            )
            .order_by(outbox.c.seq)
            .limit(_BATCH_ROWS)
            .with_for_update(skip_locked=True)
        ).all()
        if not rows:
            return None
        return _settle(connection, receiver, kind, _within_bytes(rows))


def _settle(
    connection: Connection,
    receiver: Receiver,
    kind: Kind,
    rows: Sequence[_Pending],
) -> int:
    receipts = _offer(receiver, kind, [bytes(row.body) for row in rows])
    kept = [row.seq for row, receipt in zip(rows, receipts, strict=True) if not receipt.code]
    connection.execute(update(outbox).where(outbox.c.seq.in_(kept)).values(delivered_at=func.now()))
    for row, receipt in zip(rows, receipts, strict=True):
        if receipt.code:
            connection.execute(
                update(outbox)
                .where(outbox.c.seq == row.seq)
                .values(rejected_at=func.now(), rejection=receipt.code)
            )
    return len(kept)


def _offer(receiver: Receiver, kind: Kind, bodies: Sequence[bytes]) -> list[Receipt]:
    """Receipts for `bodies`. A batch that is refused as a whole is halved until the refusal is
    one row's own."""
    try:
        receipts = _receive(receiver, kind, bodies)
    except AuthorisationError:
        raise
    except RefusedError as error:
        if len(bodies) == 1:
            return [Receipt(outcome="rejected", code=error.code)]
        middle = len(bodies) // 2
        first = _offer(receiver, kind, bodies[:middle])
        return first + _offer(receiver, kind, bodies[middle:])
    return [_checked(body, receipt) for body, receipt in zip(bodies, receipts, strict=True)]


def _receive(receiver: Receiver, kind: Kind, bodies: Sequence[bytes]) -> Sequence[Receipt]:
    receipts = receiver.receive(kind, bodies)
    if len(receipts) != len(bodies):
        raise IntegrityError(
            "receipts_incomplete",
            "the receiver did not answer for every record",
            where={"sent": len(bodies), "answered": len(receipts)},
        )
    return receipts


def _checked(body: bytes, receipt: Receipt) -> Receipt:
    """A receipt counts only where it names the digest of what was sent."""
    if receipt.outcome == "rejected":
        return Receipt(outcome="rejected", code=receipt.code or "rejected")
    if receipt.sm3 != sm3_hex(body):
        return Receipt(outcome="rejected", code="arrived_changed")
    return Receipt(outcome=receipt.outcome, sm3=receipt.sm3)


def _within_bytes(
    rows: Sequence[_Pending],
) -> Sequence[_Pending]:
    total = 0
    for index, row in enumerate(rows):
        total += len(row.body)
        if total > _BATCH_BYTES and index:
            return rows[:index]
    return rows


def _standing_rejections(engine: Engine) -> tuple[Rejection, ...]:
    with transaction(engine, DATABASE) as connection:
        rows = connection.execute(
            select(outbox.c.kind, outbox.c.dedup_id, outbox.c.rejection)
            .where(outbox.c.rejected_at.is_not(None), outbox.c.delivered_at.is_(None))
            .order_by(outbox.c.seq)
        )
        return tuple(
            Rejection(kind=row.kind, dedup_id=row.dedup_id, code=row.rejection) for row in rows
        )
