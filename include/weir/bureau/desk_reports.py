"""The operator's own reports as the bureau knows them: by the records that tell of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from weir.bureau.tables import audit_records
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, from_bytes

SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """One line of the desk. `key` is the page's in the reports bucket."""

    record: UUID
    name: str
    kind: str
    key: str
    first_day: str
    until: str
    made_at: datetime


def recent_reports(connection: Connection, limit: int = SHOWN) -> tuple[ReportView, ...]:
    """The last reports that the operator told of, newest first."""
    return tuple(
        ReportView(
            record=record.id,
            name=record.target.name,
            kind=_text(record, "kind"),
            key=_text(record, "report"),
            first_day=_text(record, "first_day"),
            until=_text(record, "until"),
            made_at=record.occurred_at,
        )
        for record in _records(connection, limit)
    )


def digest_told(connection: Connection, key: str) -> str | None:
    """The SM3 that a record gives of the report file under `key`: of the page, or of its twin in
    JSON. None where no record tells of it."""
    stem, _, form = key.rpartition(".")
    page = f"{stem}.html"
    for record in _records(connection):
        if _text(record, "report") == page:
            return _text(record, "html_sm3" if form == "html" else "sm3")
    return None


def _records(connection: Connection, limit: int | None = None) -> Iterator[AuditRecord]:
    bodies = connection.scalars(
        select(audit_records.c.body)
        .where(
            audit_records.c.origin == "operator",
            audit_records.c.action == Action.REPORT_MADE.value,
            audit_records.c.outcome == "success",
        )
        .order_by(audit_records.c.seq.desc())
        .limit(limit)
    )
    return map(from_bytes, bodies)


def _text(record: AuditRecord, key: str) -> str:
    value = record.data.get(key, "")
    return value if isinstance(value, str) else ""
