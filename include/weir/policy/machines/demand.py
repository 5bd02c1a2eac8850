"""A demand (数据需求) from its draft to the bureau's answer (第十二、十三条)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from weir.contracts.dataset import Name
from weir.model import Party, Reason
from weir.policy.machine import NEW, Facts, Machine, Move, Situation, Words
from weir.policy.roles import Act


class Draft(Facts):
    """What 第十二条 asks for: content, mode of use and the concrete scenario."""

    scenario: Name
    purpose: Words
    content: tuple[Name, ...] = Field(min_length=1)
    providers: tuple[Name, ...] = Field(min_length=1)
    mode: Literal["bucket", "interface", "joint_computation"]
    contract_digest: str = Field(pattern="^[0-9a-f]{64}$")


class Finding(Facts):
    finding: Words


class Opinion(Facts):
    """A provider's word on a demand it was asked about."""

    supports: bool
    opinion: Words


class Answer(Facts):
    reason: str = Field(default="", max_length=2000)


def _opines_for_itself(situation: Situation, given: Opinion) -> Iterator[Reason]:
    del given
    if situation.by.org not in situation.facts["providers"]:
        yield Reason(
            code="provider_not_asked",
            what="the demand names no data of this provider",
            article="第十三条",
            remedy="a provider gives opinions on its own data",
        )


def _everyone_was_heard(situation: Situation, given: Answer) -> Iterator[Reason]:
    del given
    last = max((n for n, one in enumerate(situation.history) if one.move == "consult"), default=-1)
    heard = {one.by.org for one in situation.history[last + 1 :] if one.move == "opine"}
    for provider in situation.facts["providers"]:
        if provider not in heard:
            yield Reason(
                code="opinion_missing",
                what=f"the provider {provider} has not given its opinion",
                article="第十三条",
                remedy="ask the provider, and decide once it has answered",
            )


def _reasoned(situation: Situation, given: Answer) -> Iterator[Reason]:
    yield from _everyone_was_heard(situation, given)
    if not given.reason.strip():
        yield Reason(
            code="refusal_without_reason",
            what="a refusal states its reason",
            article="第十三条",
            remedy="state why the data are not provided",
        )


DEMAND = Machine(
    kind="demand",
    zh="数据需求",
    states={
        "drafted": "已起草",
        "screened": "已初审",
        "submitted": "已提交",
        "assessed": "已评估",
        "consulted": "征求意见中",
        "agreed": "已同意",
        "refused": "不同意",
        "returned": "已退回",
    },
    moves=(
        Move(
            name="draft",
            zh="起草",
            sources=frozenset({NEW, "drafted", "returned"}),
            target="drafted",
            act=Act.DEMAND_DRAFT,
            record="demand.drafted",
            article="第十二条",
            facts=Draft,
        ),
        Move(
            name="screen",
            zh="初步审核",
            sources=frozenset({"drafted"}),
            target="screened",
            act=Act.DEMAND_SCREEN,
            record="demand.screened",
            article="第十二条",
            facts=Finding,
        ),
        Move(
            name="submit",
            zh="提交",
            sources=frozenset({"screened"}),
            target="submitted",
            act=Act.DEMAND_SUBMIT,
            record="demand.submitted",
            article="第十三条",
        ),
        Move(
            name="assess",
            zh="评估",
            sources=frozenset({"submitted"}),
            target="assessed",
            act=Act.DEMAND_ASSESS,
            record="demand.assessed",
            article="第十三条",
            facts=Finding,
            responsible=Party.BUREAU,
        ),
        Move(
            name="consult",
            zh="征求数据提供方意见",
            sources=frozenset({"assessed"}),
            target="consulted",
            act=Act.DEMAND_ASSESS,
            record="demand.consulted",
            article="第十三条",
            responsible=Party.BUREAU,
        ),
        Move(
            name="opine",
            zh="提供方答复",
            sources=frozenset({"consulted"}),
            target="consulted",
            act=Act.OPINION_GIVE,
            record="opinion.given",
            article="第十三条",
            facts=Opinion,
            guard=_opines_for_itself,
            responsible=Party.PROVIDER,
        ),
        Move(
            name="agree",
            zh="同意提供",
            sources=frozenset({"consulted"}),
            target="agreed",
            act=Act.DECISION_SIGN,
            record="demand.agreed",
            article="第十三条",
            facts=Answer,
            guard=_everyone_was_heard,
            responsible=Party.BUREAU,
        ),
        Move(
            name="refuse",
            zh="不同意提供",
            sources=frozenset({"consulted"}),
            target="refused",
            act=Act.DECISION_SIGN,
            record="demand.refused",
            article="第十三条",
            facts=Answer,
            guard=_reasoned,
            responsible=Party.BUREAU,
        ),
        Move(
            name="return",
            zh="退回",
            sources=frozenset({"submitted", "assessed", "consulted"}),
            target="returned",
            act=Act.DEMAND_RETURN,
            record="demand.returned",
            article="第十三条",
            facts=Finding,
            responsible=Party.BUREAU,
        ),
    ),
)
