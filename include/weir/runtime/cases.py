"""Cases at the bureau, under whatever this process holds for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from weir.contracts.loader import ContractFiles
from weir.errors import AuthorisationError
from weir.governance.cases import Case
from weir.policy.machines.agreement import drafted
from weir.policy.termination import open_termination
from weir.runtime.adapters import bureau_client, bureau_key, gate_client, settings
from weir.runtime.statements import hand_over

if TYPE_CHECKING:
    from weir.bureau.client import BureauClient
    from weir.crypto.dsse import Envelope


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
    told = settings()
    gate = gate_client(told)
    facts = {"grounds": grounds, "article": article, "notice": notice}
    if effective_at:
        facts["effective_at"] = effective_at
    with bureau_client(told) as bureau:
        try:
            ended = bureau.move("agreement", agreement, "terminate", facts)
        except AuthorisationError:
            held = bureau.case("agreement", agreement)
            if held is None or held.state != "terminated":
                raise
            if not hand_over(gate.register_termination, _notice_of(bureau, agreement)):
                raise
            return held
        hand_over(gate.register_termination, _notice_of(bureau, agreement))
    return ended


def _notice_of(bureau: BureauClient, agreement: str) -> Envelope:
    """The notice that was signed when the agreement was terminated: there is one for each."""
    key = bureau_key()
    return next(
        one for one in bureau.terminations() if open_termination(one, key).agreement == agreement
    )
