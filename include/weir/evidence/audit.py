"""Audit records as canonical bytes (GB/T 22239-2019 8.1.4.3)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from weir.clock import Clock
from weir.crypto.canonical import canonical_json
from weir.errors import ContractError, IntegrityError
from weir.evidence.actions import RESPONSIBLE, Action
from weir.model import Party

SCHEMA = "weir.audit/1"
LIMIT_BYTES = 64 * 1024
NAME_LENGTH = 500

Phase = Literal["intent", "outcome", "state", "reconciled"]
Result = Literal["success", "refused", "failure", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiator:
    """Who caused the event: a person, a service or a schedule. `on_behalf_of` names the party for
    whom a service or schedule acts."""

    type: Literal["person", "service", "schedule"]
    id: str
    role: str
    org: str = ""
    ip: str = ""
    auth_method: str = ""
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What it was done to."""

    kind: str
    name: str
    version: str = ""
    grade: int = 0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Legal:
    """On what ground."""

    article: str = ""
    operation_agreement: str = ""
    use_agreement: str = ""
    scenario: str = ""
    purpose: str = ""
    contract_digest: str = ""
    decision_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One event. `action` is `<noun>.<verb in the past tense>`; `data` holds counts and digests.

    `recorded_at` differs from `occurred_at` where an event is told afterwards, as a reconciler
    does; None stands for the same instant. `service` and `instance` name the observer.
    """

    id: UUID
    occurred_at: datetime
    phase: Phase
    event_type: str
    action: str
    outcome: Result
    initiator: Initiator
    target: Target
    responsible_party: Party
    service: str
    legal: Legal = Legal()
    reason_code: str = ""
    intent_id: UUID | None = None
    run_id: str = ""
    data: dict[str, str | int] = field(default_factory=dict)
    recorded_at: datetime | None = None
    instance: str = ""
    key_id: str = ""


_NO_GROUND = Legal()


def new_id(clock: Clock) -> UUID:
    """A fresh UUIDv7 of the clock's present instant."""
    return uuid7(clock.now(), secrets.randbits(74))


def new_record(
    clock: Clock,
    action: Action,
    *,
    initiator: Initiator,
    target: Target,
    service: str,
    outcome: Result = "success",
    phase: Phase = "state",
    legal: Legal = _NO_GROUND,
    reason_code: str = "",
    intent_id: UUID | None = None,
    run_id: str = "",
    data: Mapping[str, str | int] | None = None,
    key_id: str = "",
) -> AuditRecord:
    """A record of what happens now. The action gives the type of event and the responsible party;
    see `weir.evidence.actions` for what `data` holds."""
    instant = clock.now()
    return AuditRecord(
        id=uuid7(instant, secrets.randbits(74)),
        occurred_at=instant,
        phase=phase,
        event_type=action.event_type,
        action=action.value,
        outcome=outcome,
        initiator=initiator,
        target=target,
        responsible_party=RESPONSIBLE[action],
        service=service,
        legal=legal,
        reason_code=reason_code,
        intent_id=intent_id,
        run_id=run_id,
        data=dict(data or {}),
        key_id=key_id,
    )


def uuid7(instant: datetime, random_bits: int) -> UUID:
    """UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = (instant - _EPOCH) // timedelta(milliseconds=1)
    rand_a, rand_b = random_bits >> 62 & 0xFFF, random_bits & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)


def to_bytes(record: AuditRecord) -> bytes:
    """The record's one byte form: canonical JSON with every field present, times in UTC with
    microseconds (RFC 3339).

    Raises `IntegrityError` (code `audit_malformed`) for a time without zone, a number that is not
    a 64-bit integer, a NUL character, an overlong name, text that is no Unicode, and for more than
    64 KiB in all.
    """
    _check(record)
    value = _ADAPTER.dump_python(record, mode="python")
    value |= {
        "schema": SCHEMA,
        "id": str(record.id),
        "occurred_at": rfc3339(record.occurred_at),
        "recorded_at": rfc3339(record.recorded_at or record.occurred_at),
        "intent_id": str(record.intent_id) if record.intent_id else None,
        "responsible_party": record.responsible_party.value,
    }
    value["target"]["columns"] = list(record.target.columns)
    try:
        body = canonical_json(value)
    except ContractError as error:
        raise _malformed(error.what) from error
    if len(body) > LIMIT_BYTES:
        raise _malformed(f"longer than {LIMIT_BYTES} bytes")
    if b"\\u0000" in body.replace(b"\\\\", b""):
        raise _malformed("a text holds a NUL character")
    return body


def from_bytes(body: bytes) -> AuditRecord:
    """The record whose byte form is exactly `body`.

    Anything else raises `IntegrityError`: code `audit_malformed` where it is no record of this
    schema, `audit_not_canonical` where it is one written in any other way, which includes unknown
    and repeated keys.
    """
    if len(body) > LIMIT_BYTES:
        raise _malformed(f"longer than {LIMIT_BYTES} bytes")
    try:
        record: AuditRecord = _ADAPTER.validate_json(body, strict=True)
    except (ValidationError, RecursionError):
        # The validation text quotes the input: whoever sent it must not choose what is logged.
        raise _malformed("not an audit record") from None
    if to_bytes(record) != body:
        raise IntegrityError(
            "audit_not_canonical",
            "the bytes are not the canonical form of the record they hold",
            remedy="send the bytes as the outbox holds them",
        )
    return record


def rfc3339(instant: datetime) -> str:
    """`2026-11-23T14:20:00.000000Z`. A time without zone raises `IntegrityError`."""
    if instant.tzinfo is None:
        raise _malformed("a time without zone")
    try:
        utc = instant.astimezone(UTC)
    except OverflowError:
        raise _malformed("a time beyond the calendar") from None
    return utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _check(record: AuditRecord) -> None:
    for instant in (record.occurred_at, record.recorded_at or record.occurred_at):
        if instant.year not in _YEARS or instant.astimezone(UTC).year not in _YEARS:
            raise _malformed("a time outside the years 2000 to 2999")
    # What records are searched by must fit a database index.
    names = (record.action, record.reason_code, record.run_id, record.legal.scenario)
    if max(map(len, names)) > NAME_LENGTH:
        raise _malformed(f"a name longer than {NAME_LENGTH} characters")
    for value in record.data.values():
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise _malformed("data holds text and whole numbers only")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise _malformed("a number beyond 64 bits")


def _malformed(what: str) -> IntegrityError:
    return IntegrityError("audit_malformed", f"the audit record cannot be kept: {what}")


_YEARS = range(2000, 3000)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ADAPTER: TypeAdapter[Any] = TypeAdapter(AuditRecord)
