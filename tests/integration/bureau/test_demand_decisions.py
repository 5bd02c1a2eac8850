"""A decision answers a demand that went its whole way, and nothing else (第十二、十三条)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from bureau_server import BureauServer
from fakes.sample_contracts import aggregate_data, sample_bundle, sample_catalogue
from weir.bureau.tables import audit_records, catalogues, decisions
from weir.errors import AuthorisationError
from weir.evidence.audit import AuditRecord, from_bytes
from weir.model import Role
from weir.policy.decision import open_decision
from weir.policy.demanded import demanded

BUNDLE = sample_bundle()
OTHERS: dict[str, Any] = {
    "content": ["bills", "firms", "visits"],
    "providers": ["power-company"],
    "mode": "interface",
    "purpose": "另一目的",
    "authorised": False,
}


def last_record(bureau: BureauServer) -> AuditRecord:
    with bureau.engine.begin() as connection:
        body = connection.scalar(
            select(audit_records.c.body).order_by(audit_records.c.seq.desc()).limit(1)
        )
    assert body is not None
    return from_bytes(body)


def signed(bureau: BureauServer) -> int:
    with bureau.engine.begin() as connection:
        return connection.scalar(select(func.count()).select_from(decisions)) or 0


def refused(bureau: BureauServer, demand: str, *, bundle: Any = BUNDLE, **told: Any) -> str:
    """The code with which a decision is refused; the attempt is kept and nothing is signed."""
    before = signed(bureau)
    outcome = told.pop("outcome", "agreed")
    with pytest.raises(AuthorisationError) as refusal:
        bureau.decide(bundle, outcome, demand=demand, **told)
    assert refusal.value.article
    assert refusal.value.remedy
    assert signed(bureau) == before
    kept = last_record(bureau)
    assert (kept.outcome, kept.reason_code) == ("refused", refusal.value.code)
    return refusal.value.code


def state_of(bureau: BureauServer, demand: str) -> str:
    with bureau.client() as client:
        held = client.case("demand", demand)
    assert held is not None
    return held.state


def test_agreeing_signs_and_moves_the_demand_as_one(bureau: BureauServer) -> None:
    """The decision is there and the demand is agreed to; deciding again takes a new demand."""
    demand = bureau.pursue(BUNDLE)
    decision = open_decision(bureau.decide(BUNDLE, demand=demand), bureau.key.public)
    assert decision.outcome == "agreed"
    assert state_of(bureau, demand) == "agreed"
    assert refused(bureau, demand) == "move_out_of_order"


@pytest.mark.parametrize("upto", ["draft", "screen", "submit", "assess"])
def test_a_demand_that_was_not_put_to_its_providers_is_not_decided(
    bureau: BureauServer, upto: str
) -> None:
    """No step can be left out (第十三条)."""
    demand = bureau.pursue(BUNDLE, upto=upto)
    assert refused(bureau, demand) == "move_out_of_order"


def test_a_decision_before_every_provider_answered_is_refused(bureau: BureauServer) -> None:
    """One of two has given its opinion; the other's is asked for by name."""
    demand = bureau.pursue(BUNDLE, upto="consult")
    for answered in ("market-bureau", "power-company"):
        assert refused(bureau, demand) == "opinion_missing"
        bureau.move(Role.PROVIDER, answered, demand, "opine", supports=False, opinion="不宜提供")
    bureau.decide(BUNDLE, demand=demand)


def test_a_provider_that_was_not_asked_gives_no_opinion(bureau: BureauServer) -> None:
    """Nor does the bureau in a provider's place."""
    demand = bureau.pursue(BUNDLE, upto="consult")
    for role, org, code in (
        (Role.PROVIDER, "water-company", "provider_not_asked"),
        (Role.BUREAU_DIRECTOR, "bureau", "role_not_allowed"),
    ):
        with pytest.raises(AuthorisationError) as refusal:
            bureau.move(role, org, demand, "opine", supports=True, opinion="同意")
        assert refusal.value.code == code


@pytest.mark.parametrize("field", OTHERS)
def test_a_demand_that_states_something_else_than_the_contract_is_not_decided(
    bureau: BureauServer, field: str
) -> None:
    """Data that are not in the contract, a provider too few, another mode or purpose."""
    demand = bureau.pursue(BUNDLE, **{field: OTHERS[field]})
    if field == "content":
        assert state_of(bureau, demand) == "consulted"
    assert refused(bureau, demand) == "demand_differs"
    assert state_of(bureau, demand) == "consulted"


def test_an_edited_contract_needs_a_demand_of_its_own(bureau: BureauServer) -> None:
    """One changed number, and the demand was made for another version."""

    def edit(data: dict[str, Any]) -> None:
        data["scenario"]["retention"]["release_days"] = 181

    edited = sample_bundle(edit)
    demand = bureau.pursue(BUNDLE)
    assert refused(bureau, demand, bundle=edited) == "demand_for_other_contract"
    bureau.decide(edited, demand=bureau.pursue(edited))


