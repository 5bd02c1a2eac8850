"""Killed at any point, on a real store and database, a rerun ends with exactly one release."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

import services
from fakes.doomed_gate import DEAD, doom
from fakes.gate_city import GateCity
from fakes.people import principal_of
from fakes.small_city import LIBRARY, SmallCity
from weir.errors import AuthorisationError
from weir.gate.credentials import Credentials
from weir.gate.ports import FaultPoint
from weir.gate.reconcile import Reconciler
from weir.model import ReleaseState, Role
from weir.storage.iam_provisioner import IamProvisioner
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import STAGING
from weir.storage.provisioning import Credential, Policy, gate_policy, worker_policy

OFFICER = principal_of(Role.CHIEF_DATA_OFFICER)


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


@pytest.mark.parametrize("point", [point for point in FaultPoint if point != FaultPoint.WITHDRAWN])
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
    credential, buckets = Credentials(real.gate.ports).issue("ua-1", OFFICER)
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
    credential, (bucket,) = credentials.issue("ua-1", OFFICER)
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
