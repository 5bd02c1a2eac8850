"""Orders of the bureau: what suspends, what lifts, and what is signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from weir.clock import SHANGHAI
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import sign_envelope
from weir.crypto.sm2 import SigningKey
from weir.errors import AuthorisationError, IntegrityError
from weir.policy.decision import PAYLOAD_TYPE, Decision, open_decision, sign_decision
from weir.policy.order import Order, open_order, sign_order, suspensions_in_force

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
KEY = SigningKey.generate()


def order(number: int, action: str = "suspend", *, minutes: int = 0, scope: str = "x") -> Order:
    return Order(
        order_id=f"o-{number}",
        action=action,  # type: ignore[arg-type] # one of two words
        scope_kind="dataset",
        scope=scope,
        ground="检查",
        article="第十六条",
        issued_at=NOW + timedelta(minutes=minutes),
    )


def in_force(*orders: Order, as_of: datetime = NOW) -> list[str]:
    return [one.order_id for one in suspensions_in_force(orders, as_of)]


def test_a_later_order_to_resume_lifts_a_suspension() -> None:
    """In whatever order they arrive."""
    orders = (order(1, minutes=-30), order(2, "resume", minutes=-20), order(3, minutes=-10))
    for arrival in permutations(orders):
        assert in_force(*arrival) == ["o-3"]
    assert in_force(*orders[:2]) == []


def test_an_order_to_resume_lifts_its_own_scope_only() -> None:
    """Resuming one dataset leaves another one suspended, and so does resuming a provider."""
    suspensions = (order(1, minutes=-30), order(2, minutes=-30, scope="y"))
    other_kind = replace(order(3, "resume", minutes=-1), scope_kind="provider")
    assert in_force(*suspensions, order(4, "resume", minutes=-1), other_kind) == ["o-2"]


def test_a_closed_channel_is_lifted_by_nothing() -> None:
    """第二十三条: an order to resume is for a suspension."""
    orders = (order(1, minutes=-30), order(2, "close", minutes=-20), order(3, "resume", minutes=-1))
    for arrival in permutations(orders):
        assert in_force(*arrival) == ["o-2"]
    assert in_force(order(1, "close", minutes=5)) == ["o-1"]


def test_orders_of_the_same_instant_leave_the_suspension() -> None:
    """In doubt supply stays stopped."""
    assert in_force(order(1), order(2, "resume")) == ["o-1"]


def test_a_suspension_from_a_clock_that_runs_ahead_counts_at_once() -> None:
    """A stop is never late because of a clock; a release from it may be."""
    assert in_force(order(1, minutes=5)) == ["o-1"]
    assert in_force(order(1, minutes=-5), order(2, "resume", minutes=5)) == ["o-1"]


def test_a_signed_order_comes_back_equal() -> None:
    """What the bureau signed is what is read, in whatever zone it was written."""
    written = replace(order(1), issued_at=NOW.astimezone(SHANGHAI))
    assert open_order(sign_order(written, KEY), KEY.public) == written


def test_an_order_of_a_stranger_is_refused() -> None:
    """Only the bureau suspends and resumes."""
    with pytest.raises(IntegrityError) as refusal:
        open_order(sign_order(order(1), SigningKey.generate()), KEY.public)
    assert refusal.value.code == "signature_invalid"


def decision(**changes: object) -> Decision:
    agreed = Decision(
        scenario="s",
        contract_digest="0" * 64,  # type: ignore[arg-type] # a digest in shape
        outcome="agreed",
        reason="",
        article="第十三条",
        decided_at=NOW,
        valid_until=NOW + timedelta(days=1),
        decided_by="bureau",
    )
    return replace(agreed, **changes)  # type: ignore[arg-type] # by name


def test_a_refusal_states_its_reason() -> None:
    """第十三条: where subjects have agreed, supply is the rule and a refusal is explained."""
    with pytest.raises(AuthorisationError) as refusal:
        decision(outcome="refused", reason="  ")
    assert refusal.value.code == "refusal_without_reason"


def test_a_decision_is_not_an_order() -> None:
    """Kinds of statements are told apart by what is signed."""
    with pytest.raises(IntegrityError) as refusal:
        open_order(sign_decision(decision(), KEY), KEY.public)
    assert refusal.value.code == "payload_type_mismatch"


@pytest.mark.parametrize(
    "change",
    [
        {"valid_until": "2026-11-24T06:00:00"},
        {"valid_until": 1_800_000_000},
        {"outcome": "perhaps"},
        {"note": "and more"},
        {"scenario": 1},
    ],
)
def test_a_signed_statement_of_another_shape_is_refused(change: dict[str, object]) -> None:
    """A signature does not make sense of nonsense: zone-less times, unknown words and keys."""
    shape: dict[str, object] = {
        "scenario": "s",
        "contract_digest": "0" * 64,
        "outcome": "agreed",
        "reason": "",
        "article": "",
        "decided_at": "2026-11-23T06:00:00Z",
        "valid_until": "2026-11-24T06:00:00Z",
        "decided_by": "bureau",
    }
    sound = sign_envelope(canonical_json(shape), PAYLOAD_TYPE, KEY)
    assert open_decision(sound, KEY.public).decided_by == "bureau"
    envelope = sign_envelope(canonical_json(shape | change), PAYLOAD_TYPE, KEY)
    with pytest.raises(IntegrityError) as refusal:
        open_decision(envelope, KEY.public)
    assert refusal.value.code == "statement_malformed"


def test_a_statement_has_one_form_of_bytes() -> None:
    """Spaces and another order of keys would give one decision two digests."""
    payload = sign_decision(decision(), KEY).payload.replace(b":", b": ", 1)
    with pytest.raises(IntegrityError) as refusal:
        open_decision(sign_envelope(payload, PAYLOAD_TYPE, KEY), KEY.public)
    assert refusal.value.code == "statement_malformed"