def test_a_demand_of_another_scenario_and_one_that_never_was_carry_no_decision(
    bureau: BureauServer,
) -> None:
    """The name alone does not make a demand."""

    def rename(data: dict[str, Any]) -> None:
        data["scenario"]["scenario"] = "firm-loans"

    demand = bureau.pursue(sample_bundle(rename))
    assert refused(bureau, demand) == "demand_of_other_scenario"
    assert refused(bureau, "never-was") == "move_out_of_order"


@pytest.mark.parametrize(
    "name", ["fіrm-1", "Firm-1", "ｆirm-1", "firm-1 ", "firm\u200b-1", "x" * 49]
)
def test_a_name_that_only_looks_like_a_demands_is_refused_and_kept_as_an_attempt(
    bureau: BureauServer, name: str
) -> None:
    """Cyrillic, full-width, invisible: for a decision as for any other move."""
    bureau.pursue(BUNDLE, "firm-1")
    assert refused(bureau, name) == "case_name_malformed"
    with pytest.raises(AuthorisationError) as refusal:
        bureau.move(Role.BUREAU_REVIEWER, "bureau", name, "return", finding="退回")
    assert refusal.value.code == "case_name_malformed"
    assert (last_record(bureau).target.name, last_record(bureau).action) == (
        "misnamed",
        "demand.returned",
    )
    assert state_of(bureau, "firm-1") == "consulted"


def test_refusing_what_subjects_have_authorised_takes_reason_and_article(
    bureau: BureauServer,
) -> None:
    """第十三条: with lawful authorisation agreeing is the rule."""
    demand = bureau.pursue(BUNDLE)
    reason = "与国家安全相抵触"
    told: list[tuple[dict[str, str], str]] = [
        ({}, "refusal_without_reason"),
        ({"reason": "  \n", "article": "第四条"}, "refusal_without_reason"),
        ({"reason": reason}, "refusal_without_article"),
        ({"reason": reason, "article": "有关规定"}, "refusal_without_article"),
    ]
    for stated, code in told:
        assert refused(bureau, demand, outcome="refused", **stated) == code
    envelope = bureau.decide(
        BUNDLE, "refused", reason=reason, article="数据安全法 第二十四条", demand=demand
    )
    decision = open_decision(envelope, bureau.key.public)
    assert (decision.reason, decision.article) == (reason, "数据安全法 第二十四条")
    assert state_of(bureau, demand) == "refused"


def test_open_data_are_agreed_to_by_rule_and_others_may_be_refused_with_a_reason(
    bureau: BureauServer,
) -> None:
    """无条件开放 counts as authorisation does; conditional data without subjects do not."""

    def conditional(data: dict[str, Any]) -> None:
        data["datasets"]["pipes"]["open_type"] = "conditional"

    opened = sample_bundle(data=aggregate_data())
    closed = sample_bundle(conditional, data=aggregate_data())
    assert demanded(opened).authorised
    assert not demanded(closed).authorised
    demand = bureau.pursue(opened)
    assert (
        refused(bureau, demand, bundle=opened, outcome="refused", reason="不便")
        == "refusal_without_article"
    )
    envelope = bureau.decide(closed, "refused", reason="用途不明")
    assert open_decision(envelope, bureau.key.public).article == "第十三条"


def test_no_bare_move_agrees_or_refuses(bureau: BureauServer) -> None:
    """Only a signature does; the director's own token does not help."""
    demand = bureau.pursue(BUNDLE)
    for move in ("agree", "refuse"):
        facts = {"reason": "无", "article": "第十三条"}
        with bureau.client() as client, pytest.raises(AuthorisationError) as refusal:
            client.move("demand", demand, move, facts)
        assert refusal.value.code == "decision_unsigned"
        assert last_record(bureau).reason_code == "decision_unsigned"
    assert state_of(bureau, demand) == "consulted"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.BUREAU_DIRECTOR}))
def test_nobody_else_decides(bureau: BureauServer, role: Role) -> None:
    """Not the reviewer who assessed, not the provider, not the operator."""
    demand = bureau.pursue(BUNDLE)
    with bureau.client(role) as client, pytest.raises(AuthorisationError) as refusal:
        client.decide(demand, BUNDLE, "agreed")
    assert refusal.value.code == "role_not_allowed"
    assert signed(bureau) == 0


