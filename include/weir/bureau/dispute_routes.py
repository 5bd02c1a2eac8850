"""What is disputed, for whoever keeps data that may be needed to settle it (第二十二条)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from weir.governance.cases import CaseBook
from weir.governance.entrance import Entrance
from weir.model import to_json
from weir.policy.machines.dispute import DISPUTE
from weir.policy.retention import DisputedScope
from weir.policy.roles import Act

_OPEN = tuple(state for state in DISPUTE.states if not DISPUTE.final(state))
_MANY = 2000


def routes(book: CaseBook, access: Entrance) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get(
        "/disputes/scopes", dependencies=[Depends(access.requires(Act.DISPUTE_SCOPES_READ))]
    )
    def scopes() -> list[Any]:
        found = {
            (case.facts["scope_kind"], case.facts["scope"])
            for state in _OPEN
            for case in book.listed(DISPUTE.kind, state, limit=_MANY)
        }
        return [
            to_json(DisputedScope(scope_kind=kind, scope=scope)) for kind, scope in sorted(found)
        ]

    return router
