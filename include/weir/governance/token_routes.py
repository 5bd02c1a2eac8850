"""Tokens over HTTP."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import APIRouter, Depends, Request

from weir.governance.entrance import Entrance
from weir.service.bodies import no_body

log = structlog.get_logger()


def token_routes(entrance: Entrance) -> APIRouter:
    """`POST /v1/tokens` under HTTP Basic: a token of this service for the account's id and secret
    (the answer as in RFC 6749, 5.1)."""
    router = APIRouter()

    @router.post("/v1/tokens", dependencies=[Depends(no_body)])
    def issue_token(request: Request) -> dict[str, Any]:
        by = entrance.sign_in(request)
        log.info("token_issued", account=by.id, role=by.role)
        return {
            "access_token": entrance.tokens.issue(by),
            "token_type": "Bearer",
            "expires_in": entrance.tokens.life_seconds,
        }

    return router
