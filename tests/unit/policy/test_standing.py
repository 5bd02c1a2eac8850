"""May a scenario run? One ground after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes.sample_contracts import Data
from fakes.sample_statements import BUREAU, NOW, PLAN, agreed, changed_plan, order
from weir.contracts.plan import Plan
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey
from weir.errors import AuthorisationError
from weir.policy.order import Order
from weir.policy.standing import Standing, may_run


def reasons(
    plan: Plan = PLAN,
    decision: Envelope | None = None,
    *orders: Order,
    as_of: datetime = NOW,
    acknowledge_lapsed: bool = False,
) -> list[tuple[str, str]]:
    verdict = may_run(
        plan,
        Standing(decision=decision, suspensions=orders),
        bureau_key=BUREAU.public,
        as_of=as_of,
        acknowledge_lapsed=acknowledge_lapsed,
    )
    assert verdict.passed == (not verdict.reasons)
    assert all(reason.what and reason.remedy for reason in verdict.reasons)
    return [(reason.code, reason.article) for reason in verdict.reasons]


def test_an_agreed_contract_may_run() -> None:
    """Decision, agreements, policy and no suspension: nothing stands against it."""
    assert reasons(PLAN, agreed()) == []


def test_without_a_decision_nothing_runs() -> None:
    """Silence is not agreement (第十三条)."""
    assert reasons(PLAN, None) == [("decision_missing", "第十三条")]


def test_an_edited_contract_is_refused_until_decided_again() -> None:
    """The decision covers a digest, and any change makes another digest."""

    def edit(data: Data) -> None:
        data["scenario"]["retention"]["release_days"] = 181

    edited = changed_plan(edit)
    assert reasons(edited, agreed()) == [("decision_for_other_digest", "第十三条")]
    assert reasons(edited, agreed(edited)) == []


def test_a_decision_on_another_scenario_does_not_cover_this_one() -> None:
    """Even under the same digest a decision names its scenario."""
    other = agreed(scenario="other")
    assert reasons(PLAN, other) == [("decision_for_other_digest", "第十三条")]


def test_a_prohibited_dataset_is_refused_whatever_was_decided() -> None:
    """第十三条: not even a signed decision opens it, and this is the first thing said."""

    def prohibit(data: Data) -> None:
        data["datasets"]["bills"]["open_type"] = "prohibited"

    plan = changed_plan(prohibit)
    assert reasons(plan, agreed(plan)) == [("dataset_prohibited", "第十三条")]
    assert reasons(plan, None)[0] == ("dataset_prohibited", "第十三条")


def test_a_refusal_of_the_bureau_holds() -> None:
    """A refused demand does not run, and the bureau's own article is cited."""
    refused = agreed(outcome="refused", reason="用途不明", article="第十四条")
    assert reasons(PLAN, refused) == [("decision_refused", "第十四条")]


def test_a_decision_by_another_key_counts_for_nothing() -> None:
    """Only the pinned key of the bureau signs decisions."""
    forged = agreed(key=SigningKey.generate())
    assert reasons(PLAN, forged) == [("decision_signature_invalid", "第十三条")]


def test_a_decision_with_one_changed_byte_counts_for_nothing() -> None:
    """The signature covers every byte of the statement."""
    envelope = agreed()
    tampered = replace(envelope, payload=envelope.payload.replace(b"agreed", b"Agreed"))
    assert reasons(PLAN, tampered) == [("decision_signature_invalid", "第十三条")]


def test_an_order_is_not_taken_for_a_decision() -> None:
    """What was signed as one kind of statement is no other kind."""
    envelope = replace(agreed(), payload_type="application/vnd.weir.order.v1+json")
    assert reasons(PLAN, envelope) == [("decision_signature_invalid", "第十三条")]


def test_a_decision_ends_at_its_instant() -> None:
    """`valid_until` is the first instant that is too late."""
    decision = agreed(valid_until=NOW)
    assert reasons(PLAN, decision, as_of=NOW - timedelta(microseconds=1)) == []
    assert reasons(PLAN, decision) == [("decision_expired", "第十三条")]


