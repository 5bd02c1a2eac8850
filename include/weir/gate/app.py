"""The gate's service: it alone holds the publish credential and the operator's key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from sqlalchemy import text

from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate import (
    credential_routes,
    desk,
    drill_routes,
    notice_routes,
    release_routes,
    retention_routes,
    review_routes,
    statement_routes,
    user_routes,
    verdict_routes,
)
from weir.gate.book import case_book
from weir.gate.credentials import Credentials
from weir.gate.migrate import DATABASE
from weir.gate.ports import GatePorts
from weir.gate.reconcile import Reconciler, Worker
from weir.gate.records import SERVICE
from weir.gate.scopes import only_of_the_known
from weir.governance.attempts import Attempts
from weir.governance.entrance import Entrance, Limits
from weir.governance.routes import case_routes
from weir.governance.token_routes import token_routes
from weir.policy.procedures import KEPT_BY_GATE
from weir.service.accounts import Accounts
from weir.service.app import new_service

_STATUSES = {
    "case_unknown": 404,
    "kind_unknown": 404,
    "move_unknown": 404,
    "scenario_unknown": 404,
    "release_unknown": 404,
    "use_agreement_unknown": 404,
    "drill_unknown": 404,
    "staging_foreign": 403,
}


def create_gate(
    ports: GatePorts,
    accounts: Accounts,
    *,
    limits: Limits | None = None,
    interval_seconds: float = 2.0,
) -> FastAPI:
    """The service over its ports; `weir.gate.migrate` has run on its database. `accounts` may call,
    and their tokens are signed with the gate's key.

    While it serves, one thread settles what was requested, finishes what a killed process left
    open, and keeps consumers' credentials as the bureau's orders say: when woken by a request and
    every `interval_seconds`.
    """
    attempts = Attempts(
        engine=ports.engine,
        database=DATABASE,
        clock=ports.clock,
        service=SERVICE,
        key_id=ports.signing_key.public.key_id,
        keep=append,
    )
    access = Entrance(
        SERVICE, accounts, ports.signing_key, ports.clock, attempts, limits or Limits()
    )
    credentials = Credentials(ports)
    worker = Worker(Reconciler(ports, credentials), interval_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        worker.start()
        yield
        worker.stop()

    app = new_service("Weir gate", statuses=_STATUSES, lifespan=lifespan)
    app.include_router(token_routes(access))
    app.include_router(statement_routes.routes(ports, access, credentials, worker.wake))
    for room in (release_routes, review_routes):
        app.include_router(room.routes(ports, access, worker.wake))
    for holder in (credential_routes, drill_routes):
        app.include_router(holder.routes(ports, access, credentials))
    for keeper in (verdict_routes, notice_routes, retention_routes):
        app.include_router(keeper.routes(ports, access))
    app.include_router(desk.routes(ports, access, worker.health))
    book = case_book(ports, attempts.may_keep)
    app.include_router(user_routes.routes(ports, access, credentials, book, worker.wake))
    known = only_of_the_known(ports)
    effects = {
        ("user_stop", "stop"): user_routes.wakes(worker.wake, known),
        ("user_stop", "lift"): user_routes.wakes(worker.wake),
        ("incident", "open"): known,
        ("incident", "contain"): user_routes.wakes(worker.wake),
        ("incident", "close"): user_routes.wakes(worker.wake),
        ("feedback", "give"): user_routes.feedback_is_its_own(ports),
    }
    app.include_router(case_routes(book, KEPT_BY_GATE, access, effects))

    @app.get("/healthz", dependencies=[Depends(access.stranger)])
    def healthz() -> dict[str, str]:
        with transaction(ports.engine, DATABASE) as connection:
            connection.execute(text("select 1"))
        worker.check(ports.clock.now())
        return {"status": "ok"}

    return app
