"""Consumer credentials over HTTP."""

from __future__ import annotations

from typing import Any, Protocol

from fastapi import APIRouter, Depends, Request

from weir.errors import RefusedError
from weir.gate.credential_store import CredentialStore, Grant
from weir.gate.credentials import Credentials
from weir.gate.ports import GatePorts
from weir.gate.reach import PRODUCTION, about_agreement
from weir.governance.entrance import Entrance
from weir.model import Principal
from weir.policy.roles import Act
from weir.service.bodies import no_body
from weir.storage.provisioning import Credential


class Make(Protocol):
    """Issues or rotates."""

    def __call__(
        self, use_agreement: str, by: Principal, environment: str = PRODUCTION
    ) -> tuple[Credential, tuple[str, ...]]: ...


def routes(ports: GatePorts, access: Entrance, credentials: Credentials) -> APIRouter:
    router = APIRouter(prefix="/v1")
    held = CredentialStore(ports.engine)
    issues = [Depends(access.requires(Act.CREDENTIAL_ISSUE)), Depends(no_body)]

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
        return {**secret(made), "buckets": list(buckets)}

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

    return router


def secret(made: Credential) -> dict[str, Any]:
    """What is told once, to whom a credential is handed out."""
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