def test_a_decision_does_not_reach_back() -> None:
    """A run is replayed with what held at its time."""
    decision = agreed(decided_at=NOW)
    assert reasons(PLAN, decision) == []
    earlier = reasons(PLAN, decision, as_of=NOW - timedelta(microseconds=1))
    assert earlier == [("decision_not_yet_valid", "第十三条")]


def test_agreements_end_after_their_last_day_in_shanghai() -> None:
    """The use agreement ends on 2027-02-28 in Asia/Shanghai, not in UTC."""
    decision = agreed(valid_until=datetime(2030, 1, 1, tzinfo=UTC))
    last = datetime(2027, 2, 28, 15, 59, 59, tzinfo=UTC)
    assert reasons(PLAN, decision, as_of=last) == []
    after = last + timedelta(seconds=1)
    assert reasons(PLAN, decision, as_of=after) == [("use_agreement_expired", "第十四条")]


def test_every_ground_is_named_once_all_have_gone() -> None:
    """Years later everything has run out, in the order of weight."""
    late = datetime(2030, 1, 1, tzinfo=UTC)
    assert [code for code, _ in reasons(PLAN, agreed(), order(), as_of=late)] == [
        "decision_expired",
        "operation_agreement_expired",
        "use_agreement_expired",
        "suspended",
        "policy_lapsed",
    ]


def test_agreements_do_not_start_early() -> None:
    """Before its first day an agreement gives no right."""
    early = datetime(2026, 2, 28, 15, 59, tzinfo=UTC)
    decision = agreed(decided_at=early)
    assert reasons(PLAN, decision, as_of=early) == [
        ("operation_agreement_not_started", "第十五条"),
        ("use_agreement_not_started", "第十四条"),
    ]
    assert reasons(PLAN, decision, as_of=early + timedelta(minutes=1)) == []


def test_a_lapsed_policy_is_refused_unless_it_is_acknowledged() -> None:
    """第二十四条: the pack is in force until the day before its end."""

    def lapse(data: Data) -> None:
        data["policy"]["effective_until"] = "2026-11-23"

    plan = changed_plan(lapse)
    decision = agreed(plan)
    assert reasons(plan, decision) == [("policy_lapsed", "第二十四条")]
    assert reasons(plan, decision, acknowledge_lapsed=True) == []
    the_day_before = NOW - timedelta(days=1)
    assert reasons(plan, decision, as_of=the_day_before) == []


def test_acknowledging_does_not_bring_a_future_policy_into_force() -> None:
    """A pack that is not in force yet cannot be acknowledged into force."""

    def future(data: Data) -> None:
        data["policy"]["effective_from"] = "2026-12-01"

    plan = changed_plan(future)
    found = reasons(plan, agreed(plan), acknowledge_lapsed=True)
    assert found == [("policy_not_started", "第二十四条")]


@pytest.mark.parametrize(
    ("kind", "scope", "stopped"),
    [
        ("scenario", "firm-credit", True),
        ("scenario", "firm", False),
        ("dataset", "bills", True),
        ("dataset", "visits", False),
        ("provider", "power-company", True),
        ("provider", "water-company", False),
        ("data_user", "town-bank", True),
        ("data_user", "city-operator", False),
        ("all", "", True),
    ],
)
def test_a_suspension_stops_what_is_in_its_scope(kind: str, scope: str, stopped: bool) -> None:  # noqa: FBT001 - a table of cases
    """第十六条: scenario, dataset, provider, data user or everything."""
    found = reasons(PLAN, agreed(), order(scope_kind=kind, scope=scope))
    assert found == ([("suspended", "第十六条")] if stopped else [])


def test_a_rule_is_not_read_at_an_instant_without_a_zone() -> None:
    """A naive time would be taken for the machine's own."""
    with pytest.raises(AuthorisationError) as refusal:
        reasons(PLAN, agreed(), as_of=datetime(2026, 11, 23))  # noqa: DTZ001 - the mistake itself
    assert refusal.value.code == "instant_without_zone"


def test_a_closed_channel_stops_a_scenario_under_its_own_code() -> None:
    """第二十三条 is not 第十六条: what follows is another."""
    closed = order(action="close", article="第二十三条")
    assert reasons(PLAN, agreed(), closed) == [("channel_closed", "第二十三条")]
    assert reasons(PLAN, agreed(), replace(closed, scope="another")) == []
