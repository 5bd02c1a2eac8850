"""Releases over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator

from weir.contracts.dataset import Name
from weir.errors import AuthorisationError, IntegrityError
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target
from weir.gate.candidate import check_staged_here
from weir.gate.ports import GatePorts
from weir.gate.records import Recorder, about_release
from weir.gate.release_store import ReleaseStore, release_id
from weir.governance.attempts import initiator_of
from weir.governance.entrance import Entrance
from weir.model import Digest, ObjectRef, RunId, ScenarioId, to_json
from weir.policy.roles import Act
from weir.release.manifest import RunName, Sm3Hex
from weir.service.bodies import json_body, read_as

LIMIT_BYTES = 256 * 1024

Body = Annotated[Any, Depends(json_body(LIMIT_BYTES))]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class StagedManifest(_Request):
    bucket: str = Field(max_length=63)
    key: str = Field(max_length=1024)
    sm3: Sm3Hex
    size_bytes: int = Field(ge=0, lt=2**63)

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(
            bucket=self.bucket, key=self.key, sm3=Digest(self.sm3), size_bytes=self.size_bytes
        )


class ReleaseRequest(_Request):
    """What a worker hands in: whose product, and where its manifest lies in staging; and who
    started the run, where a person did, who will not review its release."""

    scenario: Name
    run_id: RunName
    manifest: StagedManifest
    requested_by: str = Field(default="", max_length=200)

    @field_validator("requested_by")
    @classmethod
    def _shown_as_it_is(cls, name: str) -> str:
        # It stands in records and on desks: marks that turn the text around would hide who it is.
        if not name.isprintable():
            raise ValueError("requested_by holds characters that are not shown")
        return name


def routes(ports: GatePorts, access: Entrance, wake: Callable[[], None]) -> APIRouter:
    """`wake` tells the worker that there is something to do."""
    router = APIRouter(prefix="/v1")
    reader = Depends(access.requires(Act.RELEASE_READ))
    releases = ReleaseStore(ports.engine)
    recorder = Recorder(ports.clock, ports.signing_key.public.key_id)

    @router.post(
        "/releases", status_code=202, dependencies=[Depends(access.requires(Act.RELEASE_REQUEST))]
    )
    def request_release(request: Request, body: Body) -> Any:
        by = access.known(request)
        wanted = read_as(ReleaseRequest, body)
        if not ports.contracts.holds(wanted.scenario):
            raise _unknown("scenario_unknown", "the gate holds no contract of this scenario")
        manifest = wanted.manifest.ref
        try:
            check_staged_here(wanted.scenario, wanted.run_id, manifest)
        except AuthorisationError as error:
            target = Target(kind="scenario", name=wanted.scenario)
            legal = Legal(article=error.article, scenario=wanted.scenario)
            access.attempts.refused(by, target, error.code, legal=legal, run_id=wanted.run_id)
            raise
        name = release_id(wanted.scenario, wanted.run_id, manifest.sm3)
        audit = recorder.state(
            Action.RELEASE_REQUESTED,
            about_release(name, wanted.scenario, wanted.run_id),
            {"release_id": name, "manifest": manifest.sm3},
            by=replace(initiator_of(by), on_behalf_of=wanted.requested_by),
        )
        held = releases.request(
            ScenarioId(wanted.scenario),
            RunId(wanted.run_id),
            manifest,
            audit,
            wanted.requested_by,
        )
        wake()
        return to_json(held.status)

    @router.get("/releases/{name}", dependencies=[reader])
    def release_status(name: str) -> Any:
        held = releases.find(name)
        if held is None:
            raise _unknown("release_unknown", "the gate knows no release of this name")
        return to_json(held.status)

    @router.get("/releases", dependencies=[reader])
    def release_list(scenario: str | None = None) -> list[Any]:
        return [to_json(held.status) for held in releases.of(scenario)]

    return router


def _unknown(code: str, what: str) -> IntegrityError:
    return IntegrityError(code, what, remedy="check the name")
