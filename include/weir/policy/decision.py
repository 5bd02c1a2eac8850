"""The bureau's decision on one contract: 同意提供 or not (第十三条)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict

from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.crypto.sm3 import sm3_hex
from weir.errors import AuthorisationError
from weir.model import Digest
from weir.policy.statement import open_statement, sign_statement, statement_bytes

PAYLOAD_TYPE = "application/vnd.weir.decision.v1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether data are provided for the contract of exactly this digest, and until when.

    `valid_until` is the first instant at which the decision no longer holds. A refusal needs a
    reason; without one `AuthorisationError` (`refusal_without_reason`) is raised.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    scenario: str
    contract_digest: Digest
    outcome: Literal["agreed", "refused"]
    reason: str
    article: str
    decided_at: AwareDatetime
    valid_until: AwareDatetime
    decided_by: str

    def __post_init__(self) -> None:
        if self.outcome == "refused" and not self.reason.strip():
            raise AuthorisationError(
                "refusal_without_reason",
                "a refusal states its reason",
                where={"scenario": self.scenario},
                article="第十三条",
                remedy="state why the data are not provided",
            )


def sign_decision(decision: Decision, key: SigningKey) -> Envelope:
    return sign_statement(decision, PAYLOAD_TYPE, key)


def open_decision(envelope: Envelope, key: VerifyingKey) -> Decision:
    """The decision, once the bureau's `key` has signed it; else `IntegrityError`."""
    return open_statement(Decision, envelope, PAYLOAD_TYPE, key)


def decision_digest(decision: Decision) -> Digest:
    """What names a decision in evidence: the SM3 of the bytes that are signed."""
    return sm3_hex(statement_bytes(decision))
