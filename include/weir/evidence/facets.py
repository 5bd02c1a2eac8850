"""OpenLineage facets that Weir's events carry, each at the version of the schema it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weir.model import Column, ExpectationResult

PRODUCER = "urn:weir:evidence"
_SPEC = "https://openlineage.io/spec/facets"
_DOES_NOT_BLOCK = frozenset({"warning", "info"})

Facet = dict[str, Any]
"""A JSON object of an event: a facet, a dataset, a field."""


def schema(columns: Sequence[Column], titles: Mapping[str, str] | None = None) -> Facet:
    """Columns in order, with their titles where they are known."""
    titles = titles or {}
    fields = []
    for position, column in enumerate(columns, 1):
        field = {"name": column.name, "type": column.type, "ordinal_position": position}
        if column.name in titles:
            field["description"] = titles[column.name]
        fields.append(field)
    return _facet("1-2-0", "SchemaDatasetFacet", fields=fields)


def version(digest: str) -> Facet:
    return _facet("1-0-1", "DatasetVersionDatasetFacet", datasetVersion=digest)


def ownership(owners: Mapping[str, str]) -> Facet:
    """Owners of a dataset: the organisation's name against its role."""
    return _facet("1-0-1", "OwnershipDatasetFacet", owners=_owners(owners))


def job_ownership(owners: Mapping[str, str]) -> Facet:
    return _facet("1-0-1", "OwnershipJobFacet", owners=_owners(owners))


def documentation(description: str) -> Facet:
    return _facet("1-1-0", "DocumentationDatasetFacet", description=description)


def tags(values: Iterable[tuple[str, str, str]]) -> Facet:
    """Tags of a dataset as (key, value, field); an empty field means the whole dataset."""
    return _facet(
        "1-0-0",
        "TagsDatasetFacet",
        tags=[
            {"key": key, "value": value, "source": "WEIR"} | ({"field": field} if field else {})
            for key, value, field in values
        ],
    )


def job_tags(values: Mapping[str, str]) -> Facet:
    return _facet(
        "1-0-0",
        "TagsJobFacet",
        tags=[{"key": key, "value": value, "source": "WEIR"} for key, value in values.items()],
    )


def job_type(kind: str) -> Facet:
    return _facet(
        "2-0-4", "JobTypeJobFacet", processingType="BATCH", integration="WEIR", jobType=kind
    )


def input_field(
    namespace: str, name: str, field: str, subtype: str, *, masking: bool, how: str = ""
) -> dict[str, Any]:
    """One dependency on a column. IDENTITY, TRANSFORMATION and AGGREGATION give its values;
    JOIN, GROUP_BY and FILTER only bear on which rows there are."""
    kind = "DIRECT" if subtype in {"IDENTITY", "TRANSFORMATION", "AGGREGATION"} else "INDIRECT"
    return {
        "namespace": namespace,
        "name": name,
        "field": field,
        "transformations": [
            {"type": kind, "subtype": subtype, "description": how, "masking": masking}
        ],
    }


def column_lineage(
    fields: Mapping[str, Sequence[dict[str, Any]]], dataset: Sequence[dict[str, Any]] = ()
) -> Facet:
    """What each output column is made of, and the columns on which the whole table depends."""
    return _facet(
        "1-2-0",
        "ColumnLineageDatasetFacet",
        fields={name: {"inputFields": list(sources)} for name, sources in fields.items()},
        dataset=list(dataset),
    )


def assertions(results: Sequence[ExpectationResult]) -> Facet:
    """Outcomes of a suite; of the rows only their numbers.

    OpenLineage knows two severities: an assertion whose failure blocks the run is `error`, the
    others of Great Expectations, `warning` and `info`, are `warn`.
    """
    found = []
    for result in results:
        entry = {
            "assertion": result.expectation,
            "success": result.passed,
            "severity": "warn" if result.severity in _DOES_NOT_BLOCK else "error",
            "params": {
                "evaluated_rows": result.evaluated_rows,
                "unexpected_rows": result.unexpected_rows,
            },
        }
        if result.column:
            entry["column"] = result.column
        found.append(entry)
    return _facet("1-1-0", "DataQualityAssertionsDatasetFacet", assertions=found)


def row_metrics(rows: int) -> Facet:
    return _facet("1-0-3", "DataQualityMetricsInputDatasetFacet", rowCount=rows, columnMetrics={})


def output_statistics(*, rows: int, size_bytes: int | None = None, files: int = 1) -> Facet:
    size = {} if size_bytes is None else {"size": size_bytes}
    return _facet(
        "1-0-2", "OutputStatisticsOutputDatasetFacet", rowCount=rows, fileCount=files, **size
    )


def parent(run_id: str, namespace: str, name: str) -> Facet:
    """The run of the scenario's DAG, parent and root of each of its stages."""
    run, job = {"runId": run_id}, {"namespace": namespace, "name": name}
    return _facet("1-2-0", "ParentRunFacet", run=run, job=job, root={"run": run, "job": job})


def nominal_time(instant: str) -> Facet:
    return _facet("1-0-1", "NominalTimeRunFacet", nominalStartTime=instant)


def error_message(code: str, article: str) -> Facet:
    """Code and article, and nothing of the error's text: receivers may be outside the operator."""
    message = f"{code} ({article})" if article else code
    return _facet("1-0-1", "ErrorMessageRunFacet", message=message, programmingLanguage="Python")


def _owners(owners: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": f"organization:{name}", "type": role} for name, role in owners.items()]


def _facet(schema_version: str, name: str, **content: Any) -> Facet:
    url = f"{_SPEC}/{schema_version}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url} | content
