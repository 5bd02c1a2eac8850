"""What is kept for a term, when it is over, and what keeps it longer. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import ConfigDict

from weir.contracts.plan import Plan
from weir.contracts.policy_pack import PolicyPack
from weir.model import Digest
from weir.policy.order import Order, ScopeKind, in_scope, stops_supply
from weir.policy.stops import OperatorStop

ARTICLE = "第十四条"
"""Data are used, and so kept, as agreed; the term stands in the scenario's contract."""


class LotKind(StrEnum):
    """Snapshots and quarantined rows are sealed under a key of their own; what was staged holds
    masked values only."""

    SNAPSHOT = "snapshot"
    QUARANTINE = "quarantine"
    STAGING = "staging"


HoldCause = Literal["suspended", "incident_open", "stopped_by_operator", "dispute_open", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What one run left of one kind, and of one dataset where it is sealed: it goes as a whole.

    `listing_sm3` is over the names and sizes of its objects, `held_by` what keeps it beyond its
    term.
    """

    kind: LotKind
    prefix: str
    scenario: str
    run_id: str
    cause: str
    objects: int
    listing_sm3: Digest
    newest_at: datetime
    held_by: HoldCause = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputedScope:
    """What a dispute between provider and operator is about (第二十二条)."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    scope_kind: ScopeKind
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """What may need the data as evidence: stops in force, incidents not closed, open disputes."""

    orders: tuple[Order, ...] = ()
    stops: tuple[OperatorStop, ...] = ()
    disputes: tuple[DisputedScope, ...] = ()


def over_at(newest: datetime, plan: Plan | None, pack: PolicyPack) -> datetime:
    """When the term of what was kept last at `newest` is over. Where no contract holds any more
    that states one, the longest that a contract may state counts."""
    days = plan.scenario.retention.snapshot_days if plan else pack.parameters.max_release_days.value
    return newest + timedelta(days=days)


def held_by(scenario: str, plan: Plan | None, holds: Holds) -> HoldCause:
    """What keeps a scenario's data beyond its term, if anything does. Without a contract it is not
    known which data they are, and whatever is not about another scenario by name keeps them."""
    if any(_concerns(one, scenario, plan) for one in holds.orders if stops_supply(one)):
        return "suspended"
    stopped = [one for one in holds.stops if _stopped(one, scenario, plan)]
    if stopped:
        by_incident = any(one.by_incident for one in stopped)
        return "incident_open" if by_incident else "stopped_by_operator"
    if any(_concerns(one, scenario, plan) for one in holds.disputes):
        return "dispute_open"
    return ""


def _concerns(one: Order | DisputedScope, scenario: str, plan: Plan | None) -> bool:
    if one.scope_kind == "scenario" or plan is None:
        return one.scope == scenario or one.scope_kind != "scenario"
    return in_scope(one.scope_kind, one.scope, plan)


def _stopped(stop: OperatorStop, scenario: str, plan: Plan | None) -> bool:
    if plan is None:
        return stop.kind != "scenario" or stop.name == scenario
    return stop.stops(
        data_user=plan.scenario.data_user,
        use_agreement=plan.scenario.use_agreement,
        scenarios=(scenario,),
        datasets=tuple(one.dataset.dataset for one in plan.inputs),
    )


def of_scenarios(
    disputes: Collection[DisputedScope], scenario_of: dict[str, str]
) -> tuple[DisputedScope, ...]:
    """Disputes with a release's scenario in the place of the release. One over a release that is
    not known concerns everything; a drill's concerns nothing."""
    return tuple(
        one
        if one.scope_kind != "release"
        else DisputedScope(scope_kind="scenario", scope=scenario_of[one.scope])
        if one.scope in scenario_of
        else DisputedScope(scope_kind="all", scope="")
        for one in disputes
        if one.scope_kind != "drill"
    )
