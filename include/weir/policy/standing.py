"""May this scenario run, and may its product be released? Pure: the same values, the same answer.

Nothing is looked up here. The caller brings the plan compiled from the contract as it is now, what
the bureau has signed, and the instant; replaying an old answer means bringing the old values.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from weir.contracts.plan import Plan
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import VerifyingKey
from weir.errors import AuthorisationError, ExpiredError, SuspendedError
from weir.model import Authorisation, Digest, ScenarioId, Verdict, require
from weir.policy.decision import Decision, decision_digest
from weir.policy.grounds import (
    approval_reasons,
    decision_reasons,
    operator_stop_reasons,
    policy_reasons,
    prohibitions,
    provenance_reasons,
    signed_decision,
    suspension_reasons,
    term_reasons,
    termination_reasons,
)
from weir.policy.order import Order
from weir.policy.revocation import DecisionRevocation
from weir.policy.stops import OperatorStop
from weir.policy.termination import Termination, ends
from weir.policy.terms import Phase, pack_phase

_ERRORS: dict[str, type[AuthorisationError | ExpiredError | SuspendedError]] = {
    "decision_expired": ExpiredError,
    "operation_agreement_expired": ExpiredError,
    "use_agreement_expired": ExpiredError,
    "agreement_terminated": ExpiredError,
    "policy_lapsed": ExpiredError,
    "suspended": SuspendedError,
    "channel_closed": SuspendedError,
    "stopped_by_operator": SuspendedError,
    "incident_contained": SuspendedError,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the bureau has said: the latest decision on a scenario, its orders, what it took back
    and its notices; beside it what the operator stops by itself.

    `suspensions` may hold every order ever issued, those to resume included, `revocations` those of
    other decisions, `terminations` every notice ever given, those of other agreements and of
    instants to come included. To replay an instant, bring what was known by then.
    """

    decision: Envelope | None
    suspensions: tuple[Order, ...] = ()
    operator_stops: tuple[OperatorStop, ...] = ()
    revocations: tuple[DecisionRevocation, ...] = ()
    terminations: tuple[Termination, ...] = ()


def may_run(
    plan: Plan,
    standing: Standing,
    *,
    bureau_key: VerifyingKey,
    as_of: datetime,
    acknowledge_lapsed: bool,
) -> Verdict:
    """Every reason why `plan` may not run at `as_of`, the most fundamental first."""
    _check_aware(as_of)
    return Verdict(
        reasons=(
            *prohibitions(plan),
            *decision_reasons(plan, standing.decision, bureau_key, as_of, standing.revocations),
            *term_reasons(plan, as_of),
            *termination_reasons(plan, standing.terminations, as_of),
            *suspension_reasons(plan, standing.suspensions, as_of),
            *policy_reasons(plan, as_of, acknowledge_lapsed=acknowledge_lapsed),
            *operator_stop_reasons(plan, standing.operator_stops),
        )
    )


def check_may_run(
    plan: Plan,
    standing: Standing,
    *,
    bureau_key: VerifyingKey,
    as_of: datetime,
    acknowledge_lapsed: bool,
) -> Authorisation:
    """Leave to run, valid until the first of its grounds ends.

    Raises `AuthorisationError`, `ExpiredError` or `SuspendedError` for the first reason.
    """
    verdict = may_run(
        plan,
        standing,
        bureau_key=bureau_key,
        as_of=as_of,
        acknowledge_lapsed=acknowledge_lapsed,
    )
    if not verdict.passed:
        error = _ERRORS.get(verdict.reasons[0].code, AuthorisationError)
        require(verdict, error, scenario=plan.scenario.scenario)
    decision = signed_decision(standing.decision, bureau_key)
    return Authorisation(
        scenario=ScenarioId(plan.scenario.scenario),
        contract_digest=plan.contract_digest,
        decision_digest=decision_digest(decision),
        policy_pack=plan.policy.pack,
        policy_lapsed=pack_phase(plan.policy, as_of) is Phase.ENDED,
        valid_until=runs_until(plan, decision, standing.terminations),
    )


def runs_until(plan: Plan, decision: Decision, terminations: Collection[Termination]) -> datetime:
    """The first instant at which leave under `decision` no longer holds."""
    agreements = (plan.operation_agreement.agreement, plan.use_agreement.agreement)
    terminated_at = ends(terminations, agreements) or decision.valid_until
    return min(plan.valid_until, decision.valid_until, terminated_at)


def may_release(
    plan: Plan,
    standing: Standing,
    *,
    made_under: Digest,
    approvers: Collection[str] = (),
    bureau_key: VerifyingKey,
    as_of: datetime,
    acknowledge_lapsed: bool,
) -> Verdict:
    """The gate's variant: everything of `may_run` at the instant of release, and more.

    The product must have been made under this very contract (`made_under` is the digest its
    manifest states), and a release that has to be approved by itself needs two distinct
    `approvers`.
    """
    verdict = may_run(
        plan,
        standing,
        bureau_key=bureau_key,
        as_of=as_of,
        acknowledge_lapsed=acknowledge_lapsed,
    )
    return Verdict(
        reasons=(
            *verdict.reasons,
            *provenance_reasons(plan, made_under),
            *approval_reasons(plan, approvers),
        )
    )


def _check_aware(as_of: datetime) -> None:
    if as_of.utcoffset() is None:
        raise AuthorisationError(
            "instant_without_zone",
            "rules cannot be read at an instant without a time zone",
            remedy="take the instant from the clock",
        )
