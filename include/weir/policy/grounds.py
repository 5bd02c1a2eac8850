"""The grounds on which a scenario is stopped, one function per article."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from weir.contracts.dataset import OpenType
from weir.contracts.plan import Plan
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import VerifyingKey
from weir.errors import AuthorisationError, IntegrityError
from weir.model import Digest, Reason
from weir.policy.decision import Decision, open_decision
from weir.policy.order import Order, concerns, suspensions_in_force
from weir.policy.revocation import DecisionRevocation, revocation_reasons
from weir.policy.stops import OperatorStop
from weir.policy.termination import Termination
from weir.policy.terms import Phase, agreement_phase, pack_phase

REVIEWERS = 2
"""Distinct people who must approve a release that needs an approval of its own."""


def prohibitions(plan: Plan) -> Iterator[Reason]:
    for one in plan.inputs:
        if one.dataset.open_type is OpenType.PROHIBITED:
            yield Reason(
                code="dataset_prohibited",
                what=f"the dataset {one.dataset.dataset} may not be operated by anyone",
                article="第十三条",
                remedy="use another dataset; nobody can approve this one",
            )


def signed_decision(envelope: Envelope | None, key: VerifyingKey) -> Decision:
    """The decision that the bureau signed, or `AuthorisationError` where there is none to trust."""
    if envelope is None:
        raise AuthorisationError(
            "decision_missing",
            "the bureau has not decided on this scenario",
            article="第十三条",
            remedy="submit the demand to the bureau",
        )
    try:
        return open_decision(envelope, key)
    except IntegrityError as error:
        raise AuthorisationError(
            "decision_signature_invalid",
            f"the decision cannot be trusted: {error.code}",
            article="第十三条",
            remedy="fetch the decision from the bureau again, and check its pinned public key",
        ) from error


def decision_reasons(
    plan: Plan,
    envelope: Envelope | None,
    key: VerifyingKey,
    as_of: datetime,
    revocations: Collection[DecisionRevocation] = (),
) -> Iterator[Reason]:
    try:
        decision = signed_decision(envelope, key)
    except AuthorisationError as error:
        yield Reason(code=error.code, what=error.what, article=error.article, remedy=error.remedy)
        return
    yield from _outcome_reasons(plan, decision, as_of)
    yield from revocation_reasons(decision, revocations)


def _outcome_reasons(plan: Plan, decision: Decision, as_of: datetime) -> Iterator[Reason]:
    same_scenario = decision.scenario == plan.scenario.scenario
    if decision.contract_digest != plan.contract_digest or not same_scenario:
        yield Reason(
            code="decision_for_other_digest",
            what="the contract is not the one that the bureau decided on",
            article="第十三条",
            remedy="have the contract as it is now decided, or restore the one that was decided",
        )
    if decision.outcome != "agreed":
        yield Reason(
            code="decision_refused",
            what="the bureau has refused to provide data for this scenario",
            article=decision.article or "第十三条",
            remedy="answer the bureau's reason and submit the demand again",
        )
    if as_of < decision.decided_at:
        yield Reason(
            code="decision_not_yet_valid",
            what="the decision was taken after this instant",
            article="第十三条",
            remedy="run as of a later instant; check the clocks",
        )
    if as_of >= decision.valid_until:
        yield Reason(
            code="decision_expired",
            what="the decision is no longer valid",
            article="第十三条",
            remedy="ask the bureau to decide again",
        )


def term_reasons(plan: Plan, as_of: datetime) -> Iterator[Reason]:
    for kind, agreement, article in (
        ("operation_agreement", plan.operation_agreement, "第十五条"),
        ("use_agreement", plan.use_agreement, "第十四条"),
    ):
        match agreement_phase(agreement, as_of):
            case Phase.NOT_STARTED:
                yield Reason(
                    code=f"{kind}_not_started",
                    what=f"{agreement.agreement} is not in force before {agreement.starts_on}",
                    article=article,
                    remedy="wait for its first day",
                )
            case Phase.ENDED:
                yield Reason(
                    code=f"{kind}_expired",
                    what=f"{agreement.agreement} ended on {agreement.ends_on}",
                    article=article,
                    remedy="conclude a new agreement and name it in the contract",
                )


def termination_reasons(
    plan: Plan, terminations: tuple[Termination, ...], as_of: datetime
) -> Iterator[Reason]:
    named = {plan.operation_agreement.agreement, plan.use_agreement.agreement}
    for one in terminations:
        if one.agreement in named and one.effective_at <= as_of:
            yield Reason(
                code="agreement_terminated",
                what=f"the bureau has terminated {one.agreement} by notice {one.termination_id}",
                article="第十五条",
                remedy="conclude a new agreement, name it in the contract and have it decided",
            )


def suspension_reasons(plan: Plan, orders: tuple[Order, ...], as_of: datetime) -> Iterator[Reason]:
    for order in suspensions_in_force(orders, as_of):
        if not concerns(order, plan):
            continue
        scope = f"{order.scope_kind} {order.scope}".strip()
        if order.action == "close":
            yield Reason(
                code="channel_closed",
                what=f"the bureau has closed the channel of {scope} by order {order.order_id}",
                article=order.article or "第二十三条",
                remedy="no order resumes it; ask the bureau what it takes to begin anew",
            )
        else:
            yield Reason(
                code="suspended",
                what=f"the bureau has suspended supply for {scope} by order {order.order_id}",
                article=order.article or "第十六条",
                remedy="rectify what the order states; the bureau alone can resume supply",
            )


def operator_stop_reasons(plan: Plan, stops: Collection[OperatorStop]) -> Iterator[Reason]:
    """Beside `suspension_reasons`: the operator's stops and the bureau's hold each by itself."""
    scenario = plan.scenario
    for stop in stops:
        if not stop.stops(
            data_user=scenario.data_user,
            use_agreement=scenario.use_agreement,
            scenarios=(scenario.scenario,),
            datasets=[one.dataset.dataset for one in plan.inputs],
        ):
            continue
        scope = f"{stop.kind} {stop.name}".strip()
        if stop.by_incident:
            yield Reason(
                code="incident_contained",
                what=f"the incident {stop.stop_id} reaches {scope} and is not closed",
                article="第十九条",
                remedy="report it to the bureau, and close it with its cause and remedy",
            )
        else:
            yield Reason(
                code="stopped_by_operator",
                what=f"the operator has stopped {scope} by {stop.stop_id}",
                article="第十九条",
                remedy="settle what the stop states; the operator lifts it with a reason",
            )


def delisting_reasons(orders: Collection[Order], delisted: Collection[str]) -> Iterator[Reason]:
    """`orders` and `delisted` are those of the releases of one run: the same product under another
    manifest is what was to be taken from consumers."""
    ordered = sorted(
        (one for one in orders if one.action == "delist"),
        key=lambda one: (one.issued_at, one.order_id),
    )
    if ordered or delisted:
        yield Reason(
            code="release_delisted",
            what="a release of this run is delisted, or ordered to be",
            article=(ordered[0].article if ordered else "") or "第二十三条",
            remedy="mend what the order states; what is mended is a new run's product",
        )


def policy_reasons(plan: Plan, as_of: datetime, *, acknowledge_lapsed: bool) -> Iterator[Reason]:
    phase = pack_phase(plan.policy, as_of)
    if phase is Phase.NOT_STARTED:
        yield Reason(
            code="policy_not_started",
            what=f"{plan.policy.pack} takes effect on {plan.policy.effective_from}",
            article="第二十四条",
            remedy="name the pack that is in force",
        )
    if phase is Phase.ENDED and not acknowledge_lapsed:
        yield Reason(
            code="policy_lapsed",
            what=f"{plan.policy.pack} lapsed on {plan.policy.effective_until}",
            article="第二十四条",
            remedy="name its successor, or set WEIR_ACKNOWLEDGE_LAPSED_POLICY=true knowingly",
        )


def provenance_reasons(plan: Plan, made_under: Digest) -> Iterator[Reason]:
    if made_under != plan.contract_digest:
        yield Reason(
            code="product_of_other_contract",
            what="the product was made under another contract than the one in force",
            article="第二十三条第(二)项",
            remedy="run the scenario again under its present contract",
        )


def reviewers_needed(plan: Plan) -> int:
    """How many distinct people must approve each release of `plan`: none, or `REVIEWERS` where the
    contract says so or the policy pack asks it of the product's grade."""
    from_grade = plan.policy.parameters.two_reviewers_from_grade.value
    each = plan.scenario.approval == "each_release" or plan.grade >= from_grade
    return REVIEWERS if each else 0


def approval_reasons(plan: Plan, approvers: Collection[str]) -> Iterator[Reason]:
    needed = reviewers_needed(plan)
    if len(set(approvers)) < needed:
        yield Reason(
            code="approval_missing",
            what=f"{len(set(approvers))} of {needed} distinct reviewers have approved",
            article="第二十三条第(三)项",
            remedy="have the manifest approved by two people",
        )
