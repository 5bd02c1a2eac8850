"""Decisions and orders over HTTP: reviewers make them, the operator may fetch them."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from weir.bureau import decisions, orders
from weir.bureau.acts import BureauActs
from weir.governance.entrance import Entrance
from weir.policy.roles import Act
from weir.service.answers import HttpRefusal
from weir.service.bodies import limited_body
from weir.service.strict_json import read_json

LIMIT_BYTES = 4 * 1024 * 1024

Statement = Annotated[bytes, Depends(limited_body(LIMIT_BYTES))]
M = TypeVar("M", bound=BaseModel)


def routes(engine: Engine, acts: BureauActs, access: Entrance) -> APIRouter:
    """What is signed comes back as a DSSE envelope in JSON."""
    router = APIRouter()
    decides = [Depends(access.requires(Act.DECISION_SIGN))]
    reads = [Depends(access.requires(Act.DECISION_READ))]

    @router.put("/v1/decisions", dependencies=decides)
    @router.post("/v1/decisions", dependencies=decides)
    def decide(body: Statement) -> dict[str, Any]:
        request = _parsed(decisions.DecisionRequest, body)
        return decisions.decide(engine, acts, request).to_json()

    @router.get("/v1/decisions/{scenario}", dependencies=reads)
    def decision(scenario: str) -> dict[str, Any]:
        envelope = decisions.last_decision(engine, scenario)
        if envelope is None:
            raise HttpRefusal(
                404, "decision_missing", "the bureau has not decided on this scenario"
            )
        return envelope.to_json()

    @router.get("/v1/decisions/{scenario}/contract", dependencies=reads)
    def decided_contract(scenario: str) -> Response:
        bundle = decisions.decided_bundle(engine, scenario)
        if bundle is None:
            raise HttpRefusal(404, "decision_missing", "no decision on this scenario")
        return Response(bundle, media_type="application/json")

    @router.post("/v1/orders", dependencies=[Depends(access.requires(Act.ORDER_SIGN))])
    def order(body: Statement) -> dict[str, Any]:
        return orders.issue(engine, acts, _parsed(orders.OrderRequest, body)).to_json()

    @router.get("/v1/orders", dependencies=[Depends(access.requires(Act.ORDER_READ))])
    def all_orders() -> list[dict[str, Any]]:
        return [envelope.to_json() for envelope in orders.all_orders(engine)]

    @router.get("/v1/key", dependencies=reads)
    def public_key() -> Response:
        return Response(acts.key.public.to_pem(), media_type="application/x-pem-file")

    return router


def _parsed(kind: type[M], body: bytes) -> M:
    read_json(body)
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        named = {str(part) for one in error.errors() for part in one["loc"][:1]}
        places = sorted(named & kind.model_fields.keys()) or ["unknown or missing fields"]
        raise HttpRefusal(422, "request_malformed", "look at " + ", ".join(places)) from None
