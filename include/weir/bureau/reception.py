"""What the bureau receives: audit records and lineage events, each kept once and unchanged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Literal
from uuid import UUID

import structlog
from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from weir.bureau.tables import audit_records, lineage_events
from weir.crypto.sm3 import sm3_hex
from weir.errors import WeirError
from weir.evidence.audit import AuditRecord, from_bytes, to_bytes
from weir.evidence.delivery import Receipt
from weir.evidence.outbox import lineage_bytes
from weir.service.strict_json import read_json

log = structlog.get_logger("weir.bureau")


def receive_audit(connection: Connection, bodies: Sequence[bytes]) -> list[Receipt]:
    """Keep the records that are new. One receipt per body, in order.

    A body that is no canonical record is rejected with its code, and so is (`audit_id_conflict`) a
    different record under an id that is held already: one of the two was rewritten.
    """
    return _keep(connection, audit_records, [_audit_entry(body) for body in bodies])


def receive_lineage(connection: Connection, bodies: Sequence[bytes]) -> list[Receipt]:
    """Keep the OpenLineage run events that are new, in the normal form of
    `weir.evidence.outbox.lineage_bytes`. One receipt per body, in order."""
    return _keep(connection, lineage_events, [_lineage_entry(body) for body in bodies])


def keep_own(connection: Connection, record: AuditRecord) -> None:
    """Keep a record of the bureau's own act, in the transaction of that act."""
    body = to_bytes(record)
    connection.execute(insert(audit_records), _audit_row(record, body, "bureau"))


def audit_digests(connection: Connection, ids: Sequence[UUID]) -> dict[str, str]:
    """SM3 of the records held, by id; an id that is not held is left out."""
    held = connection.execute(
        select(audit_records.c.id, audit_records.c.sm3).where(audit_records.c.id.in_(ids))
    )
    return {str(row.id): row.sm3 for row in held}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One body, read: the row to keep, or the code of its rejection."""

    row: Mapping[str, Any] | None = None
    code: str = ""


def _keep(connection: Connection, table: Table, entries: Sequence[_Entry]) -> list[Receipt]:
    (key,) = table.primary_key.columns
    first: dict[Any, Mapping[str, Any]] = {}
    for entry in entries:
        if entry.row is not None:
            first.setdefault(entry.row[key.name], entry.row)
    new: set[Any] = set()
    if first:
        adding = insert_or_skip(table).on_conflict_do_nothing().returning(key)
        new = set(connection.execute(adding, list(first.values())).scalars())
    held = {name: first[name]["sm3"] for name in new}
    before = [name for name in first if name not in new]
    known = connection.execute(select(key, table.c.sm3).where(key.in_(before))) if before else ()
    held |= {row[0]: row[1] for row in known}
    receipts = [_receipt(entry, key.name, new, held) for entry in entries]
    refused = Counter(receipt.code for receipt in receipts if receipt.code)
    for code, count in refused.items():
        log.warning("evidence_rejected", table=table.name, code=code, records=count)
    log.info("evidence_received", table=table.name, records=len(entries), new=len(first))
    return receipts


def _receipt(entry: _Entry, key: str, new: set[Any], held: Mapping[Any, str]) -> Receipt:
    if entry.row is None:
        return Receipt(outcome="rejected", code=entry.code)
    name, sm3 = entry.row[key], entry.row["sm3"]
    if held[name] != sm3:
        return Receipt(outcome="rejected", code="audit_id_conflict")
    outcome: Literal["accepted", "duplicate"] = "accepted" if name in new else "duplicate"
    new.discard(name)
    return Receipt(outcome=outcome, sm3=sm3)


def _audit_entry(body: bytes) -> _Entry:
    try:
        return _Entry(row=_audit_row(from_bytes(body), body, "operator"))
    except WeirError as error:
        return _Entry(code=error.code)


def _audit_row(record: AuditRecord, body: bytes, origin: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "origin": origin,
        "body": body,
        "sm3": sm3_hex(body),
        "occurred_at": record.occurred_at,
        "phase": record.phase,
        "action": record.action,
        "outcome": record.outcome,
        "reason_code": record.reason_code,
        "scenario": record.legal.scenario,
        "run_id": record.run_id,
    }


def _lineage_entry(body: bytes) -> _Entry:
    try:
        value = read_json(body)
        event = _RunEvent.model_validate_json(body)
        event_time = event.event_time.astimezone(UTC)
    except WeirError as error:
        return _Entry(code=error.code)
    except (ValidationError, OverflowError):
        return _Entry(code="lineage_malformed")
    normal = lineage_bytes(value)
    parent = event.run.facets.parent
    return _Entry(
        row={
            "sm3": sm3_hex(normal),
            "body": normal,
            "event_time": event_time,
            "event_type": event.event_type,
            "run_uuid": event.run.run_id,
            "job_namespace": event.job.namespace,
            "job_name": event.job.name,
            "scenario": parent.job.name if parent else "",
        }
    )


class _Job(BaseModel):
    namespace: str = Field(max_length=500)
    name: str = Field(max_length=500)


class _Parent(BaseModel):
    job: _Job


class _RunFacets(BaseModel):
    parent: _Parent | None = None


class _Run(BaseModel):
    run_id: UUID = Field(alias="runId")
    facets: _RunFacets = _RunFacets()


class _Dataset(BaseModel):
    namespace: str
    name: str


class _RunEvent(BaseModel):
    """The least of an OpenLineage run event by which it can be kept and found again."""

    event_type: Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"] = Field(
        alias="eventType"
    )
    event_time: AwareDatetime = Field(alias="eventTime", strict=True)
    producer: str
    schema_url: str = Field(alias="schemaURL")
    run: _Run
    job: _Job
    inputs: list[_Dataset] = Field(default_factory=list)
    outputs: list[_Dataset] = Field(default_factory=list)
