"""Leave to run and leave to release: what they name, and what they ask beyond a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes.sample_contracts import Data
from fakes.sample_statements import BUREAU, NOW, PLAN, agreed, changed_plan, order
from weir.contracts.plan import Plan
from weir.crypto.sm3 import sm3_hex
from weir.errors import AuthorisationError, ExpiredError, SuspendedError
from weir.model import Digest, Grade
from weir.policy.decision import decision_digest, open_decision
from weir.policy.standing import Standing, check_may_run, may_release


def test_leave_to_run_names_its_grounds() -> None:
    """The authorisation holds the digests it rests on and ends with the first of them."""
    envelope = agreed()
    leave = check_may_run(
        PLAN,
        Standing(decision=envelope),
        bureau_key=BUREAU.public,
        as_of=NOW,
        acknowledge_lapsed=False,
    )
    assert leave.contract_digest == PLAN.contract_digest
    assert leave.valid_until == NOW + timedelta(days=30)
    assert (leave.policy_pack, leave.policy_lapsed) == ("pack-1", False)
    assert len(leave.decision_digest) == 64


def test_leave_ends_with_the_agreements_when_the_decision_reaches_further() -> None:
    """No decision outlasts the agreement it rests on."""
    leave = check_may_run(
        PLAN,
        Standing(decision=agreed(valid_until=datetime(2040, 1, 1, tzinfo=UTC))),
        bureau_key=BUREAU.public,
        as_of=NOW,
        acknowledge_lapsed=False,
    )
    assert leave.valid_until == PLAN.valid_until


@pytest.mark.parametrize(
    ("standing", "error"),
    [
        (Standing(decision=None), AuthorisationError),
        (Standing(decision=agreed(valid_until=NOW)), ExpiredError),
        (Standing(decision=agreed(), suspensions=(order(),)), SuspendedError),
    ],
)
def test_a_refusal_is_raised_as_its_kind_of_error(
    standing: Standing, error: type[Exception]
) -> None:
    """Callers tell an expired term from a suspension and from a missing decision."""
    with pytest.raises(error, match="scenario=firm-credit"):
        check_may_run(PLAN, standing, bureau_key=BUREAU.public, as_of=NOW, acknowledge_lapsed=False)


def _release(plan: Plan, made_under: Digest, *approvers: str) -> list[str]:
    verdict = may_release(
        plan,
        Standing(decision=agreed(plan)),
        made_under=made_under,
        approvers=approvers,
        bureau_key=BUREAU.public,
        as_of=NOW,
        acknowledge_lapsed=False,
    )
    return [reason.code for reason in verdict.reasons]


def test_a_product_made_under_another_contract_is_not_released() -> None:
    """第二十三条第(二)项: what was made before the change is not what was agreed after it."""
    assert _release(PLAN, PLAN.contract_digest, "li", "wang") == []
    assert _release(PLAN, Digest("0" * 64), "li", "wang") == ["product_of_other_contract"]


def test_each_release_needs_two_distinct_reviewers_where_the_contract_says_so() -> None:
    """Of whatever grade its product is; the same person twice is one person."""
    plan = replace(PLAN, grade=Grade.GENERAL_1)
    assert plan.scenario.approval == "each_release"
    assert _release(plan, plan.contract_digest) == ["approval_missing"]
    assert _release(plan, plan.contract_digest, "li", "li") == ["approval_missing"]
    assert _release(plan, plan.contract_digest, "li", "wang") == []


def test_each_release_of_a_grade_that_the_pack_names_needs_them_too() -> None:
    """Whatever the contract says: the pack's limit is asked again at the gate."""

    def stands(data: Data) -> None:
        data["scenario"]["approval"] = "standing"
        data["policy"]["parameters"]["two_reviewers_from_grade"]["value"] = 4

    plan = changed_plan(stands)
    assert _release(plan, plan.contract_digest) == []
    plan = replace(plan, grade=Grade.GENERAL_4)
    assert _release(plan, plan.contract_digest, "li") == ["approval_missing"]
    assert _release(plan, plan.contract_digest, "li", "wang") == []


def test_what_stops_a_run_stops_a_release() -> None:
    """The gate asks again at its own instant."""
    verdict = may_release(
        PLAN,
        Standing(decision=agreed(), suspensions=(order(),)),
        made_under=PLAN.contract_digest,
        approvers=("li", "wang"),
        bureau_key=BUREAU.public,
        as_of=NOW,
        acknowledge_lapsed=False,
    )
    assert [reason.code for reason in verdict.reasons] == ["suspended"]


def test_the_digest_of_a_decision_is_that_of_its_signed_bytes() -> None:
    """Evidence names a decision by what was signed."""
    envelope = agreed()
    decision = open_decision(envelope, BUREAU.public)
    assert decision_digest(decision) == sm3_hex(envelope.payload)
