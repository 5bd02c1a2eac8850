"""Demands on the desk: where each stands, for whom it waits, what its providers said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from weir.bureau.tables import cases
from weir.governance.cases import Case, count_by_state, read_case, read_cases
from weir.policy.machine import PastMove
from weir.policy.machines.demand import DEMAND, opinions, waits_for

_SAID = ("finding", "opinion", "reason", "article")
_BUREAUS = ("submitted", "assessed")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionView:
    """A provider's word; `supports` is None while it has not answered."""

    provider: str
    supports: bool | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveView:
    at: datetime
    zh: str
    name: str
    by: str
    org: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandView:
    """One demand. `waits_for` names operator, bureau, or providers; nobody once it is decided."""

    name: str
    state: str
    state_zh: str
    facts: dict[str, Any]
    waits_for: tuple[str, ...]
    opinions: tuple[OpinionView, ...]
    moves: tuple[MoveView, ...]
    changed_at: datetime


def demands_on(connection: Connection, state: str = "") -> tuple[DemandView, ...]:
    """Demands, the last changed first; in one state where it is named."""
    return tuple(_view(one) for one in read_cases(connection, cases, DEMAND.kind, state or None))


def one_demand(connection: Connection, name: str) -> DemandView | None:
    held = read_case(connection, cases, DEMAND.kind, name)
    return _view(held) if held else None


def waiting_for_bureau(connection: Connection) -> int:
    """How many demands the bureau has the next word on."""
    counted = count_by_state(connection, cases, DEMAND.kind)
    asked = read_cases(connection, cases, DEMAND.kind, "consulted")
    answered = sum(waits_for(one.state, one.facts, one.history) == ("bureau",) for one in asked)
    return answered + sum(counted.get(state, 0) for state in _BUREAUS)


def _view(case: Case) -> DemandView:
    heard = opinions(case.history)
    asked = bool(heard) or case.state == "consulted"
    return DemandView(
        name=case.case_id,
        state=case.state,
        state_zh=DEMAND.states[case.state],
        facts=dict(case.facts),
        waits_for=waits_for(case.state, case.facts, case.history),
        opinions=tuple(
            OpinionView(
                provider=provider,
                supports=heard[provider].facts["supports"] if provider in heard else None,
                words=heard[provider].facts["opinion"] if provider in heard else "",
            )
            for provider in case.facts["providers"]
        )
        if asked
        else (),
        moves=tuple(_move(one) for one in case.history),
        changed_at=case.changed_at,
    )


def _move(one: PastMove) -> MoveView:
    return MoveView(
        at=one.at,
        zh=DEMAND.move(one.move).zh,
        name=one.move,
        by=one.by.id,
        org=one.by.org,
        words=" ".join(str(one.facts[key]) for key in _SAID if one.facts.get(key)),
    )
