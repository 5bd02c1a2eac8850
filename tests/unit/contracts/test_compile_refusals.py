"""Each thing that no contract may say, one broken at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.sample_contracts import Data, aggregate_data, contract_data, sample_bundle
from weir.contracts.compile import compile_plan, plan_problems
from weir.contracts.problem import path_text
from weir.contracts.scenario import RESERVED
from weir.contracts.titles import TITLES
from weir.errors import ContractError


def broken(data: Data, case: Data) -> Data:
    """`data` with the value at the dotted path `set` changed to `to`, or removed without one."""
    *parts, last = [int(p) if p.isdigit() else p for p in case["set"].split(".")]
    place: Any = data
    for part in parts:
        place = place[part]
    if "to" not in case:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(case["to"])
    else:
        place[last] = case["to"]
    return data


def _name(case: Data) -> str:
    return f"{case['code']}-{case['set']}-{case.get('to', 'removed')}"[:80]


REFUSALS: Data = json.loads(
    (Path(__file__).parents[2] / "assets" / "contracts" / "refusals.json").read_text("utf-8")
)
ALL = [*REFUSALS["rows"], *REFUSALS["aggregates"]]


def _found(data: Data) -> list[tuple[str, str]]:
    problems = plan_problems(sample_bundle(data=data))
    return [(problem.code, path_text(problem.path)) for problem in problems]


@pytest.mark.parametrize("case", REFUSALS["rows"], ids=_name)
def test_a_row_contract_is_refused(case: Data) -> None:
    """The broken clause is named by code and place."""
    assert (case["code"], case["path"]) in _found(broken(contract_data(), case))


@pytest.mark.parametrize("case", REFUSALS["aggregates"], ids=_name)
def test_an_aggregate_contract_is_refused(case: Data) -> None:
    """The broken clause of an aggregate is named by code and place."""
    assert (case["code"], case["path"]) in _found(broken(aggregate_data(), case))


def test_the_samples_have_no_problem() -> None:
    """Whatever the other tests find, they have put there themselves."""
    assert _found(contract_data()) == []
    assert _found(aggregate_data()) == []


@pytest.mark.parametrize("case", REFUSALS["rows"], ids=_name)
def test_compiling_raises_the_first_problem(case: Data) -> None:
    """What `plan_problems` finds is what `compile_plan` refuses, with scenario and remedy."""
    bundle = sample_bundle(data=broken(contract_data(), case))
    first, *others = plan_problems(bundle)
    with pytest.raises(ContractError) as refusal:
        compile_plan(bundle)
    assert refusal.value.code == first.code
    assert refusal.value.where["scenario"] == "firm-credit"
    assert refusal.value.remedy
    assert all(other.code in refusal.value.what for other in others)


def test_every_problem_has_a_chinese_title() -> None:
    """Whatever is refused here can be shown to a reviewer."""
    assert {case["code"] for case in ALL} <= TITLES.keys()


def test_a_person_without_birth_date_cannot_be_asked_for_consent() -> None:
    """Without a date of birth the rule on minors cannot be kept (个人信息保护法 第三十一条)."""
    data = _visits_data()
    del data["datasets"]["visits"]["subject"]["born_on"]
    found = plan_problems(sample_bundle(data=data))
    assert [(one.code, one.article) for one in found] == [
        ("birth_unknown", "个人信息保护法 第三十一条")
    ]


def test_a_kept_name_of_a_person_is_refused_even_without_a_known_pattern() -> None:
    """A name is no pattern that a scan must find: its classification is enough."""
    data = _visits_data()
    data["datasets"]["visits"]["fields"]["full_name"] = {
        "title": "姓名",
        "type": "string",
        "classification": "person_identity",
        "grade": 3,
    }
    data["scenario"]["inputs"][0]["fields"]["full_name"] = {"mask": {"method": "keep"}}
    assert [one.code for one in plan_problems(sample_bundle(data=data))] == ["identifier_kept"]


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("date", "mask it by truncate_date, or drop it"),
        ("integer", "mask it by token or pseudonym or bin, or drop it"),
    ],
)
def test_what_is_to_be_masked_is_told_the_methods_that_take_it(kind: str, remedy: str) -> None:
    """A remedy that `mask_type` refuses would be none."""
    data = _visits_data()
    data["datasets"]["visits"]["fields"]["age"] = {
        "title": "年龄",
        "type": kind,
        "classification": "person_identity",
        "grade": 3,
    }
    data["scenario"]["inputs"][0]["fields"]["age"] = {"mask": {"method": "keep"}}
    (problem,) = plan_problems(sample_bundle(data=data))
    assert (problem.code, problem.remedy) == ("identifier_kept", remedy)


@pytest.mark.parametrize(
    ("entities", "head", "tail", "most"),
    [
        (["CN_RESIDENT_ID"], 10, 7, 12),
        (["CN_RESIDENT_ID"], 9, 4, 12),
        (["CN_RESIDENT_ID", "CN_MOBILE"], 6, 4, 7),
        (["EMAIL", "CN_MOBILE"], 3, 7, 7),
        (["CN_BANK_CARD"], 6, 5, 10),
        (["CN_USCC"], 10, 3, 12),
        (["CN_PLATE"], 2, 2, 3),
    ],
)
def test_a_partial_that_hides_too_little_is_refused_with_the_most_that_may_stay(
    entities: list[str], head: int, tail: int, most: int
) -> None:
    """One hidden character of a resident ID is given back by its check digit (第十四条)."""
    (found,) = plan_problems(sample_bundle(data=_partial_data(entities, head, tail)))
    assert (found.code, path_text(found.path), found.article) == (
        "partial_too_open",
        "inputs[1].fields.remark.mask",
        "第十四条",
    )
    assert f"let head and tail be {most} at most together" in found.remedy
    assert found.code in TITLES
    assert _found(_partial_data(entities, min(most, 10), max(most - 10, 0))) == []


@pytest.mark.parametrize(
    ("entities", "head", "tail"),
    [
        (["CN_MOBILE"], 3, 4),
        (["CN_RESIDENT_ID"], 6, 4),
        (["CN_RESIDENT_ID_15"], 6, 4),
        (["CN_BANK_CARD"], 6, 4),
        (["EMAIL", "CN_UTILITY_ACCOUNT"], 10, 10),
        ([], 10, 10),
    ],
)
def test_a_partial_that_hides_enough_or_of_unknown_length_compiles(
    entities: list[str], head: int, tail: int
) -> None:
    """Of what has no fixed length the mask itself hides the values that are too short."""
    assert _found(_partial_data(entities, head, tail)) == []


@pytest.mark.parametrize("starts_on", ["9998-06-01", "9999-12-31"])
def test_a_term_at_the_end_of_the_calendar_is_a_problem_and_not_a_fault(starts_on: str) -> None:
    """No day lies two years later, and none follows the last one."""
    data = contract_data()
    for agreement in ("operation_agreement", "use_agreement"):
        data[agreement] |= {"starts_on": starts_on, "ends_on": "9999-12-31"}
    assert _found(data) == [
        ("term_beyond_calendar", "operation_agreement.ends_on"),
        ("term_beyond_calendar", "use_agreement.ends_on"),
    ]


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_scenario_does_not_take_the_name_of_the_platforms_own_dag(name: str) -> None:
    """It would silently take that DAG's place, and no evidence would be delivered any more."""
    found = _found(broken(contract_data(), {"set": "scenario.scenario", "to": name}))
    assert ("scenario_reserved", "scenario") in found
    assert "scenario_reserved" in TITLES


def test_missing_authorisation_cites_its_article() -> None:
    """第二十三条第(六)项: data about subjects without their authorisation are a violation."""
    found = plan_problems(
        sample_bundle(data=broken(contract_data(), {"set": "scenario.authorisation", "to": None}))
    )
    assert {one.article for one in found} == {"第二十三条第(六)项"}


def _partial_data(entities: list[str], head: int, tail: int) -> Data:
    data = contract_data()
    data["datasets"]["bills"]["fields"]["remark"]["entities"] = entities
    data["scenario"]["inputs"][1]["fields"]["remark"] = {
        "mask": {"method": "partial", "head": head, "tail": tail}
    }
    return data


def _visits_data() -> Data:
    data = contract_data()
    scenario = data["scenario"]
    scenario["inputs"] = [
        {
            "dataset": "visits",
            "fields": {
                "resident_id": {"as": "person", "mask": {"method": "pseudonym"}},
                "district": {"mask": {"method": "keep"}},
            },
        }
    ]
    scenario["joins"] = []
    scenario["authorisation"]["subjects"] = "person"
    scenario["disclosure"] = {"unit": "person", "k": 5, "quasi_identifiers": ["district"]}
    return data
