"""Audit records as canonical bytes (GB/T 22239-2019 8.1.4.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from weir.model import Party

Phase = Literal["intent", "outcome", "state", "reconciled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiator:
    """Who caused the event: a person, a service or a schedule."""

    type: Literal["person", "service", "schedule"]
    id: str
    role: str
    org: str = ""
    ip: str = ""


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
    """One event. `action` is `<noun>.<verb in the past tense>`; `data` holds counts and digests."""

    id: UUID
    occurred_at: datetime
    phase: Phase
    event_type: str
    action: str
    outcome: Literal["success", "refused", "failure", "unknown"]
    initiator: Initiator
    target: Target
    responsible_party: Party
    service: str
    legal: Legal = Legal()
    reason_code: str = ""
    intent_id: UUID | None = None
    run_id: str = ""
    data: dict[str, str | int] = field(default_factory=dict)
