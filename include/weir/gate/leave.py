"""The bureau's leave, as the gate reads it itself: its own contract files, its own pinned key."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from weir.contracts.plan import Plan
from weir.crypto.sm2 import VerifyingKey
from weir.errors import AuthorisationError, SuspendedError
from weir.gate.hearing import Hearing
from weir.gate.ports import GatePorts
from weir.gate.release_store import Release
from weir.gate.standing_store import StandingStore
from weir.gate.stop_store import stops_in_force
from weir.model import Authorisation, Digest, ReleaseState, Verdict, require
from weir.policy.decision import open_decision
from weir.policy.grounds import operator_stop_reasons
from weir.policy.order import delisting_orders
from weir.policy.renewal import begun_under
from weir.policy.standing import Standing, check_may_run, may_release
from weir.release.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """An authorisation and the signed statements it rests on."""

    authorisation: Authorisation
    standing: Standing


def leave_for(
    plan: Plan, standings: StandingStore, ports: GatePorts, hearing: Hearing | None = None
) -> Leave:
    """Leave for `plan` at this instant: the bureau's, and no stop of the operator's against it.

    `hearing` keeps what was asked. Raises `AuthorisationError`, `ExpiredError` or `SuspendedError`.
    """
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
    stops = tuple(operator_stop_reasons(plan, stops_in_force(ports.engine)))
    require(Verdict(reasons=stops), SuspendedError, scenario=plan.scenario.scenario)
    return Leave(authorisation=authorisation, standing=standing)


def authorised_by(
    leave: Leave,
    plan: Plan,
    manifest: Manifest,
    standings: StandingStore,
    bureau_key: VerifyingKey,
) -> Authorisation:
    """What the run of `manifest` has to have gone by: this leave, or the one that it renewed.

    Raises `AuthorisationError` (code `decision_superseded`) where the consent paused meanwhile.
    """
    kept = standings.decisions_on(plan.scenario.scenario, plan.contract_digest)
    return begun_under(
        manifest.provenance.authorisation.decision_digest,
        manifest.created_at,
        leave.authorisation,
        plan=plan,
        standing=leave.standing,
        decisions=[open_decision(one, bureau_key) for one in kept],
    )


def check_not_delisted(leave: Leave, run: Collection[Release]) -> None:
    """Raise `AuthorisationError` (code `release_delisted`) where one of the releases of this run is
    delisted, or the bureau has ordered it to be: the same product under another manifest is what
    was to be taken from consumers."""
    for release in run:
        orders = delisting_orders(leave.standing.suspensions, release.release_id)
        if orders or release.state in {ReleaseState.DELISTING, ReleaseState.DELISTED}:
            raise AuthorisationError(
                "release_delisted",
                "a release of this run is delisted, or ordered to be",
                where={"release": release.release_id},
                article=(orders[0].article if orders else "") or "第二十三条",
                remedy="mend what the order states; what is mended is a new run's product",
            )


def may_release_now(
    plan: Plan,
    leave: Leave,
    made_under: Digest,
    approvers: Collection[str],
    ports: GatePorts,
    hearing: Hearing,
) -> bool:
    """Whether nothing is missing any more; False while approvals are, and nothing else.

    Raises `AuthorisationError` unless the product was made under this very contract.
    """
    as_of = ports.clock.now()
    hearing.made_under = made_under
    hearing.approvers = tuple(sorted(approvers))
    hearing.hear(plan, leave.standing, as_of)
    verdict = may_release(
        plan,
        leave.standing,
        made_under=made_under,
        approvers=approvers,
        bureau_key=ports.bureau_key,
        as_of=as_of,
        acknowledge_lapsed=ports.acknowledge_lapsed,
    )
    waits = [reason.code for reason in verdict.reasons] == ["approval_missing"]
    if not waits:
        require(verdict, AuthorisationError, scenario=plan.scenario.scenario)
    return not waits
