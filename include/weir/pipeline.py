"""The order of the stages, and the evidence each one leaves.

A stage is a function of its own room over values and ports. This module alone knows which comes
after which, hands one stage's value to the next and keeps every outcome in the run ledger: success,
refusal and failure alike, each with its audit record and lineage in one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from weir.clock import Clock
from weir.contracts.plan import Plan, PlannedInput
from weir.crypto.keystore import KeyStore
from weir.crypto.sm2 import VerifyingKey
from weir.disclosure.assess import assess_disclosure
from weir.errors import (
    ClassificationError,
    DisclosureError,
    GateUnavailableError,
    IntegrityError,
    LeakError,
    QualityError,
    RefusedError,
)
from weir.evidence import lineage
from weir.evidence.actions import Action
from weir.evidence.kept import Keeper
from weir.evidence.ledger import RunLedger
from weir.masking.mask import mask
from weir.model import (
    Authorisation,
    DatasetId,
    DisclosedProduct,
    MaskedProduct,
    ObjectRef,
    Package,
    QualityVerdict,
    Reason,
    ReleaseId,
    ReleaseState,
    ReleaseStatus,
    RunContext,
    RunId,
    ScanReport,
    ScenarioId,
    Snapshot,
    Verdict,
    require,
)
from weir.policy.standing import Standing, check_may_run
from weir.privacy.redaction import redact
from weir.privacy.scan import scan_product, scan_snapshot
from weir.quality.check import check_quality
from weir.release.data_file import file_metadata
from weir.release.package import package
from weir.release.provenance import Provenance
from weir.storage.objects import ObjectStore
from weir.storage.table import open_table

log = structlog.get_logger()


class ReleaseDesk(Protocol):
    """The gate as the pipeline sees it. Raises `GateUnavailableError` when it does not answer."""

    def standing(self, scenario: ScenarioId) -> Standing: ...

    def request_release(
        self, scenario: ScenarioId, run_id: RunId, manifest: ObjectRef, requested_by: str = ""
    ) -> ReleaseStatus: ...

    def release_status(self, release_id: ReleaseId) -> ReleaseStatus: ...


class Intake(Protocol):
    """The intake as the pipeline sees it. Raises `IntakeUnavailableError` when it does not answer,
    and the errors of the pull itself."""

    def take(self, context: RunContext, dataset: DatasetId) -> Snapshot: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the stages reach the world through, under the worker's credential."""

    intake: Intake
    store: ObjectStore
    keys: KeyStore
    ledger: RunLedger
    desk: ReleaseDesk
    clock: Clock
    bureau_key: VerifyingKey
    acknowledge_lapsed: bool
    scratch: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRun:
    """One run of one compiled contract. Each method is one stage; all raise `WeirError` alone."""

    plan: Plan
    context: RunContext
    ports: Ports

    def authorise(self) -> Authorisation:
        """Leave to run under the bureau's decision for this exact contract digest (第十三条)."""
        with self._keeper.stage(
            "authorise", Action.RUN_AUTHORISED, self.plan.scenario.scenario
        ) as kept:
            leave = check_may_run(
                self.plan,
                self.ports.desk.standing(self.context.scenario),
                bureau_key=self.ports.bureau_key,
                as_of=self.context.as_of,
                acknowledge_lapsed=self.ports.acknowledge_lapsed,
            )
            kept.detail["decision_digest"] = leave.decision_digest
            kept.detail["policy_pack"] = leave.policy_pack
            kept.detail["policy_lapsed"] = int(leave.policy_lapsed)
            kept.detail["valid_until"] = leave.valid_until.isoformat()
        if leave.policy_lapsed:
            log.warning(
                "policy_lapsed",
                pack=leave.policy_pack,
                scenario=self.context.scenario,
                run=self.context.run_id,
            )
        return leave

    def pull(self, dataset: str) -> Snapshot:
        """One sealed, immutable snapshot of what the contract grants of `dataset`, taken by the
        intake and with its receipt."""
        planned = self._input(dataset)
        with self._keeper.stage("pull", Action.SNAPSHOT_TAKEN, dataset, effect=True) as kept:
            snapshot = self.ports.intake.take(self.context, DatasetId(dataset))
            kept.rows_in = snapshot.rows + snapshot.rows_without_consent
            kept.rows_out = snapshot.rows
            kept.detail["content"] = snapshot.content
            kept.detail["rows_without_consent"] = snapshot.rows_without_consent
            kept.flows.append(lineage.pulled(self.plan, planned, snapshot))
        return snapshot

    def check_quality(self, snapshot: Snapshot) -> QualityVerdict:
        """The suite's verdict; bad rows are in quarantine, and a refusal raises `QualityError`."""
        planned = self._input(snapshot.dataset)
        with self._keeper.stage(
            "check_quality", Action.QUALITY_CHECKED, snapshot.dataset, effect=True
        ) as kept:
            quality = check_quality(
                self.plan,
                planned,
                snapshot,
                self.context,
                store=self.ports.store,
                keys=self.ports.keys,
                scratch=self.ports.scratch,
            )
            kept.rows_in = quality.rows_in
            kept.rows_quarantined = quality.rows_quarantined
            kept.rows_out = quality.rows_in - quality.rows_quarantined
            if quality.report is not None:
                kept.detail["report"] = quality.report.key
            kept.flows.append(lineage.quality_checked(self.plan, planned, snapshot, quality))
            require(quality.verdict, QualityError, dataset=snapshot.dataset)
        return quality

    def scan(self, snapshot: Snapshot) -> ScanReport:
        """Findings of every cell; what exceeds the catalogue raises `ClassificationError`."""
        planned = self._input(snapshot.dataset)
        with self._keeper.stage("scan", Action.FIELDS_SCANNED, snapshot.dataset) as kept:
            scanned = scan_snapshot(
                planned,
                snapshot,
                store=self.ports.store,
                keys=self.ports.keys,
                scratch=self.ports.scratch,
            )
            kept.rows_in = kept.rows_out = scanned.rows
            kept.detail["cells"] = scanned.cells
            kept.detail["grade"] = int(scanned.grade)
            kept.flows.append(lineage.scanned(self.plan, planned, snapshot, scanned))
            require(scanned.verdict, ClassificationError, dataset=snapshot.dataset)
        return scanned

    def mask(
        self, snapshots: Sequence[Snapshot], quality: Sequence[QualityVerdict]
    ) -> MaskedProduct:
        """The masked, joined product, scanned again; a finding in it raises `LeakError`."""
        with self._keeper.stage(
            "mask", Action.PRODUCT_MASKED, self.context.scenario, effect=True
        ) as kept:
            product = mask(
                self.plan,
                {item.dataset: item for item in snapshots},
                {item.dataset: item for item in quality},
                self.context,
                store=self.ports.store,
                keys=self.ports.keys,
                redact=redact,
                metadata=file_metadata(self.plan),
                scratch=self.ports.scratch,
            )
            kept.rows_in = sum(item.rows_in - item.rows_quarantined for item in quality)
            kept.rows_out = product.rows
            kept.flows.append(lineage.masked(self.plan, snapshots, product))
            with open_table(
                product.data, store=self.ports.store, scratch=self.ports.scratch
            ) as table:
                rescan = scan_product(
                    self.plan,
                    table.batches(by_dictionary=True),
                    seed=product.data.sm3,
                    rows_hint=product.rows,
                )
            require(rescan.verdict, LeakError, scenario=self.context.scenario)
        return MaskedProduct(product=product, rescan=rescan)

    def assess_disclosure(self, masked: MaskedProduct) -> DisclosedProduct:
        """The product without its small groups; too many of them raise `DisclosureError`."""
        with self._keeper.stage(
            "assess_disclosure",
            Action.DISCLOSURE_ASSESSED,
            self.plan.scenario.scenario,
            effect=True,
        ) as kept:
            product, disclosure = assess_disclosure(
                self.plan,
                masked.product,
                self.context,
                store=self.ports.store,
                scratch=self.ports.scratch,
            )
            kept.rows_in = masked.product.rows
            kept.rows_out = product.rows
            kept.detail["k_required"] = disclosure.k_required
            kept.detail["k_found"] = disclosure.k_found
            kept.detail["rows_suppressed"] = disclosure.rows_suppressed
            kept.flows.append(lineage.disclosure_assessed(self.plan, masked.product, product))
            require(disclosure.verdict, DisclosureError, scenario=self.context.scenario)
        return DisclosedProduct(product=product, disclosure=disclosure)

    def package(
        self,
        authorisation: Authorisation,
        snapshots: Sequence[Snapshot],
        quality: Sequence[QualityVerdict],
        scans: Sequence[ScanReport],
        masked: MaskedProduct,
        disclosed: DisclosedProduct,
    ) -> Package:
        """Data, dictionary, notice and the manifest over them, ready for the gate."""
        with self._keeper.stage(
            "package", Action.PRODUCT_PACKAGED, self.plan.scenario.scenario, effect=True
        ) as kept:
            packed = package(
                self.plan,
                disclosed.product,
                Provenance(
                    authorisation=authorisation,
                    snapshots=tuple(snapshots),
                    quality=tuple(quality),
                    scans_before=tuple(scans),
                    scan_after=masked.rescan,
                    disclosure=disclosed.disclosure,
                ),
                self.context,
                store=self.ports.store,
                scratch=self.ports.scratch,
            )
            kept.rows_in = kept.rows_out = packed.rows
            kept.detail["manifest"] = packed.manifest.sm3
            kept.flows.append(lineage.packaged(self.plan, disclosed.product, packed))
        return packed

    def request_release(self, packed: Package) -> ReleaseStatus:
        """Hand the package to the gate. It answers at once and decides in its own time."""
        with self._keeper.stage(
            "request_release", Action.RELEASE_REQUESTED, self.plan.scenario.scenario, effect=True
        ) as kept:
            status = self.ports.desk.request_release(
                self.context.scenario,
                self.context.run_id,
                packed.manifest,
                self.context.requested_by,
            )
            kept.rows_in = packed.rows
            kept.detail["release_id"] = status.release_id
        return status

    def report(self, release_id: ReleaseId) -> ReleaseStatus:
        """Close the run with the gate's answer, asked for here: what a trigger or a person says
        of a release proves nothing. A release that is not published raises `RefusedError`.
        """
        with self._keeper.stage("report", Action.RUN_COMPLETED, self.context.scenario) as kept:
            answer = self.ports.desk.release_status(release_id)
            kept.detail["release_id"] = answer.release_id
            if answer.state is not ReleaseState.PUBLISHED:
                reason = answer.reason or Reason(
                    code="release_not_settled",
                    what=f"the gate has the release in state {answer.state}",
                    remedy="ask the gate for the release's state",
                )
                require(Verdict(reasons=(reason,)), RefusedError, release=release_id)
            kept.rows_out = answer.rows
            kept.detail["objects"] = answer.objects
        return answer

    def _input(self, dataset: str) -> PlannedInput:
        for planned in self.plan.inputs:
            if planned.dataset.dataset == dataset:
                return planned
        raise IntegrityError(
            "input_not_planned",
            "the contract has no such input",
            where={"scenario": self.context.scenario, "dataset": dataset},
        )

    @property
    def _keeper(self) -> Keeper:
        return Keeper(
            plan=self.plan, context=self.context, ledger=self.ports.ledger, clock=self.ports.clock
        )


