"""What each stage tells of itself is valid OpenLineage and follows every column."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from fakes import stage_values as sample
from fakes.stage_values import CONTEXT, NOW
from openlineage_spec import spec_problems
from weir.errors import QualityError
from weir.evidence import facets, lineage
from weir.evidence.outbox import lineage_bytes
from weir.model import ReleaseId
from weir.quality.suite import Severity

PLAN = sample.plan()
FIRST, SECOND = PLAN.inputs
SNAPSHOTS = tuple(sample.snapshot(PLAN, planned) for planned in PLAN.inputs)
PRODUCT, DISCLOSED = sample.product(PLAN), sample.product(PLAN, "disclosed")
PACKAGE = sample.packed()
ERROR = QualityError("expectation_failed", "3 rows of 言谨之", article="第六条", where={"rows": 3})

FLOWS: dict[str, lineage.Flow] = {
    "pull": lineage.pulled(PLAN, FIRST, SNAPSHOTS[0]),
    "check_quality": lineage.quality_checked(
        PLAN, FIRST, SNAPSHOTS[0], sample.quality(SNAPSHOTS[0])
    ),
    "scan": lineage.scanned(PLAN, FIRST, SNAPSHOTS[0], sample.scan(SNAPSHOTS[0])),
    "mask": lineage.masked(PLAN, SNAPSHOTS, PRODUCT),
    "assess_disclosure": lineage.disclosure_assessed(PLAN, PRODUCT, DISCLOSED),
    "package": lineage.packaged(PLAN, DISCLOSED, PACKAGE),
    "release": lineage.released(PLAN, PACKAGE.manifest.sm3, ReleaseId("rel-1"), 940),
    "authorise": lineage.Flow(),
}


def told(stage: str, subject: str = "firm-credit", **changes: Any) -> list[dict[str, Any]]:
    arguments: dict[str, Any] = {
        "started_at": NOW,
        "finished_at": NOW + timedelta(seconds=3),
        "flows": (FLOWS[stage],),
    }
    return lineage.events(PLAN, stage, subject, CONTEXT, **(arguments | changes))


@pytest.mark.parametrize("stage", FLOWS)
@pytest.mark.parametrize("error", [None, ERROR], ids=["complete", "fail"])
def test_every_event_is_valid_by_the_specification(stage: str, error: QualityError | None) -> None:
    """Core schema, known facets at their places, URIs, UUIDs and RFC 3339 times."""
    events = told(stage, error=error)
    assert [problem for event in events for problem in spec_problems(event)] == []
    assert [e["eventType"] for e in events] == ["START", "FAIL" if error else "COMPLETE"]


def _drop_zone(event: dict[str, Any]) -> None:
    event["eventTime"] = "2026-11-23T14:20:00"


def _misspell(event: dict[str, Any]) -> None:
    facets = event["outputs"][0]["facets"]
    facets["columnLinage"] = facets.pop("columnLineage")


def _wrong_type(event: dict[str, Any]) -> None:
    field = event["outputs"][0]["facets"]["columnLineage"]["fields"]["remark"]
    field["inputFields"][0]["transformations"][0]["masking"] = "yes"


def _wrong_place(event: dict[str, Any]) -> None:
    event["run"]["facets"]["ownership"] = event["job"]["facets"]["ownership"]


def _no_run_id(event: dict[str, Any]) -> None:
    event["run"]["runId"] = "abc"


@pytest.mark.parametrize("spoil", [_drop_zone, _misspell, _wrong_type, _wrong_place, _no_run_id])
def test_the_validator_of_these_tests_sees_faults(spoil: Callable[[dict[str, Any]], None]) -> None:
    """A validator that passes everything would prove nothing."""
    event = copy.deepcopy(told("mask")[1])
    spoil(event)
    assert spec_problems(event)


def test_a_stage_told_twice_is_the_same_run_and_another_attempt_is_not() -> None:
    """Run ids follow from scenario, run, attempt, stage and subject."""
    retry = dataclasses.replace(CONTEXT, attempt=2)
    first, again = told("pull")[0], told("pull")[0]
    assert first["run"]["runId"] == again["run"]["runId"]
    ids = {
        first["run"]["runId"],
        told("scan")[0]["run"]["runId"],
        told("pull", "electricity-bills")[0]["run"]["runId"],
        str(lineage.stage_run_id(retry, "pull", "firm-credit")),
        str(lineage.dag_run_id(CONTEXT)),
    }
    assert len(ids) == 5


def test_stages_name_the_orchestrators_run_as_their_parent() -> None:
    """All stages of one run hang under one parent, which is the scenario's run."""
    parents = [told(stage)[1]["run"]["facets"]["parent"] for stage in FLOWS]
    assert {p["run"]["runId"] for p in parents} == {str(lineage.dag_run_id(CONTEXT))}
    assert {p["job"]["name"] for p in parents} == {"firm-credit"}


