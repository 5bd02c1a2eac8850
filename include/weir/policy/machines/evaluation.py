"""The yearly evaluation of an operator and what follows from its result (第二十、二十一条)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from weir.clock import civil_date
from weir.contracts.dataset import Name
from weir.model import Party, Reason, Role
from weir.policy.machine import NEW, Facts, Machine, Move, Situation, Words
from weir.policy.parties import of_another_operator
from weir.policy.rectification import (
    NextTerm,
    RectificationFinding,
    RectificationPlan,
    RectificationReport,
    out_of_bounds,
    overdue,
    still_running,
)
from weir.policy.roles import Act

ARTICLE = "第二十一条"
RECTIFY = ("rectify", "rectify_again")
"""The moves whose result is 限期整改."""


class Opening(Facts):
    year: int = Field(ge=2024, le=9998)
    operator: Name


class Rating(Facts):
    """What a provider or a data user thinks of the operator."""

    score: int = Field(ge=1, le=5)
    words: Words


class Exit(Facts):
    """What an operator states when it leaves: keys and data destroyed, logs handed over."""

    keys_destroyed: Words
    data_destroyed: Words
    logs_handed_over: Words


def _year_has_come(situation: Situation, given: Opening) -> Iterator[Reason]:
    if given.year > civil_date(situation.at).year:
        yield Reason(
            code="year_to_come",
            what=f"the year {given.year} has not begun",
            article="第二十条",
            remedy="evaluate a year that has",
        )


def _rates_once(situation: Situation, given: Rating) -> Iterator[Reason]:
    del given
    if not situation.by.org:
        yield Reason(
            code="rater_unnamed",
            what="a rating is given for a provider or a data user, and names which",
            article="第二十条",
            remedy="let the account say for whom it acts",
        )
    if any(
        (one.by.org, one.by.role) == (situation.by.org, situation.by.role)
        for one in situation.history
        if one.move == "rate"
    ):
        yield Reason(
            code="already_rated",
            what="this party has given its rating",
            article="第二十条",
            remedy="each party rates an operator once a year",
        )


def _heard(situation: Situation, given: Facts) -> Iterator[Reason]:
    """第二十条: what providers and data users think is part of the evaluation."""
    del given
    if situation.state != "rated":
        return
    heard = {one.by.role for one in situation.history if one.move == "rate"}
    missing = [role for role in (Role.PROVIDER, Role.DATA_USER) if role not in heard]
    if missing:
        yield Reason(
            code="rating_missing",
            what="nobody has rated the operator as: " + ", ".join(missing),
            article="第二十条",
            remedy="ask providers and data users for their ratings",
        )


def _counts_as_failed(situation: Situation) -> bool:
    results = sum(one.move in RECTIFY for one in situation.history) + 1
    return results >= situation.pack.parameters.failed_after_rectifications.value


def _rectifies(situation: Situation, given: NextTerm) -> Iterator[Reason]:
    yield from _heard(situation, given)
    if _counts_as_failed(situation):
        yield Reason(
            code="rectification_counts_as_failed",
            what="this many results of 限期整改 count as not passed",
            article=ARTICLE,
            remedy="make the move rectify_again",
        )
    yield from out_of_bounds(situation, given.due_on, ARTICLE)


def _again(situation: Situation, given: Facts) -> Iterator[Reason]:
    del given
    if not _counts_as_failed(situation):
        yield Reason(
            code="rectification_not_exhausted",
            what="the policy pack allows the operator another rectification",
            article=ARTICLE,
            remedy="make the move rectify",
        )


def _own(situation: Situation, given: Facts) -> Iterator[Reason]:
    del given
    yield from of_another_operator(situation, situation.facts["operator"], ARTICLE)


def _reports_in_time(situation: Situation, given: Facts) -> Iterator[Reason]:
    yield from _own(situation, given)
    last = max(n for n, one in enumerate(situation.history) if one.move == "rectify")
    if not any(one.move == "plan" for one in situation.history[last + 1 :]):
        yield Reason(
            code="plan_missing",
            what="the operator has not stated its plan",
            article=ARTICLE,
            remedy="state the plan (整改方案) first",
        )
    if overdue(situation):
        yield Reason(
            code="rectification_overdue",
            what=f"the last day was {situation.facts['due_on']}",
            article=ARTICLE,
            remedy="the bureau concludes on an operator that did not rectify in time",
        )


def _fails(situation: Situation, given: Facts) -> Iterator[Reason]:
    """From a rectification only once its last day is over."""
    yield from _heard(situation, given)
    if situation.state == "rectifying":
        yield from still_running(situation, ARTICLE)


EVALUATION = Machine(
    kind="evaluation",
    zh="年度评估",
    states={
        "opened": "已开始",
        "rated": "评价中",
        "rectifying": "限期整改",
        "reported": "待再次评估",
        "passed": "通过评估",
        "failed": "未通过评估",
        "exited": "已退出运营",
    },
    moves=(
        Move(
            name="open",
            zh="开始评估",
            sources=frozenset({NEW}),
            target="opened",
            act=Act.EVALUATION_CONDUCT,
            record="evaluation.opened",
            article="第二十条",
            facts=Opening,
            guard=_year_has_come,
            responsible=Party.BUREAU,
        ),
        Move(
            name="rate",
            zh="评价数据运营单位",
            sources=frozenset({"opened", "rated"}),
            target="rated",
            act=Act.RATING_GIVE,
            record="rating.given",
            article="第二十条",
            facts=Rating,
            guard=_rates_once,
        ),
        Move(
            name="pass",
            zh="通过评估",
            sources=frozenset({"rated", "reported"}),
            target="passed",
            act=Act.EVALUATION_CONCLUDE,
            record="evaluation.passed",
            article=ARTICLE,
            facts=RectificationFinding,
            guard=_heard,
            responsible=Party.BUREAU,
        ),
        Move(
            name="rectify",
            zh="限期整改",
            sources=frozenset({"rated", "reported"}),
            target="rectifying",
            act=Act.EVALUATION_CONCLUDE,
            record="rectification.ordered",
            article=ARTICLE,
            facts=NextTerm,
            guard=_rectifies,
            responsible=Party.BUREAU,
        ),
        Move(
            name="plan",
            zh="制定整改方案",
            sources=frozenset({"rectifying"}),
            target="rectifying",
            act=Act.RECTIFICATION_DO,
            record="rectification.planned",
            article=ARTICLE,
            facts=RectificationPlan,
            guard=_own,
        ),
        Move(
            name="report",
            zh="报再次评估",
            sources=frozenset({"rectifying"}),
            target="reported",
            act=Act.RECTIFICATION_DO,
            record="rectification.reported",
            article=ARTICLE,
            facts=RectificationReport,
            guard=_reports_in_time,
        ),
        Move(
            name="rectify_again",
            zh="仍为限期整改，按未通过办理",
            sources=frozenset({"reported"}),
            target="failed",
            act=Act.EVALUATION_CONCLUDE,
            record="evaluation.failed",
            article=ARTICLE,
            facts=RectificationFinding,
            guard=_again,
            responsible=Party.BUREAU,
        ),
        Move(
            name="fail",
            zh="未通过评估",
            sources=frozenset({"rated", "rectifying", "reported"}),
            target="failed",
            act=Act.EVALUATION_CONCLUDE,
            record="evaluation.failed",
            article=ARTICLE,
            facts=RectificationFinding,
            guard=_fails,
            responsible=Party.BUREAU,
        ),
        Move(
            name="exit",
            zh="退出运营并销毁密钥",
            sources=frozenset({"failed"}),
            target="exited",
            act=Act.OPERATION_EXIT,
            record="evaluation.exited",
            article=ARTICLE,
            facts=Exit,
            guard=_own,
        ),
    ),
)
