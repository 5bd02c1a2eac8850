"""DSSE v1 envelopes signed with SM2: a payload, its type and who signed both."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import IntegrityError

_MAX_SIGNATURES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature (DER). `keyid` is the signer's hint and proves nothing by itself."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A signed payload. Read the payload through `open_envelope`, never off this value."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "payload": base64.b64encode(self.payload).decode("ascii"),
            "payloadType": self.payload_type,
            "signatures": [
                {"keyid": s.keyid, "sig": base64.b64encode(s.sig).decode("ascii")}
                for s in self.signatures
            ],
        }

    @classmethod
    def from_json(cls, obj: object) -> Self:
        """Raises `IntegrityError` (`envelope_malformed`) for any other shape."""
        try:
            match obj:
                case {
                    "payload": str(payload),
                    "payloadType": str(payload_type),
                    "signatures": list(signatures),
                } if 1 <= len(signatures) <= _MAX_SIGNATURES:
                    return cls(
                        payload_type=payload_type,
                        payload=base64.b64decode(payload, validate=True),
                        signatures=tuple(_signature(s) for s in signatures),
                    )
        except (binascii.Error, ValueError) as error:
            raise _malformed() from error
        raise _malformed()


def sign_envelope(payload: bytes, payload_type: str, key: SigningKey) -> Envelope:
    signature = Signature(keyid=key.public.key_id, sig=key.sign(_pae(payload_type, payload)))
    return Envelope(payload_type=payload_type, payload=payload, signatures=(signature,))


def open_envelope(envelope: Envelope, payload_type: str, keys: Sequence[VerifyingKey]) -> bytes:
    """The payload, once one of `keys` has signed it as `payload_type`.

    Raises `IntegrityError`: `payload_type_mismatch` for another type, `signature_invalid` when no
    signature is by any of `keys`.
    """
    if envelope.payload_type != payload_type:
        raise IntegrityError(
            "payload_type_mismatch",
            "the envelope holds another kind of payload than is expected here",
            where={"expected": payload_type},
            remedy="hand in the kind of statement that is asked for, as its signer answered it",
        )
    message = _pae(envelope.payload_type, envelope.payload)
    for signature in envelope.signatures[:_MAX_SIGNATURES]:
        if any(key.verify(message, signature.sig) for key in keys):
            return envelope.payload
    raise IntegrityError(
        "signature_invalid",
        "no signature of the envelope is by a trusted key over these bytes",
        where={"payload_type": payload_type, "trusted_keys": len(keys)},
        remedy="ask the signer for the statement as it was signed, or pin the right public key",
    )


def _pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-authentication encoding of the DSSE v1 specification."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _signature(obj: object) -> Signature:
    match obj:
        case {"keyid": str(keyid), "sig": str(sig)}:
            return Signature(keyid=keyid, sig=base64.b64decode(sig, validate=True))
    raise _malformed()


def _malformed() -> IntegrityError:
    return IntegrityError(
        "envelope_malformed",
        "this is not a DSSE envelope",
        remedy="hand in the envelope as the bureau's service answers it",
    )
