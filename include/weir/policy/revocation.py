"""The bureau takes a decision back (第十五条): it states its ground and gives formal notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from pydantic import AwareDatetime, ConfigDict

from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import AuthorisationError
from weir.model import Digest, Reason
from weir.policy.decision import Decision, decision_digest
from weir.policy.statement import open_statement, sign_statement

PAYLOAD_TYPE = "application/vnd.weir.revocation.v1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRevocation:
    """One decision, named by its digest, no longer holds. `notice` identifies the formal notice
    that the operator was given, by its number or its words.

    Without ground, article and notice `AuthorisationError` (`revocation_without_ground`) is raised.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    revocation_id: str
    scenario: str
    contract_digest: Digest
    decision_digest: Digest
    ground: str
    article: str
    notice: str
    revoked_at: AwareDatetime
    revoked_by: str

    def __post_init__(self) -> None:
        lacking = [
            name for name in ("ground", "article", "notice") if not getattr(self, name).strip()
        ]
        if lacking:
            raise AuthorisationError(
                "revocation_without_ground",
                "a decision is taken back only with: " + ", ".join(lacking),
                where={"scenario": self.scenario},
                article="第十五条",
                remedy="state the ground, its article, and the formal notice to the operator",
            )


def sign_revocation(revocation: DecisionRevocation, key: SigningKey) -> Envelope:
    return sign_statement(revocation, PAYLOAD_TYPE, key)


def open_revocation(envelope: Envelope, key: VerifyingKey) -> DecisionRevocation:
    """The revocation, once the bureau's `key` has signed it; else `IntegrityError`."""
    return open_statement(DecisionRevocation, envelope, PAYLOAD_TYPE, key)


def revocation_reasons(
    decision: Decision, revocations: Iterable[DecisionRevocation]
) -> Iterator[Reason]:
    """As a suspension, a revocation counts from the moment it is known, even when the clock that
    it was signed by runs ahead of ours: a wrong clock must not let data flow."""
    digest = decision_digest(decision)
    for revocation in revocations:
        if revocation.decision_digest == digest:
            yield Reason(
                code="decision_revoked",
                what=f"the bureau has taken its decision back by notice {revocation.notice}",
                article=revocation.article or "第十五条",
                remedy="answer the bureau's ground and submit a new demand",
            )
            return
