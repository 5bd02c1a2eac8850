"""Retention over HTTP: what is kept beyond its term, and its destruction."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from weir.gate.ports import GatePorts
from weir.gate.retention import Destroyer
from weir.governance.attempts import initiator_of
from weir.governance.entrance import Entrance
from weir.model import to_json
from weir.policy.retention import DisputedScope
from weir.policy.roles import Act
from weir.service.bodies import json_body, read_as

LIMIT_BYTES = 256 * 1024

Body = Annotated[Any, Depends(json_body(LIMIT_BYTES))]


class RetentionRequest(BaseModel):
    """What is disputed at the bureau, and whether what is due is to be destroyed or only told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    disputes: tuple[DisputedScope, ...] = Field(max_length=2000)
    destroy: bool


def routes(ports: GatePorts, access: Entrance) -> APIRouter:
    router = APIRouter(prefix="/v1")
    destroyer = Destroyer(ports)

    @router.post("/retention", dependencies=[Depends(access.requires(Act.RETENTION_KEEP))])
    def keep(request: Request, body: Body) -> list[Any]:
        by = access.known(request)
        asked = read_as(RetentionRequest, body)
        found = (
            destroyer.destroy(asked.disputes, initiator_of(by))
            if asked.destroy
            else destroyer.due(asked.disputes)
        )
        return [to_json(one) for one in found]

    return router
