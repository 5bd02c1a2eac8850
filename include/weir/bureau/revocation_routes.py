"""Revocations and the catalogue over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy import Engine

from weir.bureau import revocations
from weir.bureau.catalogues import catalogue_json
from weir.bureau.decisions import DecisionDesk
from weir.bureau.statement_routes import Statement, parsed
from weir.governance.entrance import Entrance
from weir.model import Principal
from weir.policy.roles import Act


def routes(engine: Engine, desk: DecisionDesk, access: Entrance) -> APIRouter:
    """A revocation comes back as a DSSE envelope in JSON."""
    router = APIRouter(prefix="/v1")
    revokes = Depends(access.requires(Act.DECISION_REVOKE))

    @router.post("/revocations")
    def revoke(body: Statement, by: Principal = revokes) -> dict[str, Any]:
        request = parsed(revocations.RevocationRequest, body)
        return revocations.revoke(desk.book, desk.acts, request, by).to_json()

    @router.get("/revocations", dependencies=[Depends(access.requires(Act.DECISION_READ))])
    def all_revocations() -> list[dict[str, Any]]:
        return [envelope.to_json() for envelope in revocations.all_revocations(engine)]

    @router.get("/catalogue", dependencies=[Depends(access.requires(Act.CATALOGUE_READ))])
    def catalogue() -> dict[str, Any]:
        return catalogue_json(desk.catalogue())

    return router
