"""A service's application before it has a route: every error is an answer, every page is bare."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from weir.errors import IntegrityError, UnavailableError, WeirError
from weir.service.answers import HttpRefusal, answer, status_of

log = structlog.get_logger()

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_HTTP = {
    404: IntegrityError(
        "not_found",
        "there is nothing at this address",
        remedy="check the address; names are in lower-case ASCII",
    ),
    405: IntegrityError(
        "method_not_allowed",
        "this address does not take this method",
        remedy="use one that the header Allow names",
    ),
}
_HTTP_OTHERWISE = IntegrityError(
    "http_error", "the request cannot be answered", remedy="check it against the documentation"
)
_ADDRESS = IntegrityError(
    "request_malformed",
    "the address or its query is malformed",
    remedy="check the identifiers and days that it names",
)

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
    _contain(app)
    return app


def _answer_errors(app: FastAPI, statuses: Mapping[str, int]) -> None:
    @app.exception_handler(HttpRefusal)
    async def refuse(_: Request, refusal: HttpRefusal) -> JSONResponse:
        return answer(refusal.status, refusal.error, refusal.headers)

    @app.exception_handler(WeirError)
    async def explain(request: Request, error: WeirError) -> JSONResponse:
        log.info("request_refused", path=request.url.path, code=error.code)
        return answer(statuses.get(error.code, status_of(error)), error)

    @app.exception_handler(HTTPException)
    async def translate(_: Request, error: HTTPException) -> JSONResponse:
        told = _HTTP.get(error.status_code, _HTTP_OTHERWISE)
        return answer(error.status_code, told, error.headers)

    @app.exception_handler(RequestValidationError)
    async def complain(_: Request, __: RequestValidationError) -> JSONResponse:
        return answer(422, _ADDRESS)


def _contain(app: FastAPI) -> None:
    @app.middleware("http")
    async def contain(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        # Left to the server, an unforeseen error would be logged with its text, which may hold
        # a value.
        try:
            response: Response = await _answered(request, call_next)
        except Exception as error:  # noqa: BLE001 - answered and logged by its type
            log.error("request_failed", path=request.url.path, error=type(error).__name__)  # noqa: TRY400 - a traceback may hold values
            response = answer(500, UnavailableError("internal_error", type(error).__name__))
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response


async def _answered(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    if "\0" in request.url.path or "%00" in request.url.query:
        # No name of ours holds it, and a database cannot even be asked.
        return answer(404, _HTTP[404])
    return await call_next(request)
