"""What the bureau answers when it does not do what it was asked: a status and a stable code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from weir.errors import UnavailableError, WeirError

log = structlog.get_logger("weir.bureau")

_CONFLICTS = frozenset({"dataset_prohibited", "agreement_expired"})


class HttpRefusal(Exception):  # noqa: N818 - it is an answer, and no fault
    """A refusal that concerns the request rather than what it asks for."""

    def __init__(
        self, status: int, code: str, what: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.code = code
        self.what = what
        self.headers = dict(headers or {})
        super().__init__(f"{status} {code}")


def limited_body(limit_bytes: int) -> Callable[[Request], Coroutine[Any, Any, bytes]]:
    """A dependency that reads the request's body and refuses one above `limit_bytes` (413)."""

    async def read(request: Request) -> bytes:
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise HttpRefusal(415, "encoding_unsupported", "send the body as it is, not compressed")
        try:
            return b"".join([chunk async for chunk in _within(request.stream(), limit_bytes)])
        except ClientDisconnect:
            raise HttpRefusal(400, "body_incomplete", "the sender went away") from None

    return read


async def _within(chunks: AsyncIterator[bytes], limit_bytes: int) -> AsyncIterator[bytes]:
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > limit_bytes:
            raise HttpRefusal(413, "body_too_large", f"a body holds at most {limit_bytes} bytes")
        yield chunk


def install(app: FastAPI) -> None:
    """Turn every error into an answer with a code; nothing of a request is ever echoed."""

    @app.exception_handler(HttpRefusal)
    async def refuse(_: Request, refusal: HttpRefusal) -> JSONResponse:
        return _answer(refusal.status, refusal.code, refusal.what, headers=refusal.headers)

    @app.exception_handler(WeirError)
    async def explain(_: Request, error: WeirError) -> JSONResponse:
        return _answer(_status(error), error.code, error.what, error.article, error.remedy)

    @app.exception_handler(HTTPException)
    async def translate(_: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
        return _answer(error.status_code, code, "", headers=dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def complain(_: Request, __: RequestValidationError) -> JSONResponse:
        return _answer(422, "request_malformed", "a part of the address is malformed")

    @app.exception_handler(Exception)
    async def fail(request: Request, error: Exception) -> JSONResponse:
        log.error("request_failed", path=request.url.path, error=type(error).__name__)
        return _answer(500, "internal_error", type(error).__name__)


def _status(error: WeirError) -> int:
    if isinstance(error, UnavailableError):
        return 503
    return 409 if error.code in _CONFLICTS else 422


def _answer(
    status: int,
    code: str,
    what: str,
    article: str = "",
    remedy: str = "",
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    content = {"code": code, "what": what, "article": article, "remedy": remedy}
    return JSONResponse(content, status_code=status, headers=dict(headers or {}))
