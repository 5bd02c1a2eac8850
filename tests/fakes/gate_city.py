"""The small city with a gate over a real database and a store of the test's choice."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine, select

from fakes.memory_ledger import MemoryLedger
from fakes.memory_source import MemorySource
from fakes.people import principal_of
from fakes.small_city import LIBRARY, NOW, ROWS, RUN, Row, SmallCity, batch_of
from weir.clock import Clock, FixedClock
from weir.crypto.dsse import Envelope
from weir.crypto.file_keystore import FileKeyStore
from weir.crypto.sm3 import sm3_hex
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Legal, Target, from_bytes
from weir.evidence.tables import outbox
from weir.exchange.source import Source
from weir.gate.delisting import Delister
from weir.gate.ports import ContractFolders, FaultPoint, GatePorts, no_fault
from weir.gate.publisher import Publisher
from weir.gate.records import BUREAU, About, Recorder, about_release
from weir.gate.release_store import Release, ReleaseStore, release_id
from weir.gate.review_store import ReviewStore
from weir.gate.standing_store import StandingStore
from weir.governance.attempts import initiator_of
from weir.intake.taking import IntakePorts, SnapshotOrder, take
from weir.model import (
    DatasetId,
    MaskedProduct,
    ObjectRef,
    Principal,
    QualityVerdict,
    ReleaseId,
    ReleaseStatus,
    Role,
    RunContext,
    RunId,
    ScenarioId,
    Snapshot,
)
from weir.pipeline import Intake, Ports, ScenarioRun
from weir.policy.decision import open_decision
from weir.policy.machines.release import Review
from weir.policy.order import open_order
from weir.policy.revocation import open_revocation
from weir.policy.standing import Standing
from weir.policy.termination import open_termination
from weir.privacy.canaries import Canaries
from weir.release.data_file import file_metadata
from weir.release.manifest import DATA, Manifest
from weir.release.package import staging_prefix
from weir.release.verify import Verification, verify_release
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING, ObjectStore
from weir.storage.parquet import schema_of, write_parquet
from weir.storage.provisioning import Provisioner

CHIEF = Principal(id="chief", role=Role.CHIEF_DATA_OFFICER, org="operator")
OFFICER = Principal(id="officer", role=Role.SECURITY_OFFICER, org="operator")


@dataclass
class TickingClock:
    """Each look at it is a second later."""

    instant: datetime = NOW

    def now(self) -> datetime:
        self.instant += timedelta(seconds=1)
        return self.instant


@dataclass
class PromptDesk:
    """A gate of which a run asks nothing but the standing: one decision and no order."""

    decision: Envelope

    def standing(self, scenario: ScenarioId) -> Standing:
        del scenario
        return Standing(decision=self.decision, suspensions=())

    def request_release(
        self, scenario: ScenarioId, run_id: RunId, manifest: ObjectRef, requested_by: str = ""
    ) -> ReleaseStatus:
        raise NotImplementedError

    def release_status(self, release_id: ReleaseId) -> ReleaseStatus:
        raise NotImplementedError


@dataclass
class DirectIntake:
    """The intake's own taking, called where a worker calls its service."""

    ports: IntakePorts

    def take(self, context: RunContext, dataset: DatasetId) -> Snapshot:
        order = SnapshotOrder(
            scenario=context.scenario,
            run_id=context.run_id,
            dataset=dataset,
            as_of=context.as_of,
        )
        return take(order, self.ports)


