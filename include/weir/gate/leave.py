"""The bureau's leave, as the gate reads it itself: its own contract files, its own pinned key."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from weir.contracts.plan import Plan
from weir.errors import AuthorisationError
from weir.gate.ports import GatePorts
from weir.gate.standing_store import StandingStore
from weir.model import Authorisation, Digest, require
from weir.policy.order import delisting_orders
from weir.policy.standing import Standing, check_may_run, may_release


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """An authorisation and the signed statements it rests on."""

    authorisation: Authorisation
    standing: Standing


def leave_for(plan: Plan, standings: StandingStore, ports: GatePorts) -> Leave:
    """Leave for `plan` at this instant. Raises `AuthorisationError`, `ExpiredError` or
    `SuspendedError`."""
    standing = standings.standing(plan.scenario.scenario, plan.contract_digest)
    authorisation = check_may_run(
        plan,
        standing,
        bureau_key=ports.bureau_key,
        as_of=ports.clock.now(),
        acknowledge_lapsed=ports.acknowledge_lapsed,
    )
    return Leave(authorisation=authorisation, standing=standing)


def check_not_delisted(leave: Leave, release_id: str) -> None:
    """Raise `AuthorisationError` (code `release_delisted`) where the bureau has ordered a release
    to be delisted that is not published yet."""
    for order in delisting_orders(leave.standing.suspensions, release_id):
        raise AuthorisationError(
            "release_delisted",
            f"the bureau has ordered this release to be delisted by order {order.order_id}",
            where={"release": release_id},
            article=order.article or "第二十三条",
            remedy="mend what the order states; what is mended is a new run's product",
        )


def may_release_now(
    plan: Plan, leave: Leave, made_under: Digest, approvers: Collection[str], ports: GatePorts
) -> bool:
    """Whether nothing is missing any more; False while approvals are, and nothing else.

    Raises `AuthorisationError` unless the product was made under this very contract.
    """
    verdict = may_release(
        plan,
        leave.standing,
        made_under=made_under,
        approvers=approvers,
        bureau_key=ports.bureau_key,
        as_of=ports.clock.now(),
        acknowledge_lapsed=ports.acknowledge_lapsed,
    )
    waits = [reason.code for reason in verdict.reasons] == ["approval_missing"]
    if not waits:
        require(verdict, AuthorisationError, scenario=plan.scenario.scenario)
    return not waits
