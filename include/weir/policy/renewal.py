"""A decision that the bureau renews while a run is under way (第十三条)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from weir.contracts.plan import Plan
from weir.errors import AuthorisationError
from weir.model import Authorisation, Digest
from weir.policy.decision import Decision, decision_digest
from weir.policy.revocation import revocation_reasons
from weir.policy.standing import Standing, runs_until


def begun_under(
    told: Digest,
    begun_at: datetime,
    now: Authorisation,
    *,
    plan: Plan,
    standing: Standing,
    decisions: Sequence[Decision],
) -> Authorisation:
    """What a run of `plan` was authorised by at `begun_at` that names the decision `told`, where
    leave is now `now`.

    `decisions` are all that the bureau has signed on this contract digest, oldest first. Where each
    one since `told` agrees, none was taken back and none began after the one before was over, the
    bureau's consent to these very data never paused, and what was begun under the earlier decision
    may be released under the newest. A decision that is not among them, or was not in force at
    `begun_at`, gives `now`: nothing goes by it.

    Raises `AuthorisationError` (code `decision_superseded`) where the consent paused.
    """
    digests = [decision_digest(one) for one in decisions]
    if told == now.decision_digest or told not in digests:
        return now
    since = decisions[digests.index(told) :]
    first = since[0]
    if not first.decided_at <= begun_at < first.valid_until:
        return now
    if (
        any(one.outcome != "agreed" for one in since)
        or any(any(revocation_reasons(one, standing.revocations)) for one in since)
        or any(later.decided_at >= earlier.valid_until for earlier, later in pairwise(since))
    ):
        raise AuthorisationError(
            "decision_superseded",
            "the consent that the run began under ended before the one in force began",
            where={"scenario": now.scenario},
            article="第十三条",
            remedy="start a new run under the decision in force",
        )
    return replace(
        now, decision_digest=told, valid_until=runs_until(plan, first, standing.terminations)
    )
