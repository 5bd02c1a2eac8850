"""The bureau's service: decisions and orders out, evidence in, and the desk over both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from sqlalchemy import Engine, text

from weir.bureau import answers, desk, evidence_routes, reports, statement_routes
from weir.bureau.access import Access
from weir.bureau.acts import BureauActs
from weir.bureau.migrate import DATABASE
from weir.clock import Clock
from weir.crypto.sm2 import SigningKey
from weir.evidence.database import transaction
from weir.storage.objects import ObjectStore

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


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
    app = FastAPI(title="Weir bureau", docs_url=None, redoc_url=None, openapi_url=None)
    answers.install(app)
    _harden(app)
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


def _harden(app: FastAPI) -> None:
    """Pages run no script and load nothing from elsewhere; nothing is cached."""

    @app.middleware("http")
    async def headers(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response
