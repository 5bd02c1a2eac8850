"""Decisions and orders over HTTP: the bureau makes them, the operator may fetch them."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from weir.bureau import decisions, orders, terminations
from weir.bureau.decisions import DecisionDesk
from weir.crypto.dsse import Envelope
from weir.governance.entrance import Entrance
from weir.model import Principal
from weir.policy.roles import Act
from weir.service.answers import HttpRefusal
from weir.service.bodies import limited_body, no_body, wrong_shape
from weir.service.strict_json import read_json

LIMIT_BYTES = 4 * 1024 * 1024
_CHECK = "check its name, or have its demand decided: weir decide"

Statement = Annotated[bytes, Depends(limited_body(LIMIT_BYTES))]
M = TypeVar("M", bound=BaseModel)


def routes(engine: Engine, desk: DecisionDesk, access: Entrance) -> APIRouter:
    """What is signed comes back as a DSSE envelope in JSON."""
    router = APIRouter()
    acts = desk.acts
    decides = Depends(access.requires(Act.DECISION_SIGN))
    orders_it = Depends(access.requires(Act.ORDER_SIGN))
    reads = [Depends(access.requires(Act.DECISION_READ))]

    @router.put("/v1/decisions")
    @router.post("/v1/decisions")
    def decide(body: Statement, by: Principal = decides) -> JSONResponse:
        return signed(desk.decide(parsed(decisions.DecisionRequest, body), by))

    @router.get("/v1/decisions/{scenario}", dependencies=reads)
    def decision(scenario: str) -> JSONResponse:
        envelope = decisions.last_decision(engine, scenario)
        if envelope is None:
            raise HttpRefusal(
                404,
                "decision_missing",
                "the bureau has not decided on this scenario",
                remedy=_CHECK,
            )
        return signed(envelope)

    @router.get("/v1/decisions/{scenario}/contract", dependencies=reads)
    def decided_contract(scenario: str) -> Response:
        bundle = decisions.decided_bundle(engine, scenario)
        if bundle is None:
            raise HttpRefusal(
                404, "decision_missing", "no decision on this scenario", remedy=_CHECK
            )
        return Response(bundle, media_type="application/json")

    @router.post("/v1/orders")
    def order(body: Statement, by: Principal = orders_it) -> JSONResponse:
        return signed(orders.issue(desk.book, acts, parsed(orders.OrderRequest, body), by))

    @router.get("/v1/orders", dependencies=[Depends(access.requires(Act.ORDER_READ))])
    def all_orders() -> JSONResponse:
        return JSONResponse([envelope.to_json() for envelope in orders.all_orders(engine)])

    @router.get("/v1/terminations", dependencies=[Depends(access.requires(Act.AGREEMENT_READ))])
    def all_terminations() -> list[dict[str, Any]]:
        return [envelope.to_json() for envelope in terminations.all_terminations(engine)]

    @router.get("/v1/key", dependencies=reads)
    def public_key() -> Response:
        return Response(acts.key.public.to_pem(), media_type="application/x-pem-file")

    _order_drills(router, desk, access)
    return router


def _order_drills(router: APIRouter, desk: DecisionDesk, access: Entrance) -> None:
    drills = [Depends(access.requires(Act.DRILL_ORDER)), Depends(no_body)]

    @router.post("/v1/drills/{drill_id}/order", dependencies=drills)
    def order_drill(request: Request, drill_id: UUID) -> dict[str, Any]:
        by = access.known(request)
        return orders.order_drill(desk.book, desk.acts, drill_id, by).to_json()


def signed(envelope: Envelope) -> JSONResponse:
    return JSONResponse(envelope.to_json())


def parsed(kind: type[M], body: bytes) -> M:
    """The request in `body`; one that is none is refused (422) by its fields, never echoed."""
    read_json(body)
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        what, remedy = wrong_shape(kind, error)
        raise HttpRefusal(422, "request_malformed", what, remedy=remedy) from None
