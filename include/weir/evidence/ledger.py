"""The run ledger port: what a run did, kept in one transaction with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from weir.evidence.audit import AuditRecord
from weir.model import Reason, RunContext


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResult:
    """One stage of one run as the bureau and the operator read it. `detail` holds counts,
    digests and object references only."""

    stage: str
    subject: str
    started_at: datetime
    finished_at: datetime
    outcome: str
    reason: Reason | None = None
    rows_in: int = 0
    rows_out: int = 0
    rows_quarantined: int = 0
    detail: dict[str, Any] = field(default_factory=dict)


class RunLedger(Protocol):
    """Raises `StoreUnavailableError` when its database does not answer."""

    def record(
        self,
        context: RunContext,
        result: StageResult,
        *,
        audit: AuditRecord,
        lineage: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Keep `result`, its audit record and its lineage events: all of them or none."""
        ...

    def intend(self, context: RunContext, audit: AuditRecord) -> None:
        """Keep the record of an outside effect before it happens (phase `intent`)."""
        ...
