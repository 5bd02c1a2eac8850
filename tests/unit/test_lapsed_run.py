"""A run under a lapsed policy pack says so in its log and in its audit record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from fakes.memory_keys import MemoryKeys
from fakes.memory_ledger import MemoryLedger
from fakes.memory_store import MemoryStore
from fakes.small_city import LIBRARY, NOW, SmallCity
from weir.clock import FixedClock
from weir.errors import ExpiredError
from weir.model import (
    DatasetId,
    ObjectRef,
    ReleaseId,
    ReleaseStatus,
    RunContext,
    RunId,
    ScenarioId,
    Snapshot,
)
from weir.pipeline import Ports, ScenarioRun
from weir.policy.standing import Standing


@dataclass
class OnlyStanding:
    """A gate of which a run asks no more than whether it may begin."""

    held: Standing

    def standing(self, scenario: ScenarioId) -> Standing:
        del scenario
        return self.held

    def request_release(
        self, scenario: ScenarioId, run_id: RunId, manifest: ObjectRef, requested_by: str = ""
    ) -> ReleaseStatus:
        raise NotImplementedError

    def release_status(self, release_id: ReleaseId) -> ReleaseStatus:
        raise NotImplementedError


class NoIntake:
    """Nothing is pulled by a run that only asks for leave."""

    def take(self, context: RunContext, dataset: DatasetId) -> Snapshot:
        raise NotImplementedError


@pytest.fixture
def city(tmp_path: Path) -> SmallCity:
    city = SmallCity(tmp_path / "city")
    path = tmp_path / "city" / "policy" / "city-2026.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("effective_until: null", "effective_until: 2026-11-01"), "utf-8")
    return city


def run(city: SmallCity, ledger: MemoryLedger, *, acknowledge: bool) -> ScenarioRun:
    plan = city.plan()
    return ScenarioRun(
        plan=plan,
        context=RunContext(scenario=ScenarioId(LIBRARY), run_id=RunId("run-1"), as_of=NOW),
        ports=Ports(
            intake=NoIntake(),
            store=MemoryStore(),
            keys=MemoryKeys(),
            ledger=ledger,
            desk=OnlyStanding(Standing(decision=city.decision(plan))),
            clock=FixedClock(NOW),
            bureau_key=city.bureau.public,
            acknowledge_lapsed=acknowledge,
        ),
    )


def test_an_acknowledged_lapse_is_a_warning_once_in_the_run(city: SmallCity) -> None:
    """With the pack and the run, where whoever reads the task's log sees it."""
    with capture_logs() as logs:
        leave = run(city, MemoryLedger(), acknowledge=True).authorise()
    assert leave.policy_lapsed
    (warning,) = [one for one in logs if one["event"] == "policy_lapsed"]
    assert (warning["log_level"], warning["pack"], warning["run"]) == (
        "warning",
        "city-2026",
        "run-1",
    )


def test_without_it_the_run_does_not_begin(city: SmallCity) -> None:
    """The refusal is the loudest word there is (第二十四条)."""
    with pytest.raises(ExpiredError) as refusal:
        run(city, MemoryLedger(), acknowledge=False).authorise()
    assert refusal.value.code == "policy_lapsed"
