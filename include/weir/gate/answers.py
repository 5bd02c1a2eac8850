"""What the gate answers when it says no: a status and `{code, what, where, article, remedy}`.

Nothing of a request is ever echoed. `kind` names the error's class, so that the client raises the
same one again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from weir.errors import (
    ApprovalError,
    AuthorisationError,
    ExpiredError,
    IntegrityError,
    SuspendedError,
    UnavailableError,
    WeirError,
)

log = structlog.get_logger()

BODY_LIMIT_BYTES = 256 * 1024

_STATUS = {
    "scenario_unknown": 404,
    "release_unknown": 404,
    "use_agreement_unknown": 404,
    "staging_foreign": 403,
}
_KINDS: tuple[tuple[type[WeirError], int], ...] = (
    (UnavailableError, 503),
    (SuspendedError, 409),
    (ExpiredError, 409),
    (ApprovalError, 409),
    (AuthorisationError, 409),
)


class HttpRefusal(Exception):  # noqa: N818 - it is an answer, and no fault
    """A refusal that concerns the request rather than what it asks for."""

    def __init__(
        self,
        status: int,
        code: str,
        what: str,
        *,
        remedy: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.what = what
        self.remedy = remedy
        self.headers = dict(headers or {})
        super().__init__(f"{status} {code}")


async def json_body(request: Request) -> Any:
    """The request's JSON; `HttpRefusal` for a body that is too large, compressed or no JSON."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise HttpRefusal(415, "encoding_unsupported", "send the body as it is, not compressed")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise HttpRefusal(413, "body_too_large", f"at most {BODY_LIMIT_BYTES} bytes")
    try:
        return json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise IntegrityError("request_malformed", "the body is not JSON") from None


Body = Annotated[Any, Depends(json_body)]


def install(app: FastAPI) -> None:
    """Turn every error into an answer with a code."""

    @app.exception_handler(HttpRefusal)
    async def refuse(_: Request, refusal: HttpRefusal) -> JSONResponse:
        error = AuthorisationError(refusal.code, refusal.what, remedy=refusal.remedy)
        return answer(refusal.status, error, refusal.headers)

    @app.exception_handler(WeirError)
    async def explain(request: Request, error: WeirError) -> JSONResponse:
        log.info("request_refused", path=request.url.path, code=error.code)
        return answer(_status(error), error)

    @app.exception_handler(HTTPException)
    async def translate(_: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
        return answer(error.status_code, IntegrityError(code, ""), error.headers)

    @app.exception_handler(RequestValidationError)
    async def complain(_: Request, __: RequestValidationError) -> JSONResponse:
        return answer(422, IntegrityError("request_malformed", "the address is malformed"))

    @app.middleware("http")
    async def contain(request: Request, call_next: Any) -> Any:
        # Left to the server, an unforeseen error would be logged with its text, which may hold
        # a value.
        try:
            response = await call_next(request)
        except Exception as error:  # noqa: BLE001 - answered and logged by its type
            log.error("request_failed", path=request.url.path, error=type(error).__name__)  # noqa: TRY400 - a traceback may hold values
            failed = UnavailableError("internal_error", type(error).__name__)
            response = answer(500, failed)
        response.headers.setdefault(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'",
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response


def answer(status: int, error: WeirError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    content = {
        "kind": type(error).__name__,
        "code": error.code,
        "what": error.what,
        "where": error.where,
        "article": error.article,
        "remedy": error.remedy,
    }
    return JSONResponse(content, status_code=status, headers=dict(headers or {}))


def _status(error: WeirError) -> int:
    if error.code in _STATUS:
        return _STATUS[error.code]
    return next((status for kind, status in _KINDS if isinstance(error, kind)), 422)
