"""Work of the gate that fails again and again is told, and hides nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
from structlog.testing import capture_logs

from fakes.gate_city import GateCity
from fakes.people import account_id, everybody, secret_of
from fakes.small_city import MARKET
from gate_server import serving
from weir.gate.credentials import Credentials
from weir.gate.ports import FaultPoint
from weir.gate.reconcile import Reconciler
from weir.model import ReleaseId, ReleaseState, Role

DESK = (account_id(Role.AUDITOR), secret_of(Role.AUDITOR))
VALUE = "13900001111"


@dataclass
class Fault:
    """A bug of a release's way, whose text holds a value, until it is mended."""

    mended: bool = False

    def __call__(self, point: FaultPoint) -> None:
        del point
        if not self.mended:
            raise RuntimeError(VALUE)


def _until(met: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := met():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came to be")


def test_a_pass_that_keeps_failing_is_told_until_it_succeeds(gate: GateCity) -> None:
    """By the probe and on the page: which pass, how often, since when, and no value."""
    gate.decide()
    asked = gate.request(gate.stage())
    fault = Fault()
    with serving(replace(gate.ports, at=fault), everybody()) as url:

        def health(status: int) -> httpx.Response | None:
            answer = httpx.get(f"{url}/healthz", trust_env=False, timeout=30)
            return answer if answer.status_code == status else None

        _until(
            lambda: (
                (told := health(503)) and " 2 times since 20" in told.json()["where"]["releases"]
            )
        )
        told = health(503)
        assert told is not None
        assert told.json()["code"] == "worker_failing"
        assert list(told.json()["where"]) == ["releases"]
        assert told.json()["where"]["releases"].startswith("RuntimeError, ")
        page = httpx.get(url, auth=DESK, trust_env=False, timeout=30).text
        assert "发布核验" in page
        assert "RuntimeError" in page
        assert VALUE not in told.text + page
        fault.mended = True
        assert _until(lambda: health(200)).json() == {"status": "ok"}
    assert _state(gate, asked.release_id) is ReleaseState.PUBLISHED


def test_a_bug_in_one_piece_of_work_leaves_no_other_undone(gate: GateCity) -> None:
    """Another scenario's release is settled in the same pass; the log names the type alone."""
    gate.decide()
    gate.decide(MARKET)
    stuck = gate.request(gate.stage())
    other = gate.request(gate.stage(scenario=MARKET), scenario=MARKET)
    failures: list[FaultPoint] = []

    def first_only(point: FaultPoint) -> None:
        if not failures:
            failures.append(point)
            raise RuntimeError(VALUE)

    ports = replace(gate.ports, at=first_only)
    reconciler = Reconciler(ports, Credentials(ports))
    with capture_logs() as logs:
        assert reconciler.run_once() == 1
    assert _state(gate, stuck.release_id) is not ReleaseState.PUBLISHED
    assert _state(gate, other.release_id) is ReleaseState.PUBLISHED
    (failing,) = reconciler.health.failing(gate.clock.now())
    assert (failing.name, failing.error, failing.times) == ("releases", "RuntimeError", 1)
    said = [one for one in logs if one["event"] == "pass_failed"]
    assert [one["error"] for one in said] == ["RuntimeError"]
    assert VALUE not in str(logs)
    assert reconciler.run_once() == 0
    assert reconciler.health.failing(gate.clock.now()) == ()


def _state(gate: GateCity, release_id: ReleaseId) -> ReleaseState:
    held = gate.releases.find(release_id)
    assert held is not None
    return held.state
