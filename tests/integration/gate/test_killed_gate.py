"""Killed at any point, on a real store and database, a rerun ends with exactly one release."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

import services
from fakes.doomed_gate import DEAD, doom, rival
from fakes.gate_city import CHIEF, OFFICER, GateCity
from fakes.people import principal_of
from fakes.small_city import LIBRARY, MARKET, RESERVED, SmallCity
from weir.errors import AuthorisationError
from weir.gate.credentials import Credentials
from weir.gate.ports import FaultPoint
from weir.gate.reconcile import Reconciler
from weir.model import ReleaseState, Role
from weir.release.fetch import fetch_bucket
from weir.storage.iam_provisioner import IamProvisioner
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import STAGING
from weir.storage.provisioning import Credential, Policy, gate_policy, worker_policy

ISSUER = principal_of(Role.CHIEF_DATA_OFFICER)


class RealCity:
    """A gate city on a real store, each user of it with its own credential."""

    def __init__(
        self, server: services.StoreServer, admin: MinioObjectStore, engine: Engine, root: Path
    ) -> None:
        self.endpoint = server.endpoint
        provisioner = IamProvisioner(server.endpoint, server.access_key, server.secret_key)
        self._provisioner = provisioner
        self.credential = self.user(gate_policy())
        self.gate = GateCity(
            city=SmallCity(root),
            engine=engine,
            admin=admin,
            store=self.sign_in(self.credential),
            provisioner=provisioner,
        )
        admin.ensure_bucket(f"release-{LIBRARY}")
        for info in list(admin.list(f"release-{LIBRARY}")):
            admin.remove(f"release-{LIBRARY}", info.key)

    def user(self, policy: Policy) -> Credential:
        return self._provisioner.ensure_user(f"user-{uuid.uuid4().hex[:12]}", None, None, policy)

    def sign_in(self, credential: Credential) -> MinioObjectStore:
        return MinioObjectStore(self.endpoint, credential.access_key, credential.secret_key)

    def kill_at(self, point: FaultPoint) -> None:
        keys = (self.credential.access_key, self.credential.secret_key)
        assert doom(self.gate, point, endpoint=self.endpoint, keys=keys) == DEAD

    def reconcile(self) -> None:
        ports = self.gate.ports
        assert Reconciler(ports, Credentials(ports)).run_once() == 0


@pytest.fixture
def real(
    object_store_server: services.StoreServer,
    store: MinioObjectStore,
    engine: Engine,
    tmp_path: Path,
) -> RealCity:
    return RealCity(object_store_server, store, engine, tmp_path / "city")


DELISTING = (
    FaultPoint.DELISTING_KEPT,
    FaultPoint.BURIED,
    FaultPoint.POINTED_AWAY,
    FaultPoint.CLEARED,
)
PUBLISHING = tuple(p for p in FaultPoint if p not in {*DELISTING, FaultPoint.WITHDRAWN})


@pytest.mark.parametrize("point", PUBLISHING)
def test_killed_while_publishing(real: RealCity, point: FaultPoint, tmp_path: Path) -> None:
    """One release, whole and verified; one intent, one outcome; latest names it."""
    gate = real.gate
    gate.decide()
    release = gate.request(gate.stage())
    real.kill_at(point)
    visible = "latest.json" in gate.bucket()
    assert visible == (point is FaultPoint.POINTED)
    real.reconcile()
    real.reconcile()
    held = gate.releases.find(release.release_id)
    assert held is not None
    assert (held.state, held.reason) == (ReleaseState.PUBLISHED, None)
    found = gate.copy(tmp_path / "copy")
    assert found.passed, found.failures
    assert [one.release_id for one in found.releases] == [release.release_id]
    phases = [r.phase for r in gate.records() if r.action == "release.published"]
    assert phases == ["intent", "reconciled"]


@pytest.mark.parametrize("point", PUBLISHING)
def test_killed_while_publishing_what_was_reviewed(
    real: RealCity, point: FaultPoint, tmp_path: Path
) -> None:
    """The approvals still count after the restart, and nobody is asked twice."""
    gate = real.gate
    gate.admin.ensure_bucket(f"release-{RESERVED}")
    for key in gate.bucket(RESERVED):
        gate.admin.remove(f"release-{RESERVED}", key)
    gate.decide(RESERVED)
    release = gate.request(gate.stage(scenario=RESERVED), scenario=RESERVED)
    assert gate.settle(release).state is ReleaseState.IN_REVIEW
    gate.review(release, CHIEF)
    gate.review(release, OFFICER)
    real.kill_at(point)
    real.reconcile()
    held = gate.releases.find(release.release_id)
    assert held is not None
    assert (held.state, held.approvals) == (ReleaseState.PUBLISHED, 2)
    found = gate.copy(tmp_path / "copy", RESERVED)
    assert found.passed, found.failures
    assert [one.release_id for one in found.releases] == [release.release_id]
    told = [r.phase for r in gate.records() if r.action == "release.published"]
    assert told[-2:] == ["intent", "reconciled"]


@pytest.mark.parametrize("point", DELISTING)
def test_killed_while_delisting(real: RealCity, point: FaultPoint, tmp_path: Path) -> None:
    """One tombstone, one intent, one outcome; the pointer names what is left, and no copy that a
    consumer makes in between is broken."""
    gate = real.gate
    first = gate.publish(run_id="run-1")
    second = gate.publish(run_id="run-2")
    gate.delist(second)
    real.kill_at(point)
    if point is not FaultPoint.BURIED:
        # Between tombstone and pointer a consumer is told to come again.
        fetch_bucket(gate.admin, f"release-{LIBRARY}", tmp_path / "between", pause_seconds=0)
        assert gate.verified(tmp_path / "between").passed
    real.reconcile()
    real.reconcile()
    held = gate.releases.find(second.release_id)
    assert held is not None
    assert held.state is ReleaseState.DELISTED
    found = gate.copy(tmp_path / "copy")
    assert found.passed, found.failures
    assert [one.release_id for one in found.releases] == [first.release_id]
    assert [one.release_id for one in found.delisted] == [second.release_id]
    told = [r for r in gate.records() if r.action == "release.delisted"]
    assert told[0].phase == "intent"
    assert len(told) == 2
    assert told[1].intent_id == told[0].id


def test_two_gates_at_once_publish_each_release_once(real: RealCity, tmp_path: Path) -> None:
    """Two processes over one database and one store, many releases of two scenarios."""
    gate = real.gate
    gate.admin.ensure_bucket(f"release-{MARKET}")
    for key in gate.bucket(MARKET):
        gate.admin.remove(f"release-{MARKET}", key)
    wanted = []
    for scenario in (LIBRARY, MARKET):
        gate.decide(scenario)
        for run in range(6):
            name = f"run-{run}"
            manifest = gate.stage(scenario=scenario, run_id=name)
            wanted.append(gate.request(manifest, scenario=scenario, run_id=name))
    keys = (real.credential.access_key, real.credential.secret_key)
    rivals = [rival(gate, endpoint=real.endpoint, keys=keys) for _ in range(2)]
    assert [one.wait(240) for one in rivals] == [0, 0]
    for scenario in (LIBRARY, MARKET):
        found = gate.copy(tmp_path / scenario, scenario)
        assert found.passed, found.failures
        assert len(found.releases) == 6
    told = [r for r in gate.records() if r.action == "release.published"]
    for phases in ({"intent"}, {"outcome", "reconciled"}):
        named = [r.data["release_id"] for r in told if r.phase in phases]
        assert sorted(map(str, named)) == sorted(one.release_id for one in wanted)


def test_two_gates_at_once_delist_each_release_once(real: RealCity, tmp_path: Path) -> None:
    """Whichever is faster; one outcome each, and the pointer names the one that is left."""
    gate = real.gate
    released = [gate.publish(run_id=f"run-{run}") for run in range(5)]
    for one in released[1:]:
        gate.delist(one)
    keys = (real.credential.access_key, real.credential.secret_key)
    rivals = [rival(gate, endpoint=real.endpoint, keys=keys) for _ in range(2)]
    assert [one.wait(240) for one in rivals] == [0, 0]
    found = gate.copy(tmp_path / "copy")
    assert found.passed, found.failures
    assert [one.release_id for one in found.releases] == [released[0].release_id]
    assert len(found.delisted) == 4
    told = [r.phase for r in gate.records() if r.action == "release.delisted"]
    assert told.count("intent") == 4
    assert len(told) == 8


def test_killed_while_refusing(real: RealCity) -> None:
    """A refused release leaves nothing behind, however often its gate dies over it."""
    gate = real.gate
    release = gate.request(gate.stage())
    real.kill_at(FaultPoint.WITHDRAWN)
    real.reconcile()
    held = gate.releases.find(release.release_id)
    assert held is not None
    assert held.reason is not None
    assert held.reason.code == "decision_missing"
    assert gate.bucket() == []


def test_killed_again_and_again(real: RealCity, tmp_path: Path) -> None:
    """A gate that dies at every point in turn still publishes once."""
    gate = real.gate
    gate.decide()
    release = gate.request(gate.stage())
    for point in (FaultPoint.CHECKED, FaultPoint.DATA_COPIED, FaultPoint.CERTIFIED):
        real.kill_at(point)
    real.reconcile()
    found = gate.copy(tmp_path / "copy")
    assert found.passed, found.failures
    assert [one.release_id for one in found.releases] == [release.release_id]


@pytest.mark.parametrize(
    "attempt",
    [
        lambda store, bucket, key: store.put_bytes(bucket, key, b"x"),
        lambda store, bucket, _: store.put_bytes(bucket, "latest.json", b"x"),
        lambda store, bucket, key: store.get_bytes(bucket, key),
        lambda store, bucket, key: store.remove(bucket, key),
        lambda store, bucket, _: list(store.list(bucket)),
    ],
    ids=["put", "point", "get", "remove", "list"],
)
def test_the_workers_credential_cannot_touch_a_release_bucket(
    real: RealCity, attempt: Callable[[MinioObjectStore, str, str], object]
) -> None:
    """Marking a task successful publishes nothing: the store itself refuses the worker."""
    release = real.gate.publish()
    worker = real.sign_in(real.user(worker_policy()))
    worker.put_bytes(STAGING, "proof", b"the worker's own bucket takes its writes")
    before = real.gate.bucket()
    key = f"releases/{release.release_id}/data/part-00000.parquet"
    with pytest.raises(AuthorisationError) as refusal:
        attempt(worker, f"release-{LIBRARY}", key)
    assert refusal.value.code == "store_denied"
    assert real.gate.bucket() == before


def test_the_consumer_reads_its_bucket_and_no_other(real: RealCity) -> None:
    """A credential belongs to one use agreement."""
    release = real.gate.publish()
    credential, buckets = Credentials(real.gate.ports).issue("ua-1", ISSUER)
    consumer = real.sign_in(credential)
    assert buckets == (f"release-{LIBRARY}",)
    key = f"releases/{release.release_id}/manifest.json"
    assert consumer.get_bytes(buckets[0], key)
    real.gate.admin.ensure_bucket("release-market-stalls")
    for bucket in ("release-market-stalls", STAGING):
        with pytest.raises(AuthorisationError):
            list(consumer.list(bucket))
    with pytest.raises(AuthorisationError):
        consumer.put_bytes(buckets[0], key, b"x")


def test_a_suspension_cuts_the_consumer_until_resumed(real: RealCity) -> None:
    """The bureau's order reaches the object store itself, and so does its end (第十六条)."""
    gate = real.gate
    gate.publish()
    credentials = Credentials(gate.ports)
    credential, (bucket,) = credentials.issue("ua-1", ISSUER)
    consumer = real.sign_in(credential)
    gate.order(gate.city.order("suspend", "provider", "city-library"))
    assert credentials.enforce() == 1
    with pytest.raises(AuthorisationError):
        consumer.get_bytes(bucket, "latest.json")
    gate.order(
        gate.city.order(
            "resume", "provider", "city-library", order_id="o-2", issued_at=gate.clock.now()
        )
    )
    assert credentials.enforce() == 1
    assert consumer.get_bytes(bucket, "latest.json")
    assert credentials.enforce() == 0
