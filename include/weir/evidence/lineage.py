"""OpenLineage run events (core 2-0-2): what each stage read, what it wrote, what became of columns.

A stage says with one of the functions below what flowed; `events` turns that into its START and
its COMPLETE or FAIL event. Every run id follows from scenario, run, attempt, stage and subject, so
a stage told twice is the same run.

Datasets are named by what they are, not by one run's place for them: a snapshot is
`sme-credit/electricity-bills` in `s3://weir-snapshots` at a version that is its digest. The
exchange platform goes by a name of its own rather than by the host that serves it today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from weir.contracts.plan import Plan, PlannedInput
from weir.errors import WeirError
from weir.evidence import columns, datasets, facets
from weir.evidence.audit import rfc3339
from weir.model import (
    Digest,
    Package,
    QualityVerdict,
    ReleaseId,
    RunContext,
    ScanReport,
    Snapshot,
    StagedProduct,
)
from weir.storage.objects import QUARANTINE, STAGING

JOBS = "weir"
_EVENT_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"

Event = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What one stage read and wrote, as OpenLineage datasets."""

    inputs: tuple[Event, ...] = ()
    outputs: tuple[Event, ...] = ()


def events(
    plan: Plan,
    stage: str,
    subject: str,
    context: RunContext,
    *,
    started_at: datetime,
    finished_at: datetime,
    flows: Sequence[Flow] = (),
    error: WeirError | None = None,
) -> list[Event]:
    """The START event of a stage's run and the event that ended it.

    With an `error` that is FAIL: what was read and asserted still shows, what was to be written
    does not.
    """
    whole = plan.scenario.scenario
    name = f"{whole}.{stage}" + ("" if subject == whole else f".{subject}")
    run_facets = {
        "parent": facets.parent(str(dag_run_id(context)), JOBS, whole),
        "nominalTime": facets.nominal_time(rfc3339(context.as_of)),
    }
    run = {"runId": str(stage_run_id(context, stage, subject)), "facets": run_facets}
    job = {"namespace": JOBS, "name": name, "facets": _job_facets(plan)}
    inputs = [item for flow in flows for item in flow.inputs]
    outputs = [item for flow in flows for item in flow.outputs]
    start = _event("START", started_at, run, job)
    if error is None:
        return [start, _event("COMPLETE", finished_at, run, job, inputs, outputs)]
    told = facets.error_message(error.code, error.article)
    run = run | {"facets": run_facets | {"errorMessage": told}}
    return [start, _event("FAIL", finished_at, run, job, inputs)]


def dag_run_id(context: RunContext) -> UUID:
    """The id under which the orchestrator's run of a scenario appears as a parent."""
    return uuid5(NAMESPACE_URL, f"weir:run:{context.scenario}/{context.run_id}")


def stage_run_id(context: RunContext, stage: str, subject: str) -> UUID:
    return uuid5(dag_run_id(context), f"{context.attempt}/{stage}/{subject}")


def pulled(plan: Plan, planned: PlannedInput, snapshot: Snapshot) -> Flow:
    """From the exchange platform's table to a sealed snapshot of the granted rows and columns."""
    source = datasets.source(planned)
    at = (source["namespace"], source["name"])
    copied = {
        field.source: [facets.input_field(*at, field.source, "IDENTITY", masking=False)]
        for field in planned.fields
    }
    chosen = [
        facets.input_field(*at, column, "FILTER", masking=False, how="granted rows")
        for column in planned.rows
    ]
    if planned.consent is not None:
        subject = planned.consent.subject_field
        chosen.append(facets.input_field(*at, subject, "FILTER", masking=False, how="consent"))
    output = datasets.snapshot(plan, planned, snapshot)
    output["facets"]["columnLineage"] = facets.column_lineage(copied, chosen)
    output["outputFacets"] = {
        "outputStatistics": facets.output_statistics(
            rows=snapshot.rows, size_bytes=snapshot.sealed.size_bytes
        )
    }
    return Flow(inputs=(source,), outputs=(output,))


def quality_checked(
    plan: Plan, planned: PlannedInput, snapshot: Snapshot, quality: QualityVerdict
) -> Flow:
    """The snapshot with the outcome of each expectation; bad rows went into quarantine."""
    read = datasets.snapshot(plan, planned, snapshot)
    read["inputFacets"] = {
        "dataQualityAssertions": facets.assertions(quality.results),
        "dataQualityMetrics": facets.row_metrics(quality.rows_in),
    }
    if quality.quarantine is None:
        return Flow(inputs=(read,))
    kept = {
        "namespace": f"s3://{QUARANTINE}",
        "name": datasets.snapshot_name(plan, planned),
        "facets": {
            "version": facets.version(quality.quarantine.sm3),
            "ownership": facets.ownership({planned.dataset.provider: "PROVIDER"}),
        },
        "outputFacets": {
            "outputStatistics": facets.output_statistics(
                rows=quality.rows_quarantined, size_bytes=quality.quarantine.size_bytes
            )
        },
    }
    return Flow(inputs=(read,), outputs=(kept,))


