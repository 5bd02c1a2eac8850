"""The audit records of the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from weir.clock import Clock
from weir.contracts.plan import Plan
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Legal, Phase, Result, Target, new_record

SERVICE = "gate"
GATE = Initiator(type="service", id="weir-gate", role="operator")
BUREAU = Initiator(type="service", id="weir-bureau", role="bureau", auth_method="sm2")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a record tells of: the target, and the ground where a contract gives one."""

    target: Target
    legal: Legal
    run_id: str = ""


def about_release(
    release_id: str,
    scenario: str,
    run_id: str,
    plan: Plan | None = None,
    *,
    article: str = "",
    decision_digest: str = "",
) -> About:
    """`article` is what the release rests on, or what it was refused by."""
    target = Target(kind="release", name=scenario, version=release_id)
    if plan is None:
        legal = Legal(article=article, scenario=scenario)
        return About(target=target, legal=legal, run_id=run_id)
    return About(
        target=Target(
            kind="release",
            name=scenario,
            version=release_id,
            grade=int(plan.grade),
            columns=tuple(column.name for column in plan.output),
        ),
        legal=Legal(
            article=article,
            operation_agreement=plan.scenario.operation_agreement,
            use_agreement=plan.scenario.use_agreement,
            scenario=scenario,
            purpose=plan.scenario.purpose,
            contract_digest=plan.contract_digest,
            decision_digest=decision_digest,
        ),
        run_id=run_id,
    )


@dataclass(frozen=True, slots=True)
class Recorder:
    """Makes records of what happens now."""

    clock: Clock
    key_id: str

    def state(
        self, action: Action, about: About, data: Mapping[str, str | int], *, by: Initiator
    ) -> AuditRecord:
        """A change of the gate's own state."""
        return self._record(action, about, data, by, "state", "success")

    def intent(
        self, action: Action, about: About, data: Mapping[str, str | int], *, by: Initiator = GATE
    ) -> AuditRecord:
        """An outside effect that is about to be tried."""
        return self._record(action, about, data, by, "intent", "unknown")

    def outcome(
        self,
        action: Action,
        about: About,
        data: Mapping[str, str | int],
        *,
        intent_id: UUID | None,
        reconciled: bool,
        by: Initiator = GATE,
        reason_code: str = "",
    ) -> AuditRecord:
        """What became of an intent; `reconciled` when an earlier attempt had opened it, refused
        with a `reason_code`."""
        return self._record(
            action,
            about,
            data,
            by,
            "reconciled" if reconciled else "outcome",
            "refused" if reason_code else "success",
            reason_code,
            intent_id,
        )

    def _record(
        self,
        action: Action,
        about: About,
        data: Mapping[str, str | int],
        by: Initiator,
        phase: Phase,
        outcome: Result,
        reason_code: str = "",
        intent_id: UUID | None = None,
    ) -> AuditRecord:
        return new_record(
            self.clock,
            action,
            initiator=by,
            target=about.target,
            service=SERVICE,
            outcome=outcome,
            phase=phase,
            legal=about.legal,
            reason_code=reason_code,
            intent_id=intent_id,
            run_id=about.run_id,
            data=data,
            key_id=self.key_id,
        )
