"""A token is good at the service that signed it, for its time, in its one form."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weir.clock import FixedClock, ForwardClock
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import sign_envelope
from weir.crypto.sm2 import SigningKey
from weir.errors import AuthorisationError
from weir.model import Principal, Role
from weir.service.tokens import Tokens

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
KEY, OTHER_KEY = SigningKey.generate(), SigningKey.generate()
WHO = Principal(id="weir-worker", role=Role.WORKER, org="suining-data-operator")
PREFIX = b"weir.token/1\n"
TOKEN = Tokens(audience="gate", key=KEY, clock=FixedClock(NOW)).issue(WHO)


def at(instant: datetime = NOW, *, audience: str = "gate", key: SigningKey = KEY) -> Tokens:
    return Tokens(audience=audience, key=key, clock=FixedClock(instant))


def refused(token: str, tokens: Tokens | None = None) -> str:
    """The code with which a token is refused."""
    with pytest.raises(AuthorisationError) as refusal:
        (tokens or at()).read(token)
    assert len(token) < 2 or token[:40] not in str(refusal.value)
    return refusal.value.code


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".", maxsplit=1)[0]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return told


def signed(told: object, prefix: bytes = PREFIX) -> str:
    """Any claims, under the service's own key."""
    payload = told if isinstance(told, bytes) else canonical_json(told)
    return f"{encode(payload)}.{encode(KEY.sign(prefix + payload))}"


def test_a_token_tells_who_bears_it() -> None:
    """Account, role and party; each one is another."""
    token = at().issue(WHO)
    assert at().read(token) == WHO
    assert set(claims(token)) == {"sub", "role", "org", "aud", "iat", "exp", "jti"}
    assert claims(token)["jti"] != claims(at().issue(WHO))["jti"]


def test_a_token_is_good_for_its_time_alone() -> None:
    """Not a second before, and not at the second at which it ends."""
    token = at().issue(WHO)
    assert at(NOW + timedelta(seconds=599)).read(token) == WHO
    assert refused(token, at(NOW + timedelta(seconds=600))) == "token_expired"
    assert refused(token, at(NOW - timedelta(seconds=1))) == "token_early"


def test_a_token_longer_than_this_service_gives_is_over() -> None:
    """Shortening the life of tokens concerns those that are out."""
    told = claims(at().issue(WHO))
    assert refused(signed(told | {"exp": told["exp"] + 1})) == "token_expired"
    short = Tokens(audience="gate", key=KEY, clock=FixedClock(NOW), life_seconds=60)
    assert refused(at().issue(WHO), short) == "token_expired"


def test_a_clock_that_jumps_back_revives_nothing() -> None:
    """What has expired stays so, while the machine's clock is an hour behind."""
    told, ticks = [NOW], [0.0]

    class Jumping:
        def now(self) -> datetime:
            return told[0]

    clock = ForwardClock(Jumping(), lambda: ticks[0])
    tokens = Tokens(audience="gate", key=KEY, clock=clock)
    old = tokens.issue(WHO)
    told[0], ticks[0] = NOW + timedelta(seconds=700), 700.0
    assert refused(old, tokens) == "token_expired"
    told[0], ticks[0] = NOW + timedelta(seconds=5), 701.0
    assert refused(old, tokens) == "token_expired"
    new = tokens.issue(WHO)
    assert tokens.read(new) == WHO
    ticks[0] = 1302.0
    assert refused(new, tokens) == "token_expired"


def test_a_token_of_another_service_or_key_is_refused() -> None:
    """Gate and bureau take none of each other's, even if they shared a key."""
    assert refused(at(key=OTHER_KEY).issue(WHO)) == "token_foreign"
    assert refused(at(audience="bureau").issue(WHO)) == "token_audience"


def test_what_else_the_key_signs_is_no_token() -> None:
    """A statement's envelope over the very claims, or the claims without the prefix."""
    payload = canonical_json(claims(at().issue(WHO)))
    envelope = sign_envelope(payload, "application/vnd.weir.decision+json", KEY)
    (signature,) = envelope.signatures
    assert refused(f"{encode(payload)}.{encode(signature.sig)}") == "token_foreign"
    assert refused(signed(payload, prefix=b"")) == "token_foreign"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "SM2", ""])
def test_a_token_does_not_choose_its_algorithm(algorithm: str) -> None:
    """Neither by a claim, nor by a header in the manner of JOSE, nor by having no signature."""
    told = claims(at().issue(WHO))
    header = encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    assert refused(signed(told | {"alg": algorithm})) == "token_malformed"
    assert refused(f"{header}.{signed(told)}") == "token_malformed"
    assert refused(f"{header}.{encode(canonical_json(told))}.") == "token_malformed"
    assert refused(f"{encode(canonical_json(told))}.") == "token_malformed"


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no role": lambda told: {k: v for k, v in told.items() if k != "role"},
    "unknown role": lambda told: told | {"role": "emperor"},
    "text for a time": lambda told: told | {"exp": str(told["exp"])},
    "truth for a time": lambda told: told | {"iat": True},
    "vast time": lambda told: told | {"exp": 2**80},
    "negative time": lambda told: told | {"iat": -1},
    "one key more": lambda told: told | {"admin": True},
    "null": lambda _: None,
    "array": lambda told: [told],
    "not canonical": lambda told: json.dumps(told).encode(),
    "repeated key": lambda told: canonical_json(told)[:-1] + b',"role":"auditor"}',
    "no JSON": lambda _: b"\xff\xfe",
    "nothing": lambda _: b"",
    "deep": lambda _: b"[" * 1000,
}


@pytest.mark.parametrize("change", CHANGES)
def test_claims_of_another_form_are_refused_though_signed(change: str) -> None:
    """By their letter, so that no two readers take them for different things."""
    assert refused(signed(CHANGES[change](claims(at().issue(WHO))))) == "token_malformed"


def test_a_token_has_one_text() -> None:
    """Padding, another alphabet, loose bits, spaces, a third part, a great length: refused."""
    token = at().issue(WHO)
    payload, signature = token.split(".")
    for other in (
        token + "=",
        token + " ",
        " " + token,
        token + ".",
        f"{payload}.{signature}.{signature}",
        f"{payload}{signature}",
        token.replace(".", "..", 1),
        "",
        ".",
        "a" * 5000,
        f"{payload}.{signature}" * 10,
        "é" * 50,
        "令牌.令牌",
    ):
        assert refused(other) == "token_malformed", other[:20]


@given(st.data())
def test_a_token_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    """No byte of it is without meaning."""
    token = TOKEN
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_.=+/ ").filter(lambda one: one != token[place]))
    assert refused(token[:place] + other + token[place + 1 :]) in {
        "token_malformed",
        "token_foreign",
    }
