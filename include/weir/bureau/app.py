"""The bureau's service: procedures, decisions and orders out, evidence in, the desk over all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI
from sqlalchemy import Engine, text

from weir.bureau import (
    advice_routes,
    desk,
    evidence_routes,
    orders,
    reports,
    statement_routes,
    terminations,
)
from weir.bureau.access import Access
from weir.bureau.acts import BureauActs
from weir.bureau.migrate import DATABASE
from weir.bureau.reception import keep_own
from weir.bureau.tables import cases
from weir.clock import Clock
from weir.contracts.policy_pack import PolicyPack
from weir.crypto.sm2 import SigningKey
from weir.evidence.database import transaction
from weir.governance.cases import CaseBook
from weir.governance.routes import case_routes
from weir.policy.procedures import KEPT_BY_BUREAU
from weir.service.app import new_service
from weir.storage.objects import ObjectStore

_STATUSES = {"case_unknown": 404, "kind_unknown": 404, "move_unknown": 404}


def create_bureau(
    *,
    engine: Engine,
    key: SigningKey,
    clock: Clock,
    access: Access,
    reports_store: ObjectStore,
    pack: Callable[[datetime], PolicyPack],
) -> FastAPI:
    """The service over its own database (`weir.bureau.migrate` has run) and its own SM2 key.

    `reports_store` is the view of a credential that can read the reports bucket and nothing else;
    `pack` gives the policy pack in force at an instant.
    """
    app = new_service("Weir bureau", statuses=_STATUSES)
    book = CaseBook(
        engine=engine,
        database=DATABASE,
        tables=cases,
        clock=clock,
        service="bureau",
        key_id=key.public.key_id,
        keep=keep_own,
        pack=pack,
    )
    acts = BureauActs(key=key, clock=clock)
    effects = orders.effects(acts) | terminations.effects(acts)
    app.include_router(case_routes(book, KEPT_BY_BUREAU, access.permit, effects))
    app.include_router(statement_routes.routes(engine, book, acts, access))
    app.include_router(advice_routes.routes(book, access))
    app.include_router(evidence_routes.routes(engine, access))
    app.include_router(desk.routes(engine, book, clock, access))
    app.include_router(reports.routes(engine, reports_store, access))

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        with transaction(engine, DATABASE) as connection:
            connection.execute(text("select 1"))
        return {"status": "ok"}

    return app
