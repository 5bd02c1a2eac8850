"""Who may ask what of the gate."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import structlog
from fastapi import Request

from weir.errors import ContractError
from weir.gate.answers import HttpRefusal

log = structlog.get_logger()


class Role(StrEnum):
    WORKER = "worker"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The tokens of the two roles and the desk's sign-in.

    An empty secret would open its entrance to anyone, and two equal tokens would make one role
    the other: both raise `ContractError` (codes `gate_secret_missing`, `gate_tokens_equal`).
    """

    worker_token: str = field(repr=False)
    operator_token: str = field(repr=False)
    desk_user: str
    desk_password: str = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("worker_token", "operator_token", "desk_user", "desk_password"):
            if not getattr(self, name):
                raise ContractError(
                    "gate_secret_missing",
                    f"the gate does not start without {name}",
                    remedy="set it in the gate's environment or secrets folder",
                )
        if self.worker_token == self.operator_token:
            raise ContractError(
                "gate_tokens_equal",
                "worker and operator have the same token",
                remedy="give each role a token of its own",
            )

    def require(self, *roles: Role) -> Callable[[Request], Role]:
        """A dependency that admits the bearers of these roles' tokens."""

        def admit(request: Request) -> Role:
            role = self.role_of(request)
            if role is None:
                log.warning("token_refused", path=request.url.path, client=_client(request))
                raise HttpRefusal(
                    401,
                    "token_refused",
                    "this token is not known here",
                    remedy="send Authorization: Bearer with a token of the gate",
                    headers={"WWW-Authenticate": "Bearer"},
                )
            if role not in roles:
                log.warning("role_refused", path=request.url.path, role=role)
                raise HttpRefusal(
                    403,
                    "role_not_allowed",
                    f"a {role} may not do this",
                    remedy=f"this takes the token of: {', '.join(roles)}",
                )
            return role

        return admit

    def require_desk(self, request: Request) -> None:
        """HTTP Basic (RFC 7617, UTF-8)."""
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(value, validate=True) if kind.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            given = b""
        if not hmac.compare_digest(given, f"{self.desk_user}:{self.desk_password}".encode()):
            if given:
                log.warning("desk_sign_in_refused", client=_client(request))
            raise HttpRefusal(
                401,
                "sign_in_required",
                "请登录 sign in to the gate's desk",
                headers={"WWW-Authenticate": 'Basic realm="weir gate", charset="UTF-8"'},
            )

    def role_of(self, request: Request) -> Role | None:
        """Whose token the request bears, if anyone's."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        given = token.encode() if kind.lower() == "bearer" else b""
        # Both are compared, so that the time taken does not tell which was near.
        matches = [
            role
            for role, expected in (
                (Role.WORKER, self.worker_token),
                (Role.OPERATOR, self.operator_token),
            )
            if hmac.compare_digest(given, expected.encode())
        ]
        return matches[0] if matches else None


def _client(request: Request) -> str:
    return request.client.host if request.client else ""
