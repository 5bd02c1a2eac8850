"""A case that a test walks through its machine, with a clock of the test's, and no database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fakes.sample_contracts import sample_bundle
from weir.contracts.policy_pack import PolicyPack
from weir.errors import AuthorisationError
from weir.model import Principal, Role, require
from weir.policy.machine import NEW, Machine, PastMove, Situation, may_move, read_facts
from weir.policy.roles import check_may

PACK = sample_bundle().policy
DIRECTOR = Principal(id="director", role=Role.BUREAU_DIRECTOR, org="bureau")
OFFICER = Principal(id="officer", role=Role.CHIEF_DATA_OFFICER, org="city-operator")
PROVIDER = Principal(id="power", role=Role.PROVIDER, org="power-company")
DATA_USER = Principal(id="bank", role=Role.DATA_USER, org="town-bank")


@dataclass
class WalkedCase:
    """As the case book makes moves: role, order, guard, history."""

    machine: Machine
    at: datetime = datetime(2026, 11, 23, 6, tzinfo=UTC)
    pack: PolicyPack = PACK
    state: str = NEW
    facts: dict[str, Any] = field(default_factory=dict)
    history: list[PastMove] = field(default_factory=list)

    def move(self, name: str, by: Principal = DIRECTOR, **stated: Any) -> str:
        """The state after the move; raises `AuthorisationError` as the case book does."""
        move = self.machine.move(name)
        check_may(by, move.act)
        given = read_facts(move, stated)
        situation = Situation(
            case_id="case",
            state=self.state,
            history=tuple(self.history),
            facts=self.facts,
            by=by,
            at=self.at,
            pack=self.pack,
        )
        require(may_move(self.machine, move, situation, given), AuthorisationError)
        told = given.model_dump(mode="json")
        self.history.append(PastMove(move=name, target=move.target, facts=told, by=by, at=self.at))
        self.facts, self.state = {**self.facts, **told}, move.target
        return self.state

    def refusal(self, name: str, by: Principal = DIRECTOR, **stated: Any) -> str:
        """The code with which the move is refused; it has an article and a remedy."""
        before = replace(self, history=list(self.history))
        with pytest.raises(AuthorisationError) as refused:
            self.move(name, by, **stated)
        assert refused.value.article
        assert refused.value.remedy
        assert self == before
        return refused.value.code


def with_number(name: str, value: int) -> PolicyPack:
    """The sample pack with another number."""
    parameters = PACK.parameters
    changed = getattr(parameters, name).model_copy(update={"value": value})
    return PACK.model_copy(update={"parameters": parameters.model_copy(update={name: changed})})
