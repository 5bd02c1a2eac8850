"""The bureau's leave, as the gate reads it itself: its own contract files, its own pinned key."""

from __future__ import annotations

from dataclasses import dataclass

from weir.contracts.plan import Plan
from weir.errors import ApprovalError, AuthorisationError
from weir.gate.hearing import Hearing
from weir.gate.ports import GatePorts
from weir.gate.standing_store import StandingStore
from weir.model import Authorisation, Digest, require
from weir.policy.standing import Standing, check_may_run, may_release


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """An authorisation and the signed statements it rests on."""

    authorisation: Authorisation
    standing: Standing


def leave_for(
    plan: Plan, standings: StandingStore, ports: GatePorts, hearing: Hearing | None = None
) -> Leave:
    """Leave for `plan` at this instant; `hearing` keeps what was asked. Raises
    `AuthorisationError`, `ExpiredError` or `SuspendedError`."""
    standing = standings.standing(plan.scenario.scenario, plan.contract_digest)
    as_of = ports.clock.now()
    if hearing is not None:
        hearing.hear(plan, standing, as_of)
    authorisation = check_may_run(
        plan,
        standing,
        bureau_key=ports.bureau_key,
        as_of=as_of,
        acknowledge_lapsed=ports.acknowledge_lapsed,
    )
    return Leave(authorisation=authorisation, standing=standing)


def check_may_release(
    plan: Plan, leave: Leave, made_under: Digest, ports: GatePorts, hearing: Hearing
) -> None:
    """Raise unless the product was made under this very contract and no approval is missing.

    Approvals of single releases cannot be given to the gate yet, so a contract that asks for them
    is refused with `approval_missing`.
    """
    as_of = ports.clock.now()
    hearing.made_under = made_under
    hearing.hear(plan, leave.standing, as_of)
    verdict = may_release(
        plan,
        leave.standing,
        made_under=made_under,
        bureau_key=ports.bureau_key,
        as_of=as_of,
        acknowledge_lapsed=ports.acknowledge_lapsed,
    )
    missing = bool(verdict.reasons) and verdict.reasons[0].code == "approval_missing"
    require(
        verdict,
        ApprovalError if missing else AuthorisationError,
        scenario=plan.scenario.scenario,
    )
