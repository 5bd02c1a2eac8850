"""What a use agreement's credential may reach, and whether there may be one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import structlog

from weir.contracts.parties import operator_problems
from weir.contracts.plan import Plan
from weir.errors import AuthorisationError, IntegrityError, RefusedError, WeirError
from weir.evidence.audit import Legal, Target
from weir.gate.credential_store import DRILL, Grant
from weir.gate.leave import leave_for
from weir.gate.ports import GatePorts
from weir.gate.records import About
from weir.gate.release_store import ReleaseStore
from weir.gate.standing_store import StandingStore
from weir.policy.supply import may_be_read
from weir.storage.provisioning import Policy, consumer_policy

log = structlog.get_logger()

PRODUCTION = "production"
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9]{0,9}", re.ASCII)


def check_environment(environment: str) -> None:
    """Raise `AuthorisationError` (code `environment_malformed`) for what names no environment."""
    if not _ENVIRONMENT.fullmatch(environment) or environment == DRILL:
        raise AuthorisationError(
            "environment_malformed",
            "an environment is 1 to 10 lower-case letters and digits, and not a drill's",
            article="第十四条",
            remedy="call it production or test",
        )


def plans_allowed(use_agreement: str, standings: StandingStore, ports: GatePorts) -> list[Plan]:
    """The scenarios under the agreement that may run now and that may be read.

    Where none may, the refusal of the first is raised; where no contract names the agreement,
    `IntegrityError` (code `use_agreement_unknown`); where its data user is an operator by any of
    the gate's own agreement files, `AuthorisationError` (code `data_user_is_operator`).
    """
    plans: list[Plan] = []
    refusals: list[WeirError] = []
    for plan in _under(use_agreement, ports):
        try:
            leave_for(plan, standings, ports)
            _check_readable(plan.scenario.scenario, standings, ports)
            plans.append(plan)
        except RefusedError as error:
            refusals.append(error)
    found = [*plans, *refusals]
    if not found:
        raise IntegrityError(
            "use_agreement_unknown",
            "no scenario contract names this use agreement",
            article="第十四条",
            remedy="conclude the agreement and name it in a scenario's contract",
        )
    if not plans:
        raise refusals[0]
    _check_no_operator(plans, ports)
    return plans


def not_to_be_read(
    scenarios: Collection[str], standings: StandingStore, ports: GatePorts
) -> set[str]:
    """Those to which the bureau consents no longer, or not to all that was released for them."""
    consents, words = standings.consents(scenarios), standings.last_words(scenarios)
    released = ReleaseStore(ports.engine).published_under(scenarios)
    revocations, now = standings.revocations(*scenarios), ports.clock.now()
    return {
        name
        for name in scenarios
        if not may_be_read(
            consents.get(name),
            [words.get(under) for under in released if under[0] == name],
            revocations,
            bureau_key=ports.bureau_key,
            as_of=now,
        )
    }


def _check_readable(scenario: str, standings: StandingStore, ports: GatePorts) -> None:
    if not_to_be_read({scenario}, standings, ports):
        raise AuthorisationError(
            "released_under_revoked",
            "what was released under a decision that the bureau took back lies there still",
            where={"scenario": scenario},
            article="第十五条",
            remedy="have the bureau delist it: weir release list, weir release order-delisting",
        )


def _check_no_operator(plans: list[Plan], ports: GatePorts) -> None:
    operators = ports.contracts.operators()
    for plan in plans:
        for problem in operator_problems(plan.use_agreement, operators):
            raise AuthorisationError(
                problem.code,
                problem.what,
                where={"use_agreement": plan.use_agreement.agreement},
                article=problem.article,
                remedy=problem.remedy,
            )


def _under(use_agreement: str, ports: GatePorts) -> Iterator[Plan]:
    for name in ports.contracts.under(use_agreement):
        try:
            plan = ports.contracts.plan(name)
        except RefusedError as error:
            log.warning("contract_skipped", scenario=name, code=error.code)
            continue
        if plan.scenario.use_agreement == use_agreement:
            yield plan


def grant_over(use_agreement: str, environment: str, plans: list[Plan]) -> Grant:
    inputs = [planned.dataset for plan in plans for planned in plan.inputs]
    return Grant(
        use_agreement=use_agreement,
        operation_agreements=tuple(sorted({plan.scenario.operation_agreement for plan in plans})),
        environment=environment,
        user_name=f"use-{environment}-{use_agreement}",
        data_user=plans[0].scenario.data_user,
        scenarios=tuple(sorted(plan.scenario.scenario for plan in plans)),
        datasets=tuple(sorted({dataset.dataset for dataset in inputs})),
        providers=tuple(sorted({dataset.provider for dataset in inputs})),
        buckets=tuple(plan.release_bucket for plan in plans),
        valid_until=min(plan.valid_until for plan in plans),
    )


def policy_of(grant: Grant) -> Policy:
    """What the store lets the credential do: read the buckets of its scenarios."""
    first, *others = [consumer_policy(bucket) for bucket in grant.buckets]
    return {
        **first,
        "Statement": [one for each in (first, *others) for one in each["Statement"]],
    }


def about_grant(grant: Grant) -> About:
    return about_agreement(grant.use_agreement, "" if grant.environment != DRILL else DRILL)


def about_agreement(use_agreement: str, kind: str = "") -> About:
    return About(
        target=Target(kind=kind or "use_agreement", name=use_agreement),
        legal=Legal(article="第十四条", use_agreement="" if kind else use_agreement),
    )


def data_of(grant: Grant, **more: str) -> dict[str, str | int]:
    return {"bucket": " ".join(grant.buckets), "environment": grant.environment, **more}
