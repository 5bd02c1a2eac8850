"""Cases at the bureau, under whatever this process holds for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from weir.contracts.loader import ContractFiles
from weir.errors import AuthorisationError
from weir.governance.cases import Case
from weir.policy.machines.agreement import drafted
from weir.runtime.adapters import bureau_client, gate_client, settings
from weir.runtime.statements import hand_over

if TYPE_CHECKING:
    from weir.bureau.client import BureauClient
    from weir.gate.client import GateClient


def move_case(kind: str, case_id: str, move: str, facts: Mapping[str, Any]) -> Case:
    """Make a move on a case of the bureau's; the case as it then stands."""
    with bureau_client(settings()) as bureau:
        return bureau.move(kind, case_id, move, facts)


def cases(kind: str, state: str = "") -> tuple[Case, ...]:
    """The bureau's cases of a kind, the last changed first."""
    with bureau_client(settings()) as bureau:
        return bureau.cases(kind, state=state)


def advice(evaluation: str) -> str:
    """The bureau's letter on an operator that did not pass (第二十一条)."""
    with bureau_client(settings()) as bureau:
        letter = bureau.advice(evaluation)
    if letter is None:
        raise AuthorisationError(
            "advice_missing",
            "there is no evaluation of this name that an operator did not pass",
            article="第二十一条",
            remedy="check its name and result",
        )
    return letter


def draft_agreement(agreement: str, declared: Mapping[str, bool]) -> Case:
    """Draft an agreement at the bureau as its file in the contracts folder says; `declared` holds
    what an operator declares about 第十条."""
    told = settings()
    files = ContractFiles(told.contracts_dir, told.policy_dir, told.expectations_dir)
    written = files.agreement(agreement).require()
    return move_case("agreement", agreement, "draft", drafted(written, declared))


def terminate(
    agreement: str, *, grounds: str, article: str, notice: str, effective_at: str = ""
) -> Case:
    """Have the bureau terminate an agreement and register its notice at the gate (第十五条).
    Asked again for what is terminated already, it hands over the notice that the gate lacks."""
    facts = {"grounds": grounds, "article": article, "notice": notice}
    if effective_at:
        facts["effective_at"] = effective_at
    return _ending("agreement", agreement, "terminate", facts, state="terminated")


def leave(evaluation: str, stated: Mapping[str, str]) -> Case:
    """Have an operator leave: the bureau ends its agreements, and the gate, told of it, ends its
    supply (第二十一条). Asked again, it hands over the notices that the gate lacks."""
    return _ending("evaluation", evaluation, "exit", stated, state="exited")


def _ending(kind: str, case_id: str, move: str, facts: Mapping[str, Any], *, state: str) -> Case:
    """A move that ends agreements, and the bureau's notices of it at the gate."""
    told = settings()
    gate = gate_client(told)
    with bureau_client(told) as bureau:
        try:
            ended = bureau.move(kind, case_id, move, facts)
        except AuthorisationError:
            held = bureau.case(kind, case_id)
            if held is None or held.state != state or not _handed_over(gate, bureau):
                raise
            return held
        _handed_over(gate, bureau)
    return ended


def _handed_over(gate: GateClient, bureau: BureauClient) -> bool:
    """Whether the gate lacked one of the bureau's notices; now it has them all."""
    lacked = [hand_over(gate.register_termination, one) for one in bureau.terminations()]
    return any(lacked)
