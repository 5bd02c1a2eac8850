"""May what was released for a scenario still be read? Pure, as everything in this package."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import VerifyingKey
from weir.errors import AuthorisationError
from weir.policy.decision import Decision
from weir.policy.grounds import signed_decision
from weir.policy.revocation import DecisionRevocation, revocation_reasons


def may_be_read(
    consent: Envelope | None,
    released_under: Collection[Envelope | None],
    revocations: Collection[DecisionRevocation],
    *,
    bureau_key: VerifyingKey,
    as_of: datetime,
) -> bool:
    """Whether the bureau's last consent to a scenario is signed, not taken back and not over, and
    nothing that it no longer consents to lies there still.

    `released_under` are its last words on the contracts under which what lies there was released:
    one that was taken back, and is no consent again, keeps all of the scenario from being read, for
    who reads it reads all. The contract as it stands now is not asked: an edit keeps new releases
    back, and takes nothing from a data user that was released to it under the contract as decided.
    """
    decision = _consent(consent, revocations, bureau_key)
    return (
        decision is not None
        and as_of < decision.valid_until
        and all(_consent(one, revocations, bureau_key) for one in released_under)
    )


def _consent(
    word: Envelope | None, revocations: Collection[DecisionRevocation], key: VerifyingKey
) -> Decision | None:
    """The decision, where it is signed, a consent and not taken back."""
    try:
        decision = signed_decision(word, key)
    except AuthorisationError:
        return None
    stands = decision.outcome == "agreed" and not any(revocation_reasons(decision, revocations))
    return decision if stands else None
