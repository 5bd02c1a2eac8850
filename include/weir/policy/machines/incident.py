"""A data security incident (数据安全事件) from its discovery to its lesson (第十九条)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from pydantic import AwareDatetime, Field, model_validator

from weir.contracts.policy_pack import PolicyPack
from weir.model import Reason
from weir.policy.machine import NEW, Facts, Machine, Move, Situation, Words
from weir.policy.roles import Act

_ARTICLE = "第十九条"

CONTAINED = frozenset({"contained", "reported"})
"""The states in which nothing flows within the incident's scope: no pull, release or read."""

OPEN = frozenset({"opened", *CONTAINED})

UNREPORTED = OPEN - {"reported"}
"""The states in which the bureau has not been told yet."""


SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "identifier_in_product": "leak",
        "identifier_in_manifest": "leak",
        "canary_in_product": "canary",
        "digest_mismatch": "integrity",
        "document_mismatch": "integrity",
        "figures_not_derivable": "integrity",
        "manifest_mismatch": "integrity",
        "masking_key_foreign": "integrity",
        "product_not_derivable": "integrity",
        "receipt_forged": "integrity",
        "release_occupied": "integrity",
    }
)
"""By the code of a refused release, what it is a sign of."""


class Discovery(Facts):
    """What was found, by which sign, and how far it reaches."""

    sign: Literal["leak", "canary", "integrity", "by_hand"]
    what: Words
    scope_kind: Literal["scenario", "dataset", "data_user", "all"]
    scope: str = Field(default="", max_length=48)
    discovered_at: AwareDatetime

    @model_validator(mode="after")
    def _scope_fits_kind(self) -> Discovery:
        if bool(self.scope) == (self.scope_kind == "all"):
            raise ValueError("a scope names something, unless it is all")
        return self


class Measures(Facts):
    measures: Words


class Report(Facts):
    """What the bureau is told: what happened, whom it affects, what was done."""

    effects: Words
    affected_rows: int = Field(ge=0)
    affected_subjects: int = Field(ge=0)


class Lesson(Facts):
    """Without a cause and a remedy an incident stays open."""

    cause: Words
    remedy: Words


class Dismissal(Facts):
    reason: Words


def report_due_at(discovered_at: datetime, pack: PolicyPack) -> datetime:
    """Until when the bureau must have been told (立即报告)."""
    return discovered_at + timedelta(hours=pack.parameters.incident_report_hours.value)


def _not_from_the_future(situation: Situation, given: Discovery) -> Iterator[Reason]:
    if given.discovered_at > situation.at:
        yield Reason(
            code="discovery_in_future",
            what="the incident would have been discovered later than now",
            article=_ARTICLE,
            remedy="state when it was discovered; check the clocks",
        )


INCIDENT = Machine(
    kind="incident",
    zh="数据安全事件",
    states={
        "opened": "已发现",
        "contained": "已控制",
        "reported": "已报告",
        "closed": "已结案",
        "dismissed": "误报",
    },
    moves=(
        Move(
            name="open",
            zh="立案",
            sources=frozenset({NEW}),
            target="opened",
            act=Act.INCIDENT_OPEN,
            record="incident.opened",
            article=_ARTICLE,
            facts=Discovery,
            guard=_not_from_the_future,
        ),
        Move(
            name="contain",
            zh="控制",
            sources=frozenset({"opened"}),
            target="contained",
            act=Act.INCIDENT_HANDLE,
            record="incident.contained",
            article=_ARTICLE,
            facts=Measures,
        ),
        Move(
            name="report",
            zh="报告主管部门",
            sources=frozenset({"contained"}),
            target="reported",
            act=Act.INCIDENT_HANDLE,
            record="incident.reported",
            article=_ARTICLE,
            facts=Report,
        ),
        Move(
            name="close",
            zh="结案",
            sources=frozenset({"reported"}),
            target="closed",
            act=Act.INCIDENT_CLOSE,
            record="incident.closed",
            article=_ARTICLE,
            facts=Lesson,
        ),
        Move(
            name="dismiss",
            zh="排除",
            sources=frozenset({"opened"}),
            target="dismissed",
            act=Act.INCIDENT_CLOSE,
            record="incident.dismissed",
            article=_ARTICLE,
            facts=Dismissal,
        ),
    ),
)
