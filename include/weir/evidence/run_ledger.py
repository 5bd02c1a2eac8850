"""The run ledger on PostgreSQL: each stage's outcome and its evidence in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, insert

from weir.evidence.audit import AuditRecord
from weir.evidence.database import transaction
from weir.evidence.ledger import StageResult
from weir.evidence.outbox import append
from weir.evidence.tables import run_stages
from weir.model import Reason, RunContext

DATABASE = "weir"


class SqlRunLedger:
    """`RunLedger` over an engine whose role needs no more than `worker_grants` give."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(
        self,
        context: RunContext,
        result: StageResult,
        *,
        audit: AuditRecord,
        lineage: Sequence[dict[str, Any]] = (),
    ) -> None:
        reason = result.reason or Reason(code="", what="")
        with transaction(self._engine, DATABASE) as connection:
            connection.execute(
                insert(run_stages)
                .inline()
                .values(
                    scenario=context.scenario,
                    run_id=context.run_id,
                    attempt=context.attempt,
                    stage=result.stage,
                    subject=result.subject,
                    started_at=result.started_at,
                    finished_at=result.finished_at,
                    outcome=result.outcome,
                    reason_code=reason.code,
                    reason_what=reason.what,
                    article=reason.article,
                    remedy=reason.remedy,
                    rows_in=result.rows_in,
                    rows_out=result.rows_out,
                    rows_quarantined=result.rows_quarantined,
                    detail=result.detail,
                )
            )
            append(connection, audit, lineage)

    def intend(self, context: RunContext, audit: AuditRecord) -> None:  # noqa: ARG002 - the record names its run
        with transaction(self._engine, DATABASE) as connection:
            append(connection, audit)
