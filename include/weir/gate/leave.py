"""The bureau's leave, as the gate reads it itself: its own contract files, its own pinned key."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from weir.contracts.plan import Plan
from weir.crypto.sm2 import VerifyingKey
from weir.errors import AuthorisationError
from weir.gate.hearing import Hearing
from weir.gate.ports import GatePorts
from weir.gate.release_store import Release
from weir.gate.standing_store import StandingStore
from weir.gate.stop_store import stops_in_force
from weir.model import Authorisation, Digest, ReleaseState, Verdict, require
from weir.policy.decision import open_decision
from weir.policy.grounds import delisting_reasons
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
    plan: Plan,
    standings: StandingStore,
    ports: GatePorts,
    hearing: Hearing | None = None,
    run: Collection[Release] = (),
) -> Leave:
    """Leave for `plan` at this instant: the bureau's, no stop of the operator's against it, and
    none of the releases of this `run` delisted, or ordered to be.

    `hearing` keeps what was asked. Raises `AuthorisationError`, `ExpiredError` or `SuspendedError`.
    """
    standing = replace(
        standings.standing(plan.scenario.scenario, plan.contract_digest),
        operator_stops=stops_in_force(ports.engine),
    )
    as_of = ports.clock.now()
    names = tuple(one.release_id for one in run)
    delisted = tuple(
        one.release_id
        for one in run
        if one.state in {ReleaseState.DELISTING, ReleaseState.DELISTED}
    )
    if hearing is not None:
        hearing.run, hearing.delisted = names, delisted
        hearing.hear(plan, standing, as_of)
    authorisation = check_may_run(
        plan,
        standing,
        bureau_key=ports.bureau_key,
        as_of=as_of,
        acknowledge_lapsed=ports.acknowledge_lapsed,
    )
    orders = [one for name in names for one in delisting_orders(standing.suspensions, name)]
    lost = tuple(delisting_reasons(orders, delisted))
    require(Verdict(reasons=lost), AuthorisationError, scenario=plan.scenario.scenario)
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
