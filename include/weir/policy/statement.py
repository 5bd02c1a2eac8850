"""What the bureau signs: a small value as canonical JSON in a DSSE envelope."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope, open_envelope, sign_envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import IntegrityError
from weir.model import adapter_of, to_json

T = TypeVar("T")


def statement_bytes(statement: object) -> bytes:
    """What is signed: `statement`, a dataclass, as canonical JSON."""
    return canonical_json(to_json(statement))


def sign_statement(statement: object, payload_type: str, key: SigningKey) -> Envelope:
    """`statement`, a dataclass, under the signature of `key`."""
    return sign_envelope(statement_bytes(statement), payload_type, key)


def open_statement(kind: type[T], envelope: Envelope, payload_type: str, key: VerifyingKey) -> T:
    """The statement, once `key` has signed it.

    Raises `IntegrityError`: `signature_invalid` and `payload_type_mismatch` of the envelope,
    `statement_malformed` when the signed bytes are no such statement in canonical form.
    """
    opened: T = _opened(adapter_of(kind), envelope, payload_type, key)
    return opened


# What was signed is asked for again and again: a scenario's standing rests on every order ever
# issued. What is kept is the answer for these very bytes under this very key.
@lru_cache(maxsize=4096)
def _opened(
    kind: TypeAdapter[Any], envelope: Envelope, payload_type: str, key: VerifyingKey
) -> Any:
    payload = open_envelope(envelope, payload_type, [key])
    try:
        statement = kind.validate_json(payload, strict=True)
    except (ValidationError, ValueError) as error:
        raise _malformed(payload_type) from error
    if statement_bytes(statement) != payload:
        raise _malformed(payload_type)
    return statement


def _malformed(payload_type: str) -> IntegrityError:
    return IntegrityError(
        "statement_malformed",
        "the signed bytes are no statement of this kind",
        where={"payload_type": payload_type},
        remedy="have it signed anew by a bureau of the same version",
    )
