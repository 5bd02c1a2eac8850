"""tombstone.json: what stays of a release that was taken from consumers (下架, 第二十三条)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from weir.contracts.dataset import Name
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope, sign_envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import IntegrityError
from weir.policy.order import open_order
from weir.release.certificate import ReleaseName, open_document
from weir.release.manifest import Sm3Hex

TOMBSTONE = "tombstone.json"
PAYLOAD_TYPE = "application/vnd.weir.tombstone+json"


class Tombstone(BaseModel):
    """Which release was delisted, when, by whom and on which ground. `order` is the bureau's signed
    order where it gave one, and empty where the operator delisted of its own accord."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["weir/tombstone/v1"] = Field(default="weir/tombstone/v1", alias="schema")
    scenario: Name
    release_id: str = Field(pattern=ReleaseName)
    manifest_sm3: Sm3Hex
    certificate_sm3: Sm3Hex
    ordered_by: Literal["bureau", "operator"]
    ground: str
    article: str
    order: dict[str, Any] = Field(default_factory=dict)
    delisted_at: AwareDatetime

    def sign(self, key: SigningKey) -> bytes:
        """tombstone.json"""
        payload = canonical_json(self.model_dump(mode="json", by_alias=True))
        return canonical_json(sign_envelope(payload, PAYLOAD_TYPE, key).to_json())

    def ordered_as_stated(self, bureau_key: VerifyingKey) -> bool:
        """Whether the bureau signed the order that the tombstone rests on, if it names one."""
        if self.ordered_by == "operator":
            return not self.order
        try:
            order = open_order(Envelope.from_json(self.order), bureau_key)
        except IntegrityError:
            return False
        return (order.action, order.scope, order.ground, order.article) == (
            "delist",
            self.release_id,
            self.ground,
            self.article,
        )


def read_tombstone(data: bytes, key: VerifyingKey) -> Tombstone:
    """The tombstone in `data`, signed by `key`.

    Raises `IntegrityError`: `tombstone_malformed` when it is not in its one byte form,
    `signature_invalid` when `key` has not signed it.
    """
    payload = open_document(data, PAYLOAD_TYPE, key, "tombstone_malformed")
    try:
        tombstone = Tombstone.model_validate_json(payload)
    except ValidationError:
        raise _malformed() from None
    if canonical_json(tombstone.model_dump(mode="json", by_alias=True)) != payload:
        raise _malformed()
    return tombstone


def _malformed() -> IntegrityError:
    return IntegrityError(
        "tombstone_malformed",
        "tombstone.json is not a signed tombstone in its one byte form",
        remedy="fetch it again from the bucket",
    )
