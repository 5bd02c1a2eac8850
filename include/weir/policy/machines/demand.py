"""A demand (数据需求) from its draft to the bureau's answer (第十二、十三条)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from weir.contracts.dataset import Name
from weir.model import Party, Reason
from weir.policy.machine import NEW, Facts, Machine, Move, PastMove, Situation, Words
from weir.policy.roles import Act


class Draft(Facts):
    """What 第十二条 asks for: content (datasets), mode of use (使用方式), the concrete scenario.

    `authorised` says that the subjects of every dataset have agreed to the use, or that it is open
    to all: agreeing is then the rule (第十三条).
    """

    scenario: Name
    purpose: Words
    content: tuple[Name, ...] = Field(min_length=1)
    providers: tuple[Name, ...] = Field(min_length=1)
    mode: Literal["bucket", "interface", "joint_computation"]
    authorised: bool
    contract_digest: str = Field(pattern="^[0-9a-f]{64}$")


class Finding(Facts):
    finding: Words


class Opinion(Facts):
    """A provider's word on a demand it was asked about."""

    supports: bool
    opinion: Words


class Answer(Facts):
    """The bureau's word. `article` is the ground of a refusal."""

    reason: str = Field(default="", max_length=2000)
    article: str = Field(default="", max_length=100)


_ARTICLE = re.compile("第([一二三四五六七八九十百零〇两0-9]+)条")
_DIGITS = "一二三四五六七八九"
_ARTICLES = 24
_NUMERALS = [tens + one for tens in ("", "十", "二十") for one in ("", *_DIGITS)]
_OWN_ARTICLES = {*_NUMERALS[1 : _ARTICLES + 1], *map(str, range(1, _ARTICLES + 1))}


def names_article(text: str) -> bool:
    """Does `text` cite an article of a law, by its name, or of the regulation itself?"""
    found = _ARTICLE.search(text.strip())
    return found is not None and (found.start() > 0 or found[1] in _OWN_ARTICLES)


def _same_scenario(situation: Situation, given: Draft) -> Iterator[Reason]:
    if situation.facts.get("scenario", given.scenario) != given.scenario:
        yield Reason(
            code="demand_of_other_scenario",
            what="a demand keeps its scenario when it is drafted anew",
            article="第十二条",
            remedy="open a demand of its own for the other scenario",
        )


def _opines_for_itself(situation: Situation, given: Opinion) -> Iterator[Reason]:
    del given
    if situation.by.org not in situation.facts["providers"]:
        yield Reason(
            code="provider_not_asked",
            what="the demand names no data of this provider",
            article="第十三条",
            remedy="a provider gives opinions on its own data",
        )


def opinions(history: Sequence[PastMove]) -> Mapping[str, PastMove]:
    """The last word of each provider since the demand was last put to them, by provider."""
    asked = max((n for n, one in enumerate(history) if one.move == "consult"), default=len(history))
    return {one.by.org: one for one in history[asked:] if one.move == "opine"}


def waits_for(state: str, facts: Mapping[str, Any], history: Sequence[PastMove]) -> tuple[str, ...]:
    """On whom a demand waits: `operator`, `bureau`, or the providers that have not answered; on
    nobody once it is decided."""
    if state == "consulted":
        heard = opinions(history)
        return tuple(one for one in facts["providers"] if one not in heard) or ("bureau",)
    return _WAITS.get(state, ())


_WAITS: Mapping[str, tuple[str, ...]] = {
    "drafted": ("operator",),
    "screened": ("operator",),
    "submitted": ("bureau",),
    "assessed": ("bureau",),
    "returned": ("operator",),
}


def _everyone_was_heard(situation: Situation, given: Answer) -> Iterator[Reason]:
    del given
    heard = opinions(situation.history)
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
    if situation.facts["authorised"] and not names_article(given.article):
        yield Reason(
            code="refusal_without_article",
            what="the subjects have authorised the use, or the data are open: agreeing is the rule",
            article="第十三条",
            remedy="name the article of the law that forbids it, or agree",
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
            guard=_same_scenario,
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
