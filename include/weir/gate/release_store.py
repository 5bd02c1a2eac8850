"""Releases and their states. Every change of state is one transaction with its audit record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from weir.crypto.canonical import canonical_json
from weir.crypto.sm3 import sm3_hex
from weir.evidence.audit import AuditRecord
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE
from weir.gate.tables import approvals, releases, verdicts
from weir.model import (
    Digest,
    ObjectRef,
    Reason,
    ReleaseId,
    ReleaseState,
    ReleaseStatus,
    RunId,
    ScenarioId,
)
from weir.policy.machines.release import RELEASE
from weir.storage.objects import STAGING

_CHECKED_FROM = RELEASE.move("check").sources
_OPEN = (*sorted(_CHECKED_FROM), ReleaseState.DELISTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release as the store holds it. `intent_id` is set while an attempt is open; `round` counts
    how often it was asked for, `reviewers` the people who must approve it."""

    release_id: ReleaseId
    scenario: ScenarioId
    run_id: RunId
    manifest: ObjectRef
    state: ReleaseState
    attempts: int
    intent_id: UUID | None
    reason: Reason | None
    rows: int
    objects: int
    requested_at: datetime
    changed_at: datetime
    published_at: datetime | None
    certificate_sm3: Digest
    requested_by: tuple[str, ...]
    round: int
    reviewers: int
    approvals: int

    @property
    def status(self) -> ReleaseStatus:
        return ReleaseStatus(
            release_id=self.release_id,
            scenario=self.scenario,
            run_id=self.run_id,
            state=self.state,
            manifest_sm3=self.manifest.sm3,
            approvals=self.approvals,
            reason=self.reason,
            rows=self.rows,
            objects=self.objects,
            published_at=self.published_at,
        )


def release_id(scenario: str, run_id: str, manifest_sm3: str) -> ReleaseId:
    """The one name of a release: the same run with the same manifest is the same release."""
    named = canonical_json(["weir/release/v1", scenario, run_id, manifest_sm3])
    return ReleaseId(f"rel-{sm3_hex(named)[:32]}")


