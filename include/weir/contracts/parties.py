"""Do agreements, policy pack and scenario say the same? (第十一、十四、十五条)"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from weir.contracts.calendar import add_months
from weir.contracts.plan import ContractBundle
from weir.contracts.problem import Problem
from weir.contracts.scenario import RESERVED


def party_problems(bundle: ContractBundle) -> Iterator[Problem]:
    yield from _agreement_problems(bundle)
    yield from _term_problems(bundle)
    yield from _retention_problems(bundle)
    if bundle.scenario.scenario in RESERVED:
        yield Problem(
            code="scenario_reserved",
            what="the platform's own DAG has this name",
            path=("scenario",),
            remedy="choose another name for the scenario and its file",
        )
    if bundle.scenario.scenario in bundle.scenario.after:
        yield Problem(
            code="after_itself",
            what="a scenario cannot run after itself",
            path=("after",),
            remedy="remove its name",
        )


def _agreement_problems(bundle: ContractBundle) -> Iterator[Problem]:
    scenario, operation, use = bundle.scenario, bundle.operation_agreement, bundle.use_agreement
    if scenario.operator != operation.operator:
        yield _differs("operation_agreement_operator", "operator", "第十一条")
    if scenario.operator != use.operator:
        yield _differs("use_agreement_operator", "operator", "第十四条")
    if scenario.data_user != use.data_user:
        yield _differs("use_agreement_data_user", "data_user", "第十四条")
    if scenario.purpose != use.purpose:
        yield _differs("use_agreement_purpose", "purpose", "第十四条")
    if scenario.supply.mode not in use.delivery:
        yield Problem(
            code="use_agreement_delivery",
            what=f"the use agreement does not provide for delivery by {scenario.supply.mode}",
            path=("supply", "mode"),
            article="第十四条",
            remedy="agree on this way of delivery, or choose one that is agreed",
        )


def _differs(code: str, key: str, article: str) -> Problem:
    return Problem(
        code=code,
        what=f"the scenario's {key} is not the one of the agreement",
        path=(key,),
        article=article,
        remedy=f"state the agreement's {key}, or name the agreement that covers this one",
    )


def _term_problems(bundle: ContractBundle) -> Iterator[Problem]:
    operation = bundle.operation_agreement
    for key, agreement in (
        ("operation_agreement", operation),
        ("use_agreement", bundle.use_agreement),
    ):
        if agreement.ends_on == date.max:
            yield Problem(
                code="term_beyond_calendar",
                what="ends_on of the agreement is the last day of the calendar",
                path=(key, "ends_on"),
                remedy="state the day on which the term really ends",
            )
    term = bundle.policy.parameters.agreement_term_years
    if operation.ends_on > add_months(operation.starts_on, 12 * term.value):
        yield Problem(
            code="operation_agreement_too_long",
            what=f"the operation agreement runs for more than {term.value} years",
            path=("operation_agreement",),
            article=term.article,
            remedy="conclude it for a shorter term",
        )


def _retention_problems(bundle: ContractBundle) -> Iterator[Problem]:
    longest = bundle.policy.parameters.max_release_days
    retention = bundle.scenario.retention
    days_by_key = {
        "release_days": retention.release_days,
        "snapshot_days": retention.snapshot_days,
    }
    for key, days in days_by_key.items():
        if days > longest.value:
            yield Problem(
                code="retention_too_long",
                what=f"{key} is above the {longest.value} days of the policy pack",
                path=("retention", key),
                article=longest.article,
                remedy=f"keep it for {longest.value} days at most",
            )
