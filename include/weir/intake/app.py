"""The intake's service: it alone holds the exchange credential and may write snapshots."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from weir.contracts.dataset import Name
from weir.governance.attempts import LoggedAttempts
from weir.governance.entrance import Entrance, Limits
from weir.governance.token_routes import token_routes
from weir.intake.jobs import Job, Jobs
from weir.intake.taking import IntakePorts, SnapshotOrder, take
from weir.model import DatasetId, RunId, ScenarioId, to_json
from weir.policy.roles import Act
from weir.release.manifest import RunName
from weir.service.accounts import Accounts
from weir.service.app import new_service
from weir.service.bodies import json_body, read_as

SERVICE = "intake"
LIMIT_BYTES = 16 * 1024
_STATUSES = {"snapshot_unknown": 404}

Body = Annotated[Any, Depends(json_body(LIMIT_BYTES))]


class SnapshotRequest(BaseModel):
    """What a worker asks for, as it comes over the wire."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    scenario: Name
    run_id: RunName
    dataset: Name
    as_of: Annotated[AwareDatetime, Field(strict=False)]


def create_intake(
    ports: IntakePorts, accounts: Accounts, *, limits: Limits | None = None
) -> FastAPI:
    """The service over its ports. `accounts` may call, and their tokens are signed with the
    intake's key. It has no database: what a caller was refused is told by its log."""
    access = Entrance(
        SERVICE, accounts, ports.signing_key, ports.clock, LoggedAttempts(), limits or Limits()
    )
    jobs = Jobs(partial(take, ports=ports))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        jobs.close()

    app = new_service("Weir intake", statuses=_STATUSES, lifespan=lifespan)
    app.include_router(token_routes(access))
    worker = Depends(access.requires(Act.SNAPSHOT_TAKE))

    @app.post("/v1/snapshots", dependencies=[worker])
    def take_snapshot(body: Body) -> JSONResponse:
        return _told(*jobs.ask(_read(body)))

    @app.get("/v1/snapshots/{name}", dependencies=[worker])
    def snapshot(name: str) -> JSONResponse:
        return _told(name, jobs.find(name))

    @app.get("/healthz", dependencies=[Depends(access.stranger)])
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _told(name: str, job: Job) -> JSONResponse:
    """202 while the pull is under way, then the snapshot, or the error that ended it."""
    if not job.done():
        return JSONResponse({"id": name, "state": "taking"}, status_code=202)
    return JSONResponse({"id": name, "state": "taken", "snapshot": to_json(job.result())})


def _read(body: Any) -> SnapshotOrder:
    asked = read_as(SnapshotRequest, body)
    return SnapshotOrder(
        scenario=ScenarioId(asked.scenario),
        run_id=RunId(asked.run_id),
        dataset=DatasetId(asked.dataset),
        as_of=asked.as_of,
    )
