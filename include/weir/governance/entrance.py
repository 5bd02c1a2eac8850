"""The one way in, for every service: who calls, then whether the matrix lets that role act."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from weir.clock import Clock, ForwardClock
from weir.crypto.sm2 import SigningKey
from weir.errors import AuthorisationError
from weir.evidence.audit import Target
from weir.governance.attempts import KeepsAttempts
from weir.model import Principal
from weir.policy.roles import Act, check_may, may
from weir.service.accounts import Accounts
from weir.service.answers import HttpRefusal
from weir.service.limits import Limiter, Rate, address_of, require_pause
from weir.service.tokens import LIFE_SECONDS, Tokens

log = structlog.get_logger()

FAILED_SIGN_IN_COST = 10.0
_ACCOUNT = Rate(per_minute=6000, burst=1000)
_STRANGER = Rate(per_minute=300, burst=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often an account may call, and an address whose caller is not known."""

    account: Rate = _ACCOUNT
    stranger: Rate = _STRANGER
    token_seconds: int = LIFE_SECONDS


class Entrance:
    """Machines bear a token of this service, which `POST /v1/tokens` gives for account and secret;
    browsers sign in at the desk with the same account and secret (HTTP Basic).

    A stranger is answered 401, a known caller whose role may not do the act 403, and whoever calls
    too often 429. What a known caller was refused is kept by `attempts`.
    """

    def __init__(
        self,
        service: str,
        accounts: Accounts,
        key: SigningKey,
        clock: Clock,
        attempts: KeepsAttempts,
        limits: Limits,
    ) -> None:
        self.service = service
        self.attempts = attempts
        self.tokens = Tokens(
            audience=service,
            key=key,
            clock=ForwardClock(clock),
            life_seconds=limits.token_seconds,
        )
        self._accounts = accounts
        self._callers = Limiter(limits.account)
        self._strangers = Limiter(limits.stranger)

    def permit(self, request: Request, act: Act) -> Principal:
        """The bearer of the request's token, where the matrix lets it do `act`."""
        return self._admit(self.known(request), act)

    async def admit(self, request: Request, act: Act) -> Principal:
        """`permit` as dependencies call it: no thread of its own is spent on who may act, only on
        keeping the attempt of who may not."""
        by = self.known(request)
        return by if may(by.role, act) else await run_in_threadpool(self._admit, by, act)

    async def recognised(self, request: Request) -> Principal:
        """`known` as a dependency."""
        return self.known(request)

    def requires(self, act: Act) -> Callable[[Request], Awaitable[Principal]]:
        """`permit` as a dependency of a route."""
        return partial(self._requires, act)

    def opens_desk(self, act: Act) -> Callable[[Request], Principal]:
        """As `requires`, for a page: the browser is asked to sign in."""
        return partial(self._opens_desk, act)

    # The act is bound by place: bound by name it would be a parameter of the dependency, which
    # FastAPI lets the caller choose in the query.
    async def _requires(self, act: Act, request: Request) -> Principal:
        return await self.admit(request, act)

    def _opens_desk(self, act: Act, request: Request) -> Principal:
        challenge = f'Basic realm="weir {self.service}", charset="UTF-8"'
        return self._admit(self.sign_in(request, challenge), act)

    def known(self, request: Request) -> Principal:
        """The bearer of the request's token, whatever its role; a request counts once."""
        counted: Principal | None = getattr(request.state, "caller", None)
        if counted is not None:
            return counted
        try:
            by = self._bearer(request)
        except AuthorisationError as error:
            log.warning("token_refused", path=request.url.path, code=error.code)
            require_pause(self._strangers, address_of(request))
            raise _stranger(error.code, error.what, error.remedy, "Bearer") from None
        require_pause(self._callers, by.id)
        request.state.caller = by
        return by

    def caller(self, request: Request) -> Principal | None:
        """The bearer of the request's token, if it bears a good one."""
        try:
            return self._bearer(request)
        except AuthorisationError:
            return None

    def stranger(self, request: Request) -> None:
        """A dependency of what stands open to all: no address may call it without a pause."""
        require_pause(self._strangers, address_of(request))

    def sign_in(self, request: Request, challenge: str = "Basic") -> Principal:
        """Whose account and secret the request bears (RFC 7617, UTF-8); a wrong one is charged to
        its address, so that guessing slows down."""
        address = address_of(request)
        require_pause(self._strangers, address)
        account, secret = _basic(request)
        by = self._accounts.check(account, secret) if account else None
        if by is None:
            if account:
                log.warning("sign_in_refused", path=request.url.path)
                self._strangers.charge(address, FAILED_SIGN_IN_COST)
            raise _stranger(
                "sign_in_required",
                f"请登录 sign in to the {self.service}",
                "send the account's id and secret (HTTP Basic); none known here were sent",
                challenge,
            )
        self._strangers.charge(address, -1.0)
        require_pause(self._callers, by.id)
        return by

    def _bearer(self, request: Request) -> Principal:
        token = _credentials(request, "bearer")
        if not token:
            raise AuthorisationError(
                "token_refused",
                "this entrance opens to a token of this service",
                remedy="send Authorization: Bearer with a token from POST /v1/tokens",
            )
        by = self.tokens.read(token)
        if self._accounts.find(by.id) != by:
            raise AuthorisationError(
                "account_changed",
                "the token's account is gone, or has another role by now",
                remedy="sign in again",
            )
        return by

    def _admit(self, by: Principal, act: Act) -> Principal:
        try:
            check_may(by, act)
        except AuthorisationError as error:
            self.attempts.refused(by, Target(kind="act", name=act), error.code)
            raise HttpRefusal(
                403, error.code, error.what, article=error.article, remedy=error.remedy
            ) from None
        return by


def _stranger(code: str, what: str, remedy: str, challenge: str) -> HttpRefusal:
    headers = {"WWW-Authenticate": challenge}
    return HttpRefusal(401, code, what, remedy=remedy, headers=headers)


def _basic(request: Request) -> tuple[str, bytes]:
    try:
        given = base64.b64decode(_credentials(request, "basic"), validate=True)
        account, _, secret = given.partition(b":")
        return account.decode("ascii"), secret
    except (binascii.Error, ValueError):
        return "", b""


def _credentials(request: Request, scheme: str) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if kind.lower() == scheme else ""