@dataclass
class GateCity:
    """`admin` sees the whole store; the gate has it by `store`, and the pipeline by `worker` where
    a test gives its workers a credential of their own."""

    city: SmallCity
    engine: Engine
    admin: ObjectStore
    store: ObjectStore
    provisioner: Provisioner
    clock: Clock = field(default_factory=TickingClock)
    scratch: Path | None = None
    worker: ObjectStore | None = None
    acknowledge_lapsed: bool = False
    canaries: Canaries = field(default_factory=Canaries)

    @property
    def hands(self) -> ObjectStore:
        """The store as a worker sees it."""
        return self.worker or self.admin

    @property
    def ports(self) -> GatePorts:
        contracts, policy, expectations = self.city.folders
        return GatePorts(
            engine=self.engine,
            store=self.store,
            provisioner=self.provisioner,
            make_bucket=self.admin.ensure_bucket,
            keys=self.keys,
            masking_keys=self.masking_keys,
            signing_key=self.city.operator,
            bureau_key=self.city.bureau.public,
            intake_key=self.city.intake.public,
            contracts=ContractFolders(
                contracts_dir=contracts, policy_dir=policy, expectations_dir=expectations
            ),
            clock=self.clock,
            acknowledge_lapsed=self.acknowledge_lapsed,
            code_version="0.1.0+test",
            scratch=self.scratch,
            canaries=self.canaries,
            at=no_fault,
        )

    @property
    def releases(self) -> ReleaseStore:
        return ReleaseStore(self.engine)

    @property
    def standings(self) -> StandingStore:
        return StandingStore(self.engine, self.city.bureau.public)

    @property
    def recorder(self) -> Recorder:
        return Recorder(self.clock, self.city.operator.public.key_id)

    def decide(self, scenario: str = LIBRARY, envelope: Envelope | None = None) -> Envelope:
        """Register the bureau's decision on the scenario's contract as it stands."""
        envelope = envelope or self.city.decision(self.city.plan(scenario))
        decision = open_decision(envelope, self.city.bureau.public)
        about = About(target=Target(kind="scenario", name=scenario), legal=Legal())
        audit = self.recorder.state(Action.DECISION_REGISTERED, about, {}, by=BUREAU)
        self.standings.register_decision(envelope, decision, audit)
        return envelope

    def revoke(self, envelope: Envelope) -> bool:
        """Register what takes a decision back; False where it was known."""
        revocation = open_revocation(envelope, self.city.bureau.public)
        about = About(target=Target(kind="scenario", name=revocation.scenario), legal=Legal())
        audit = self.recorder.state(Action.REVOCATION_REGISTERED, about, {}, by=BUREAU)
        return self.standings.register_revocation(envelope, revocation, audit)

    def terminate(self, envelope: Envelope) -> None:
        notice = open_termination(envelope, self.city.bureau.public)
        about = About(target=Target(kind="agreement", name=notice.agreement), legal=Legal())
        audit = self.recorder.state(Action.TERMINATION_REGISTERED, about, {}, by=BUREAU)
        self.standings.register_termination(envelope, notice, audit)

    def order(self, envelope: Envelope) -> None:
        order = open_order(envelope, self.city.bureau.public)
        about = About(target=Target(kind=order.scope_kind, name=order.scope), legal=Legal())
        audit = self.recorder.state(Action.ORDER_REGISTERED, about, {}, by=BUREAU)
        self.standings.register_order(envelope, order, audit)

    @property
    def keys(self) -> FileKeyStore:
        """The keystore that workers and gate share."""
        return FileKeyStore(self.city.root / "keys")

    @property
    def masking_keys(self) -> FileKeyStore:
        """What intake and gate have to themselves."""
        return FileKeyStore(self.city.root / "masking-keys")

    def run(
        self,
        *,
        scenario: str = LIBRARY,
        run_id: str = RUN,
        rows: Sequence[Row] = ROWS,
        decision: Envelope | None = None,
        intake: Intake | None = None,
        pulled_at: datetime = NOW,
    ) -> ScenarioRun:
        """A worker's run of a scenario whose source holds `rows`, or over another `intake`."""
        plan = self.city.plan(scenario)
        for bucket in (SNAPSHOTS, QUARANTINE, STAGING, REPORTS):
            self.admin.ensure_bucket(bucket)
        envelope = decision or self.city.decision(plan)
        tables, held = [one.dataset.source.table for one in plan.inputs], source_table(rows)
        return ScenarioRun(
            plan=plan,
            context=RunContext(scenario=ScenarioId(scenario), run_id=RunId(run_id), as_of=NOW),
            ports=Ports(
                intake=intake
                or self.intake(MemorySource(dict.fromkeys(tables, held)), envelope, pulled_at),
                store=self.hands,
                keys=self.keys,
                ledger=MemoryLedger(),
                desk=PromptDesk(envelope),
                clock=self.clock,
                bureau_key=self.city.bureau.public,
                acknowledge_lapsed=self.acknowledge_lapsed,
                scratch=self.scratch,
            ),
        )

    def intake(self, source: Source, decision: Envelope, pulled_at: datetime = NOW) -> DirectIntake:
        """The intake over `source`, without the wire; its clock stands at `pulled_at`."""
        return DirectIntake(
            IntakePorts(
                plan=self.city.plan,
                source=source,
                store=self.admin,
                keys=self.keys,
                masking_keys=self.masking_keys,
                desk=PromptDesk(decision),
                signing_key=self.city.intake,
                bureau_key=self.city.bureau.public,
                clock=FixedClock(pulled_at),
                acknowledge_lapsed=self.acknowledge_lapsed,
                scratch=self.scratch,
            )
        )

    def stage(
        self,
        *,
        scenario: str = LIBRARY,
        run_id: str = RUN,
        rows: Sequence[Row] = ROWS,
        product: Sequence[Row] | None = None,
        decision: Envelope | None = None,
        pulled_at: datetime = NOW,
    ) -> ObjectRef:
        """The staged manifest of what the pipeline makes of a source that holds `rows`; with
        `product` a hostile worker puts rows of its own in the product's place."""
        run = self.run(
            scenario=scenario, run_id=run_id, rows=rows, decision=decision, pulled_at=pulled_at
        )
        manifest = stage_of(run)
        if product is None:
            return manifest
        return self.restage(
            manifest, files={DATA: self.encoded(product, scenario)}, rows=len(product)
        )

    def encoded(self, rows: Sequence[Row], scenario: str = LIBRARY) -> bytes:
        """The data file that the package stage makes of a product's `rows`."""
        plan = self.city.plan(scenario)
        schema = schema_of(plan.output_columns)
        file = io.BytesIO()
        write_parquet([batch_of(rows, schema)], schema, file, metadata=file_metadata(plan))
        return file.getvalue()

    def restage(
        self,
        manifest: ObjectRef,
        *,
        files: dict[str, bytes] | None = None,
        change: Callable[[dict[str, Any]], None] | None = None,
        rows: int | None = None,
    ) -> ObjectRef:
        """A hostile worker's staging: other files, with a manifest that agrees with them."""
        told = json.loads(self.admin.get_bytes(STAGING, manifest.key))
        prefix = manifest.key.removesuffix("manifest.json")
        store = self.hands
        for path, data in (files or {}).items():
            store.put_bytes(STAGING, prefix + path, data)
            entry = next(one for one in told["files"] if one["path"] == path)
            entry |= {"sm3": sm3_hex(data), "size_bytes": len(data)}
        if rows is not None:
            told["rows"] = rows
            next(one for one in told["files"] if one["path"] == DATA)["rows"] = rows
        if change:
            change(told)
        data = Manifest.model_validate_json(json.dumps(told)).to_bytes()
        return store.put_bytes(STAGING, manifest.key, data)

    def request(
        self,
        manifest: ObjectRef,
        *,
        scenario: str = LIBRARY,
        run_id: str = RUN,
        requested_by: str = "",
    ) -> Release:
        assert manifest.key == staging_prefix(scenario, run_id) + "manifest.json"
        name = release_id(scenario, run_id, manifest.sm3)
        audit = self.recorder.state(
            Action.RELEASE_REQUESTED,
            about_release(name, scenario, run_id),
            {},
            by=replace(initiator_of(principal_of(Role.WORKER)), on_behalf_of=requested_by),
        )
        return self.releases.request(
            ScenarioId(scenario), RunId(run_id), manifest, audit, requested_by
        )

    def review(
        self,
        release: Release,
        by: Principal,
        *,
        approve: bool = True,
        manifest_sm3: str | None = None,
    ) -> Release:
        """A reviewer's word on the release, kept by the gate."""
        given = Review(manifest_sm3=manifest_sm3 or release.manifest.sm3, words="与合同一致")
        pack = self.ports.contracts.pack(self.clock.now())
        reviews = ReviewStore(self.engine, self.clock, self.recorder)
        return reviews.review(release.release_id, by, given, approve=approve, pack=pack)

    def delist(self, release: Release) -> Release:
        """The operator's order to delist, not carried out yet."""
        return Delister(self.ports).by_operator(release, OFFICER, "发现违规加工")

    def settle(self, release: Release, at: Callable[[FaultPoint], None] = no_fault) -> Release:
        """One attempt of the publisher at `release`, and what became of it."""
        Publisher(replace(self.ports, at=at)).settle(release)
        held = self.releases.find(release.release_id)
        assert held is not None
        return held

    def publish(self, *, scenario: str = LIBRARY, run_id: str = RUN) -> Release:
        """A decided, staged, requested and settled release."""
        envelope = self.decide(scenario)
        manifest = self.stage(scenario=scenario, run_id=run_id, decision=envelope)
        return self.settle(self.request(manifest, scenario=scenario, run_id=run_id))

    def records(self) -> list[AuditRecord]:
        """Every audit record kept, oldest first."""
        query = select(outbox.c.body).where(outbox.c.kind == "audit").order_by(outbox.c.seq)
        with self.engine.connect() as connection:
            return [from_bytes(bytes(body)) for body in connection.scalars(query)]

    def bucket(self, scenario: str = LIBRARY) -> list[str]:
        """What lies in the scenario's release bucket."""
        bucket = f"release-{scenario}"
        self.admin.ensure_bucket(bucket)
        return sorted(info.key for info in self.admin.list(bucket))

    def copy(self, folder: Path, scenario: str = LIBRARY) -> Verification:
        """Fetch the release bucket and verify the copy as a consumer does."""
        for key in self.bucket(scenario):
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            self.admin.fetch(f"release-{scenario}", key, folder / key)
        return self.verified(folder)

    def verified(self, folder: Path) -> Verification:
        """What a consumer who has both public keys finds in `folder`."""
        return verify_release(
            folder,
            operator_key=self.city.operator.public,
            bureau_key=self.city.bureau.public,
        )


def stage_of(
    run: ScenarioRun,
    snapshots: Sequence[Snapshot] | None = None,
    quality: Sequence[QualityVerdict] | None = None,
    masked: MaskedProduct | None = None,
) -> ObjectRef:
    """Every stage up to the package, by the pipeline; a value that is given replaces a stage's, as
    one edited in Airflow's XCom does. Returns the staged manifest."""
    leave = run.authorise()
    snapshots = snapshots or [run.pull(one.dataset.dataset) for one in run.plan.inputs]
    quality = quality or [run.check_quality(one) for one in snapshots]
    scans = [run.scan(one) for one in snapshots]
    masked = masked or run.mask(snapshots, quality)
    disclosed = run.assess_disclosure(masked)
    return run.package(leave, snapshots, quality, scans, masked, disclosed).manifest


def source_table(rows: Sequence[Row]) -> pa.Table:
    """The exchange platform's table that holds `rows`."""
    names = {"visit_id": 0, "district": 1, "visits": 2, "remark": 3}
    types = {"visits": pa.int64()}
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], types.get(name, pa.string()))
            for name, place in names.items()
        }
    )
