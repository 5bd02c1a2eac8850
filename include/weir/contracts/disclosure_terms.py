"""May the product single anybody out? The clause that says how small a group may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weir.contracts.plan import ContractBundle, PlannedInput
from weir.contracts.problem import Problem
from weir.contracts.product import ProductColumn
from weir.contracts.scenario import Aggregate, Disclosure


def disclosure_problems(
    bundle: ContractBundle,
    inputs: tuple[PlannedInput, ...],
    columns: tuple[ProductColumn, ...],
) -> Iterator[Problem]:
    clause = bundle.scenario.disclosure
    aggregate = bundle.scenario.aggregate
    subjects = {
        f"{one.dataset.dataset}.{one.dataset.subject.field}"
        for one in inputs
        if one.dataset.subject
    }
    if clause is None:
        if subjects:
            yield Problem(
                code="disclosure_missing",
                what="the product is about subjects, but no clause protects small groups",
                path=("disclosure",),
                article="第十四条",
                remedy="add the clause disclosure with unit, k and quasi_identifiers",
            )
        return
    minimum = bundle.policy.parameters.min_k
    if clause.k < minimum.value:
        yield Problem(
            code="k_too_small",
            what=f"k is below the {minimum.value} of the policy pack",
            path=("disclosure", "k"),
            article=minimum.article,
            remedy=f"set k to {minimum.value} or more",
        )
    by_name = {column.name: column for column in columns}
    groups = set(aggregate.by) if aggregate else set(by_name)
    yield from _group_problems(clause, groups)
    if aggregate and (left_out := groups - set(clause.quasi_identifiers)):
        yield Problem(
            code="quasi_identifier_missing",
            what=f"groups by {', '.join(sorted(left_out))} would escape the rule",
            path=("disclosure", "quasi_identifiers"),
            remedy="list every column of `by`",
        )
    counted = _counted(clause, aggregate, by_name)
    if counted is None:
        yield Problem(
            code="disclosure_unit",
            what="the unit is no column of the product"
            if aggregate is None
            else "the unit is no count_distinct measure of the aggregate",
            path=("disclosure", "unit"),
            remedy="name the column that tells whom a row is about, or the measure that counts it",
        )
    elif subjects and not subjects & set(counted.origin):
        yield Problem(
            code="disclosure_unit_not_subject",
            what="the unit counts something else than the subjects of the data",
            path=("disclosure", "unit"),
            remedy="count " + " or ".join(sorted(subjects)),
        )


def _group_problems(clause: Disclosure, groups: set[str]) -> Iterator[Problem]:
    seen = {clause.unit}
    for place, name in enumerate(clause.quasi_identifiers):
        path = ("disclosure", "quasi_identifiers", place)
        if name in seen:
            yield Problem(
                code="quasi_identifier_repeated",
                what=f"{name} is already the unit or a quasi-identifier",
                path=path,
                remedy="name it once",
            )
        elif name not in groups:
            yield Problem(
                code="quasi_identifier_unknown",
                what=f"{name} is no group column of the product",
                path=path,
                remedy="name a column of the product, of an aggregate one of `by`",
            )
        seen.add(name)


def _counted(
    clause: Disclosure, aggregate: Aggregate | None, by_name: Mapping[str, ProductColumn]
) -> ProductColumn | None:
    """The column whose distinct values are the units, None where the clause names none."""
    if aggregate is None:
        return by_name.get(clause.unit)
    measure = aggregate.measures.get(clause.unit)
    if measure is None or measure.function != "count_distinct":
        return None
    return by_name.get(measure.of)
