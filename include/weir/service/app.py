"""A service's application before it has a route: every error is an answer, every page is bare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from weir.errors import IntegrityError, UnavailableError, WeirError
from weir.service.answers import HttpRefusal, answer, status_of
from weir.service.refusal_page import answer_in_kind

log = structlog.get_logger()

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_HTTP = {
    404: ("not_found", "没有这个地址 there is no such address"),
    405: ("method_not_allowed", "此地址不接受这种请求 the address takes no such request"),
}
_QUERY_REMEDY = "see what the query takes: instants as 2026-11-01T00:00:00Z, numbers in digits"
_REMEDY = "从首页的链接进入 follow a link of the front page"

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def new_service(
    title: str, *, statuses: Mapping[str, int] | None = None, lifespan: Lifespan | None = None
) -> FastAPI:
    """An application that answers every error in the form of `weir.service.answers`.

    `statuses` gives, by code, the status of errors whose class alone would give another. Pages run
    no script and load nothing from elsewhere; nothing is cached; there are no generated documents.
    """
    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    _answer_errors(app, statuses or {})
    app.add_middleware(_Contained)
    return app


def _answer_errors(app: FastAPI, statuses: Mapping[str, int]) -> None:
    @app.exception_handler(HttpRefusal)
    async def refuse(request: Request, refusal: HttpRefusal) -> Response:
        return answer_in_kind(request, refusal.status, refusal.error, refusal.headers)

    @app.exception_handler(WeirError)
    async def explain(request: Request, error: WeirError) -> Response:
        log.info("request_refused", path=request.url.path, code=error.code)
        return answer_in_kind(request, statuses.get(error.code, status_of(error)), error)

    @app.exception_handler(HTTPException)
    async def translate(request: Request, error: HTTPException) -> Response:
        code, what = _HTTP.get(
            error.status_code, ("http_error", "此请求不被接受 it is not accepted")
        )
        refusal = IntegrityError(code, what, remedy=_REMEDY)
        return answer_in_kind(request, error.status_code, refusal, error.headers)

    @app.exception_handler(RequestValidationError)
    async def complain(request: Request, _: RequestValidationError) -> Response:
        refusal = IntegrityError(
            "request_malformed",
            "地址不完整或写错 the address is malformed",
            remedy=_QUERY_REMEDY if request.url.path.startswith("/v1/") else _REMEDY,
        )
        return answer_in_kind(request, 422, refusal)


class _Contained:
    """Whatever happens inside becomes an answer, and every answer is bare."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def send_bare(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                _bare(MutableHeaders(scope=message))
            await send(message)

        # Left to the server, an unforeseen error would be logged with its text, which may hold
        # a value.
        try:
            await self._answered(scope, receive, send_bare)
        except Exception as error:  # noqa: BLE001 - answered and logged by its type
            log.error("request_failed", path=scope["path"], error=type(error).__name__)  # noqa: TRY400 - a traceback may hold values
            # An answer that broke off stays so: the server closes the connection.
            if not began:
                failed = answer(500, UnavailableError("internal_error", type(error).__name__))
                await failed(scope, receive, send_bare)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            # No name of ours holds it, and a database cannot even be asked.
            unknown = answer(404, IntegrityError(*_HTTP[404], remedy=_REMEDY))
            await unknown(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _bare(headers: MutableHeaders) -> None:
    headers.setdefault("Content-Security-Policy", _POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cache-Control"] = "no-store"
