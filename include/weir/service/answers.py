"""A service's no: a status and `{kind, code, what, where, article, remedy}`.

Nothing of a request is ever echoed. `kind` names the error's class, so that a client can raise the
same one again.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import JSONResponse

from weir.errors import (
    ApprovalError,
    AuthorisationError,
    ExpiredError,
    SuspendedError,
    UnavailableError,
    WeirError,
)

_STATUSES: tuple[tuple[type[WeirError], int], ...] = (
    (UnavailableError, 503),
    (SuspendedError, 409),
    (ExpiredError, 409),
    (ApprovalError, 409),
    (AuthorisationError, 409),
)
_OTHERWISE = 422


class HttpRefusal(Exception):  # noqa: N818 - it is an answer, and no fault
    """A refusal that concerns the request rather than what it asks for."""

    def __init__(
        self,
        status: int,
        code: str,
        what: str,
        *,
        article: str = "",
        remedy: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.headers = dict(headers or {})
        self.error = AuthorisationError(code, what, article=article, remedy=remedy)
        super().__init__(f"{status} {code}")


def status_of(error: WeirError) -> int:
    """The status that tells of an error: 503 of an outage, 409 of what is not allowed as things
    stand, 422 of anything else that was refused."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), _OTHERWISE)


def answer(status: int, error: WeirError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The error as JSON."""
    content = {
        "kind": type(error).__name__,
        "code": error.code,
        "what": error.what,
        "where": error.where,
        "article": error.article,
        "remedy": error.remedy,
    }
    return JSONResponse(content, status_code=status, headers=dict(headers or {}))
