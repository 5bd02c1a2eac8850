"""latest.json: the signed pointer to a scenario's newest release, readable by any S3 client."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from weir.contracts.dataset import Name
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope, sign_envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import ContractError, IntegrityError
from weir.release.certificate import ReleaseName, open_document
from weir.release.manifest import Sm3Hex

LATEST = "latest.json"
PAYLOAD_TYPE = "application/vnd.weir.latest+json"


class Latest(BaseModel):
    """Which release is newest, or that there is none: all releases may have been delisted.

    `pointed_at` never goes back from one pointer to the next, so whoever remembers the last one
    sees an old pointer brought back. `certified_at` does where the newest release was delisted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["weir/latest/v1"] = Field(default="weir/latest/v1", alias="schema")
    scenario: Name
    release_id: str | None = Field(pattern=ReleaseName)
    manifest_sm3: Sm3Hex | None
    certificate_sm3: Sm3Hex | None
    certified_at: AwareDatetime | None
    pointed_at: AwareDatetime

    @model_validator(mode="after")
    def _whole_or_none(self) -> Self:
        named = (self.release_id, self.manifest_sm3, self.certificate_sm3, self.certified_at)
        if len({one is None for one in named}) > 1:
            raise ValueError("a pointer names a release with all of its digests, or none")
        return self

    def older_than(self, certified_at: datetime) -> bool:
        """Whether a release certified at that instant is newer than the one named here."""
        return self.certified_at is None or self.certified_at < certified_at

    def sign(self, key: SigningKey) -> bytes:
        """latest.json: the plain fields for any reader, and the envelope that signs them."""
        plain = self.model_dump(mode="json", by_alias=True)
        signed = sign_envelope(canonical_json(plain), PAYLOAD_TYPE, key)
        return canonical_json({**plain, "signed": signed.to_json()})


def read_latest(data: bytes, key: VerifyingKey) -> Latest:
    """The pointer in `data`, signed by `key`.

    Raises `IntegrityError`: `latest_malformed` when it is not in its one byte form, which includes
    plain fields that differ from the signed ones; `signature_invalid` when `key` has not signed it.
    """
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(plain, dict) or _canonical(plain) != data:
        raise _malformed()
    signed = plain.pop("signed", None)
    payload = open_document(_canonical(signed), PAYLOAD_TYPE, key, "latest_malformed")
    try:
        latest = Latest.model_validate_json(payload)
    except ValidationError:
        raise _malformed() from None
    if latest.model_dump(mode="json", by_alias=True) != plain or _canonical(plain) != payload:
        raise _malformed()
    return latest


def peek_latest(data: bytes) -> Latest | None:
    """What a pointer says, whoever signed it: nothing to rely on. None for what is no pointer."""
    try:
        match json.loads(data):
            case {"signed": signed}:
                return Latest.model_validate_json(Envelope.from_json(signed).payload)
    except (ValueError, RecursionError, IntegrityError):
        pass
    return None


def _canonical(value: Any) -> bytes:
    try:
        return canonical_json(value)
    except ContractError:
        raise _malformed() from None


def _malformed() -> IntegrityError:
    return IntegrityError(
        "latest_malformed",
        "latest.json is not a signed pointer in its one byte form",
        remedy="fetch it again from the bucket",
    )
