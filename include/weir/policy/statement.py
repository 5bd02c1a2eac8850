"""What the bureau signs: a small value as canonical JSON in a DSSE envelope."""

from __future__ import annotations

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope, open_envelope, sign_envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import IntegrityError
from weir.model import to_json

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
    payload = open_envelope(envelope, payload_type, [key])
    try:
        statement = TypeAdapter(kind).validate_json(payload, strict=True)
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
