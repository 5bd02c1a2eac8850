"""What comes in a request, within its limits."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from weir.service.answers import HttpRefusal
from weir.service.strict_json import read_json


def limited_body(limit_bytes: int) -> Callable[[Request], Coroutine[Any, Any, bytes]]:
    """A dependency that reads the request's body, and refuses one above `limit_bytes` (413) while
    it arrives, a compressed one (415) and one that breaks off (400)."""

    async def read(request: Request) -> bytes:
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise HttpRefusal(415, "encoding_unsupported", "send the body as it is, not compressed")
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit_bytes:
                    raise HttpRefusal(
                        413, "body_too_large", f"a body holds at most {limit_bytes} bytes"
                    )
        except ClientDisconnect:
            raise HttpRefusal(400, "body_incomplete", "the sender went away") from None
        return bytes(body)

    return read


def json_body(limit_bytes: int) -> Callable[[Request], Coroutine[Any, Any, Any]]:
    """A dependency that reads the request's JSON by the letter; limits as `limited_body`."""
    body = limited_body(limit_bytes)

    async def read(request: Request) -> Any:
        return read_json(await body(request))

    return read
