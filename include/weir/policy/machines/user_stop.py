"""The operator's stop of a data user, and its end (第十九条).

It stands beside the bureau's suspension (第十六条): lifting the one never lifts the other.
"""

from __future__ import annotations

from weir.contracts.dataset import Name
from weir.policy.machine import NEW, Facts, Machine, Move, Words
from weir.policy.roles import Act
from weir.policy.stops import UserStopKind


class Stop(Facts):
    stop_kind: UserStopKind
    stop_name: Name
    ground: Words


class Lift(Facts):
    reason: Words


USER_STOP = Machine(
    kind="user_stop",
    zh="运营单位停止提供",
    states={"stopped": "已停止", "lifted": "已解除"},
    moves=(
        Move(
            name="stop",
            zh="停止提供",
            sources=frozenset({NEW}),
            target="stopped",
            act=Act.USER_STOP,
            record="stop.imposed",
            article="第十九条",
            facts=Stop,
        ),
        Move(
            name="lift",
            zh="解除停止",
            sources=frozenset({"stopped"}),
            target="lifted",
            act=Act.USER_STOP,
            record="stop.lifted",
            article="第十九条",
            facts=Lift,
        ),
    ),
)
