"""What the bureau took back is released no more, whatever the order of arrival."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from fakes.gate_city import GateCity
from fakes.small_city import LIBRARY, NOW
from weir.crypto.canonical import canonical_json
from weir.crypto.sm2 import SigningKey
from weir.errors import IntegrityError
from weir.gate.release_store import Release
from weir.gate.tables import revocations
from weir.model import ReleaseState


def _reason(gate: GateCity, settled: Release) -> str:
    assert settled.state is ReleaseState.REFUSED
    assert settled.reason is not None
    assert gate.records()[-1].outcome == "refused"
    return settled.reason.code


def test_a_revoked_decision_stops_a_release_that_is_under_way(gate: GateCity) -> None:
    """Staged under a decision in force, refused at the gate (第十五条)."""
    decision = gate.decide()
    request = gate.request(gate.stage(decision=decision))
    assert gate.revoke(gate.city.revocation(decision))
    assert _reason(gate, gate.settle(request)) == "decision_revoked"


def test_a_revocation_may_arrive_before_its_decision(gate: GateCity) -> None:
    """It is kept, and counts once the decision comes."""
    decision = gate.city.decision(gate.city.plan())
    assert gate.revoke(gate.city.revocation(decision))
    gate.decide(envelope=decision)
    request = gate.request(gate.stage(decision=decision))
    assert _reason(gate, gate.settle(request)) == "decision_revoked"


def test_the_same_revocation_twice_is_one(gate: GateCity) -> None:
    """One row and one record."""
    revocation = gate.city.revocation(gate.decide())
    assert gate.revoke(revocation)
    assert not gate.revoke(revocation)
    assert [r.action for r in gate.records()].count("revocation.registered") == 1


def test_a_new_decision_after_a_revocation_lets_data_flow_again(gate: GateCity) -> None:
    """Also where the revocation was signed by a clock far ahead."""
    earlier = gate.decide()
    gate.revoke(gate.city.revocation(earlier, revoked_at=NOW + timedelta(days=500)))
    later = gate.decide(envelope=gate.city.decision(gate.city.plan(), decided_at=NOW))
    settled = gate.settle(gate.request(gate.stage(decision=later)))
    assert settled.state is ReleaseState.PUBLISHED


def test_a_revocation_of_the_last_decision_does_not_revive_an_earlier_one(gate: GateCity) -> None:
    """The decision taken last speaks, and it says no more."""
    gate.decide()
    later = gate.decide(envelope=gate.city.decision(gate.city.plan(), decided_at=NOW))
    gate.revoke(gate.city.revocation(later))
    request = gate.request(gate.stage(decision=later))
    assert _reason(gate, gate.settle(request)) == "decision_revoked"


def test_a_forged_or_altered_revocation_is_not_taken_on_trust(gate: GateCity) -> None:
    """Another key, a changed byte; and a row tampered with in the database stops the scenario."""
    decision = gate.decide()
    with pytest.raises(IntegrityError):
        gate.revoke(gate.city.revocation(decision, key=SigningKey.generate()))
    signed = gate.city.revocation(decision)
    with pytest.raises(IntegrityError):
        gate.revoke(replace(signed, payload=signed.payload.replace(b"2026", b"2027", 1)))
    gate.revoke(signed)
    forged = gate.city.revocation(decision, key=SigningKey.generate())
    with gate.engine.begin() as connection:
        connection.execute(update(revocations).values(envelope=canonical_json(forged.to_json())))
    with pytest.raises(IntegrityError):
        gate.standings.standing(LIBRARY, None)
