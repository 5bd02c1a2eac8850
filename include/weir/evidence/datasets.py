"""How the tables of a run appear in lineage: their names, columns, versions and owners."""

from __future__ import annotations

from weir.contracts.plan import Plan, PlannedInput
from weir.evidence import facets
from weir.model import Snapshot, StagedProduct
from weir.storage.objects import SNAPSHOTS, STAGING

EXCHANGE = "postgres://exchange"


def source(planned: PlannedInput) -> facets.Facet:
    """A table of the exchange platform, in the columns the contract grants."""
    table = planned.dataset.source
    return {
        "namespace": EXCHANGE,
        "name": f"exchange.{table.schema_}.{table.table}",
        "facets": {
            "schema": facets.schema(planned.snapshot_columns, _titles(planned)),
            "ownership": facets.ownership({planned.dataset.provider: "PROVIDER"}),
            "documentation": facets.documentation(planned.dataset.title),
        },
    }


def snapshot(plan: Plan, planned: PlannedInput, taken: Snapshot) -> facets.Facet:
    """A dataset's snapshot for one scenario; its version is the digest of its content."""
    return {
        "namespace": f"s3://{SNAPSHOTS}",
        "name": snapshot_name(plan, planned),
        "facets": {
            "schema": facets.schema(taken.columns, _titles(planned)),
            "version": facets.version(taken.content),
            "ownership": facets.ownership({planned.dataset.provider: "PROVIDER"}),
        },
    }


def output(plan: Plan, namespace: str, name: str) -> facets.Facet:
    """A table in the columns of the contract's output."""
    owners = {plan.scenario.operator: "OPERATOR", plan.scenario.data_user: "DATA_USER"}
    titles = {field.name: field.title for field in plan.output}
    return {
        "namespace": namespace,
        "name": name,
        "facets": {
            "schema": facets.schema(plan.output_columns, titles),
            "ownership": facets.ownership(owners),
            "documentation": facets.documentation(plan.scenario.title),
            "tags": facets.tags([("grade", plan.grade.name, "")]),
        },
    }


def staged(plan: Plan, product: StagedProduct, step: str) -> facets.Facet:
    """A product in staging, at one `step` on its way to the package."""
    table = output(plan, f"s3://{STAGING}", f"{plan.scenario.scenario}/{step}")
    table["facets"]["version"] = facets.version(product.data.sm3)
    table["outputFacets"] = {
        "outputStatistics": facets.output_statistics(
            rows=product.rows, size_bytes=product.data.size_bytes
        )
    }
    return table


def snapshot_name(plan: Plan, planned: PlannedInput) -> str:
    return f"{plan.scenario.scenario}/{planned.dataset.dataset}"


def _titles(planned: PlannedInput) -> dict[str, str]:
    return {field.source: field.title for field in planned.fields}
