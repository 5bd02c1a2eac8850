"""State machines as data: what a case may become, by whose act, on which ground.

Pure: the same situation and the same move give the same verdict. Who calls is settled before, by
`weir.policy.roles`; what is kept is settled after, by `weir.governance.cases`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic.fields import FieldInfo

from weir.contracts.policy_pack import PolicyPack
from weir.errors import AuthorisationError
from weir.model import Party, Principal, Reason, Verdict
from weir.policy.roles import Act

NEW = "new"
"""The state of a case that does not exist yet."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
"""A text that must say something."""


class Facts(BaseModel):
    """What whoever makes a move has to state."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NoFacts(Facts):
    """The move says it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMove:
    """A move that a case has made."""

    move: str
    target: str
    facts: Mapping[str, Any]
    by: Principal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A case, and what is asked of it now. `facts` are those of all past moves, later ones over
    earlier ones; `pack` is the policy pack in force for it."""

    case_id: str
    state: str
    history: tuple[PastMove, ...]
    facts: Mapping[str, Any]
    by: Principal
    at: datetime
    pack: PolicyPack


Guard = Callable[[Situation, Any], Iterator[Reason]]


def no_guard(situation: Situation, given: Any) -> Iterator[Reason]:
    """The state alone decides."""
    del situation, given
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One arrow of a machine.

    `record` is the audit action (`<noun>.<verb in the past tense>`), `article` the ground on which
    the move rests, and on which one out of order is refused. `guard` sees the situation and the
    facts given and yields every reason against the move. A move whose target is its source leaves
    the state as it is and still becomes part of the history.
    """

    name: str
    zh: str
    sources: frozenset[str]
    target: str
    act: Act
    record: str
    article: str
    facts: type[Facts] = NoFacts
    guard: Guard = no_guard
    responsible: Party = Party.OPERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A kind of case: its states with their Chinese names, and its moves."""

    kind: str
    zh: str
    states: Mapping[str, str]
    moves: tuple[Move, ...]
    _by_name: Mapping[str, Move] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_name = {move.name: move for move in self.moves}
        named = {state for move in self.moves for state in (*move.sources, move.target)}
        if len(by_name) != len(self.moves) or named - {NEW} != set(self.states):
            raise ValueError(f"the machine {self.kind} names moves twice or states it has not")
        object.__setattr__(self, "_by_name", by_name)

    def move(self, name: str) -> Move:
        """Raises `AuthorisationError` (code `move_unknown`)."""
        try:
            return self._by_name[name]
        except KeyError:
            raise AuthorisationError(
                "move_unknown",
                f"a {self.kind} knows no such move",
                where={"kind": self.kind},
                article=self.article,
                remedy="it takes one of: " + ", ".join(self._by_name),
            ) from None

    @property
    def article(self) -> str:
        """The ground of what opens a case, and so of the kind."""
        return self.moves[0].article

    def check_state(self, state: str) -> None:
        """Raise `AuthorisationError` (code `state_unknown`) unless a case can be in it."""
        if state not in self.states:
            raise AuthorisationError(
                "state_unknown",
                f"no {self.kind} is ever in such a state",
                where={"kind": self.kind},
                article=self.article,
                remedy="ask for one of: " + ", ".join(self.states),
            )

    def final(self, state: str) -> bool:
        return not any(state in move.sources for move in self.moves)


def read_facts(move: Move, given: object) -> Facts:
    """The facts of `move`, as JSON gives them.

    Raises `AuthorisationError` (code `facts_malformed`) naming the fields that are missing, unknown
    or wrong, never what they hold.
    """
    try:
        return move.facts.model_validate_json(json.dumps(given))
    except (ValidationError, ValueError, TypeError, RecursionError) as error:
        known = move.facts.model_fields
        wrong = error.errors() if isinstance(error, ValidationError) else []
        named = {str(part) for one in wrong for part in one["loc"][:1]}
        fields = sorted(named & known.keys()) or ["a field that is not known"]
        raise AuthorisationError(
            "facts_malformed",
            f"what was stated for {move.name} does not hold: " + ", ".join(fields),
            article=move.article,
            remedy="it takes: " + (", ".join(_takes(known, fields)) or "nothing"),
        ) from None


def _takes(known: Mapping[str, FieldInfo], wrong: Collection[str]) -> Iterator[str]:
    """Every field, one that does not hold with how it is written."""
    for name, field_ in known.items():
        written = field_.description if name in wrong else None
        yield f"{name} ({written})" if written else name


def may_move(machine: Machine, move: Move, situation: Situation, given: Facts) -> Verdict:
    """Every reason against making `move` in `situation`; the order of moves comes first."""
    if situation.state not in move.sources:
        return Verdict(reasons=(_out_of_order(machine, move, situation),))
    last = situation.history[-1].at if situation.history else None
    if last is not None and situation.at < last:
        return Verdict(
            reasons=(
                Reason(
                    code="clock_behind",
                    what="the clock stands before the last move of this case",
                    article=move.article,
                    remedy="set this service's clock",
                ),
            )
        )
    return Verdict(reasons=tuple(move.guard(situation, given)))


def _out_of_order(machine: Machine, move: Move, situation: Situation) -> Reason:
    if situation.state == NEW:
        return Reason(
            code="move_out_of_order",
            what=f"there is no {machine.kind} of this name to {move.name}",
            article=move.article,
            remedy="check its name; a new one begins with: "
            + ", ".join(one.name for one in machine.moves if NEW in one.sources),
        )
    takes = ", ".join(sorted(move.sources))
    return Reason(
        code="move_out_of_order",
        what=f"{machine.kind} is {situation.state}; {move.name} takes one that is {takes}",
        article=move.article,
        remedy="this case has ended; open another"
        if machine.final(situation.state)
        else "it may now: "
        + ", ".join(one.name for one in machine.moves if situation.state in one.sources),
    )
