"""Calls to a service of Weir, and its refusals as the errors they were."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx

from weir import errors
from weir.errors import AuthorisationError, ContractError, RefusedError, UnavailableError
from weir.service.sign_in import SignIn

_CONNECT_SECONDS = 5.0


def open_client(
    base_url: str,
    account: str,
    secret: str,
    *,
    timeout_seconds: float,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """A client under one account, safe to share between threads; it keeps no connection open.

    `timeout_seconds` bounds each silence of the service; connecting may take 5 seconds. An address
    that is none raises `ContractError` (code `service_url_invalid`).
    """
    try:
        return httpx.Client(
            base_url=base_url,
            auth=SignIn(base_url, account, secret),
            timeout=httpx.Timeout(timeout_seconds, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_keepalive_connections=0),
            transport=transport,
            trust_env=False,
        )
    except httpx.InvalidURL:
        raise ContractError(
            "service_url_invalid",
            "the address of a service is no URL",
            remedy="correct WEIR_GATE_URL, WEIR_BUREAU_URL or WEIR_INTAKE_URL",
        ) from None


def send(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    unanswered: Callable[[str], UnavailableError],
    **content: Any,
) -> httpx.Response:
    """The service's answer to a request with `content`, in the words of `httpx.Client.request`.

    Where there is none, raises what `unanswered` makes of the reason. No error carries a secret.
    """
    try:
        return client.request(method, path, **content)
    except (httpx.RequestError, httpx.InvalidURL) as error:
        raise unanswered(type(error).__name__) from None


def path_part(name: str) -> str:
    """`name` as one part of an address. Raises `ContractError` (code `name_malformed`) for what no
    service can find by its address: nothing at all, or what holds a slash or begins with a dot."""
    if not name or "/" in name or name.startswith("."):
        raise ContractError(
            "name_malformed",
            "this is no name that a service gives or takes",
            remedy="write it as the service's list shows it",
        )
    return quote(name, safe="")


def refusal_in(answer: httpx.Response) -> RefusedError | None:
    """The error that the service refused with: its class, code, article and remedy.

    A class that is no refusal of ours becomes the plainest one. None for what is no refusal: a
    success, a failure of the service, a call that came too soon (429), or what something else
    answered in its place.
    """
    if not answer.is_client_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return None
    try:
        match answer.json():
            case {"code": str(code), **told} if code:
                return _kind(told.get("kind"))(
                    code,
                    str(told.get("what", "")),
                    where=_where(told.get("where")) | _signed_in_as(answer),
                    article=str(told.get("article", "")),
                    remedy=str(told.get("remedy", "")),
                )
    except (ValueError, RecursionError):
        pass
    return None


def outage_in(
    answer: httpx.Response, kind: type[UnavailableError], service: str
) -> UnavailableError | None:
    """What a service that could not answer (5xx, 429) says is the matter, as an outage of it. None
    for a success, and for what something else answered in its place."""
    if answer.is_success:
        return None
    try:
        match answer.json():
            case {"code": str(code), **told} if code:
                return kind(
                    code,
                    f"the {service} could not answer",
                    where={"status": answer.status_code},
                    remedy=str(told.get("remedy") or f"see the {service}'s log"),
                )
    except (ValueError, RecursionError):
        pass
    return None


def _signed_in_as(answer: httpx.Response) -> dict[str, str | int]:
    """The account that a service does not know; it echoes nothing itself."""
    if answer.status_code != httpx.codes.UNAUTHORIZED:
        return {}
    scheme, _, sent = answer.request.headers.get("Authorization", "").partition(" ")
    return {"account": b64decode(sent).decode().partition(":")[0]} if scheme == "Basic" else {}


def _kind(name: object) -> type[RefusedError]:
    kind = getattr(errors, str(name), None)
    if isinstance(kind, type) and issubclass(kind, RefusedError):
        return kind
    return AuthorisationError


def _where(told: object) -> dict[str, str | int]:
    if not isinstance(told, dict):
        return {}
    return {str(key): value for key, value in told.items() if isinstance(value, str | int)}