class ReleaseStore:
    """Raises `StoreUnavailableError` when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def request(
        self,
        scenario: ScenarioId,
        run_id: RunId,
        manifest: ObjectRef,
        audit: AuditRecord,
        requested_by: str = "",
    ) -> Release:
        """Take a release in, or tell what became of it.

        A release that is open or published is answered as it stands. One that was refused is
        opened again: every check runs anew, for a decision may have come since. Whoever asks for
        it, first or later, will not review it.
        """
        name = release_id(scenario, run_id, manifest.sm3)
        values = {
            "release_id": name,
            "scenario": scenario,
            "run_id": run_id,
            "manifest_key": manifest.key,
            "manifest_sm3": manifest.sm3,
            "manifest_size_bytes": manifest.size_bytes,
            "state": ReleaseState.REQUESTED,
            "requested_by": [requested_by] if requested_by else [],
            "requested_at": audit.occurred_at,
            "changed_at": audit.occurred_at,
        }
        with transaction(self._engine, DATABASE) as connection:
            taken = connection.execute(
                insert(releases).values(values).on_conflict_do_nothing()
            ).rowcount
            held = locked(connection, name)
            if requested_by and requested_by not in held.requested_by:
                asked = [*held.requested_by, requested_by]
                taken = set_values(connection, name, {"requested_by": asked}, audit)
            if held.state is ReleaseState.REFUSED:
                again = {
                    "state": ReleaseState.REQUESTED,
                    "round": held.round + 1,
                    "reviewers": 0,
                    "requested_at": audit.occurred_at,
                }
                taken = set_values(connection, name, again | _no_reason(), audit)
            if taken:
                append(connection, audit)
            return locked(connection, name)

    def open(self) -> tuple[Release, ...]:
        """What still has to be published, refused or taken away, the oldest request first. What
        waits for reviewers waits for them alone."""
        query = _SELECT.where(releases.c.state.in_(_OPEN)).order_by(releases.c.requested_at)
        with transaction(self._engine, DATABASE) as connection:
            return tuple(_release(row) for row in connection.execute(query))

    def find(self, release_id: str) -> Release | None:
        query = _SELECT.where(releases.c.release_id == release_id)
        with transaction(self._engine, DATABASE) as connection:
            row = connection.execute(query).one_or_none()
        return _release(row) if row else None

    def of(self, scenario: str | None, limit: int = 100) -> tuple[Release, ...]:
        """The newest `limit` releases of one scenario, or of all."""
        query = _SELECT.order_by(releases.c.requested_at.desc()).limit(limit)
        if scenario is not None:
            query = query.where(releases.c.scenario == scenario)
        with transaction(self._engine, DATABASE) as connection:
            return tuple(_release(row) for row in connection.execute(query))

    def of_run(self, scenario: ScenarioId, run_id: RunId) -> tuple[Release, ...]:
        """Every release that was ever asked for of one run."""
        query = _SELECT.where(releases.c.scenario == scenario, releases.c.run_id == run_id)
        with transaction(self._engine, DATABASE) as connection:
            return tuple(_release(row) for row in connection.execute(query))

    def newest_published(self, scenario: ScenarioId) -> Release | None:
        """Of the releases that consumers may read, the one certified last."""
        query = (
            _SELECT.where(
                releases.c.scenario == scenario, releases.c.state == ReleaseState.PUBLISHED
            )
            .order_by(releases.c.certified_at.desc())
            .limit(1)
        )
        with transaction(self._engine, DATABASE) as connection:
            row = connection.execute(query).one_or_none()
        return _release(row) if row else None

    def published_under(self, scenarios: Collection[str]) -> set[tuple[str, str]]:
        """Scenarios, and the digests of the contracts under which was made what consumers of them
        find: all that is published and not yet delisted."""
        readable = (ReleaseState.PUBLISHED, ReleaseState.DELISTING)
        query = (
            select(releases.c.scenario, verdicts.c.made_under)
            .join(verdicts, verdicts.c.release_id == releases.c.release_id)
            .where(
                releases.c.scenario.in_(scenarios),
                releases.c.state.in_(readable),
                verdicts.c.outcome == "published",
            )
            .distinct()
        )
        with transaction(self._engine, DATABASE) as connection:
            return {(row.scenario, row.made_under) for row in connection.execute(query)}

    def in_state(self, state: ReleaseState, limit: int | None = None) -> tuple[Release, ...]:
        """The releases in a state, the oldest request first."""
        query = _SELECT.where(releases.c.state == state).order_by(releases.c.requested_at)
        query = query.limit(limit)
        with transaction(self._engine, DATABASE) as connection:
            return tuple(_release(row) for row in connection.execute(query))

    def begin(self, release_id: ReleaseId, intent: AuditRecord) -> tuple[Release, bool] | None:
        """Open an attempt: the release, and whether an earlier attempt was left open.

        The intent of an earlier attempt stands until it is closed, so only a first attempt keeps
        `intent`. None when the release is closed.
        """
        with transaction(self._engine, DATABASE) as connection:
            held = locked(connection, release_id)
            if held.state not in _CHECKED_FROM:
                return None
            resumed = held.intent_id is not None
            if not resumed:
                append(connection, intent)
                set_values(
                    connection,
                    release_id,
                    {
                        "state": ReleaseState.CHECKING,
                        "intent_id": intent.id,
                        "attempts": held.attempts + 1,
                    },
                    intent,
                )
            return locked(connection, release_id), resumed

    def under_attempt(self, release: Release) -> bool:
        """Whether the attempt that `release` was read in is still the one under way."""
        held = self.find(release.release_id)
        under_way = (ReleaseState.CHECKING, release.intent_id)
        return held is not None and (held.state, held.intent_id) == under_way

    def close(
        self,
        release_id: ReleaseId,
        outcome: Mapping[str, Any],
        audit: AuditRecord,
        lineage: Sequence[dict[str, Any]] = (),
        *,
        also: Callable[[Connection], None] | None = None,
    ) -> bool:
        """Close the open attempt with `outcome` (columns of the table), its audit record, its
        lineage and whatever `also` keeps; False, and nothing kept, where another process has
        closed it."""
        with transaction(self._engine, DATABASE) as connection:
            held = locked(connection, release_id)
            if (held.state, held.intent_id) != (ReleaseState.CHECKING, audit.intent_id):
                return False
            set_values(connection, release_id, {**outcome, "intent_id": None}, audit)
            append(connection, audit, lineage)
            if also is not None:
                also(connection)
            return True


def held_for_review(rows: int, reviewers: int) -> dict[str, Any]:
    """The outcome of an attempt that found nothing against a release but missing approvals."""
    return {"state": ReleaseState.IN_REVIEW, "rows": rows, "reviewers": reviewers}


def published(
    rows: int, objects: int, certificate_sm3: Digest, certified_at: datetime, at: datetime
) -> dict[str, Any]:
    """The outcome of a release that consumers can now read."""
    return {
        "state": ReleaseState.PUBLISHED,
        "rows": rows,
        "objects": objects,
        "certificate_sm3": certificate_sm3,
        "certified_at": certified_at,
        "published_at": at,
    } | _no_reason()


def refused(reason: Reason) -> dict[str, Any]:
    """The outcome of a release that the gate will not make."""
    return {"state": ReleaseState.REFUSED, "rows": 0} | reason_values(reason)


def reason_values(reason: Reason) -> dict[str, Any]:
    """The columns that tell why a release is not, or no longer, there."""
    return {
        "reason_code": reason.code,
        "reason_what": reason.what,
        "article": reason.article,
        "remedy": reason.remedy,
    }


def _no_reason() -> dict[str, Any]:
    return {"reason_code": "", "reason_what": "", "article": "", "remedy": ""}


def set_values(
    connection: Connection, release_id: str, values: Mapping[str, Any], audit: AuditRecord
) -> int:
    """Change columns of a release, in the transaction at hand."""
    return connection.execute(
        update(releases)
        .where(releases.c.release_id == release_id)
        .values(**values, changed_at=audit.occurred_at)
    ).rowcount


def locked(connection: Connection, release_id: str) -> Release:
    """The release, which nobody else changes before the transaction at hand ends."""
    query = select(releases.c.release_id).where(releases.c.release_id == release_id)
    connection.execute(query.with_for_update()).one()
    return _release(connection.execute(_SELECT.where(releases.c.release_id == release_id)).one())


_APPROVED = (
    select(func.count())
    .where(
        approvals.c.release_id == releases.c.release_id,
        approvals.c.round == releases.c.round,
        approvals.c.approved,
    )
    .scalar_subquery()
)
_SELECT = select(releases, _APPROVED.label("approvals"))


def _release(row: Row[Any]) -> Release:
    reason = Reason(
        code=row.reason_code, what=row.reason_what, article=row.article, remedy=row.remedy
    )
    return Release(
        release_id=ReleaseId(row.release_id),
        scenario=ScenarioId(row.scenario),
        run_id=RunId(row.run_id),
        manifest=ObjectRef(
            bucket=STAGING,
            key=row.manifest_key,
            sm3=Digest(row.manifest_sm3),
            size_bytes=row.manifest_size_bytes,
        ),
        state=ReleaseState(row.state),
        attempts=row.attempts,
        intent_id=row.intent_id,
        reason=reason if reason.code else None,
        rows=row.rows,
        objects=row.objects,
        requested_at=row.requested_at,
        changed_at=row.changed_at,
        published_at=row.published_at,
        certificate_sm3=Digest(row.certificate_sm3),
        requested_by=tuple(row.requested_by),
        round=row.round,
        reviewers=row.reviewers,
        approvals=row.approvals,
    )
