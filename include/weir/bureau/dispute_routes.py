"""What is disputed, for whoever keeps data that may be needed to settle it (第二十二条)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy import Connection

from weir.bureau.scopes import is_known
from weir.errors import AuthorisationError
from weir.governance.cases import Case, CaseBook, Effect
from weir.governance.entrance import Entrance
from weir.model import Principal, to_json
from weir.policy.machines.dispute import ARTICLE, DISPUTE
from weir.policy.retention import DisputedScope
from weir.policy.roles import Act

_OPEN = tuple(state for state in DISPUTE.states if not DISPUTE.final(state))
_MANY = 2000


def effects() -> dict[tuple[str, str], Effect]:
    """What undoes a dispute over nothing, by kind and move."""
    return {(DISPUTE.kind, "open"): _only_of_the_known}


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


def _only_of_the_known(connection: Connection, case: Case, by: Principal) -> None:
    del by
    kind = case.facts["scope_kind"]
    if not is_known(connection, kind, case.facts["scope"]):
        raise AuthorisationError(
            "scope_unknown",
            f"the bureau has never decided on a {kind} of this name, or heard of it",
            where={"scope_kind": kind},
            article=ARTICLE,
            remedy="check its name; letters that look alike are not the same",
        )
