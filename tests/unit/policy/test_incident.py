"""Incidents: how far one reaches, until when it must be reported, what closing it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fakes.sample_contracts import sample_bundle
from weir.clock import SHANGHAI
from weir.contracts.compile import compile_plan
from weir.contracts.packs import pack_in_force
from weir.errors import AuthorisationError
from weir.model import Principal, Role
from weir.policy.machine import NEW, Situation, may_move, read_facts
from weir.policy.machines.incident import INCIDENT, report_due_at, stops
from weir.settings import ROOT

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
PACK = pack_in_force(ROOT / "policy", NOW)
PLAN = compile_plan(sample_bundle())
DISCOVERY = {
    "sign": "leak",
    "what": "出口扫描发现标识",
    "scope_kind": "scenario",
    "scope": PLAN.scenario.scenario,
    "discovered_at": NOW.isoformat(),
}


def situation(state: str, at: datetime = NOW) -> Situation:
    return Situation(
        case_id="inc-1",
        state=state,
        history=(),
        facts={},
        by=Principal(id="officer", role=Role.SECURITY_OFFICER, org="operator"),
        at=at,
        pack=PACK,
    )


@pytest.mark.article("第十九条")
@pytest.mark.parametrize(
    ("kind", "scope", "reached"),
    [
        ("all", "", True),
        ("scenario", PLAN.scenario.scenario, True),
        ("scenario", "another", False),
        ("data_user", PLAN.scenario.data_user, True),
        ("data_user", "another", False),
        ("dataset", PLAN.inputs[0].dataset.dataset, True),
        ("dataset", "another", False),
        ("unheard-of", "x", True),
    ],
)
def test_an_incident_stops_what_lies_within_its_scope(kind: str, scope: str, reached: bool) -> None:  # noqa: FBT001 a column of the table
    """One whose scope cannot be read stops everything."""
    assert stops({"scope_kind": kind, "scope": scope}, PLAN) is reached


def test_the_report_is_due_by_the_clock_and_not_by_the_calendar() -> None:
    """Hours from the discovery, over midnight too."""
    late = datetime(2026, 12, 31, 23, 30, tzinfo=SHANGHAI)
    hours = PACK.parameters.incident_report_hours.value
    assert report_due_at(late, PACK) - late == timedelta(hours=hours)


def test_an_incident_is_not_discovered_in_the_future() -> None:
    """Its clock would start late."""
    move = INCIDENT.move("open")
    given = read_facts(move, DISCOVERY)
    assert may_move(INCIDENT, move, situation(NEW), given).passed
    early = may_move(INCIDENT, move, situation(NEW, NOW - timedelta(seconds=1)), given)
    assert [reason.code for reason in early.reasons] == ["discovery_in_future"]


@pytest.mark.parametrize("lacking", ["cause", "remedy"])
def test_an_incident_closes_with_its_cause_and_its_remedy(lacking: str) -> None:
    """Neither may be empty."""
    stated = {"cause": "规则缺失", "remedy": "补充规则并复扫"} | {lacking: "  "}
    with pytest.raises(AuthorisationError, match=lacking) as refusal:
        read_facts(INCIDENT.move("close"), stated)
    assert (refusal.value.code, refusal.value.article) == ("facts_malformed", "第十九条")


def test_an_incident_that_is_not_reported_does_not_close() -> None:
    """The bureau is told first."""
    move = INCIDENT.move("close")
    given = read_facts(move, {"cause": "a", "remedy": "b"})
    verdict = may_move(INCIDENT, move, situation("contained"), given)
    assert [reason.code for reason in verdict.reasons] == ["move_out_of_order"]
