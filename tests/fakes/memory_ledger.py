"""The one fake of the run ledger port: kept whole or not at all, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weir.errors import IntegrityError, StoreUnavailableError
from weir.evidence.audit import AuditRecord, to_bytes
from weir.evidence.ledger import StageResult
from weir.evidence.outbox import lineage_bytes
from weir.model import RunContext


class MemoryLedger:
    """`down` makes every call fail as a database that is away does."""

    def __init__(self) -> None:
        self.stages: list[tuple[RunContext, StageResult]] = []
        self.audit: list[bytes] = []
        self.lineage: list[bytes] = []
        self.records: list[AuditRecord] = []
        self.events: list[dict[str, Any]] = []
        self.down = False

    def record(
        self,
        context: RunContext,
        result: StageResult,
        *,
        audit: AuditRecord,
        lineage: Sequence[dict[str, Any]] = (),
    ) -> None:
        events = {lineage_bytes(event): event for event in lineage}
        self.intend(context, audit)
        self.stages.append((context, result))
        for body, event in events.items():
            if body not in self.lineage:
                self.lineage.append(body)
                self.events.append(event)

    def intend(self, context: RunContext, audit: AuditRecord) -> None:
        del context
        if self.down:
            raise StoreUnavailableError("database_unavailable", "the database did not answer")
        body = to_bytes(audit)
        if any(kept.id == audit.id for kept in self.records):
            raise IntegrityError("database_refused", "the id is there already")
        self.audit.append(body)
        self.records.append(audit)
