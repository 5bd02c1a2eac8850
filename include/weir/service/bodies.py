"""What comes in a request, within its limits."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from weir.errors import IntegrityError
from weir.service.answers import HttpRefusal
from weir.service.strict_json import read_json

M = TypeVar("M", bound=BaseModel)
_NOTHING_BYTES = 16


def limited_body(limit_bytes: int) -> Callable[[Request], Coroutine[Any, Any, bytes]]:
    """A dependency that reads the request's body, and refuses one above `limit_bytes` (413) while
    it arrives, a compressed one (415) and one that breaks off (400)."""

    async def read(request: Request) -> bytes:
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise HttpRefusal(
                415,
                "encoding_unsupported",
                "the body is compressed",
                remedy="send the body as it is, without Content-Encoding",
            )
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit_bytes:
                    raise HttpRefusal(
                        413,
                        "body_too_large",
                        f"a body holds at most {limit_bytes} bytes",
                        remedy="send less in one request",
                    )
        except ClientDisconnect:
            raise HttpRefusal(
                400, "body_incomplete", "the sender went away", remedy="send it again"
            ) from None
        return bytes(body)

    return read


def json_body(limit_bytes: int) -> Callable[[Request], Coroutine[Any, Any, Any]]:
    """A dependency that reads the request's JSON by the letter; limits as `limited_body`."""
    body = limited_body(limit_bytes)

    async def read(request: Request) -> Any:
        return read_json(await body(request))

    return read


async def no_body(request: Request) -> None:
    """A dependency of what takes no body: anything but nothing or `{}` is refused (422), for
    whoever sends more means something that would not be done."""
    refusal = HttpRefusal(
        422,
        "body_unexpected",
        "this request takes no body",
        remedy="send none; all that it takes stands in its address and query",
    )
    try:
        body = await limited_body(_NOTHING_BYTES)(request)
    except HttpRefusal:
        raise refusal from None
    if body.strip() not in {b"", b"{}"}:
        raise refusal


def read_as(kind: type[M], value: Any) -> M:
    """The request that a JSON value is. Raises `IntegrityError` (code `request_malformed`)."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        what, remedy = wrong_shape(kind, error)
        raise IntegrityError("request_malformed", what, remedy=remedy) from None


def wrong_shape(kind: type[BaseModel], error: ValidationError) -> tuple[str, str]:
    """What is wrong with a request and what it takes: by the names of its fields, never by what
    they hold, nor by names that are not ours."""
    found: set[str] = set()
    for one in error.errors():
        if one["type"] == "value_error" and not one["loc"]:
            found.add(str(one["ctx"]["error"]))
        elif one["loc"] and one["loc"][0] in kind.model_fields:
            found.add(f"{one['loc'][0]} ({one['type'].replace('_', ' ')})")
    told = "; ".join(sorted(found)) or "it is no object, or has a field that is not known"
    return f"the body does not hold: {told}", "it takes: " + ", ".join(kind.model_fields)
