"""A release (发布) checked, reviewed, published, delisted (第二十三条).

`weir.gate.release_store` keeps releases in a table of their own and asks this machine what leads
where; the moves of people are judged by the guards below, those of the gate by its own checks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from pydantic import Field

from weir.contracts.dataset import Name
from weir.model import Reason
from weir.policy.machine import NEW, Facts, Machine, Move, Situation, Words
from weir.policy.roles import Act

_ARTICLE = "第二十三条第(三)项"


class Requested(Facts):
    """Whose product is to be released, and who started the run, where a person did."""

    scenario: Name
    manifest_sm3: str = Field(pattern="^[0-9a-f]{64}$")
    requested_by: tuple[str, ...] = ()


class Held(Facts):
    """How many distinct people must approve what has passed every check."""

    reviewers: int = Field(ge=1)


class Review(Facts):
    """A reviewer's word on one manifest, named by its digest."""

    manifest_sm3: str = Field(pattern="^[0-9a-f]{64}$")
    words: Words


class Delisting(Facts):
    ground: Words


def approvers(situation: Situation) -> frozenset[str]:
    """Who has approved since the release was last requested."""
    last = max((n for n, one in enumerate(situation.history) if one.move == "request"), default=0)
    return frozenset(one.by.id for one in situation.history[last:] if one.move == "approve")


def alike(name: str) -> str:
    """Names that Airflow and the gate may write differently are one person's all the same."""
    return unicodedata.normalize("NFKC", name).casefold()


def _may_review(situation: Situation, given: Review) -> Iterator[Reason]:
    if given.manifest_sm3 != situation.facts["manifest_sm3"]:
        yield Reason(
            code="approval_other_manifest",
            what="the approval names another manifest than this release's",
            article=_ARTICLE,
            remedy="look at what is staged now, and approve the digest that the gate names",
        )
    if alike(situation.by.id) in {alike(one) for one in situation.facts["requested_by"]}:
        yield Reason(
            code="reviewer_is_requester",
            what="whoever asked for a release does not review it",
            article=_ARTICLE,
            remedy="have somebody else review it",
        )


def _may_approve(situation: Situation, given: Review) -> Iterator[Reason]:
    yield from _may_review(situation, given)
    if alike(situation.by.id) in {alike(one) for one in approvers(situation)}:
        yield Reason(
            code="reviewer_twice",
            what="this reviewer has approved the release already",
            article=_ARTICLE,
            remedy="have a second person review it",
        )


def _enough(situation: Situation, given: Facts) -> Iterator[Reason]:
    del given
    needed, found = situation.facts.get("reviewers", 0), len(approvers(situation))
    if found < needed:
        yield Reason(
            code="approval_missing",
            what=f"{found} of {needed} distinct reviewers have approved",
            article=_ARTICLE,
            remedy="have the manifest approved by two people",
        )


RELEASE = Machine(
    kind="release",
    zh="发布",
    states={
        "requested": "已申请",
        "checking": "核验中",
        "in_review": "待审核",
        "reviewed": "已审核",
        "published": "已发布",
        "delisting": "下架中",
        "delisted": "已下架",
        "refused": "已拒绝",
    },
    moves=(
        Move(
            name="request",
            zh="申请发布",
            sources=frozenset({NEW, "refused"}),
            target="requested",
            act=Act.RELEASE_REQUEST,
            record="release.requested",
            article="第十四条",
            facts=Requested,
        ),
        Move(
            name="check",
            zh="核验",
            sources=frozenset({"requested", "checking", "reviewed"}),
            target="checking",
            act=Act.RELEASE_SETTLE,
            record="release.published",
            article="第十八条",
        ),
        Move(
            name="hold",
            zh="送审",
            sources=frozenset({"checking"}),
            target="in_review",
            act=Act.RELEASE_SETTLE,
            record="release.checked",
            article=_ARTICLE,
            facts=Held,
        ),
        Move(
            name="approve",
            zh="批准",
            sources=frozenset({"in_review"}),
            target="in_review",
            act=Act.RELEASE_APPROVE,
            record="release.approved",
            article=_ARTICLE,
            facts=Review,
            guard=_may_approve,
        ),
        Move(
            name="conclude",
            zh="审核完成",
            sources=frozenset({"in_review"}),
            target="reviewed",
            act=Act.RELEASE_SETTLE,
            record="release.reviewed",
            article=_ARTICLE,
            guard=_enough,
        ),
        Move(
            name="reject",
            zh="不批准",
            sources=frozenset({"in_review"}),
            target="refused",
            act=Act.RELEASE_APPROVE,
            record="release.refused",
            article=_ARTICLE,
            facts=Review,
            guard=_may_review,
        ),
        Move(
            name="publish",
            zh="发布",
            sources=frozenset({"checking"}),
            target="published",
            act=Act.RELEASE_SETTLE,
            record="release.published",
            article="第十四条",
            guard=_enough,
        ),
        Move(
            name="refuse",
            zh="拒绝",
            sources=frozenset({"checking"}),
            target="refused",
            act=Act.RELEASE_SETTLE,
            record="release.refused",
            article="第二十三条",
        ),
        Move(
            name="delist",
            zh="下架",
            sources=frozenset({"published"}),
            target="delisting",
            act=Act.RELEASE_DELIST,
            record="release.delisted",
            article="第二十三条",
            facts=Delisting,
        ),
        Move(
            name="clear",
            zh="完成下架",
            sources=frozenset({"delisting"}),
            target="delisted",
            act=Act.RELEASE_SETTLE,
            record="release.delisted",
            article="第二十三条",
        ),
    ),
)
