"""Data pulled before a stop, or before what is published, gets no further than the gate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fakes.gate_city import CHIEF, OFFICER, GateCity
from fakes.people import principal_of
from fakes.small_city import LIBRARY, NOW, RESERVED
from weir.gate.book import case_book
from weir.gate.ports import FaultPoint
from weir.gate.release_store import Release
from weir.gate.verdict_page import questions
from weir.gate.verdicts import VerdictStore
from weir.model import Reason, ReleaseState, Role
from weir.policy.machines.user_stop import USER_STOP
from weir.policy.replay import Comparison, replay

MINUTE = timedelta(minutes=1)


def reason_of(release: Release) -> Reason:
    assert release.state is ReleaseState.REFUSED
    assert release.reason is not None
    return release.reason


def resume(gate: GateCity, scenario: str = LIBRARY) -> None:
    """The bureau suspends, and lets supply go on now."""
    gate.order(gate.city.order("suspend", "scenario", scenario))
    now = gate.clock.now()
    gate.order(gate.city.order("resume", "scenario", scenario, order_id="o-2", issued_at=now))


@pytest.mark.article("第十六条")
def test_a_review_that_ends_after_a_resumption_releases_nothing(gate: GateCity) -> None:
    """The product that waited for its reviewers was pulled before the stop."""
    gate.decide(RESERVED)
    request = gate.request(gate.stage(scenario=RESERVED), scenario=RESERVED)
    held = gate.settle(request)
    assert held.state is ReleaseState.IN_REVIEW
    resume(gate, RESERVED)
    gate.review(held, CHIEF)
    gate.review(held, OFFICER)
    assert reason_of(gate.settle(held)).code == "pulled_before_stop"
    assert gate.bucket(RESERVED) == []


def test_a_stop_that_comes_and_goes_during_the_checks_is_noticed(gate: GateCity) -> None:
    """Between certificate and pointer: what was certified is withdrawn."""
    gate.decide()

    def stop(point: FaultPoint) -> None:
        if point is FaultPoint.CERTIFIED:
            resume(gate)

    release = gate.settle(gate.request(gate.stage()), at=stop)
    assert reason_of(release).code == "pulled_before_stop"
    assert gate.bucket() == []


@pytest.mark.article("第十九条")
def test_a_lifted_stop_of_the_operators_counts_too(gate: GateCity) -> None:
    """And the verdict comes out the same when it is given again."""
    gate.decide()
    manifest = gate.stage()
    book, chief = case_book(gate.ports, lambda _: True), principal_of(Role.CHIEF_DATA_OFFICER)
    stop = {"stop_kind": "data_user", "stop_name": "city-planner", "ground": "超出约定用途"}
    book.move(USER_STOP, "stop-1", "stop", stop, chief)
    book.move(USER_STOP, "stop-1", "lift", {"reason": "已整改"}, chief)
    assert reason_of(gate.settle(gate.request(manifest))).code == "pulled_before_stop"
    key, day = gate.city.bureau.public, timedelta(days=1)
    page = VerdictStore(gate.engine).page(NOW - day, NOW + day)
    ((kept, question, digest),) = questions(page, key)
    assert kept.outcome_code == "pulled_before_stop"
    again = replay(kept, question, digest=digest, bureau_key=key)
    assert again.comparison is Comparison.SAME


def test_older_data_never_takes_the_place_of_newer(gate: GateCity) -> None:
    """A run that was left behind is refused; the pointer and what it names stay."""
    decision = gate.decide()
    behind = gate.stage(run_id="run-1", decision=decision)
    ahead = gate.stage(run_id="run-2", decision=decision, pulled_at=NOW + MINUTE)
    newest = gate.settle(gate.request(ahead, run_id="run-2"))
    assert newest.state is ReleaseState.PUBLISHED
    before = gate.bucket()
    reason = reason_of(gate.settle(gate.request(behind, run_id="run-1")))
    assert (reason.code, reason.article) == ("release_overtaken", "第十四条")
    assert gate.bucket() == before
