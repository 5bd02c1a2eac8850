"""Who calls: bearer tokens and the desk's sign-in, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Hashable, Mapping
from typing import TypeVar

import structlog
from fastapi import Request

from weir.errors import ContractError
from weir.service.answers import HttpRefusal

log = structlog.get_logger()

Caller = TypeVar("Caller", bound=Hashable)


def expect_secrets(service: str, code: str, secrets: Mapping[str, str]) -> None:
    """Raise `ContractError` (`code`) for a secret that is empty: it would open its entrance to
    anyone."""
    for name, secret in secrets.items():
        if not secret:
            raise ContractError(
                code,
                f"the {service} does not start without {name}",
                remedy=f"set it in the {service}'s environment or secrets folder",
            )


def bearer_of(request: Request, tokens: Mapping[Caller, str]) -> Caller | None:
    """Which of the callers' tokens the request bears, if any (RFC 6750)."""
    given = _credentials(request, "bearer").encode()
    # All are compared, so that the time taken does not tell which one was near.
    matches = [
        caller for caller, token in tokens.items() if hmac.compare_digest(given, token.encode())
    ]
    return matches[0] if matches else None


def require_bearer(request: Request, tokens: Mapping[Caller, str]) -> Caller:
    """As `bearer_of`; without one of these tokens the request is refused (401)."""
    caller = bearer_of(request, tokens)
    if caller is None:
        log.warning("token_refused", client=_client(request), path=request.url.path)
        raise HttpRefusal(
            401,
            "token_refused",
            "this token does not open this entrance",
            remedy="send Authorization: Bearer with a token of this service",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return caller


def require_sign_in(request: Request, service: str, user: str, password: str) -> None:
    """HTTP Basic (RFC 7617, UTF-8) at a service's desk; anyone else is asked to sign in (401)."""
    try:
        given = base64.b64decode(_credentials(request, "basic"), validate=True)
    except (binascii.Error, ValueError):
        given = b""
    if not hmac.compare_digest(given, f"{user}:{password}".encode()):
        if given:
            log.warning("desk_sign_in_refused", client=_client(request))
        raise HttpRefusal(
            401,
            "sign_in_required",
            f"请登录 sign in to the {service}'s desk",
            headers={"WWW-Authenticate": f'Basic realm="weir {service}", charset="UTF-8"'},
        )


def _credentials(request: Request, scheme: str) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if kind.lower() == scheme else ""


def _client(request: Request) -> str:
    return request.client.host if request.client else ""
