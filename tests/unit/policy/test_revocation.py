"""A decision that was taken back carries nothing (第十五条)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fakes.sample_statements import BUREAU, NOW, PLAN, agreed
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey
from weir.errors import AuthorisationError, IntegrityError
from weir.model import Digest
from weir.policy.decision import decision_digest, open_decision
from weir.policy.order import open_order
from weir.policy.revocation import DecisionRevocation, open_revocation, sign_revocation
from weir.policy.standing import Standing, check_may_run, may_run


def taken_back(envelope: Envelope, **changes: Any) -> DecisionRevocation:
    decision = open_decision(envelope, BUREAU.public)
    told: dict[str, Any] = {
        "revocation_id": "r-1",
        "scenario": decision.scenario,
        "contract_digest": decision.contract_digest,
        "decision_digest": decision_digest(decision),
        "ground": "用途已变",
        "article": "第十五条",
        "notice": "数管函2026-12",
        "revoked_at": NOW - timedelta(hours=1),
        "revoked_by": "director",
    }
    return DecisionRevocation(**(told | changes))


def reasons(envelope: Envelope, *revocations: DecisionRevocation) -> list[str]:
    standing = Standing(decision=envelope, revocations=revocations)
    verdict = may_run(PLAN, standing, bureau_key=BUREAU.public, as_of=NOW, acknowledge_lapsed=False)
    assert all(one.article and one.remedy for one in verdict.reasons)
    return [one.code for one in verdict.reasons]


def test_what_was_taken_back_does_not_run() -> None:
    """Neither a run nor a release; the refusal names the notice."""
    envelope = agreed()
    assert reasons(envelope, taken_back(envelope)) == ["decision_revoked"]
    with pytest.raises(AuthorisationError) as refusal:
        check_may_run(
            PLAN,
            Standing(decision=envelope, revocations=(taken_back(envelope),)),
            bureau_key=BUREAU.public,
            as_of=NOW,
            acknowledge_lapsed=False,
        )
    assert (refusal.value.code, refusal.value.article) == ("decision_revoked", "第十五条")
    assert "数管函2026-12" in refusal.value.what


def test_a_revocation_concerns_one_decision_alone() -> None:
    """A later decision on the same contract is another one."""
    earlier, later = agreed(), agreed(decided_at=NOW - timedelta(minutes=1))
    assert reasons(later, taken_back(earlier)) == []
    assert reasons(later, taken_back(earlier), taken_back(later)) == ["decision_revoked"]


def test_a_revocation_from_a_clock_ahead_counts_at_once() -> None:
    """A wrong clock must not let data flow; replay brings what was known by then."""
    envelope = agreed()
    ahead = taken_back(envelope, revoked_at=NOW + timedelta(days=400))
    assert reasons(envelope, ahead) == ["decision_revoked"]
    assert reasons(envelope) == []


@pytest.mark.parametrize("lacking", ["ground", "article", "notice"])
def test_without_ground_article_or_notice_nothing_is_taken_back(lacking: str) -> None:
    """第十五条: not at will; the error names what is lacking."""
    with pytest.raises(AuthorisationError) as refusal:
        taken_back(agreed(), **{lacking: " \n"})
    assert refusal.value.code == "revocation_without_ground"
    assert lacking in refusal.value.what


def test_a_revocation_is_signed_by_the_bureau_and_is_nothing_else() -> None:
    """Another key or another kind of statement is refused."""
    revocation = taken_back(agreed())
    envelope = sign_revocation(revocation, BUREAU)
    assert open_revocation(envelope, BUREAU.public) == revocation
    with pytest.raises(IntegrityError):
        open_revocation(sign_revocation(revocation, SigningKey.generate()), BUREAU.public)
    with pytest.raises(IntegrityError):
        open_order(envelope, BUREAU.public)
    with pytest.raises(IntegrityError):
        open_revocation(agreed(), BUREAU.public)
    assert Digest(revocation.decision_digest) != revocation.contract_digest
