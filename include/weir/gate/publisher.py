"""Publish a release: exactly once and whole, wherever the process is killed.

The order is: the intent, in one transaction with its audit record; every check over bytes that are
fetched once; where approvals are missing, the wait for them, after which all of this is done anew;
the files under `releases/<release id>/`, then the manifest, then the certificate;
`latest.json`, conditionally; the outcome, in one transaction with its audit record and lineage.

A rerun begins at the top. What it finds decides: `latest.json` naming the release means that it was
published; a certificate means that the checks passed and only the pointer is missing, for which the
bureau's leave is asked once more; anything less is checked and copied again.
"""

from __future__ import annotations

import traceback
from dataclasses import replace

import structlog

from weir.contracts.compile import compile_plan
from weir.contracts.plan import Plan
from weir.errors import IntegrityError, RefusedError, UnavailableError, WeirError
from weir.evidence.actions import Action
from weir.gate.bucket import Certified, ReleaseBucket
from weir.gate.candidate import Candidate, fetched
from weir.gate.checks import Checked, check
from weir.gate.closing import Closing, Held
from weir.gate.hearing import Hearing
from weir.gate.leave import (
    Leave,
    authorised_by,
    leave_for,
    may_release_now,
)
from weir.gate.ports import FaultPoint, GatePorts
from weir.gate.pulls import check_pulls
from weir.gate.recall import stated_recall
from weir.gate.records import Recorder, about_release
from weir.gate.release_store import Release, ReleaseStore
from weir.gate.review_store import GivenApproval, ReviewStore
from weir.gate.standing_store import StandingStore
from weir.gate.turns import turn
from weir.model import Digest
from weir.policy.grounds import reviewers_needed
from weir.release.certificate import Approval, Certificate, Policy, Predicate, egress, subjects
from weir.release.manifest import DATA, DICTIONARY, JSON, MANIFEST, NOTICE, TEXT
from weir.storage.scratch import scratch_folder
from weir.storage.table import PARQUET

log = structlog.get_logger()

_DOCUMENTS = {DICTIONARY: JSON, NOTICE: TEXT, MANIFEST: JSON}


