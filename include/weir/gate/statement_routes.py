"""What the bureau signed, handed in and read back over HTTP.

A statement needs no token: the bureau's signature is what admits it. One that is refused is kept
as an attempt where the caller has a token; from anyone else it is only logged, so that a stranger
cannot fill the records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request

from weir.crypto.dsse import Envelope
from weir.errors import RefusedError
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target
from weir.gate.credentials import Credentials
from weir.gate.ports import GatePorts
from weir.gate.records import BUREAU, About, Recorder
from weir.gate.release_store import ReleaseStore
from weir.gate.review_routes import unknown_release
from weir.gate.standing_store import StandingStore
from weir.gate.stop_store import stops_in_force
from weir.governance.entrance import Entrance
from weir.model import to_json
from weir.policy.decision import Decision, open_decision
from weir.policy.order import Order, open_order
from weir.policy.revocation import DecisionRevocation, open_revocation
from weir.policy.roles import Act
from weir.policy.termination import Termination, open_termination
from weir.service.bodies import json_body

log = structlog.get_logger()

LIMIT_BYTES = 256 * 1024

Body = Annotated[Any, Depends(json_body(LIMIT_BYTES))]


def routes(
    ports: GatePorts, access: Entrance, credentials: Credentials, wake: Callable[[], None]
) -> APIRouter:
    """`wake` tells the worker that there is something to do."""
    router = APIRouter(prefix="/v1")
    anyone = [Depends(access.stranger)]
    standings = StandingStore(ports.engine, ports.bureau_key)
    releases = ReleaseStore(ports.engine)
    recorder = Recorder(ports.clock, ports.signing_key.public.key_id)

    @contextmanager
    def opening(kind: str, request: Request) -> Iterator[None]:
        try:
            yield
        except RefusedError as error:
            log.warning("statement_refused", kind=kind, code=error.code)
            if by := access.caller(request):
                target = Target(kind=kind, name="not signed by the bureau")
                legal = Legal(article=error.article)
                access.attempts.refused(by, target, error.code, legal=legal)
            raise

    def cut() -> dict[str, Any]:
        """Bring credentials to what the bureau has said, and tell how far that went."""
        done = credentials.enforce_now()
        wake()
        return done

    @router.put("/decisions", dependencies=anyone)
    def register_decision(request: Request, body: Body) -> dict[str, Any]:
        with opening("decision", request):
            envelope = Envelope.from_json(body)
            decision = open_decision(envelope, ports.bureau_key)
        data = {"decided": decision.outcome, "valid_until": decision.valid_until.isoformat()}
        audit = recorder.state(
            Action.DECISION_REGISTERED, _about_decision(decision), data, by=BUREAU
        )
        registered = standings.register_decision(envelope, decision, audit)
        return {"registered": registered, **cut()}

    @router.put("/orders", dependencies=anyone)
    def register_order(request: Request, body: Body) -> dict[str, Any]:
        with opening("order", request):
            envelope = Envelope.from_json(body)
            order = open_order(envelope, ports.bureau_key)
            _check_known(order, releases)
        data = {"order_id": order.order_id, "order": order.action}
        audit = recorder.state(Action.ORDER_REGISTERED, _about_order(order), data, by=BUREAU)
        registered = standings.register_order(envelope, order, audit)
        return {"registered": registered, **cut()}

    @router.put("/terminations", dependencies=anyone)
    def register_termination(request: Request, body: Body) -> dict[str, Any]:
        with opening("termination", request):
            envelope = Envelope.from_json(body)
            notice = open_termination(envelope, ports.bureau_key)
        data = {
            "termination_id": notice.termination_id,
            "effective_at": notice.effective_at.isoformat(),
        }
        audit = recorder.state(
            Action.TERMINATION_REGISTERED, _about_termination(notice), data, by=BUREAU
        )
        registered = standings.register_termination(envelope, notice, audit)
        return {"registered": registered, **cut()}

    @router.put("/revocations", dependencies=anyone)
    def register_revocation(request: Request, body: Body) -> dict[str, Any]:
        with opening("revocation", request):
            envelope = Envelope.from_json(body)
            revocation = open_revocation(envelope, ports.bureau_key)
        audit = recorder.state(
            Action.REVOCATION_REGISTERED,
            _about_revocation(revocation),
            {"revocation_id": revocation.revocation_id},
            by=BUREAU,
        )
        registered = standings.register_revocation(envelope, revocation, audit)
        return {"registered": registered, **cut()}

    _tell_standing(router, ports, standings, access)
    return router


def _check_known(order: Order, releases: ReleaseStore) -> None:
    if order.action == "delist" and releases.find(order.scope) is None:
        raise unknown_release()


def _tell_standing(
    router: APIRouter, ports: GatePorts, standings: StandingStore, access: Entrance
) -> None:
    @router.get(
        "/scenarios/{scenario}/standing",
        dependencies=[Depends(access.requires(Act.STANDING_READ))],
    )
    def standing(scenario: str, contract_digest: str | None = None) -> dict[str, Any]:
        found = standings.standing(scenario, contract_digest or _own_digest(ports, scenario))
        return {
            "decision": found.decision.to_json() if found.decision else None,
            "suspensions": [to_json(order) for order in found.suspensions],
            "revocations": [to_json(one) for one in found.revocations],
            "terminations": [to_json(one) for one in found.terminations],
            "operator_stops": [to_json(one) for one in stops_in_force(ports.engine)],
        }


def _own_digest(ports: GatePorts, scenario: str) -> str | None:
    """The digest of the contract as the gate holds it, where it holds one that compiles."""
    if not ports.contracts.holds(scenario):
        return None
    try:
        return ports.contracts.plan(scenario).contract_digest
    except RefusedError:
        return None


def _about_decision(decision: Decision) -> About:
    return About(
        target=Target(kind="scenario", name=decision.scenario),
        legal=Legal(
            article=decision.article,
            scenario=decision.scenario,
            contract_digest=decision.contract_digest,
        ),
    )


def _about_revocation(revocation: DecisionRevocation) -> About:
    return About(
        target=Target(kind="scenario", name=revocation.scenario),
        legal=Legal(
            article=revocation.article,
            scenario=revocation.scenario,
            contract_digest=revocation.contract_digest,
            decision_digest=revocation.decision_digest,
        ),
    )


def _about_termination(notice: Termination) -> About:
    return About(
        target=Target(kind="agreement", name=notice.agreement),
        legal=Legal(
            article=notice.article,
            operation_agreement=notice.agreement if notice.kind == "operation" else "",
            use_agreement=notice.agreement if notice.kind == "use" else "",
        ),
    )


def _about_order(order: Order) -> About:
    scenario = order.scope if order.scope_kind == "scenario" else ""
    return About(
        target=Target(kind=order.scope_kind, name=order.scope or "all"),
        legal=Legal(article=order.article, scenario=scenario),
    )
