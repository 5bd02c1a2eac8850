"""Consumer credentials and drills of revocation over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weir.errors import IntegrityError, RefusedError
from weir.gate.credential_store import CredentialStore, Grant
from weir.gate.credentials import Credentials
from weir.gate.drills import BUCKET, PROBE, Drills
from weir.gate.ports import GatePorts
from weir.gate.reach import PRODUCTION, about_agreement
from weir.governance.entrance import Entrance
from weir.model import Principal, to_json
from weir.policy.roles import Act
from weir.service.bodies import json_body
from weir.storage.provisioning import Credential

Body = Annotated[Any, Depends(json_body(64 * 1024))]


class Make(Protocol):
    """Issues or rotates."""

    def __call__(
        self, use_agreement: str, by: Principal, environment: str = PRODUCTION
    ) -> tuple[Credential, tuple[str, ...]]: ...


class Measured(BaseModel):
    """What a drill found."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    milliseconds: int = Field(ge=0, le=3_600_000)
    reads: int = Field(ge=1, lt=2**53)
    ended: bool


def routes(ports: GatePorts, access: Entrance, credentials: Credentials) -> APIRouter:
    router = APIRouter(prefix="/v1")
    held = CredentialStore(ports.engine)
    drills = Drills(ports, credentials)
    issues = [Depends(access.requires(Act.CREDENTIAL_ISSUE))]
    drills_ = [Depends(access.requires(Act.DRILL_HOLD))]

    def handed_out(
        make: Make, request: Request, agreement: str, environment: str
    ) -> dict[str, Any]:
        by = access.known(request)
        try:
            made, buckets = make(agreement, by, environment)
        except RefusedError as error:
            about = about_agreement(agreement)
            access.attempts.refused(by, about.target, error.code, legal=about.legal)
            raise
        return {**_secret(made), "buckets": list(buckets)}

    @router.post("/use-agreements/{agreement}/credentials", status_code=201, dependencies=issues)
    def issue(request: Request, agreement: str, environment: str = PRODUCTION) -> dict[str, Any]:
        return handed_out(credentials.issue, request, agreement, environment)

    @router.post(
        "/use-agreements/{agreement}/credentials/rotation", status_code=201, dependencies=issues
    )
    def rotate(request: Request, agreement: str, environment: str = PRODUCTION) -> dict[str, Any]:
        return handed_out(credentials.rotate, request, agreement, environment)

    @router.get("/credentials", dependencies=[Depends(access.requires(Act.CREDENTIAL_READ))])
    def listed() -> list[Any]:
        return [_shown(grant) for grant in held.all()]

    @router.post("/drills", status_code=201, dependencies=drills_)
    def start(request: Request) -> dict[str, Any]:
        drill_id, made = drills.start(access.known(request))
        return {"drill_id": drill_id, "bucket": BUCKET, "key": PROBE, **_secret(made)}

    @router.post("/drills/{drill_id}/outcome", dependencies=drills_)
    def complete(request: Request, drill_id: str, body: Body) -> Any:
        try:
            told = Measured.model_validate(body)
        except ValidationError as error:
            raise IntegrityError(
                "request_malformed",
                "the body does not have the shape of this request",
                where={"errors": error.error_count()},
            ) from None
        return to_json(
            drills.complete(
                drill_id,
                milliseconds=told.milliseconds,
                reads=told.reads,
                ended=told.ended,
                by=access.known(request),
            )
        )

    @router.get("/drills", dependencies=[Depends(access.requires(Act.DRILL_READ))])
    def history() -> list[Any]:
        return [to_json(one) for one in drills.history()]

    return router


def _secret(made: Credential) -> dict[str, Any]:
    return {"access_key": made.access_key, "secret_key": made.secret_key}


def _shown(grant: Grant) -> dict[str, Any]:
    """A credential as whoever supervises it sees it; its secret is nowhere."""
    return {
        "use_agreement": grant.use_agreement,
        "environment": grant.environment,
        "data_user": grant.data_user,
        "state": grant.state,
        "buckets": list(grant.buckets),
        "valid_until": grant.valid_until.isoformat(),
        "keys": [
            {
                "access_key": key.access_key,
                "issued_at": key.issued_at.isoformat(),
                "ends_at": key.ends_at.isoformat() if key.ends_at else None,
                "last_used": key.last_used,
            }
            for key in grant.keys
        ],
    }
