"""Rectification (整改): what a stop and an evaluation have in common, above all its last day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from weir.clock import civil_date
from weir.contracts.dataset import Day
from weir.contracts.policy_pack import PolicyPack
from weir.model import Reason
from weir.policy.machine import Facts, Machine, PastMove, Situation, Words
from weir.policy.notices import OPERATOR, Duty, NoticeKind


class RectificationPlan(Facts):
    """整改方案: what the operator will do."""

    plan: Words


class RectificationReport(Facts):
    """What the operator did, and where it can be seen."""

    report: Words


class RectificationFinding(Facts):
    finding: Words


class NextTerm(Facts):
    """A finding that asks for more, and the last day on which that may be done."""

    finding: Words
    due_on: Day


UNDONE = frozenset({"suspended", "rectifying"})
"""The states of a stop and of an evaluation in which the operator has still to rectify."""


def rectification_duty(machine: Machine, case_id: str, history: Sequence[PastMove]) -> Duty | None:
    """What the operator has to rectify after the moves in `history`: since the last one that set a
    day for it, and until that day."""
    if not history or history[-1].target not in UNDONE:
        return None
    ordered = next(one for one in reversed(history) if "due_on" in one.facts)
    return Duty(
        kind=NoticeKind.RECTIFICATION,
        subject=case_id,
        addressee=history[0].facts.get("operator", OPERATOR),
        due_on=civil_date(ordered.at),
        ends_on=date.fromisoformat(ordered.facts["due_on"]),
        article=machine.move(ordered.move).article,
    )


def last_day_for(pack: PolicyPack, ordered_at: datetime) -> date:
    """The last day of a rectification ordered at an instant: the pack's number of calendar days
    later, the day of the order itself not counted (民法典 第二百零一条)."""
    days = pack.parameters.rectification_days.value
    day = civil_date(ordered_at)
    return day + timedelta(days=days) if days <= (date.max - day).days else date.max


def due_on(situation: Situation) -> date:
    return date.fromisoformat(situation.facts["due_on"])


def overdue(situation: Situation) -> bool:
    """Is the last day over, in Asia/Shanghai?"""
    return civil_date(situation.at) > due_on(situation)


def out_of_bounds(situation: Situation, due: date, article: str) -> Iterator[Reason]:
    """The reasons against a last day that is over, or beyond the policy pack's number of days."""
    if due < civil_date(situation.at):
        yield Reason(
            code="deadline_passed",
            what=f"the rectification would have to be done by {due}, which is over",
            article=article,
            remedy="state a day that is still to come",
        )
    longest = last_day_for(situation.pack, situation.at)
    if due > longest:
        yield Reason(
            code="deadline_too_far",
            what=f"a rectification ordered today ends on {longest} at the latest",
            article=article,
            remedy="state that day or an earlier one",
        )


def still_running(situation: Situation, article: str) -> Iterator[Reason]:
    """The reason against what may follow only once the last day is over."""
    if not overdue(situation):
        yield Reason(
            code="rectification_running",
            what=f"the rectification may be done until {due_on(situation)}, that day included",
            article=article,
            remedy="wait until the day is over, or judge what was reported",
        )