def run_all(run: ScenarioRun, *, patience_seconds: float = 600.0) -> ReleaseStatus:
    """Every stage of `run` in order, in this process; waits for the gate to settle the release.

    A gate that has not settled within `patience_seconds` raises `GateUnavailableError`. Reviewers
    are people, and are waited for as long as it takes them.
    """
    leave = run.authorise()
    snapshots = [run.pull(planned.dataset.dataset) for planned in run.plan.inputs]
    quality = [run.check_quality(snapshot) for snapshot in snapshots]
    scans = [run.scan(snapshot) for snapshot in snapshots]
    masked = run.mask(snapshots, quality)
    disclosed = run.assess_disclosure(masked)
    status = run.request_release(run.package(leave, snapshots, quality, scans, masked, disclosed))
    deadline = time.monotonic() + patience_seconds
    while not status.state.settled:
        if time.monotonic() > deadline:
            raise GateUnavailableError(
                "release_not_settled",
                "the gate has not settled the release in time",
                where={"release": status.release_id, "patience_seconds": int(patience_seconds)},
                remedy="ask the gate for the release's state; it goes on by itself",
            )
        time.sleep(0.5)
        before, status = status.state, run.ports.desk.release_status(status.release_id)
        if status.state is ReleaseState.IN_REVIEW:
            deadline = time.monotonic() + patience_seconds
            if before is not ReleaseState.IN_REVIEW:
                log.warning("release_waits_for_reviewers", release=status.release_id)
    return run.report(status.release_id)
