"""How an attempt at a release ends: its state, audit record and lineage in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from weir.contracts.plan import Plan
from weir.errors import IntegrityError, RefusedError, WeirError
from weir.evidence import lineage
from weir.evidence.actions import Action
from weir.gate.bucket import Certified, ReleaseBucket
from weir.gate.hearing import Hearing
from weir.gate.ports import FaultPoint, GatePorts
from weir.gate.records import Recorder, about_release
from weir.gate.release_store import (
    Release,
    ReleaseStore,
    held_for_review,
    published,
    refused,
)
from weir.gate.verdicts import keep_verdict
from weir.model import Reason, RunContext
from weir.release.manifest import CONTENT

_OBJECTS = len(CONTENT) + 2
_ARTICLE = "第二十三条"
_REMEDY = "run the pipeline again from its start, with the same version as the gate's"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A product against which nothing stands but that `reviewers` have not approved it yet."""

    rows: int
    reviewers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Closes one attempt, begun at `started_at`. `reconciled` tells that an earlier attempt had
    opened the intent and was killed."""

    ports: GatePorts
    releases: ReleaseStore
    recorder: Recorder
    release: Release
    bucket: ReleaseBucket
    hearing: Hearing
    started_at: datetime
    reconciled: bool

    def publish(self, certified: Certified) -> None:
        """Keep that consumers can read the release."""
        release, stated = self.release, certified.certificate.predicate
        plan = self._plan()
        if plan is not None and plan.contract_digest != stated.contract_digest:
            plan = None
        flows = (
            ()
            if plan is None
            else (lineage.released(plan, release.manifest.sm3, release.release_id, stated.rows),)
        )
        data: dict[str, str | int] = {
            "rows_out": stated.rows,
            "objects": _OBJECTS,
            "bucket": self.bucket.bucket,
            "certificate": certified.sm3,
        }
        closed_at = self.ports.clock.now()
        closed = self._close(
            Action.RELEASE_PUBLISHED,
            published(stated.rows, _OBJECTS, certified.sm3, stated.certified_at, closed_at),
            plan,
            data,
            article="第十四条",
            decision_digest=stated.decision_digest,
            made_under=stated.contract_digest,
            events=self._events(plan, stated.produced_at, flows=flows),
        )
        if closed:
            log.info(
                "release_published",
                release=release.release_id,
                scenario=release.scenario,
                rows=stated.rows,
                reconciled=self.reconciled,
            )

    def hold(self, held: Held) -> None:
        """Keep that every check passed and that reviewers have the word (第二十三条第(三)项)."""
        closed = self._close(
            Action.RELEASE_CHECKED,
            held_for_review(held.rows, held.reviewers),
            self._plan(),
            {"rows_in": held.rows, "reviewers": held.reviewers},
            article="第二十三条第(三)项",
            events=[],
        )
        if closed:
            log.info(
                "release_held",
                release=self.release.release_id,
                scenario=self.release.scenario,
                reviewers=held.reviewers,
            )

    def refuse(self, error: WeirError) -> None:
        """Remove what the attempt left in the bucket, then keep the refusal.

        A release that `latest.json` names, or may name, is left as it is: it is evidence. So is one
        that another process has settled since this attempt lost its turn.
        """
        if not self.releases.under_attempt(self.release):
            return
        if not self._pointed():
            self.bucket.withdraw(self.release.release_id)
        self.ports.at(FaultPoint.WITHDRAWN)
        # What tells of bytes alone, as a file that cannot be read, knows no law.
        reason = Reason(
            code=error.code,
            what=error.what,
            article=error.article or _ARTICLE,
            remedy=error.remedy or _REMEDY,
        )
        plan = self._plan()
        closed = self._close(
            Action.RELEASE_REFUSED,
            refused(reason),
            plan,
            {},
            article=reason.article,
            reason_code=reason.code,
            events=self._events(plan, self.release.requested_at, error=error),
        )
        if closed:
            log.info(
                "release_refused",
                release=self.release.release_id,
                scenario=self.release.scenario,
                code=error.code,
            )

    def _close(
        self,
        action: Action,
        outcome: Mapping[str, Any],
        plan: Plan | None,
        data: Mapping[str, str | int],
        *,
        article: str,
        events: list[dict[str, Any]],
        decision_digest: str = "",
        made_under: str = "",
        reason_code: str = "",
    ) -> bool:
        release = self.release
        told: dict[str, str | int] = {
            "release_id": release.release_id,
            "manifest": release.manifest.sm3,
        }
        audit = self.recorder.outcome(
            action,
            about_release(
                release.release_id,
                release.scenario,
                release.run_id,
                plan,
                article=article,
                decision_digest=decision_digest,
            ),
            {**told, **data},
            intent_id=release.intent_id,
            reconciled=self.reconciled,
            reason_code=reason_code,
        )
        # What ends in neither way has no verdict yet.
        settled = action in {Action.RELEASE_PUBLISHED, Action.RELEASE_REFUSED}
        verdict = partial(
            keep_verdict,
            heard=self.hearing.last,
            release=release,
            audit=audit,
            outcome_code=reason_code,
            made_under=made_under,
        )
        return self.releases.close(
            release.release_id, outcome, audit, events, also=verdict if settled else None
        )

    def _pointed(self) -> bool:
        try:
            latest = self.bucket.latest()
        except IntegrityError:
            return True
        return latest is not None and latest.release_id == self.release.release_id

    def _plan(self) -> Plan | None:
        """The contract as it stands, where it still compiles: records name its ground."""
        try:
            return self.ports.contracts.plan(self.release.scenario)
        except RefusedError:
            return None

    def _events(
        self,
        plan: Plan | None,
        as_of: datetime,
        *,
        flows: tuple[lineage.Flow, ...] = (),
        error: WeirError | None = None,
    ) -> list[dict[str, Any]]:
        if plan is None:
            return []
        context = RunContext(
            scenario=self.release.scenario,
            run_id=self.release.run_id,
            as_of=as_of,
            attempt=self.release.attempts,
        )
        return lineage.events(
            plan,
            "publish",
            self.release.scenario,
            context,
            started_at=self.started_at,
            finished_at=self.ports.clock.now(),
            flows=flows,
            error=error,
        )
