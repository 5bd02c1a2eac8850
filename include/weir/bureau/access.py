"""Who may call the bureau: the operator's delivery token, the reviewer's token, desk sign-in."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field

import structlog
from fastapi import Request

from weir.bureau.answers import HttpRefusal
from weir.errors import ContractError

log = structlog.get_logger("weir.bureau")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The secrets of the three entrances. An empty one would open its entrance to anyone and
    raises `ContractError` (code `bureau_secret_missing`)."""

    delivery_token: str = field(repr=False)
    reviewer_token: str = field(repr=False)
    desk_user: str
    desk_password: str = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("delivery_token", "reviewer_token", "desk_user", "desk_password"):
            if not getattr(self, name):
                raise ContractError(
                    "bureau_secret_missing",
                    f"the bureau does not start without {name}",
                    remedy="set it in the bureau's environment or secrets folder",
                )

    def require_delivery(self, request: Request) -> None:
        self._require_token(request, self.delivery_token)

    def require_reviewer(self, request: Request) -> None:
        self._require_token(request, self.reviewer_token)

    def require_either(self, request: Request) -> None:
        self._require_token(request, self.delivery_token, self.reviewer_token)

    def require_desk(self, request: Request) -> None:
        """HTTP Basic (RFC 7617, UTF-8)."""
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(value, validate=True) if kind.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            given = b""
        expected = f"{self.desk_user}:{self.desk_password}".encode()
        if not hmac.compare_digest(given, expected):
            if given:
                log.warning("desk_sign_in_refused", client=_client(request))
            raise HttpRefusal(
                401,
                "sign_in_required",
                "请登录 Sign in to the bureau's desk",
                headers={"WWW-Authenticate": 'Basic realm="weir bureau", charset="UTF-8"'},
            )

    @staticmethod
    def _require_token(request: Request, *accepted: str) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        given = token.encode() if kind.lower() == "bearer" else b""
        # All are compared, so that the time taken does not tell which one was near.
        matches = [hmac.compare_digest(given, one.encode()) for one in accepted]
        if True not in matches:
            log.warning("token_refused", client=_client(request), path=request.url.path)
            raise HttpRefusal(
                401,
                "token_refused",
                "this token does not open this entrance",
                headers={"WWW-Authenticate": "Bearer"},
            )


def _client(request: Request) -> str:
    return request.client.host if request.client else ""
