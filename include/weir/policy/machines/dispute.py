"""A dispute between provider and operator, which the bureau settles (第二十二条)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from weir.model import Party, Reason
from weir.policy.machine import NEW, Facts, Machine, Move, Situation, Words
from weir.policy.order import ScopeKind
from weir.policy.roles import Act

ARTICLE = "第二十二条"


class Complaint(Facts):
    """What is in dispute. `hold_asked` asks the bureau to stop supply meanwhile; whether it does
    is an order of its own (第十六条)."""

    scope_kind: ScopeKind
    scope: str = Field(default="", max_length=100)
    complaint: Words
    hold_asked: bool = False


class Mediation(Facts):
    """How far the bureau has come, and whose opinion it asked for, if anyone's."""

    finding: Words
    adviser: str = Field(default="", max_length=200)


class Settlement(Facts):
    settlement: Words


def _opened_it(situation: Situation, given: Facts) -> Iterator[Reason]:
    del given
    opener = situation.history[0].by
    if (situation.by.org, situation.by.role) != (opener.org, opener.role):
        yield Reason(
            code="dispute_of_another",
            what="whoever opened a dispute may withdraw it",
            article=ARTICLE,
            remedy="let the bureau settle it",
        )


DISPUTE = Machine(
    kind="dispute",
    zh="争议",
    states={
        "opened": "已提出",
        "mediated": "协调中",
        "settled": "已解决",
        "withdrawn": "已撤回",
    },
    moves=(
        Move(
            name="open",
            zh="提出争议",
            sources=frozenset({NEW}),
            target="opened",
            act=Act.DISPUTE_OPEN,
            record="dispute.opened",
            article=ARTICLE,
            facts=Complaint,
        ),
        Move(
            name="mediate",
            zh="协调",
            sources=frozenset({"opened", "mediated"}),
            target="mediated",
            act=Act.DISPUTE_SETTLE,
            record="dispute.mediated",
            article=ARTICLE,
            facts=Mediation,
            responsible=Party.BUREAU,
        ),
        Move(
            name="settle",
            zh="解决",
            sources=frozenset({"mediated"}),
            target="settled",
            act=Act.DISPUTE_SETTLE,
            record="dispute.settled",
            article=ARTICLE,
            facts=Settlement,
            responsible=Party.BUREAU,
        ),
        Move(
            name="withdraw",
            zh="撤回",
            sources=frozenset({"opened", "mediated"}),
            target="withdrawn",
            act=Act.DISPUTE_OPEN,
            record="dispute.withdrawn",
            article=ARTICLE,
            guard=_opened_it,
        ),
    ),
)
