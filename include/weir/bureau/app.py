"""The bureau's service: procedures, decisions and orders out, evidence in, the desk over all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import Depends, FastAPI
from sqlalchemy import Engine, text

from weir.bureau import (
    advice_routes,
    desk,
    dispute_routes,
    evidence_routes,
    notice_routes,
    notices,
    orders,
    reports,
    revocation_routes,
    statement_routes,
    terminations,
)
from weir.bureau.acts import BureauActs
from weir.bureau.decisions import DecisionDesk, only_by_signing
from weir.bureau.migrate import DATABASE
from weir.bureau.reception import keep_own
from weir.bureau.tables import cases
from weir.clock import Clock
from weir.contracts.catalogue import Catalogue
from weir.contracts.policy_pack import PolicyPack
from weir.crypto.sm2 import SigningKey
from weir.evidence.database import transaction
from weir.governance.attempts import Attempts
from weir.governance.cases import CaseBook
from weir.governance.entrance import Entrance, Limits
from weir.governance.routes import case_routes
from weir.governance.token_routes import token_routes
from weir.policy.procedures import KEPT_BY_BUREAU
from weir.service.accounts import Accounts
from weir.service.app import new_service
from weir.storage.objects import ObjectStore

_EFFECTS = {("demand", "agree"): only_by_signing, ("demand", "refuse"): only_by_signing}
_STATUSES = {"case_unknown": 404, "kind_unknown": 404, "move_unknown": 404}


def create_bureau(
    *,
    engine: Engine,
    key: SigningKey,
    clock: Clock,
    accounts: Accounts,
    reports_store: ObjectStore,
    pack: Callable[[datetime], PolicyPack],
    catalogue: Callable[[], Catalogue],
    limits: Limits | None = None,
) -> FastAPI:
    """The service over its own database (`weir.bureau.migrate` has run) and its own SM2 key;
    `accounts` may call, and their tokens are signed with that key.

    `reports_store` is the view of a credential that can read the reports bucket and nothing else;
    `pack` gives the policy pack in force at an instant, `catalogue` the bureau's own catalogue as
    it is now.
    """
    app = new_service("Weir bureau", statuses=_STATUSES)
    attempts = Attempts(
        engine=engine,
        database=DATABASE,
        clock=clock,
        service="bureau",
        key_id=key.public.key_id,
        keep=keep_own,
    )
    access = Entrance("bureau", accounts, key, clock, attempts, limits or Limits())
    app.include_router(token_routes(access))
    book = CaseBook(
        engine=engine,
        database=DATABASE,
        tables=cases,
        clock=clock,
        service="bureau",
        key_id=key.public.key_id,
        keep=keep_own,
        pack=pack,
        may_keep=attempts.may_keep,
    )
    acts = BureauActs(key=key, clock=clock)
    effects = _EFFECTS | dispute_routes.effects() | notices.effects(acts)
    effects |= orders.effects(acts) | terminations.effects(acts)
    app.include_router(case_routes(book, KEPT_BY_BUREAU, access, effects))
    decision_desk = DecisionDesk(acts=acts, book=book, catalogue=catalogue)
    for room in (statement_routes, revocation_routes):
        app.include_router(room.routes(engine, decision_desk, access))
    for reading in (advice_routes, dispute_routes):
        app.include_router(reading.routes(book, access))
    app.include_router(evidence_routes.routes(engine, access))
    app.include_router(desk.routes(engine, book, clock, access))
    app.include_router(notice_routes.routes(engine, clock, access))
    app.include_router(reports.routes(engine, reports_store, access))

    @app.get("/healthz", dependencies=[Depends(access.stranger)])
    def healthz() -> dict[str, str]:
        with transaction(engine, DATABASE) as connection:
            connection.execute(text("select 1"))
        return {"status": "ok"}

    return app