@pytest.mark.article("第六条", "第十六条")
def test_a_column_is_followed_from_the_product_back_to_the_provider() -> None:
    """Release, package, product and snapshot name one another and the exchange table in turn."""
    pulled, masked, released = (told(s)[1] for s in ("pull", "mask", "release"))
    assert pulled["inputs"][0]["namespace"] == "postgres://exchange"
    owners = pulled["inputs"][0]["facets"]["ownership"]["owners"]
    assert owners == [{"name": "organization:market-bureau", "type": "PROVIDER"}]
    snapshot = pulled["outputs"][0]
    assert (snapshot["namespace"], snapshot["name"]) in {
        (item["namespace"], item["name"]) for item in masked["inputs"]
    }
    assert snapshot["facets"]["version"]["datasetVersion"] == SNAPSHOTS[0].content
    assert released["outputs"][0]["namespace"] == "s3://release-firm-credit"


def _transformations(event: dict[str, Any], column: str) -> dict[str, dict[str, Any]]:
    fields = event["outputs"][0]["facets"]["columnLineage"]["fields"][column]["inputFields"]
    return {f"{f['name']}.{f['field']}": f["transformations"][0] for f in fields}


def test_masked_columns_say_so_and_kept_ones_do_not() -> None:
    """`masking` is true exactly where the contract masks, with the method's name."""
    event = told("mask")[1]
    assert _transformations(event, "remark") == {
        "firm-credit/bills.remark": {
            "type": "DIRECT",
            "subtype": "TRANSFORMATION",
            "description": "redact",
            "masking": True,
        }
    }
    kept = _transformations(event, "industry")["firm-credit/firms.industry"]
    assert (kept["subtype"], kept["masking"]) == ("IDENTITY", False)
    assert "bill_id" not in json.dumps(event["outputs"])


def test_a_join_shows_both_sides_and_that_it_chose_the_rows() -> None:
    """A join is an indirect dependency of the whole table, on either side's column."""
    chosen = told("mask")[1]["outputs"][0]["facets"]["columnLineage"]["dataset"]
    assert {(f["field"], f["transformations"][0]["subtype"]) for f in chosen} == {
        ("uscc", "JOIN"),
        ("customer", "JOIN"),
    }


def test_an_aggregate_shows_what_was_counted_and_by_what() -> None:
    """Measures are aggregations of their column, counts hide it, groups are indirect."""
    plan = sample.aggregate_plan()
    snapshots = [sample.snapshot(plan, planned) for planned in plan.inputs]
    flow = lineage.masked(plan, snapshots, sample.product(plan))
    event = lineage.events(
        plan, "mask", "x", CONTEXT, started_at=NOW, finished_at=NOW, flows=[flow]
    )[1]
    assert spec_problems(event) == []
    for column, masking in (("meters", True), ("rows", True), ("total", False)):
        (one,) = _transformations(event, column).values()
        assert (one["subtype"], one["masking"]) == ("AGGREGATION", masking)
    chosen = event["outputs"][0]["facets"]["columnLineage"]["dataset"]
    assert [(f["field"], f["transformations"][0]["subtype"]) for f in chosen] == [
        ("district", "GROUP_BY"),
        ("read_on", "GROUP_BY"),
    ]


def test_a_failed_check_still_shows_its_assertions() -> None:
    """The FAIL event holds what was asserted of the input, and no output."""
    quality = sample.quality(SNAPSHOTS[0], passed=False)
    flow = lineage.quality_checked(PLAN, FIRST, SNAPSHOTS[0], quality)
    event = told("check_quality", flows=(flow,), error=ERROR)[1]
    assertions = event["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [(a["success"], a["severity"]) for a in assertions] == [(False, "error"), (True, "warn")]
    assert event["outputs"] == []


def test_only_what_blocks_a_run_is_told_as_an_error() -> None:
    """Each severity a suite may state has its word among OpenLineage's two; an unknown one is
    taken for the graver."""
    (result, _) = sample.quality(SNAPSHOTS[0]).results
    told_as = {
        str(severity): facets.assertions([dataclasses.replace(result, severity=severity)])
        for severity in (*Severity, "later")
    }
    assert {name: facet["assertions"][0]["severity"] for name, facet in told_as.items()} == {
        "critical": "error",
        "warning": "warn",
        "info": "warn",
        "later": "error",
    }


def test_a_failure_tells_its_code_and_article_and_nothing_of_its_text() -> None:
    """The text of an error does not leave with the event."""
    event = told("check_quality", error=ERROR)[1]
    assert event["run"]["facets"]["errorMessage"]["message"] == "expectation_failed (第六条)"
    assert "言谨之" not in json.dumps(event, ensure_ascii=False)


def test_the_normal_form_of_an_event_is_stable_and_refuses_nan() -> None:
    """Key order does not change the bytes; numbers JSON has not are refused."""
    event = told("pull")[1]
    shuffled = json.loads(json.dumps(event))
    assert lineage_bytes(dict(reversed(shuffled.items()))) == lineage_bytes(event)
    assert b"\n" not in lineage_bytes(event | {"producer": "urn:a\nb"})
    with pytest.raises(ValueError, match="JSON"):
        lineage_bytes({"x": float("nan")})
