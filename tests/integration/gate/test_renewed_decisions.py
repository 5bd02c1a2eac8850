"""A decision that is renewed while a run is under way (第十三条)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fakes.gate_city import GateCity
from fakes.small_city import NOW
from weir.crypto.dsse import Envelope
from weir.gate.release_store import Release
from weir.model import ReleaseState
from weir.policy.decision import Decision, decision_digest, open_decision, sign_decision
from weir.release.certificate import read_certificate


def _opened(gate: GateCity, envelope: Envelope) -> Decision:
    return open_decision(envelope, gate.city.bureau.public)


def _renewed(gate: GateCity, earlier: Envelope, **changes: object) -> Envelope:
    """Another decision on the same contract, an hour before now and for a year longer."""
    decision = replace(
        _opened(gate, earlier),
        decided_at=NOW - timedelta(hours=1),
        valid_until=NOW + timedelta(days=365),
    )
    changed = replace(decision, **changes)  # type: ignore[arg-type] # by name
    return gate.decide(envelope=sign_decision(changed, gate.city.bureau))


def _code(release: Release) -> str:
    assert release.state is ReleaseState.REFUSED
    assert release.reason is not None
    return release.reason.code


@pytest.mark.article("第十三条")
def test_a_run_begun_under_a_decision_is_released_under_the_one_that_renewed_it(
    gate: GateCity, tmp_path: Path
) -> None:
    """The certificate names the decision in force, the manifest the one the run went by."""
    earlier = gate.decide()
    request = gate.request(gate.stage(decision=earlier))
    later = _renewed(gate, earlier)
    settled = gate.settle(request)
    assert settled.state is ReleaseState.PUBLISHED
    folder = tmp_path / "copy"
    assert gate.copy(folder).failures == ()
    data = (folder / "releases" / settled.release_id / "certificate.json").read_bytes()
    stated = read_certificate(data, gate.city.operator.public).predicate
    assert stated.decision_digest == decision_digest(_opened(gate, later))
    assert stated.reported.authorisation.decision_digest == decision_digest(_opened(gate, earlier))


def test_a_run_begun_under_a_decision_that_was_taken_back_is_not(gate: GateCity) -> None:
    """Though the bureau has agreed again since: between the two nothing was to flow."""
    earlier = gate.decide()
    request = gate.request(gate.stage(decision=earlier))
    gate.revoke(gate.city.revocation(earlier))
    _renewed(gate, earlier)
    assert _code(gate.settle(request)) == "decision_superseded"


def test_a_run_begun_before_a_refusal_is_not_released_after_it(gate: GateCity) -> None:
    """A refusal of the same contract ends the consent; a later one begins anew."""
    earlier = gate.decide()
    request = gate.request(gate.stage(decision=earlier))
    _renewed(gate, earlier, outcome="refused", decided_at=NOW - timedelta(hours=2))
    _renewed(gate, earlier)
    assert _code(gate.settle(request)) == "decision_superseded"


def test_a_consent_that_was_over_before_it_was_renewed_had_a_break(gate: GateCity) -> None:
    """What was begun in the days of the earlier one is begun anew."""
    first = _opened(gate, gate.city.decision(gate.city.plan()))
    signed = sign_decision(replace(first, valid_until=NOW + timedelta(seconds=2)), gate.city.bureau)
    earlier = gate.decide(envelope=signed)
    request = gate.request(gate.stage(decision=earlier))
    _renewed(gate, earlier, decided_at=NOW + timedelta(seconds=3))
    assert _code(gate.settle(request)) == "decision_superseded"


def test_a_decision_that_the_bureau_never_took_is_none_to_go_by(gate: GateCity) -> None:
    """Nor one that was not in force when the run began."""
    gate.decide()
    invented = gate.city.decision(gate.city.plan(), decided_at=NOW - timedelta(days=9))
    assert _code(gate.settle(gate.request(gate.stage(decision=invented)))) == (
        "provenance_incomplete"
    )


def test_a_run_that_names_a_decision_of_later_is_refused(gate: GateCity) -> None:
    """What was not decided when the run began cannot have let it begin."""
    earlier = gate.decide()
    manifest = gate.stage(decision=earlier)
    later = _renewed(gate, earlier, decided_at=NOW + timedelta(seconds=1))
    _renewed(gate, earlier, decided_at=NOW + timedelta(seconds=2))
    digest = decision_digest(_opened(gate, later))

    def name_it(told: dict[str, Any]) -> None:
        told["provenance"]["authorisation"]["decision_digest"] = digest

    manifest = gate.restage(manifest, change=name_it)
    assert _code(gate.settle(gate.request(manifest))) == "provenance_incomplete"
