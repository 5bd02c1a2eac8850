"""The small city with a gate over a real database and a store of the test's choice."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from fakes.people import principal_of
from fakes.small_city import LIBRARY, NOW, ROWS, RUN, Row, SmallCity
from weir.clock import Clock
from weir.crypto.dsse import Envelope
from weir.crypto.sm3 import sm3_hex
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Legal, Target, from_bytes
from weir.evidence.tables import outbox
from weir.gate.delisting import Delister
from weir.gate.ports import ContractFolders, FaultPoint, GatePorts, no_fault
from weir.gate.publisher import Publisher
from weir.gate.records import BUREAU, About, Recorder, about_release
from weir.gate.release_store import Release, ReleaseStore, release_id
from weir.gate.review_store import ReviewStore
from weir.gate.standing_store import StandingStore
from weir.governance.attempts import initiator_of
from weir.model import ObjectRef, Principal, Role, RunId, ScenarioId
from weir.policy.decision import open_decision
from weir.policy.machines.release import Review
from weir.policy.order import open_order
from weir.policy.revocation import open_revocation
from weir.policy.termination import open_termination
from weir.release.manifest import Manifest
from weir.release.package import staging_prefix
from weir.release.verify import Verification, verify_release
from weir.storage.objects import STAGING, ObjectStore
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
class GateCity:
    """`admin` sees the whole store; the gate has it by `store`."""

    city: SmallCity
    engine: Engine
    admin: ObjectStore
    store: ObjectStore
    provisioner: Provisioner
    clock: Clock = field(default_factory=TickingClock)
    scratch: Path | None = None

    @property
    def ports(self) -> GatePorts:
        contracts, policy, expectations = self.city.folders
        return GatePorts(
            engine=self.engine,
            store=self.store,
            provisioner=self.provisioner,
            make_bucket=self.admin.ensure_bucket,
            signing_key=self.city.operator,
            bureau_key=self.city.bureau.public,
            contracts=ContractFolders(
                contracts_dir=contracts, policy_dir=policy, expectations_dir=expectations
            ),
            clock=self.clock,
            acknowledge_lapsed=False,
            code_version="0.1.0+test",
            scratch=self.scratch,
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

    def stage(
        self,
        *,
        scenario: str = LIBRARY,
        run_id: str = RUN,
        rows: Sequence[Row] = ROWS,
        decision: Envelope | None = None,
    ) -> ObjectRef:
        """The staged manifest of a product as the pipeline makes it."""
        envelope = decision or self.city.decision(self.city.plan(scenario))
        packed = self.city.stage(
            self.admin, envelope, scenario=scenario, run_id=run_id, rows=rows, scratch=self.scratch
        )
        return packed.manifest

    def restage(
        self,
        manifest: ObjectRef,
        *,
        files: dict[str, bytes] | None = None,
        change: Callable[[dict[str, object]], None] | None = None,
    ) -> ObjectRef:
        """A hostile worker's staging: other files, with a manifest that agrees with them."""
        told = json.loads(self.admin.get_bytes(STAGING, manifest.key))
        prefix = manifest.key.removesuffix("manifest.json")
        for path, data in (files or {}).items():
            self.admin.put_bytes(STAGING, prefix + path, data)
            entry = next(one for one in told["files"] if one["path"] == path)
            entry |= {"sm3": sm3_hex(data), "size_bytes": len(data)}
        if change:
            change(told)
        data = Manifest.model_validate_json(json.dumps(told)).to_bytes()
        return self.admin.put_bytes(STAGING, manifest.key, data)

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
            by=initiator_of(principal_of(Role.WORKER)),
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
