"""A verdict given again: the same from the same values, and what another pack would change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.sample_contracts import Data, sample_bundle
from fakes.sample_statements import BUREAU, NOW, PLAN, agreed, order
from weir.contracts.plan import ContractBundle
from weir.contracts.policy_pack import PolicyPack
from weir.crypto.sm2 import SigningKey
from weir.policy.replay import (
    Change,
    Comparison,
    KeptVerdict,
    Question,
    ask,
    pack_changes,
    replay,
)
from weir.policy.standing import Standing

BUNDLE = sample_bundle()
DIGEST = PLAN.contract_digest
LONG = datetime(2029, 1, 1, tzinfo=UTC)
ENVELOPES = (
    None,
    agreed(),
    agreed(valid_until=LONG),
    agreed(outcome="refused", reason="用途不明"),
    agreed(key=SigningKey.generate()),
)
ORDERS = (
    order(),
    order(order_id="o-2", action="resume", issued_at=NOW + timedelta(days=40)),
    order(order_id="o-3", scope_kind="all", scope="", issued_at=NOW + timedelta(days=80)),
)


def question(**changes: object) -> Question:
    asked = Question(
        bundle=BUNDLE,
        standing=Standing(decision=agreed(valid_until=LONG)),
        as_of=NOW,
        acknowledge_lapsed=False,
        made_under=DIGEST,
        approvers=("li", "wang"),
    )
    return replace(asked, **changes)  # type: ignore[arg-type] # by name


def kept(asked: Question, *, reasons: tuple[str, ...] | None = None) -> KeptVerdict:
    answer = ask(asked, BUREAU.public) if reasons is None else reasons
    return KeptVerdict(
        at=asked.as_of,
        scenario="firm-credit",
        run_id="run-1",
        release_id="rel-1",
        reasons=answer,
        outcome="refused" if answer else "published",
        outcome_code=answer[0] if answer else "",
    )


def other_pack(**changes: object) -> PolicyPack:
    def edit(data: Data) -> None:
        data["policy"].update(pack="pack-2")
        for name, value in changes.items():
            if name in data["policy"]:
                data["policy"][name] = value
            else:
                data["policy"]["parameters"][name]["value"] = value

    return sample_bundle(edit).policy


@settings(max_examples=150, deadline=None)
@given(
    hours=st.integers(-24 * 400, 24 * 1200),
    envelope=st.sampled_from(ENVELOPES),
    orders=st.sets(st.sampled_from(ORDERS)),
    acknowledge=st.booleans(),
    made_under=st.sampled_from(["", DIGEST, "0" * 64]),
)
def test_the_same_values_give_the_same_verdict(
    hours: int,
    envelope: object,
    orders: set[object],
    acknowledge: bool,  # noqa: FBT001 - drawn
    made_under: str,
) -> None:
    """At any instant, whatever was decided and ordered; nothing but the question is asked."""
    asked = question(
        standing=Standing(decision=envelope, suspensions=tuple(orders)),  # type: ignore[arg-type] # drawn
        as_of=NOW + timedelta(hours=hours),
        acknowledge_lapsed=acknowledge,
        made_under=made_under,
    )
    found = replay(kept(asked), asked, digest=DIGEST, bureau_key=BUREAU.public)
    assert found.comparison is Comparison.SAME
    assert found.reasons == ask(asked, BUREAU.public)


def test_a_verdict_that_was_edited_in_keeping_shows() -> None:
    """A refusal that somebody turned into a yes does not come out again."""
    asked = question(standing=Standing(decision=None))
    found = replay(kept(asked, reasons=()), asked, digest=DIGEST, bureau_key=BUREAU.public)
    assert (found.comparison, found.reasons) == (Comparison.DIFFERENT, ("decision_missing",))


def test_a_contract_that_was_edited_in_keeping_shows() -> None:
    """The digest names the contract that was asked about."""

    def edit(data: Data) -> None:
        data["scenario"]["retention"]["release_days"] = 181

    asked = question(bundle=sample_bundle(edit))
    found = replay(kept(question()), asked, digest=DIGEST, bureau_key=BUREAU.public)
    assert found.reasons == ("contract_changed_in_keeping",)


def test_where_the_contract_did_not_hold_nothing_was_asked() -> None:
    """Such a refusal is listed, and cannot be given again."""
    found = replay(kept(question(), reasons=()), None, digest="", bureau_key=BUREAU.public)
    assert found.comparison is Comparison.NOT_ASKED


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, ()),
        ({"effective_until": "2026-11-01"}, ("policy_lapsed",)),
        ({"effective_from": "2027-01-01"}, ("policy_not_started",)),
        ({"min_k": 6}, ("k_too_small",)),
        ({"max_release_days": 30}, ("retention_too_long",)),
        ({"two_reviewers_from_grade": 5}, ()),
    ],
)
def test_another_pack_lists_what_would_change(
    changes: dict[str, object], reasons: tuple[str, ...]
) -> None:
    """Its dates and its numbers alone: the decision still covers the contract."""
    asked = question()
    found = replay(
        kept(asked), asked, digest=DIGEST, bureau_key=BUREAU.public, pack=other_pack(**changes)
    )
    assert found.comparison is (Comparison.DIFFERENT if reasons else Comparison.SAME)
    assert found.reasons == reasons


def test_a_pack_that_asks_two_reviewers_lists_what_went_out_without() -> None:
    """A release of grade 3 by a standing approval, under a pack that asked them from grade 5 on."""

    def edit(data: Data) -> None:
        data["scenario"]["approval"] = "standing"
        data["policy"]["parameters"]["two_reviewers_from_grade"]["value"] = 5

    bundle = sample_bundle(edit)
    digest = _digest(bundle)
    asked = question(
        bundle=bundle,
        made_under=digest,
        approvers=(),
        standing=Standing(decision=agreed(contract_digest=digest)),
    )
    before = kept(asked)
    assert before.reasons == ()
    found = replay(before, asked, digest=digest, bureau_key=BUREAU.public, pack=other_pack())
    assert found.comparison is Comparison.DIFFERENT
    assert found.reasons == ("approval_standing", "approval_missing")


def test_a_pack_in_force_would_have_let_a_lapsed_verdict_pass() -> None:
    """The same release under a pack without an end."""
    asked = question(as_of=datetime(2026, 12, 1, tzinfo=UTC), bundle=_lapsing())
    digest = _digest(asked.bundle)
    asked = replace(
        asked,
        made_under=digest,
        standing=Standing(decision=agreed(contract_digest=digest, valid_until=LONG)),
    )
    before = kept(asked)
    assert before.reasons == ("policy_lapsed",)
    found = replay(
        before,
        asked,
        digest=digest,
        bureau_key=BUREAU.public,
        pack=other_pack(effective_until=None),
    )
    assert (found.comparison, found.reasons) == (Comparison.DIFFERENT, ())


def test_what_two_packs_state_differently_is_listed() -> None:
    """Dates and numbers by name, and nothing that is the same."""
    after = other_pack(effective_until=None, min_k=10)
    assert list(pack_changes(BUNDLE.policy, after)) == [
        Change(name="effective_until", before=str(date(2028, 1, 1)), after="…"),
        Change(name="min_k", before="5", after="10"),
    ]
    assert list(pack_changes(BUNDLE.policy, BUNDLE.policy)) == []


def _lapsing() -> ContractBundle:
    def edit(data: Data) -> None:
        data["policy"]["effective_until"] = "2026-11-01"

    return sample_bundle(edit)


def _digest(bundle: ContractBundle) -> str:
    from weir.contracts.digest import contract_digest

    return contract_digest(bundle)
