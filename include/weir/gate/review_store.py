"""Reviews of releases: each word is kept in one transaction with its record and what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, Row, select
from sqlalchemy.dialects.postgresql import insert

from weir.clock import Clock
from weir.contracts.policy_pack import PolicyPack
from weir.crypto.sm3 import sm3_hex
from weir.errors import ApprovalError
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE
from weir.gate.records import GATE, Recorder, about_release
from weir.gate.release_store import Release, locked, refused, set_values
from weir.gate.tables import approvals
from weir.governance.attempts import initiator_of
from weir.model import Principal, Reason, ReleaseState, Role, require
from weir.policy.machine import Move, PastMove, Situation, may_move
from weir.policy.machines.release import RELEASE, Review, alike, approvers

_REQUESTER = Principal(id="", role=Role.WORKER, org="operator")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenApproval:
    """An approval as it was given."""

    by: Principal
    manifest_sm3: str
    given_at: datetime


class ReviewStore:
    """Raises `StoreUnavailableError` when the database does not answer."""

    def __init__(self, engine: Engine, clock: Clock, recorder: Recorder) -> None:
        self._engine = engine
        self._clock = clock
        self._recorder = recorder

    def approvals(self, release: Release) -> tuple[GivenApproval, ...]:
        """The approvals given since the release was last asked for, the first one first."""
        with transaction(self._engine, DATABASE) as connection:
            return _given(connection, release)

    def review(
        self, release_id: str, by: Principal, given: Review, *, approve: bool, pack: PolicyPack
    ) -> Release:
        """Keep a reviewer's word. The last approval that was missing lets the release go on, a
        rejection refuses it.

        Raises `ApprovalError` for a word that cannot be given, and keeps nothing. Two that race
        are judged one after the other.
        """
        with transaction(self._engine, DATABASE) as connection:
            held = locked(connection, release_id)
            move = RELEASE.move("approve" if approve else "reject")
            situation = self._situation(connection, held, by, pack)
            require(
                may_move(RELEASE, move, situation, given),
                ApprovalError,
                release=held.release_id,
                state=held.state,
            )
            word = {
                "role": by.role,
                "org": by.org,
                "approved": approve,
                "words": given.words,
                "manifest_sm3": given.manifest_sm3,
                "given_at": situation.at,
            }
            key = {"release_id": held.release_id, "round": held.round, "reviewer": by.id}
            # Whoever approved may still think better of it: the rejection takes the place.
            connection.execute(
                insert(approvals)
                .values(key | word)
                .on_conflict_do_update(index_elements=list(key), set_=word)
            )
            count = len(approvers(situation)) + int(approve)
            audit = self._record(held, move, by, count, given)
            append(connection, audit)
            if not approve:
                set_values(connection, held.release_id, refused(_rejected()), audit)
            elif not may_move(
                RELEASE,
                RELEASE.move("conclude"),
                self._situation(connection, held, by, pack),
                given,
            ).reasons:
                done = self._recorder.state(
                    Action.RELEASE_REVIEWED,
                    about_release(held.release_id, held.scenario, held.run_id),
                    {
                        "release_id": held.release_id,
                        "manifest": held.manifest.sm3,
                        "approvals": count,
                    },
                    by=GATE,
                )
                append(connection, done)
                values = {"state": ReleaseState.REVIEWED}
                set_values(connection, held.release_id, values, done)
            return locked(connection, held.release_id)

    def _situation(
        self, connection: Connection, held: Release, by: Principal, pack: PolicyPack
    ) -> Situation:
        asked = PastMove(
            move="request", target="requested", facts={}, by=_REQUESTER, at=held.requested_at
        )
        approved = (
            PastMove(move="approve", target="in_review", facts={}, by=one.by, at=one.given_at)
            for one in _given(connection, held)
        )
        return Situation(
            case_id=held.release_id,
            state=held.state,
            history=(asked, *approved),
            facts={
                "manifest_sm3": held.manifest.sm3,
                "requested_by": held.requested_by,
                "reviewers": held.reviewers,
            },
            by=by,
            at=self._clock.now(),
            pack=pack,
        )

    def _record(
        self, held: Release, move: Move, by: Principal, count: int, given: Review
    ) -> AuditRecord:
        rejected = _rejected() if move.target == ReleaseState.REFUSED else None
        return self._recorder.state(
            Action(move.record),
            about_release(held.release_id, held.scenario, held.run_id, article=move.article),
            {
                "release_id": held.release_id,
                "manifest": held.manifest.sm3,
                "approvals": count,
                "words": sm3_hex(given.words.encode()),
            },
            by=initiator_of(by),
            reason_code=rejected.code if rejected else "",
        )


def _given(connection: Connection, release: Release) -> tuple[GivenApproval, ...]:
    query = (
        select(approvals)
        .where(
            approvals.c.release_id == release.release_id,
            approvals.c.round == release.round,
            approvals.c.approved,
        )
        .order_by(approvals.c.given_at, approvals.c.reviewer)
    )
    # Somebody who approved may have asked for the release since.
    asked = {alike(one) for one in release.requested_by}
    return tuple(
        _approval(row) for row in connection.execute(query) if alike(row.reviewer) not in asked
    )


def _approval(row: Row[tuple[object, ...]]) -> GivenApproval:
    return GivenApproval(
        by=Principal(id=row.reviewer, role=Role(row.role), org=row.org),
        manifest_sm3=row.manifest_sm3,
        given_at=row.given_at,
    )


def _rejected() -> Reason:
    return Reason(
        code="approval_rejected",
        what="a reviewer has rejected the release",
        article="第二十三条第(三)项",
        remedy="ask the reviewer; what is mended is a new run's product",
    )
