"""A stop of supply (暂停提供) and its rectification, which comes before its end (第十六条)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from weir.contracts.dataset import Day
from weir.model import Party, Reason
from weir.policy.machine import NEW, Facts, Machine, Move, Situation, Words
from weir.policy.order import ScopeKind
from weir.policy.rectification import (
    NextTerm,
    RectificationFinding,
    RectificationPlan,
    RectificationReport,
    out_of_bounds,
    still_running,
)
from weir.policy.roles import Act

OPEN = frozenset({"suspended", "rectifying", "reported"})
"""The states in which a rectification is not closed."""


class Ground(Facts):
    """Why the bureau orders something, and by which article."""

    ground: Words
    article: str = Field(default="第十六条", pattern=r"^[^\s].{0,99}$")


class Stop(Ground):
    """What the bureau stops, and until when the operator has to rectify."""

    scope_kind: ScopeKind
    scope: str = Field(default="", max_length=100)
    due_on: Day


class Closing(Ground):
    article: str = Field(default="第二十三条", pattern=r"^[^\s].{0,99}$")


def _in_time(situation: Situation, given: Stop | NextTerm) -> Iterator[Reason]:
    yield from out_of_bounds(situation, given.due_on, "第十六条")


def _overdue(situation: Situation, given: Closing) -> Iterator[Reason]:
    del given
    yield from still_running(situation, "第二十三条")


STOP = Machine(
    kind="stop",
    zh="暂停提供与整改",
    states={
        "suspended": "已暂停",
        "rectifying": "整改中",
        "reported": "已报告整改",
        "accepted": "整改通过",
        "resumed": "已恢复",
        "closed": "数据通道已关闭",
    },
    moves=(
        Move(
            name="suspend",
            zh="暂停提供",
            sources=frozenset({NEW}),
            target="suspended",
            act=Act.ORDER_SIGN,
            record="stop.opened",
            article="第十六条",
            facts=Stop,
            guard=_in_time,
            responsible=Party.BUREAU,
        ),
        Move(
            name="plan",
            zh="制定整改方案",
            sources=frozenset({"suspended", "rectifying"}),
            target="rectifying",
            act=Act.RECTIFICATION_DO,
            record="rectification.planned",
            article="第十六条",
            facts=RectificationPlan,
        ),
        Move(
            name="report",
            zh="报告整改完成",
            sources=frozenset({"rectifying"}),
            target="reported",
            act=Act.RECTIFICATION_DO,
            record="rectification.reported",
            article="第十六条",
            facts=RectificationReport,
        ),
        Move(
            name="reject",
            zh="整改未通过",
            sources=frozenset({"reported"}),
            target="rectifying",
            act=Act.RECTIFICATION_JUDGE,
            record="rectification.rejected",
            article="第十六条",
            facts=NextTerm,
            guard=_in_time,
            responsible=Party.BUREAU,
        ),
        Move(
            name="accept",
            zh="整改通过",
            sources=frozenset({"reported"}),
            target="accepted",
            act=Act.RECTIFICATION_JUDGE,
            record="rectification.accepted",
            article="第十六条",
            facts=RectificationFinding,
            responsible=Party.BUREAU,
        ),
        Move(
            name="resume",
            zh="恢复提供",
            sources=frozenset({"accepted"}),
            target="resumed",
            act=Act.ORDER_SIGN,
            record="stop.ended",
            article="第十六条",
            facts=Ground,
            responsible=Party.BUREAU,
        ),
        Move(
            name="close",
            zh="关闭数据通道",
            sources=frozenset({"suspended", "rectifying"}),
            target="closed",
            act=Act.ORDER_SIGN,
            record="stop.closed",
            article="第二十三条",
            facts=Closing,
            guard=_overdue,
            responsible=Party.BUREAU,
        ),
    ),
)
