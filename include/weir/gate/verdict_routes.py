"""The gate's verdicts over HTTP, with all that is needed to give them again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from weir.gate.ports import GatePorts
from weir.gate.verdicts import VerdictStore
from weir.governance.entrance import Entrance
from weir.model import to_json
from weir.policy.roles import Act


def routes(ports: GatePorts, access: Entrance) -> APIRouter:
    router = APIRouter(prefix="/v1")
    verdicts = VerdictStore(ports.engine)

    @router.get("/verdicts", dependencies=[Depends(access.requires(Act.VERDICT_READ))])
    def some_verdicts(
        since: AwareDatetime,
        until: AwareDatetime,
        after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    ) -> Any:
        return to_json(verdicts.page(since, until, after))

    return router
