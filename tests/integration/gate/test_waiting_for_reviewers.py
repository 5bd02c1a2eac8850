"""A run whose release is reviewed: who started it by hand waits as long as the reviewers take."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from structlog.testing import capture_logs

from fakes.gate_city import CHIEF, OFFICER, GateCity, PromptDesk
from fakes.small_city import RESERVED
from weir import pipeline
from weir.errors import GateUnavailableError, RefusedError
from weir.model import ObjectRef, ReleaseId, ReleaseState, ReleaseStatus, RunId, ScenarioId
from weir.pipeline import ScenarioRun, run_all

MINUTE = 60.0


@dataclass
class LongHours:
    """A clock on which every sleep lasts a minute."""

    instant: float = 0.0

    def monotonic(self) -> float:
        return self.instant

    def sleep(self, seconds: float) -> None:
        del seconds
        self.instant += MINUTE


@dataclass
class SlowReviewers(PromptDesk):
    """The gate itself; its reviewers give their word once it was looked at often enough."""

    gate: GateCity
    looks_needed: int
    approve: bool = True
    checked: bool = True
    looks: int = 0

    def request_release(
        self, scenario: ScenarioId, run_id: RunId, manifest: ObjectRef, requested_by: str = ""
    ) -> ReleaseStatus:
        del requested_by
        return self.gate.request(manifest, scenario=scenario, run_id=run_id).status

    def release_status(self, release_id: ReleaseId) -> ReleaseStatus:
        self.looks += 1
        release = self.gate.releases.find(release_id)
        assert release is not None
        if self.looks == 1 and self.checked:
            release = self.gate.settle(release)
        elif self.looks == self.looks_needed:
            self.gate.review(release, CHIEF)
            self.gate.review(release, OFFICER, approve=self.approve)
            release = self.gate.settle(release) if self.approve else release
        held = self.gate.releases.find(release_id)
        assert held is not None
        return held.status


def _run(gate: GateCity, *, looks: int, approve: bool = True, checked: bool = True) -> ScenarioRun:
    envelope = gate.decide(RESERVED)
    run = gate.run(scenario=RESERVED, decision=envelope)
    desk = SlowReviewers(envelope, gate, looks, approve=approve, checked=checked)
    return replace(run, ports=replace(run.ports, desk=desk))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> LongHours:
    clock = LongHours()
    monkeypatch.setattr(pipeline, "time", clock)
    return clock


def test_reviewers_who_take_two_hours_are_waited_for(gate: GateCity, clock: LongHours) -> None:
    """The gate's ten minutes do not run while people have the word; that they do is said once."""
    with capture_logs() as told:
        status = run_all(_run(gate, looks=120))
    assert status.state is ReleaseState.PUBLISHED
    assert clock.instant > 100 * MINUTE
    assert [one["event"] for one in told].count("release_waits_for_reviewers") == 1


def test_a_rejection_ends_the_wait_with_its_reason(gate: GateCity) -> None:
    """The run is refused as any other, and nothing lies in the bucket."""
    with pytest.raises(RefusedError) as refusal:
        run_all(_run(gate, looks=3, approve=False))
    assert refusal.value.code == "approval_rejected"
    assert gate.bucket(RESERVED) == []


def test_a_gate_that_does_not_check_is_not_waited_for_so_long(gate: GateCity) -> None:
    """A machine that is silent for ten minutes is an outage."""
    with pytest.raises(GateUnavailableError) as outage:
        run_all(_run(gate, looks=120, checked=False))
    assert outage.value.code == "release_not_settled"
