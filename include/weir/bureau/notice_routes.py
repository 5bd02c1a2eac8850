"""What stands of the notices, over HTTP: for the operator, whom most of them are for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy import Engine

from weir.bureau.migrate import DATABASE
from weir.bureau.notices import standing_notices
from weir.clock import Clock
from weir.evidence.database import transaction
from weir.governance.entrance import Entrance
from weir.model import to_json
from weir.policy.roles import Act


def routes(engine: Engine, clock: Clock, access: Entrance) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get("/notices", dependencies=[Depends(access.requires(Act.NOTICE_READ))])
    def notices() -> list[Any]:
        with transaction(engine, DATABASE) as connection:
            return [to_json(one) for one in standing_notices(connection, clock.now())]

    return router
