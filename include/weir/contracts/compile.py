"""One scenario contract, checked across all its files and compiled into a plan."""

from __future__ import annotations

from weir.contracts.calendar import end_of
from weir.contracts.digest import contract_digest, suite_digest
from weir.contracts.disclosure_terms import disclosure_problems
from weir.contracts.grading import highest
from weir.contracts.inputs import input_problems, plan_inputs
from weir.contracts.joins import join_problems, plan_joins
from weir.contracts.parties import party_problems
from weir.contracts.plan import ContractBundle, OutputField, Plan
from weir.contracts.problem import Problem, refuse
from weir.contracts.product import output_fields, product_problems, row_columns


def compile_plan(bundle: ContractBundle) -> Plan:
    """The plan of a scenario, the same for the same contract digest.

    Fields of an input come by name, whatever their order in the file: the digest does not know that
    order. `valid_until` is the end of the earlier of the two agreements; the term of the policy
    pack is not part of it, because a lapsed pack can be acknowledged. A scenario on a prohibited
    dataset compiles: policy refuses to run it.

    Raises `ContractError` for the first problem of `plan_problems`.
    """
    refuse(plan_problems(bundle), scenario=bundle.scenario.scenario)
    inputs = plan_inputs(bundle)
    output = output_fields(bundle, row_columns(bundle, inputs))
    ends = (bundle.operation_agreement.ends_on, bundle.use_agreement.ends_on)
    return Plan(
        scenario=bundle.scenario,
        contract_digest=contract_digest(bundle),
        inputs=inputs,
        joins=plan_joins(bundle, inputs),
        aggregate=bundle.scenario.aggregate,
        disclosure=bundle.scenario.disclosure,
        output=output,
        grade=highest(field.grade for field in output),
        release_bucket=f"release-{bundle.scenario.scenario}",
        valid_until=end_of(min(ends)),
        policy=bundle.policy,
        operation_agreement=bundle.operation_agreement,
        use_agreement=bundle.use_agreement,
        suites=bundle.suites,
        suite_digests={name: suite_digest(suite) for name, suite in bundle.suites.items()},
    )


def plan_problems(bundle: ContractBundle) -> tuple[Problem, ...]:
    """Everything that keeps a bundle from being compiled.

    Joins, product and disclosure are only looked at once the inputs stand, and so on: what hangs
    on a broken part would be reported for the wrong reason.
    """
    found = tuple(input_problems(bundle))
    parties = tuple(party_problems(bundle))
    if found:
        return found + parties
    inputs = plan_inputs(bundle)
    found = (*parties, *join_problems(bundle, inputs))
    if len(found) > len(parties):
        return found
    columns = row_columns(bundle, inputs)
    broken = tuple(product_problems(bundle, columns))
    found += (*broken, *disclosure_problems(bundle, inputs, columns))
    if broken:
        return found
    return found + _approval_problems(bundle, output_fields(bundle, columns))


def _approval_problems(
    bundle: ContractBundle, output: tuple[OutputField, ...]
) -> tuple[Problem, ...]:
    limit = bundle.policy.parameters.two_reviewers_from_grade
    grade = highest(field.grade for field in output)
    if grade < limit.value or bundle.scenario.approval == "each_release":
        return ()
    return (
        Problem(
            code="approval_standing",
            what=f"a product of grade {grade} needs two reviewers for each release",
            path=("approval",),
            article=limit.article,
            remedy="set approval to each_release",
        ),
    )
