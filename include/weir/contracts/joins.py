"""Joins that a contract lists; any other is impossible (网络数据安全管理条例 第十六条).

The first input is the base. Each join starts from a dataset that is already part of the product
and gives equal masked values on both sides. Its right-hand column is not repeated, so that column
may not have been used by an earlier join.
"""

from __future__ import annotations

from collections.abc import Iterator

from weir.contracts.plan import ContractBundle, PlannedField, PlannedInput, PlannedJoin
from weir.contracts.problem import Problem
from weir.contracts.scenario import Join

JOINABLE = frozenset({"token", "pseudonym", "keep"})
"""Masks under which equal values stay equal and different ones different."""

_ARTICLE = "网络数据安全管理条例 第十六条"

Side = tuple[str, str]
"""Dataset and field."""


def join_problems(bundle: ContractBundle, inputs: tuple[PlannedInput, ...]) -> Iterator[Problem]:
    fields = {(one.dataset.dataset, field.source): field for one in inputs for field in one.fields}
    base = inputs[0].dataset.dataset
    joined, used = {base}, set[Side]()
    for place, join in enumerate(bundle.scenario.joins):
        left, right = _side(join.left), _side(join.right)
        found = tuple(_side_problems(join, place, fields))
        yield from found
        if found:
            continue
        if left[0] not in joined:
            yield _problem(
                "join_order",
                f"{left[0]} is not part of the product yet",
                place,
                "left",
                "begin with the first input and join the others one after another",
            )
        if right[0] in {base, left[0]} or right in used:
            yield _problem(
                "join_right",
                f"{join.right} cannot stand on the right",
                place,
                "right",
                "put the first input on the left, and use a column on the right only once",
            )
        joined.add(right[0])
        used |= {left, right}
    for place, one in enumerate(inputs):
        if one.dataset.dataset not in joined:
            yield Problem(
                code="input_unconnected",
                what=f"{one.dataset.dataset} is joined to nothing",
                path=("inputs", place, "dataset"),
                article=_ARTICLE,
                remedy="list a join for it, or make it a scenario of its own",
            )


def plan_joins(bundle: ContractBundle, inputs: tuple[PlannedInput, ...]) -> tuple[PlannedJoin, ...]:
    """The joins in contract order, by masked column. Call once `join_problems` finds none."""
    outputs = {
        (one.dataset.dataset, field.source): field.output or field.source
        for one in inputs
        for field in one.fields
    }
    return tuple(
        PlannedJoin(
            left_dataset=_side(join.left)[0],
            left_column=outputs[_side(join.left)],
            right_dataset=_side(join.right)[0],
            right_column=outputs[_side(join.right)],
        )
        for join in bundle.scenario.joins
    )


def joined_sources(bundle: ContractBundle) -> dict[Side, Side]:
    """For each right-hand column, the left-hand one that stands for it in the product."""
    sources: dict[Side, Side] = {}
    for join in bundle.scenario.joins:
        left = _side(join.left)
        sources[_side(join.right)] = sources.get(left, left)
    return sources


def _side_problems(join: Join, place: int, fields: dict[Side, PlannedField]) -> Iterator[Problem]:
    granted: list[PlannedField] = []
    for key, path in (("left", join.left), ("right", join.right)):
        field = fields.get(_side(path))
        if field is None:
            yield _problem(
                "join_field",
                f"{path} is not among the fields of an input",
                place,
                key,
                "grant the field in its input",
            )
        else:
            granted.append(field)
    if len(granted) < 2:  # noqa: PLR2004 - a join has two sides
        return
    left, right = granted
    if left.mask != right.mask or left.mask.method not in JOINABLE:
        yield _problem(
            "join_masks",
            "both sides must be masked alike, by token, pseudonym or keep",
            place,
            "right",
            "give both fields the same mask",
        )
    if left.type is not right.type:
        yield _problem(
            "join_types",
            f"{left.type} is compared with {right.type}",
            place,
            "right",
            "join fields of one type",
        )


def _side(path: str) -> Side:
    dataset, _, field = path.partition(".")
    return dataset, field


def _problem(code: str, what: str, place: int, key: str, remedy: str) -> Problem:
    return Problem(
        code=code, what=what, path=("joins", place, key), article=_ARTICLE, remedy=remedy
    )
