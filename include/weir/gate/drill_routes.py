"""Drills of revocation over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from weir.gate.credential_routes import secret
from weir.gate.credentials import Credentials
from weir.gate.drills import BUCKET, PROBE, Drills
from weir.gate.ports import GatePorts
from weir.governance.entrance import Entrance
from weir.model import to_json
from weir.policy.roles import Act
from weir.service.bodies import json_body, no_body, read_as

Body = Annotated[Any, Depends(json_body(64 * 1024))]


class Measured(BaseModel):
    """What a drill found."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    milliseconds: int = Field(ge=0, le=3_600_000)
    reads: int = Field(ge=1, lt=2**53)
    ended: bool


def routes(ports: GatePorts, access: Entrance, credentials: Credentials) -> APIRouter:
    router = APIRouter(prefix="/v1")
    drills = Drills(ports, credentials)
    drills_ = [Depends(access.requires(Act.DRILL_HOLD))]

    @router.post("/drills", status_code=201, dependencies=[*drills_, Depends(no_body)])
    def start(request: Request) -> dict[str, Any]:
        drill_id, made = drills.start(access.known(request))
        return {"drill_id": drill_id, "bucket": BUCKET, "key": PROBE, **secret(made)}

    @router.get("/drills/due", dependencies=drills_)
    def due() -> dict[str, bool]:
        return {"due": drills.due()}

    @router.post("/drills/{drill_id}/outcome", dependencies=drills_)
    def complete(request: Request, drill_id: str, body: Body) -> Any:
        told = read_as(Measured, body)
        return to_json(
            drills.complete(
                drill_id,
                milliseconds=told.milliseconds,
                reads=told.reads,
                ended=told.ended,
                by=access.known(request),
            )
        )

    @router.get("/drills", dependencies=[Depends(access.requires(Act.DRILL_READ))])
    def history() -> list[Any]:
        return [to_json(one) for one in drills.history()]

    return router
