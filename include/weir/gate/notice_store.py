"""Notices that were issued: each once, with its audit record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from weir.evidence.audit import AuditRecord
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE
from weir.gate.tables import notices
from weir.policy.notices import DUTIES, Notice, NoticeKind


class NoticeStore:
    """Raises `StoreUnavailableError` when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def issue(
        self, due: Iterable[Notice], record: Callable[[Notice], AuditRecord]
    ) -> tuple[Notice, ...]:
        """Issue those of `due` that never were, each with its record; returns them."""
        issued = []
        with transaction(self._engine, DATABASE) as connection:
            for notice in due:
                audit = record(notice)
                taken = connection.execute(
                    insert(notices).values(_row(notice, audit)).on_conflict_do_nothing()
                ).rowcount
                if taken:
                    append(connection, audit)
                    issued.append(notice)
        return tuple(issued)

    def settle(
        self, done: Collection[str], record: Callable[[Notice], AuditRecord]
    ) -> tuple[Notice, ...]:
        """Settle the standing notices of duties about the subjects in `done`, each once and with
        its record; returns them."""
        settled = []
        standing = select(notices).where(notices.c.settled_at.is_(None), _of_duty())
        with transaction(self._engine, DATABASE) as connection:
            for row in connection.execute(standing).all():
                if row.subject not in done:
                    continue
                audit = record(_notice(row))
                taken = connection.execute(
                    update(notices)
                    .where(notices.c.key == row.key, notices.c.settled_at.is_(None))
                    .values(settled_at=audit.occurred_at)
                ).rowcount
                if taken:
                    append(connection, audit)
                    settled.append(_notice(row))
        return tuple(settled)

    def not_over(
        self, on: date, kinds: Collection[NoticeKind] = (), limit: int = 100
    ) -> tuple[Notice, ...]:
        """The issued notices of duties that are not done, and of what has not ended before the day
        `on`, of `kinds` alone where any is named; the first to end first."""
        query = (
            select(notices)
            .where(notices.c.settled_at.is_(None), or_(notices.c.ends_on >= on, _of_duty()))
            .order_by(notices.c.ends_on, notices.c.key)
            .limit(limit)
        )
        if kinds:
            query = query.where(notices.c.kind.in_(sorted(kinds)))
        with transaction(self._engine, DATABASE) as connection:
            return tuple(_notice(row) for row in connection.execute(query))


def _of_duty() -> ColumnElement[bool]:
    return notices.c.kind.in_(sorted(DUTIES))


def _row(notice: Notice, audit: AuditRecord) -> dict[str, Any]:
    return {
        "key": notice.key,
        "kind": notice.kind,
        "subject": notice.subject,
        "due_on": notice.due_on,
        "ends_on": notice.ends_on,
        "article": notice.article,
        "addressee": notice.addressee,
        "zh": notice.zh,
        "en": notice.en,
        "issued_at": audit.occurred_at,
        "audit_id": audit.id,
    }


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        kind=NoticeKind(row.kind),
        subject=row.subject,
        due_on=row.due_on,
        ends_on=row.ends_on,
        article=row.article,
        addressee=row.addressee,
        zh=row.zh,
        en=row.en,
    )
