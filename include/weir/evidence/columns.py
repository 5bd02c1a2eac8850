"""Column lineage: what each column of a table is made of, and by which mask."""

from __future__ import annotations

from collections.abc import Sequence

from weir.contracts.plan import Plan, PlannedField, PlannedInput
from weir.evidence import facets
from weir.evidence.datasets import snapshot_name
from weir.storage.objects import SNAPSHOTS


def unchanged(plan: Plan, read: facets.Facet, rows: Sequence[facets.Facet] = ()) -> facets.Facet:
    """Every output column is the column of that name in `read`; `rows` decided which rows stay."""
    at = (read["namespace"], read["name"])
    copied = {
        field.name: [facets.input_field(*at, field.name, "IDENTITY", masking=False)]
        for field in plan.output
    }
    return facets.column_lineage(copied, rows)


def origins(plan: Plan, column: str) -> list[facets.Facet]:
    """The snapshot columns whose values make up one column of the product."""
    measure = plan.aggregate.measures.get(column) if plan.aggregate else None
    found = []
    for planned, field in _outputs(plan, measure.of if measure else column):
        method: str = field.mask.method
        hidden = method != "keep"
        if measure is None:
            subtype, how = "TRANSFORMATION" if hidden else "IDENTITY", method
        else:
            subtype, how = "AGGREGATION", f"{method}, {measure.function}"
            hidden = hidden or measure.function.startswith("count")
        found.append(_snapshot_field(plan, planned, field, subtype, masking=hidden, how=how))
    return found


def row_makers(plan: Plan) -> list[facets.Facet]:
    """The snapshot columns that decide which rows the product has: joins and groups."""
    joined = {
        (dataset, column)
        for join in plan.joins
        for dataset, column in (
            (join.left_dataset, join.left_column),
            (join.right_dataset, join.right_column),
        )
    }
    makers = [
        _snapshot_field(plan, planned, field, "JOIN", masking=True, how=field.mask.method)
        for planned in plan.inputs
        for field in planned.fields
        if (planned.dataset.dataset, field.output) in joined
    ]
    for column in plan.aggregate.by if plan.aggregate else ():
        makers += [
            _snapshot_field(plan, planned, field, "GROUP_BY", masking=False, how="")
            for planned, field in _outputs(plan, column)
        ]
    return makers


def _outputs(plan: Plan, column: str) -> list[tuple[PlannedInput, PlannedField]]:
    return [
        (planned, field)
        for planned in plan.inputs
        for field in planned.fields
        if field.output == column
    ]


def _snapshot_field(
    plan: Plan, planned: PlannedInput, field: PlannedField, subtype: str, *, masking: bool, how: str
) -> facets.Facet:
    return facets.input_field(
        f"s3://{SNAPSHOTS}",
        snapshot_name(plan, planned),
        field.source,
        subtype,
        masking=masking,
        how=how,
    )
