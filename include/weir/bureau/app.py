"""The bureau's service: decisions and orders out, evidence in, and the desk over both."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy import Engine, text

from weir.bureau import desk, evidence_routes, reports, statement_routes
from weir.bureau.access import Access
from weir.bureau.acts import BureauActs
from weir.bureau.migrate import DATABASE
from weir.clock import Clock
from weir.crypto.sm2 import SigningKey
from weir.evidence.database import transaction
from weir.service.app import new_service
from weir.storage.objects import ObjectStore


def create_bureau(
    *,
    engine: Engine,
    key: SigningKey,
    clock: Clock,
    access: Access,
    reports_store: ObjectStore,
) -> FastAPI:
    """The service over its own database (`weir.bureau.migrate` has run) and its own SM2 key.

    `reports_store` is the view of a credential that can read the reports bucket and nothing else.
    """
    app = new_service("Weir bureau")
    app.include_router(statement_routes.routes(engine, BureauActs(key=key, clock=clock), access))
    app.include_router(evidence_routes.routes(engine, access))
    app.include_router(desk.routes(engine, clock, access))
    app.include_router(reports.routes(engine, reports_store, access))

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        with transaction(engine, DATABASE) as connection:
            connection.execute(text("select 1"))
        return {"status": "ok"}

    return app
