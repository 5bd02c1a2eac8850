"""Short-lived tokens: who calls, for which service, until when, under that service's signature.

`base64url(payload).base64url(signature)`, where the payload is canonical JSON and the signature is
SM2 over it with a prefix of its own, so that nothing else the key signs is a token and no token is
anything else. A token names no algorithm: there is one.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weir.clock import Clock
from weir.crypto.canonical import canonical_json
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import AuthorisationError
from weir.model import Principal, Role

LIFE_SECONDS = 600
LIMIT_CHARACTERS = 2048
TOKENS_HELD = 1024
_PREFIX = b"weir.token/1\n"


class Claims(BaseModel):
    """What a token says."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sub: str = Field(min_length=1, max_length=64)
    role: Role
    org: str = Field(max_length=100)
    aud: str = Field(max_length=64)
    iat: int = Field(ge=0, lt=2**40)
    exp: int = Field(ge=0, lt=2**40)
    jti: str = Field(min_length=1, max_length=64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The tokens of the service `audience`, under its own key. `clock` should not run backwards
    (`weir.clock.ForwardClock`): an expired token would be good again."""

    audience: str
    key: SigningKey
    clock: Clock
    life_seconds: int = LIFE_SECONDS

    def issue(self, principal: Principal) -> str:
        issued_at = int(self.clock.now().timestamp())
        claims = Claims(
            sub=principal.id,
            role=principal.role,
            org=principal.org,
            aud=self.audience,
            iat=issued_at,
            exp=issued_at + self.life_seconds,
            jti=secrets.token_hex(16),
        )
        payload = _payload(claims)
        return f"{_encode(payload)}.{_encode(self.key.sign(_PREFIX + payload))}"

    def read(self, token: str) -> Principal:
        """Who the bearer is.

        Raises `AuthorisationError`: `token_malformed`, `token_foreign` (another key has signed
        it), `token_audience`, `token_early`, `token_expired`.
        """
        claims = _signed_claims(self.key.public, token)
        if claims.aud != self.audience:
            raise _refusal("token_audience", "the token is another service's")
        now = int(self.clock.now().timestamp())
        if now < claims.iat:
            raise _refusal("token_early", "the token is of a time that has not come")
        if now >= claims.exp or claims.exp - claims.iat > self.life_seconds:
            raise _refusal("token_expired", "the token's time is over")
        return Principal(id=claims.sub, role=claims.role, org=claims.org)


# A token is read at each call of its bearer: its signature cannot become another, while who holds
# an account, and the time, are looked at again.
@lru_cache(maxsize=TOKENS_HELD)
def _signed_claims(key: VerifyingKey, token: str) -> Claims:
    payload, signature = _parts(token)
    if not key.verify(_PREFIX + payload, signature):
        raise _refusal("token_foreign", "this service has not signed the token")
    try:
        claims = Claims.model_validate_json(payload)
    except ValidationError:
        raise _malformed() from None
    if _payload(claims) != payload:
        raise _malformed()
    return claims


def _payload(claims: Claims) -> bytes:
    return canonical_json(claims.model_dump(mode="json"))


def _parts(token: str) -> tuple[bytes, bytes]:
    parts = token.split(".")
    if len(token) > LIMIT_CHARACTERS or len(parts) != 2:  # noqa: PLR2004 - payload and signature
        raise _malformed()
    return _decode(parts[0]), _decode(parts[1])


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _malformed() from None
    # One text for one token: loose trailing bits and other alphabets are refused.
    if not data or _encode(data) != text:
        raise _malformed()
    return data


def _malformed() -> AuthorisationError:
    return _refusal("token_malformed", "this is no token of this version")


def _refusal(code: str, what: str) -> AuthorisationError:
    return AuthorisationError(
        code,
        what,
        article="第十八条",
        remedy="fetch a token with POST /v1/tokens of this service",
    )
