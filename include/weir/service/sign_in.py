"""How a client signs in: it fetches a token with account and secret, and anew when it must."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Generator
from dataclasses import dataclass

import httpx

_EARLY_SECONDS = 30.0


class SignInFailed(httpx.RequestError):
    """What answered the sign-in is no service of ours."""


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    until: float


class SignIn(httpx.Auth):
    """Gives every request a token, kept until shortly before it ends; one that the service does
    not take (401) is replaced once. Where there is no token, the answer to the request is the
    service's answer to the sign-in.

    The secret is sent to the service of `base_url` and to nobody else.
    """

    requires_response_body = True

    def __init__(
        self,
        base_url: str,
        account: str,
        secret: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = httpx.URL(base_url.rstrip("/") + "/v1/tokens")
        self._basic = "Basic " + b64encode(f"{account}:{secret}".encode()).decode("ascii")
        self._account = account
        self._monotonic = monotonic
        self._held: _Held | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        held = self._held
        fresh = held is None or self._monotonic() >= held.until
        if fresh:
            held = self._read((yield self._ask(request)))
        if held is None:
            return
        request.headers["Authorization"] = f"Bearer {held.token}"
        answer = yield request
        if answer.status_code != httpx.codes.UNAUTHORIZED or fresh:
            return
        held = self._read((yield self._ask(request)))
        if held is not None:
            request.headers["Authorization"] = f"Bearer {held.token}"
            yield request

    def _ask(self, request: httpx.Request) -> httpx.Request:
        self._held = None
        return httpx.Request(
            "POST",
            self._url,
            headers={"Authorization": self._basic},
            extensions=request.extensions,
        )

    def _read(self, answer: httpx.Response) -> _Held | None:
        """The token in an answer, or None where the service gives none."""
        if not answer.is_success:
            return None
        try:
            match answer.json():
                case {"access_token": str(token), "expires_in": int(seconds)} if token.isascii():
                    until = self._monotonic() + max(seconds / 2, seconds - _EARLY_SECONDS)
                    self._held = _Held(token, until)
                    return self._held
        except (ValueError, RecursionError):
            pass
        raise SignInFailed("no token in the answer")

    def __repr__(self) -> str:
        return f"SignIn({self._account!r})"
