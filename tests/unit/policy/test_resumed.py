"""What was pulled before a stop, or before what is published, is not released any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes import stage_values as sample
from weir.policy.order import Order
from weir.policy.resumed import EndedStop, pull_reasons, went_on_at
from weir.policy.stops import OperatorStop

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN = sample.plan()
SCENARIO = PLAN.scenario.scenario


def order(action: Any, hours: int, scope: str = SCENARIO) -> Order:
    return Order(
        order_id=f"{action}-{hours}",
        action=action,
        scope_kind="scenario",
        scope=scope,
        ground="检查",
        article="第十六条",
        issued_at=NOW + hours * HOUR,
    )


@pytest.mark.article("第十六条")
def test_a_pull_counts_against_the_last_stop_that_ended() -> None:
    """Before the resumption it is too old, from that instant on it is not."""
    went_on = went_on_at(PLAN, [order("resume", -1), order("suspend", -3)], (), NOW)
    assert went_on == NOW - HOUR
    (reason,) = pull_reasons([NOW - 2 * HOUR, NOW], went_on)
    assert (reason.code, reason.article) == ("pulled_before_stop", "第十六条")
    assert reason.remedy
    assert not list(pull_reasons([NOW - HOUR], went_on))


@pytest.mark.parametrize(
    "orders",
    [
        [],
        [order("resume", -1)],
        [order("resume", -2), order("suspend", -1)],
        [order("suspend", -2, "elsewhere"), order("resume", -1, "elsewhere")],
        [order("suspend", -2), order("resume", 1)],
    ],
    ids=["none", "nothing-stopped", "still-stopped", "elsewhere", "to-come"],
)
def test_what_ended_no_stop_of_this_scenario_makes_no_pull_too_old(orders: list[Order]) -> None:
    """An order to resume by itself, one of another scope, or one whose instant is to come."""
    assert went_on_at(PLAN, orders, (), NOW) is None


def test_another_resumption_of_what_goes_on_already_ends_nothing() -> None:
    """The instant is that of the order which lifted the suspension."""
    orders = [order("suspend", -3), order("resume", -2), order("resume", -1)]
    assert went_on_at(PLAN, orders, (), NOW) == NOW - 2 * HOUR


@pytest.mark.parametrize("by_incident", [True, False])
def test_a_stop_of_the_operators_counts_like_the_bureaus(*, by_incident: bool) -> None:
    """Of a data user or an incident, where it reached this scenario; the last end counts."""

    def ended(name: str, hours: int) -> EndedStop:
        stop = OperatorStop(stop_id=name, kind="scenario", name=name, by_incident=by_incident)
        return EndedStop(stop=stop, ended_at=NOW + hours * HOUR)

    orders = [order("suspend", -5), order("resume", -4)]
    found = went_on_at(PLAN, orders, [ended(SCENARIO, -2), ended("elsewhere", -1)], NOW)
    assert found == NOW - 2 * HOUR


def test_older_data_than_what_is_published_is_overtaken() -> None:
    """By the oldest of the inputs; data of the same instant is not."""
    (reason,) = pull_reasons([NOW, NOW - HOUR], None, [NOW, NOW])
    assert reason.code == "release_overtaken"
    assert reason.remedy
    assert not list(pull_reasons([NOW], None, [NOW]))
