"""Keep what a stage did, however it ended."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from weir.clock import Clock
from weir.contracts.plan import Plan
from weir.errors import RefusedError, WeirError
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Legal, Phase, Result, Target, new_record
from weir.evidence.ledger import RunLedger, StageResult
from weir.evidence.lineage import Flow, events
from weir.model import Reason, RunContext


@dataclass(slots=True, kw_only=True)
class Kept:
    """What a stage says of itself while it works. `detail` holds identifiers, digests, counts;
    `intent_id` is of the record that announced its effect outside."""

    rows_in: int = 0
    rows_out: int = 0
    rows_quarantined: int = 0
    detail: dict[str, str | int] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    intent_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Keeps the stages of one run in the ledger."""

    plan: Plan
    context: RunContext
    ledger: RunLedger
    clock: Clock

    @contextmanager
    def stage(
        self, name: str, action: Action, subject: str, *, effect: bool = False
    ) -> Iterator[Kept]:
        """Run a stage's body and keep its outcome with its evidence, then let its error go on.

        A body that has an `effect` outside this database (it writes objects, or asks the gate) is
        announced first: an intent without an outcome tells of a stage that was killed.

        A refusal also closes the run; an `UnavailableError` does not, since the stage may be tried
        again. An error that is not Weir's own becomes a refusal (code `internal_error`) naming its
        type and place: the text of a foreign error may hold a value.
        """
        kept = Kept()
        started_at = self.clock.now()
        if effect:
            intent = self._audit(action, subject, {}, phase="intent", outcome="unknown")
            self.ledger.intend(self.context, intent)
            kept.intent_id = intent.id
        try:
            yield kept
        except WeirError as error:
            self._keep(name, action, subject, kept, started_at, error)
            raise
        except Exception as error:  # noqa: BLE001 - raised again, as a refusal without its text
            refusal = RefusedError(
                "internal_error",
                f"{type(error).__name__} in stage {name}",
                where={"scenario": self.context.scenario, "subject": subject, "at": _place(error)},
                remedy="report the place named here; nothing outside staging was changed",
            )
            self._keep(name, action, subject, kept, started_at, refusal)
            raise refusal from None
        else:
            self._keep(name, action, subject, kept, started_at, None)

    def _keep(
        self,
        name: str,
        action: Action,
        subject: str,
        kept: Kept,
        started_at: datetime,
        error: WeirError | None,
    ) -> None:
        rows: dict[str, str | int] = {"rows_in": kept.rows_in, "rows_out": kept.rows_out}
        if kept.rows_quarantined:
            rows["rows_quarantined"] = kept.rows_quarantined
        self.ledger.record(
            self.context,
            self._result(name, subject, started_at, kept, error),
            audit=self._audit(
                action,
                subject,
                rows | kept.detail,
                phase="outcome" if kept.intent_id else "state",
                outcome=_outcome(error),
                error=error,
                intent_id=kept.intent_id,
            ),
            lineage=events(
                self.plan,
                name,
                subject,
                self.context,
                started_at=started_at,
                finished_at=self.clock.now(),
                flows=kept.flows,
                error=error,
            ),
        )
        if isinstance(error, RefusedError):
            closing: dict[str, str | int] = {"stage": name, "dataset": subject}
            self.ledger.record(
                self.context,
                self._result("run", self.context.scenario, started_at, Kept(), error),
                audit=self._audit(
                    Action.RUN_REFUSED,
                    self.context.scenario,
                    closing,
                    phase="state",
                    outcome="refused",
                    error=error,
                ),
            )

    def _result(
        self, name: str, subject: str, started_at: datetime, kept: Kept, error: WeirError | None
    ) -> StageResult:
        return StageResult(
            stage=name,
            subject=subject,
            started_at=started_at,
            finished_at=self.clock.now(),
            outcome=_outcome(error),
            reason=_reason(error),
            rows_in=kept.rows_in,
            rows_out=kept.rows_out,
            rows_quarantined=kept.rows_quarantined,
            detail=dict(kept.detail),
        )

    def _audit(
        self,
        action: Action,
        subject: str,
        data: dict[str, str | int],
        *,
        phase: Phase,
        outcome: Result,
        error: WeirError | None = None,
        intent_id: UUID | None = None,
    ) -> AuditRecord:
        scenario = self.plan.scenario
        return new_record(
            self.clock,
            action,
            initiator=replace(_WORKER, org=scenario.operator),
            target=Target(
                kind=_KINDS.get(action.event_type, "product"),
                name=subject,
                grade=int(self.plan.grade),
            ),
            service=_SERVICE,
            outcome=outcome,
            phase=phase,
            intent_id=intent_id,
            legal=Legal(
                article=error.article if error else "",
                operation_agreement=scenario.operation_agreement,
                use_agreement=scenario.use_agreement,
                scenario=scenario.scenario,
                purpose=scenario.purpose,
                contract_digest=self.plan.contract_digest,
            ),
            reason_code=error.code if error else "",
            run_id=self.context.run_id,
            data=data,
        )


def keep_refusal(
    error: RefusedError, context: RunContext, *, ledger: RunLedger, clock: Clock
) -> None:
    """Keep a run that was refused before it had a plan: its contract does not hold."""
    now = clock.now()
    ledger.record(
        context,
        StageResult(
            stage="run",
            subject=context.scenario,
            started_at=now,
            finished_at=now,
            outcome="refused",
            reason=_reason(error),
        ),
        audit=new_record(
            clock,
            Action.RUN_REFUSED,
            initiator=_WORKER,
            target=Target(kind="scenario", name=context.scenario),
            service=_SERVICE,
            outcome="refused",
            legal=Legal(article=error.article, scenario=context.scenario),
            reason_code=error.code,
            run_id=context.run_id,
            data={"stage": "contract", "dataset": context.scenario},
        ),
    )


_SERVICE = "worker"
_WORKER = Initiator(type="service", id="weir-worker", role="operator")
_KINDS = {
    "snapshot": "dataset",
    "quality": "dataset",
    "fields": "dataset",
    "run": "scenario",
    "release": "release",
}


def _reason(error: WeirError | None) -> Reason | None:
    if error is None:
        return None
    return Reason(code=error.code, what=error.what, article=error.article, remedy=error.remedy)


def _outcome(error: WeirError | None) -> Result:
    if error is None:
        return "success"
    return "refused" if isinstance(error, RefusedError) else "failure"


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/weir/" in frame.filename]
    frame = (own or frames)[-1]
    return f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
