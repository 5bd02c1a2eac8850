"""Random walks through every state machine: no illegal move ever succeeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weir.contracts.packs import pack_in_force
from weir.errors import AuthorisationError
from weir.evidence.actions import Action
from weir.model import Principal
from weir.policy.machine import NEW, Machine, PastMove, Situation, may_move, read_facts
from weir.policy.procedures import MACHINES
from weir.policy.roles import MATRIX
from weir.settings import ROOT

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
PACK = pack_in_force(ROOT / "policy", START)
DIGEST = "0" * 64
FACTS: dict[str, Any] = {
    "scenario": "sme-credit",
    "purpose": "信贷风险评估",
    "content": ["electricity-bills"],
    "providers": ["power-company", "market-bureau"],
    "mode": "bucket",
    "contract_digest": DIGEST,
    "finding": "可行",
    "supports": True,
    "opinion": "同意",
    "reason": "依据不足",
    "sign": "by_hand",
    "what": "巡检发现异常",
    "scope_kind": "scenario",
    "scope": "sme-credit",
    "discovered_at": "2026-11-23T05:00:00Z",
    "measures": "停止发布",
    "effects": "未发现外泄",
    "affected_rows": 0,
    "affected_subjects": 0,
    "cause": "配置有误",
    "remedy": "改正并复核",
}
"""A sound value for every fact that any move asks for."""

machines = st.sampled_from(list(MACHINES.values()))


def sound_facts(machine: Machine, name: str) -> dict[str, Any]:
    return {key: FACTS[key] for key in machine.move(name).facts.model_fields}


@given(machine=machines, data=st.data())
def test_no_illegal_move_succeeds_and_every_refusal_says_why(
    machine: Machine, data: st.DataObject
) -> None:
    """Whatever the order: a move is made from its sources alone, and a no has code, article and
    remedy."""
    state, at = NEW, START
    history: list[PastMove] = []
    facts: dict[str, Any] = {}
    for _ in range(data.draw(st.integers(1, 15))):
        move = data.draw(st.sampled_from(machine.moves))
        by = Principal(
            id=data.draw(st.sampled_from(["a", "b"])),
            role=data.draw(st.sampled_from(sorted(MATRIX[move.act]))),
            org=data.draw(st.sampled_from(["power-company", "market-bureau", "operator"])),
        )
        at += timedelta(minutes=data.draw(st.integers(-1, 60 * 24 * 40)))
        stated = read_facts(move, sound_facts(machine, move.name))
        situation = Situation(
            case_id="case",
            state=state,
            history=tuple(history),
            facts=facts,
            by=by,
            at=at,
            pack=PACK,
        )
        verdict = may_move(machine, move, situation, stated)
        for reason in verdict.reasons:
            assert all((reason.code, reason.what, reason.article, reason.remedy))
        if verdict.passed:
            assert state in move.sources
            assert not history or history[-1].at <= at
            told = stated.model_dump(mode="json")
            history.append(PastMove(move=move.name, target=move.target, facts=told, by=by, at=at))
            facts, state = {**facts, **told}, move.target


@pytest.mark.parametrize("machine", MACHINES.values(), ids=lambda one: one.kind)
def test_every_state_can_be_reached_and_has_somebody_who_moves_it_on(machine: Machine) -> None:
    """A state without an owner is where a case would be forgotten."""
    reached = {NEW}
    while True:
        more = {move.target for move in machine.moves if move.sources & reached} - reached
        if not more:
            break
        reached |= more
    assert reached - {NEW} == set(machine.states)
    assert any(machine.final(state) for state in machine.states)
    for move in machine.moves:
        assert MATRIX[move.act]
        assert Action(move.record)
        assert move.article


@pytest.mark.parametrize("machine", MACHINES.values(), ids=lambda one: one.kind)
def test_a_missing_or_unknown_fact_is_named(machine: Machine) -> None:
    """And what it holds is not repeated."""
    for move in machine.moves:
        stated = sound_facts(machine, move.name)
        for key, field in move.facts.model_fields.items():
            if field.is_required():
                with pytest.raises(AuthorisationError, match=key) as missing:
                    read_facts(move, {k: v for k, v in stated.items() if k != key})
                assert missing.value.code == "facts_malformed"
        with pytest.raises(AuthorisationError) as unknown:
            read_facts(move, {**stated, "51090219900101": "x"})
        assert "51090219900101" not in str(unknown.value)
