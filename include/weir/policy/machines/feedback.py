"""What a data user tells of its use of the data, once a quarter (第十四条)."""

from __future__ import annotations

from pydantic import Field

from weir.contracts.dataset import Name
from weir.model import Party
from weir.policy.machine import NEW, Facts, Machine, Move, Words
from weir.policy.roles import Act


class Feedback(Facts):
    use_agreement: Name
    quarter: str = Field(pattern="^[0-9]{4}q[1-4]$", description="written as 2026q3")
    usage: Words
    outcomes: Words


class Note(Facts):
    finding: Words


FEEDBACK = Machine(
    kind="feedback",
    zh="利用反馈",
    states={"given": "已反馈", "noted": "已审阅"},
    moves=(
        Move(
            name="give",
            zh="反馈利用情况",
            sources=frozenset({NEW, "given"}),
            target="given",
            act=Act.FEEDBACK_GIVE,
            record="feedback.given",
            article="第十四条",
            facts=Feedback,
            responsible=Party.DATA_USER,
        ),
        Move(
            name="note",
            zh="审阅",
            sources=frozenset({"given"}),
            target="noted",
            act=Act.FEEDBACK_NOTE,
            record="feedback.noted",
            article="第十四条",
            facts=Note,
        ),
    ),
)