def scanned(plan: Plan, planned: PlannedInput, snapshot: Snapshot, report: ScanReport) -> Flow:
    """The snapshot with its grade and, per column, the types of identifiers found in it."""
    read = datasets.snapshot(plan, planned, snapshot)
    found = [
        (entity, str(cells), field.column)
        for field in report.fields
        for entity, cells in sorted(field.entities.items())
        if cells
    ]
    read["facets"]["tags"] = facets.tags([("grade", report.grade.name, ""), *found])
    return Flow(inputs=(read,))


def masked(plan: Plan, snapshots: Sequence[Snapshot], product: StagedProduct) -> Flow:
    """From the snapshots to the product: which column went through which mask into which."""
    read = tuple(
        datasets.snapshot(plan, planned, snapshot)
        for planned in plan.inputs
        for snapshot in snapshots
        if snapshot.dataset == planned.dataset.dataset
    )
    output = datasets.staged(plan, product, "product")
    output["facets"]["columnLineage"] = facets.column_lineage(
        {field.name: columns.origins(plan, field.name) for field in plan.output},
        columns.row_makers(plan),
    )
    return Flow(inputs=read, outputs=(output,))


def disclosure_assessed(plan: Plan, before: StagedProduct, after: StagedProduct) -> Flow:
    """The product without the groups that held too few subjects."""
    read = datasets.staged(plan, before, "product")
    del read["outputFacets"]
    output = datasets.staged(plan, after, "disclosed")
    rule = plan.disclosure
    small = [
        facets.input_field(
            read["namespace"], read["name"], column, "FILTER", masking=False, how="k-anonymity"
        )
        for column in (rule.quasi_identifiers if rule else ())
    ]
    output["facets"]["columnLineage"] = columns.unchanged(plan, read, small)
    return Flow(inputs=(read,), outputs=(output,))


def packaged(plan: Plan, product: StagedProduct, packed: Package) -> Flow:
    """The disclosed product with its dictionary, notice and manifest, ready for the gate."""
    read = datasets.staged(plan, product, "disclosed")
    del read["outputFacets"]
    output = datasets.output(plan, f"s3://{STAGING}", f"{plan.scenario.scenario}/package")
    output["facets"]["version"] = facets.version(packed.manifest.sm3)
    output["facets"]["columnLineage"] = columns.unchanged(plan, read)
    output["outputFacets"] = {
        "outputStatistics": facets.output_statistics(
            rows=packed.rows,
            size_bytes=sum(file.size_bytes for file in packed.files),
            files=len(packed.files),
        )
    }
    return Flow(inputs=(read,), outputs=(output,))


def released(plan: Plan, manifest: Digest, release_id: ReleaseId, rows: int) -> Flow:
    """What the gate published of a package, whose version is its manifest's digest."""
    read = datasets.output(plan, f"s3://{STAGING}", f"{plan.scenario.scenario}/package")
    read["facets"]["version"] = facets.version(manifest)
    output = datasets.output(plan, f"s3://{plan.release_bucket}", "releases")
    output["facets"]["version"] = facets.version(release_id)
    output["facets"]["columnLineage"] = columns.unchanged(plan, read)
    output["outputFacets"] = {"outputStatistics": facets.output_statistics(rows=rows)}
    return Flow(inputs=(read,), outputs=(output,))


def _event(
    kind: str,
    instant: datetime,
    run: Event,
    job: Event,
    inputs: Sequence[Event] = (),
    outputs: Sequence[Event] = (),
) -> Event:
    return {
        "eventType": kind,
        "eventTime": rfc3339(instant),
        "producer": facets.PRODUCER,
        "schemaURL": _EVENT_SCHEMA,
        "run": run,
        "job": job,
        "inputs": list(inputs),
        "outputs": list(outputs),
    }


def _job_facets(plan: Plan) -> Event:
    """On what ground the job works: contract, agreements and purpose, and whose it is."""
    scenario = plan.scenario
    return {
        "jobType": facets.job_type("STAGE"),
        "ownership": facets.job_ownership({scenario.operator: "OPERATOR"}),
        "tags": facets.job_tags(
            {
                "contract_digest": plan.contract_digest,
                "operation_agreement": scenario.operation_agreement,
                "use_agreement": scenario.use_agreement,
                "purpose": scenario.purpose,
                "policy_pack": scenario.policy,
            }
        ),
    }