def test_of_two_directors_that_race_one_decides(bureau: BureauServer) -> None:
    """The other is told that the demand is decided; there is one signature."""
    demand = bureau.pursue(BUNDLE)

    def decide(outcome: Any) -> str:
        try:
            bureau.decide(BUNDLE, outcome, reason="理由", article="第四条", demand=demand)
        except AuthorisationError as error:
            return error.code
        return "signed"

    with ThreadPoolExecutor(6) as pool:
        ends = list(pool.map(decide, ["agreed", "refused"] * 3))
    assert sorted(ends) == ["move_out_of_order"] * 5 + ["signed"]
    assert signed(bureau) == 1


def test_a_returned_demand_is_drafted_anew_and_asks_its_providers_again(
    bureau: BureauServer,
) -> None:
    """Opinions on the returned draft do not count for the next one."""
    demand = bureau.pursue(BUNDLE)
    bureau.move(Role.BUREAU_REVIEWER, "bureau", demand, "return", finding="请写明用途")
    bureau.pursue(BUNDLE, demand, upto="consult")
    assert refused(bureau, demand) == "opinion_missing"
    with pytest.raises(AuthorisationError) as refusal:
        bureau.pursue(BUNDLE, demand, upto="draft")
    assert refusal.value.code == "move_out_of_order"


def test_a_demand_keeps_its_scenario(bureau: BureauServer) -> None:
    """Drafting it anew for another one is refused."""
    demand = bureau.pursue(BUNDLE, upto="draft")
    with pytest.raises(AuthorisationError) as refusal:
        bureau.pursue(BUNDLE, demand, upto="draft", scenario="another")
    assert refusal.value.code == "demand_of_other_scenario"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("content", None),
        ("mode", None),
        ("scenario", None),
        ("purpose", " "),
        ("content", []),
        ("content", ["bіlls"]),
        ("providers", ["Power-Company"]),
        ("mode", "email"),
        ("contract_digest", "0" * 63),
    ],
)
def test_a_draft_that_leaves_something_out_or_looks_alike_is_refused_by_field(
    bureau: BureauServer, field: str, value: Any
) -> None:
    """第十二条: content, mode of use and scenario; the attempt is kept."""
    facts = demanded(BUNDLE).model_dump(mode="json") | {field: value}
    if value is None:
        del facts[field]
    person = bureau.person(Role.OPERATOR_ENGINEER, "city-operator")
    with person as client, pytest.raises(AuthorisationError) as refusal:
        client.move("demand", "d-1", "draft", facts)
    assert (refusal.value.code, refusal.value.article) == ("facts_malformed", "第十二条")
    assert field in refusal.value.what
    assert last_record(bureau).reason_code == "facts_malformed"
    with bureau.client() as client:
        assert client.case("demand", "d-1") is None


def test_a_dataset_that_the_catalogue_knows_otherwise_is_not_agreed_to(
    bureau: BureauServer,
) -> None:
    """The operator's files do not say what is open: the bureau's catalogue does (第五条)."""
    for edit, code in (
        (lambda data: data["datasets"].pop("bills"), "dataset_off_catalogue"),
        (
            lambda data: data["datasets"]["bills"]["fields"]["usage"].update(grade=4),
            "dataset_off_catalogue",
        ),
        (
            lambda data: data["datasets"]["bills"].update(open_type="prohibited"),
            "dataset_prohibited",
        ),
    ):
        bureau.catalogue = sample_catalogue(edit)
        assert refused(bureau, bureau.pursue(BUNDLE)) == code


def test_each_catalogue_that_was_decided_by_is_kept_once(bureau: BureauServer) -> None:
    """With its record; a decision names the version."""
    for _ in range(2):
        bureau.decide(BUNDLE)
    first = bureau.catalogue.version
    bureau.catalogue = sample_catalogue(
        lambda data: data["datasets"]["visits"].update(title="门诊")
    )
    bureau.decide(BUNDLE)
    second = bureau.catalogue.version
    with bureau.engine.begin() as connection:
        kept = set(connection.scalars(select(catalogues.c.sm3)))
        used = list(connection.scalars(select(decisions.c.catalogue).order_by(decisions.c.seq)))
        actions = list(connection.scalars(select(audit_records.c.action)))
    assert kept == {first, second}
    assert used == [first, first, second]
    assert actions.count("catalogue.kept") == 2


def test_the_catalogue_lists_everything_and_all_open_data_as_in_operation(
    bureau: BureauServer,
) -> None:
    """无条件开放 without exception (第十三条)."""
    with bureau.client(Role.BUREAU_REVIEWER) as client:
        told = client.catalogue()
    listed = {one["dataset"]: one for one in told["datasets"]}
    assert set(listed) == set(bureau.catalogue.datasets)
    assert told["unconditional"] == ["pipes"]
    assert listed["pipes"]["in_operation"] == "all"
    assert listed["firms"]["in_operation"] == "upon_decision"
    assert (listed["visits"]["grade"], listed["visits"]["provider"]) == ("4", "health-bureau")
    assert told["version"] == bureau.catalogue.version