class Publisher:
    """Settles releases: each ends published or refused, or stays open until what failed answers."""

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports
        self._releases = ReleaseStore(ports.engine)
        self._standings = StandingStore(ports.engine, ports.bureau_key)
        self._recorder = Recorder(ports.clock, ports.signing_key.public.key_id)
        self._reviews = ReviewStore(ports.engine, ports.clock, self._recorder)

    def settle(self, release: Release) -> None:
        """Publish or refuse `release`, unless it is closed or another process is at it.

        One process publishes for a scenario at a time. That saves work; what keeps releases single
        are the store's conditional writes.

        Raises `UnavailableError` when a store or the database does not answer: the release stays
        `checking`, nothing of it is visible, and the next call goes on from there.
        """
        with turn(self._ports.engine, f"publish:{release.scenario}") as mine:
            if mine:
                self._settle(release)

    def _settle(self, wanted: Release) -> None:
        started_at = self._ports.clock.now()
        intent = self._recorder.intent(
            Action.RELEASE_PUBLISHED,
            about_release(wanted.release_id, wanted.scenario, wanted.run_id),
            {"release_id": wanted.release_id, "manifest": wanted.manifest.sm3},
        )
        begun = self._releases.begin(wanted.release_id, intent)
        if begun is None:
            return
        release, resumed = begun
        self._ports.at(FaultPoint.INTENT_KEPT)
        bucket = ReleaseBucket(
            store=self._ports.store,
            bucket=f"release-{release.scenario}",
            key=self._ports.signing_key,
        )
        hearing = Hearing(
            bureau_key=self._ports.bureau_key, acknowledge_lapsed=self._ports.acknowledge_lapsed
        )
        closing = Closing(
            ports=self._ports,
            releases=self._releases,
            recorder=self._recorder,
            release=release,
            bucket=bucket,
            hearing=hearing,
            started_at=started_at,
            reconciled=resumed,
        )
        try:
            made = self._carry_out(release, bucket, hearing)
        except UnavailableError:
            raise
        except WeirError as error:
            closing.refuse(error)
        except Exception as error:  # noqa: BLE001 - becomes a refusal without its text
            closing.refuse(
                RefusedError(
                    "internal_error",
                    f"{type(error).__name__} in the gate",
                    where={"release": release.release_id, "at": _place(error)},
                    remedy="report the place named here; nothing was published",
                )
            )
        else:
            match made:
                case Held():
                    closing.hold(made)
                case Certified():
                    closing.publish(made)

    def _carry_out(
        self, release: Release, bucket: ReleaseBucket, hearing: Hearing
    ) -> Certified | Held:
        """Every outside effect of a publication that is not there yet; none of one that has to be
        reviewed first."""
        certified = bucket.certificate(release.release_id)
        latest = bucket.latest()
        if certified and latest and latest.release_id == release.release_id:
            self._recall(certified, hearing)
            return certified
        hearing.bundle = self._ports.contracts.bundle(release.scenario)
        plan = compile_plan(hearing.bundle)
        leave = self._leave(release, plan, hearing)
        if leave.authorisation.policy_lapsed:
            log.warning("policy_lapsed", pack=plan.policy.pack, release=release.release_id)
        if certified:
            self._expect_unchanged(release, plan, bucket, certified)
        else:
            if latest and latest.pointed_at > self._ports.clock.now():
                raise UnavailableError(
                    "clock_behind",
                    "the clock stands before the last release's certificate",
                    where={"scenario": release.scenario},
                    remedy="set the gate's clock",
                )
            made = self._check_and_copy(release, plan, leave, bucket, hearing)
            if isinstance(made, Held):
                return made
            certified = made
        # The checks take their time: an order may have come meanwhile, and gone again.
        leave = self._leave(release, plan, hearing)
        check_pulls(
            plan,
            certified.certificate.predicate.reported.snapshots,
            leave,
            bucket,
            self._ports,
        )
        bucket.point_to(certified, self._ports.clock.now())
        self._ports.at(FaultPoint.POINTED)
        return certified

    def _leave(self, release: Release, plan: Plan, hearing: Hearing) -> Leave:
        run = self._releases.of_run(release.scenario, release.run_id)
        return leave_for(plan, self._standings, self._ports, hearing, run)

    def _recall(self, certified: Certified, hearing: Hearing) -> None:
        """An earlier attempt was killed between pointer and outcome: its last question is asked
        again as of its certificate, with what the bureau had said by then. It cannot be where the
        contract has changed since; then the verdict is kept without."""
        stated = certified.certificate.predicate
        try:
            bundle = self._ports.contracts.bundle(stated.scenario)
            plan = compile_plan(bundle)
        except RefusedError:
            return
        if plan.contract_digest != stated.contract_digest:
            return
        standing = self._standings.standing(stated.scenario, stated.contract_digest)
        hearing.bundle, hearing.made_under = bundle, stated.contract_digest
        hearing.hear(
            plan,
            replace(
                standing,
                suspensions=tuple(
                    order
                    for order in standing.suspensions
                    if order.issued_at <= stated.certified_at
                ),
                revocations=tuple(
                    one for one in standing.revocations if one.revoked_at <= stated.certified_at
                ),
                terminations=tuple(
                    one for one in standing.terminations if one.issued_at <= stated.certified_at
                ),
            ),
            stated.certified_at,
        )

    def _expect_unchanged(
        self, release: Release, plan: Plan, bucket: ReleaseBucket, certified: Certified
    ) -> None:
        """An earlier attempt's certificate counts only for the same contract, manifest, files."""
        stated = certified.certificate
        if (
            stated.predicate.contract_digest != plan.contract_digest
            or stated.digests().get(MANIFEST) != release.manifest.sm3
        ):
            raise IntegrityError(
                "certificate_outdated",
                "the contract changed between certificate and publication",
                where={"scenario": release.scenario, "release": release.release_id},
                article="第十三条",
                remedy="run the pipeline again under the contract as decided",
            )
        with scratch_folder(self._ports.scratch) as folder:
            bucket.expect_files(release.release_id, certified, folder)

    def _check_and_copy(
        self,
        release: Release,
        plan: Plan,
        leave: Leave,
        bucket: ReleaseBucket,
        hearing: Hearing,
    ) -> Certified | Held:
        ports, approvals = self._ports, self._reviews.approvals(release)
        with fetched(
            release, plan, leave.authorisation, store=ports.store, scratch=ports.scratch
        ) as staged:
            told = staged.manifest
            begun = authorised_by(leave, plan, told, self._standings, ports.bureau_key)
            candidate = replace(staged, authorisation=begun)
            made_under = Digest(candidate.manifest.contract_digest)
            approvers = {one.by.id for one in approvals}
            released = may_release_now(plan, leave, made_under, approvers, ports, hearing)
            checked = check(
                candidate,
                store=ports.store,
                keys=ports.keys,
                masking_keys=ports.masking_keys,
                intake_key=ports.intake_key,
                now=ports.clock.now(),
                canaries=ports.canaries,
            )
            snapshots = candidate.manifest.provenance.snapshots
            check_pulls(plan, snapshots, leave, bucket, ports)
            ports.at(FaultPoint.CHECKED)
            if not released:
                return Held(rows=candidate.manifest.rows, reviewers=reviewers_needed(plan))
            ports.make_bucket(bucket.bucket)
            bucket.put_once(release.release_id, DATA, candidate.folder / DATA, PARQUET)
            ports.at(FaultPoint.DATA_COPIED)
            for path, kind in _DOCUMENTS.items():
                bucket.put_once(release.release_id, path, candidate.folder / path, kind)
            ports.at(FaultPoint.FILES_COPIED)
            certificate = self._certificate(candidate, checked, leave, approvals)
        certified = bucket.certify(release.release_id, certificate)
        ports.at(FaultPoint.CERTIFIED)
        return certified

    def _certificate(
        self,
        candidate: Candidate,
        checked: Checked,
        leave: Leave,
        approvals: tuple[GivenApproval, ...],
    ) -> Certificate:
        release, plan, manifest = candidate.release, candidate.plan, candidate.manifest
        authorisation, decision = leave.authorisation, leave.standing.decision
        return Certificate(
            subject=subjects(manifest, release.manifest.sm3),
            predicate=Predicate(
                release_id=release.release_id,
                scenario=release.scenario,
                run_id=release.run_id,
                contract_digest=plan.contract_digest,
                decision_digest=authorisation.decision_digest,
                decision=decision.to_json() if decision else {},
                policy=Policy(pack=authorisation.policy_pack, lapsed=authorisation.policy_lapsed),
                reviewers_needed=reviewers_needed(plan),
                approvals=tuple(
                    Approval(
                        reviewer=one.by.id,
                        role=one.by.role,
                        manifest_sm3=one.manifest_sm3,
                        approved_at=one.given_at,
                    )
                    for one in approvals
                ),
                rows=manifest.rows,
                checked_egress=egress(
                    checked.egress,
                    tuple(column.name for column in plan.output),
                    stated_recall(checked.egress.entities_covered),
                ),
                checked_disclosure=checked.disclosure,
                reported=manifest.provenance,
                code_version=self._ports.code_version,
                audit_record=release.intent_id,
                produced_at=manifest.created_at,
                certified_at=self._ports.clock.now(),
            ),
        )


def _place(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
