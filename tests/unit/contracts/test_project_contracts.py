"""The contracts that the project itself ships."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from weir.contracts.check import check_all, check_text
from weir.contracts.compile import compile_plan
from weir.contracts.dataset import OpenType
from weir.contracts.diff import diff_bundles
from weir.contracts.digest import bundle_from_canonical, canonical_bundle
from weir.contracts.explain import explain
from weir.contracts.loader import ContractFiles, load_bundle, names_in, scenario_names
from weir.contracts.plan import ContractBundle, Plan
from weir.crypto.canonical import canonical_json
from weir.policy.grounds import reviewers_needed

ROOT = Path(__file__).parents[3]
FOLDERS = (ROOT / "contracts", ROOT / "policy", ROOT / "expectations")


def _plan(name: str) -> Plan:
    return compile_plan(load_bundle(name, *FOLDERS))


def test_every_contract_of_the_project_is_in_order() -> None:
    """The check that an operator runs finds nothing."""
    assert check_text(check_all(*FOLDERS)) == check_text(())


def test_the_demo_has_its_five_scenarios() -> None:
    """Three that release and two that are refused."""
    assert scenario_names(FOLDERS[0]) == (
        "clinic-planning",
        "edited-after-approval",
        "prohibited-dataset",
        "sme-credit",
        "water-open",
    )


def test_every_dataset_lists_its_fields_classified_and_graded() -> None:
    """A field without a classification could not be used (第五条)."""
    files = ContractFiles(*FOLDERS)
    names = names_in(FOLDERS[0] / "datasets", ".yaml")
    assert len(names) == 8
    for name in names:
        for field in files.dataset(name).require().fields.values():
            assert field.classification is not None
            assert field.grade is not None


def test_sme_credit_joins_two_datasets_over_a_token_with_consent() -> None:
    """At least twelve columns are pulled; firms leave as tokens only."""
    plan = _plan("sme-credit")
    assert sum(len(one.fields) for one in plan.inputs) >= 12
    assert all(one.consent is not None for one in plan.inputs)
    assert {field.mask.method for one in plan.inputs for field in one.fields} >= {
        "token",
        "surname",
        "truncate_date",
        "bin",
        "partial",
        "redact",
        "drop",
        "keep",
    }


def test_clinic_planning_counts_people_and_not_visits() -> None:
    """Groups hold at least five patients, known by an irreversible pseudonym."""
    plan = _plan("clinic-planning")
    assert plan.disclosure is not None
    assert (plan.disclosure.unit, plan.disclosure.k) == ("patient", 5)
    patient = next(field for field in plan.output if field.name == "patient")
    assert patient.transformation == "pseudonym"


def test_water_open_is_an_aggregate_that_asks_nobody() -> None:
    """An unconditionally open dataset without subjects needs no consent."""
    plan = _plan("water-open")
    assert plan.aggregate is not None
    assert plan.inputs[0].consent is None


def test_the_prohibited_scenario_compiles_so_that_its_refusal_can_be_seen() -> None:
    """Its dataset is 不予开放."""
    (one,) = _plan("prohibited-dataset").inputs
    assert one.dataset.open_type is OpenType.PROHIBITED


def test_two_people_review_each_release_from_grade_three_on() -> None:
    """By the pack's number, which the contracts say again; below it one approval stands."""
    plans = {name: _plan(name) for name in scenario_names(FOLDERS[0])}
    assert {name: (int(plan.grade), reviewers_needed(plan)) for name, plan in plans.items()} == {
        "clinic-planning": (4, 2),
        "edited-after-approval": (2, 0),
        "prohibited-dataset": (4, 2),
        "sme-credit": (3, 2),
        "water-open": (1, 0),
    }
    for plan in plans.values():
        assert (plan.scenario.approval == "each_release") is (reviewers_needed(plan) > 0)


def test_what_the_bureau_keeps_differs_by_what_was_edited_alone() -> None:
    """A rule's arguments stand in another order in what it keeps, which says nothing."""
    present = load_bundle("sme-credit", *FOLDERS)
    decided = bundle_from_canonical(json.loads(canonical_json(canonical_bundle(present))))
    assert diff_bundles(decided, present) == ()
    titled = present.scenario.model_copy(update={"title": "另一名称"})
    (change,) = diff_bundles(decided, dataclasses.replace(present, scenario=titled))
    assert change.place == ("scenario", "title")


def test_the_edited_scenario_differs_from_what_was_decided_by_one_field() -> None:
    """Without contact_phone it still compiles, under another digest."""
    bundle = load_bundle("edited-after-approval", *FOLDERS)
    decided = _without(bundle, "contact_phone")
    (change,) = diff_bundles(decided, bundle)
    assert change.place[-1] == "contact_phone"
    assert compile_plan(decided).contract_digest != compile_plan(bundle).contract_digest


@pytest.mark.parametrize("name", scenario_names(FOLDERS[0]))
def test_a_scenario_of_the_project_can_be_explained(name: str) -> None:
    """The explanation names bucket, digest and article."""
    plan = _plan(name)
    text = explain(plan)
    assert plan.contract_digest in text
    assert f"release-{name}" in text
    assert "第十四条" in text


def _without(bundle: ContractBundle, field: str) -> ContractBundle:
    (one,) = bundle.scenario.inputs
    fields = {name: granted for name, granted in one.fields.items() if name != field}
    inputs = (one.model_copy(update={"fields": fields}),)
    scenario = bundle.scenario.model_copy(update={"inputs": inputs})
    return dataclasses.replace(bundle, scenario=scenario)
