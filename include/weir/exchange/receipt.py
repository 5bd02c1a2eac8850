"""A receipt: the intake's signed word on what a snapshot is and for which run it was taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import AwareDatetime, ConfigDict

from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import ContractError, IntegrityError
from weir.model import Digest, RunId, Snapshot
from weir.policy.statement import open_statement, sign_statement

PAYLOAD_TYPE = "application/vnd.weir.receipt.v1+json"
LIMIT_CHARACTERS = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`snapshot` was taken for `run_id` under the contract of `contract_digest`.

    `as_of` is the run's own instant, `snapshot.taken_at` the intake's clock: consent was read on
    that day. The snapshot within bears no receipt.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    run_id: RunId
    contract_digest: Digest
    as_of: AwareDatetime
    snapshot: Snapshot


def with_receipt(receipt: Receipt, key: SigningKey) -> Snapshot:
    """The snapshot of `receipt`, bearing it under the signature of `key`."""
    envelope = sign_statement(receipt, PAYLOAD_TYPE, key)
    text = canonical_json(envelope.to_json()).decode("ascii")
    return replace(receipt.snapshot, receipt=text)


def open_receipt(snapshot: Snapshot, key: VerifyingKey) -> Receipt:
    """The receipt that `snapshot` bears, once `key` has signed it about this very snapshot.

    Raises `IntegrityError`: `receipt_missing`, `receipt_forged` for what is not signed by `key`
    alone in the one canonical form, `receipt_mismatch` where it tells of another snapshot.
    """
    where: dict[str, str | int] = {"dataset": snapshot.dataset}
    if not snapshot.receipt:
        raise IntegrityError(
            "receipt_missing",
            "nothing shows that the intake took this snapshot",
            where=where,
            article="第二十三条第(二)项",
            remedy="run the pipeline again; its pull asks the intake",
        )
    try:
        envelope = _envelope(snapshot.receipt, key)
        receipt = open_statement(Receipt, envelope, PAYLOAD_TYPE, key)
    except (ValueError, RecursionError, IntegrityError, ContractError):
        raise IntegrityError(
            "receipt_forged",
            "the receipt is not as the pinned key of the intake signed it",
            where=where | {"pinned_key": key.key_id},
            article="第二十三条第(二)项",
            remedy="pin the intake's public key; if it is pinned, this is an incident",
        ) from None
    if replace(snapshot, receipt="") != receipt.snapshot:
        raise mismatch("the receipt is of another snapshot", where)
    return receipt


def mismatch(what: str, where: Mapping[str, str | int]) -> IntegrityError:
    """`IntegrityError` (code `receipt_mismatch`): a genuine receipt in the wrong place."""
    return IntegrityError(
        "receipt_mismatch",
        what,
        where=where,
        article="第二十三条第(二)项",
        remedy="run the pipeline again from its pull; if this was a clean run, it is an incident",
    )


def _envelope(text: str, key: VerifyingKey) -> Envelope:
    """The envelope, whose every byte counts: the gate publishes it within the manifest."""
    if len(text) > LIMIT_CHARACTERS:
        raise ValueError
    envelope = Envelope.from_json(json.loads(text))
    if canonical_json(envelope.to_json()).decode("ascii") != text:
        raise ValueError
    if [signature.keyid for signature in envelope.signatures] != [key.key_id]:
        raise ValueError
    return envelope
