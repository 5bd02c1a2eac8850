"""May what was released for a scenario still be read? Pure, as everything in this package."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import VerifyingKey
from weir.errors import AuthorisationError
from weir.policy.grounds import signed_decision
from weir.policy.revocation import DecisionRevocation, revocation_reasons


def may_be_read(
    consent: Envelope | None,
    revocations: Collection[DecisionRevocation],
    *,
    bureau_key: VerifyingKey,
    as_of: datetime,
) -> bool:
    """Whether the bureau's last consent to a scenario is signed, not taken back and not over.

    The contract is not asked: an edit keeps new releases back, and takes nothing from a data user
    that was released to it under the contract as decided.
    """
    try:
        decision = signed_decision(consent, bureau_key)
    except AuthorisationError:
        return False
    agreed = decision.outcome == "agreed" and as_of < decision.valid_until
    return agreed and not any(revocation_reasons(decision, revocations))
