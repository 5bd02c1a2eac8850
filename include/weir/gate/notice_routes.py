"""Notices over HTTP: whoever asks has the gate issue what is due and settle what is done."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from weir.gate.notices import Notices
from weir.gate.ports import GatePorts
from weir.governance.entrance import Entrance
from weir.model import to_json
from weir.policy.reporting import REPORTS
from weir.policy.roles import Act
from weir.service.bodies import no_body


def routes(ports: GatePorts, access: Entrance) -> APIRouter:
    router = APIRouter(prefix="/v1")
    notices = Notices(ports)

    @router.post(
        "/notices",
        status_code=201,
        dependencies=[Depends(access.requires(Act.NOTICE_ISSUE)), Depends(no_body)],
    )
    def issue_notices() -> list[Any]:
        return [to_json(one) for one in notices.run()]

    @router.get("/notices", dependencies=[Depends(access.requires(Act.NOTICE_READ))])
    def standing_notices() -> list[Any]:
        return [to_json(one) for one in notices.standing()]

    # Whoever has notices issued makes the reports that some of them ask for, and reads no others.
    @router.get("/notices/reports", dependencies=[Depends(access.requires(Act.NOTICE_ISSUE))])
    def owed_reports() -> list[Any]:
        return [to_json(one) for one in notices.standing(REPORTS)]

    return router
