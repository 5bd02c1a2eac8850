"""A consumer fetches from a real store while the gate publishes into it."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from fakes.gate_city import GateCity
from fakes.memory_provisioner import MemoryProvisioner
from fakes.memory_store import MemoryStore
from fakes.small_city import LIBRARY, SmallCity
from weir.crypto.sm3 import sm3_hex
from weir.errors import IntegrityError
from weir.gate.credentials import Credentials
from weir.gate.ports import FaultPoint
from weir.gate.reconcile import Reconciler
from weir.model import ReleaseState
from weir.release.certificate import read_certificate
from weir.release.fetch import fetch_bucket
from weir.release.latest import LATEST, read_latest
from weir.release.manifest import CERTIFICATE
from weir.release.verify import verify_release
from weir.storage.minio_store import MinioObjectStore

_RELEASES = 4
_PATIENCE_SECONDS = 120


def _gate(engine: Engine, store: MinioObjectStore, root: Path) -> GateCity:
    """A gate whose release bucket is empty."""
    gate = GateCity(
        city=SmallCity(root / "city"),
        engine=engine,
        admin=store,
        store=store,
        provisioner=MemoryProvisioner(MemoryStore()),
    )
    for key in gate.bucket():
        store.remove(f"release-{LIBRARY}", key)
    return gate


def test_no_reader_sees_a_mixed_release_while_gates_die_and_products_are_delisted(
    engine: Engine, store: MinioObjectStore, tmp_path: Path
) -> None:
    """Publications and delistings one after another, each killed somewhere and finished by the
    next pass; every copy is whole, and what latest.json names is there to the last byte."""
    gate = _gate(engine, store, tmp_path)
    bucket = f"release-{LIBRARY}"
    gate.publish(run_id="run-0")
    until = time.monotonic() + _PATIENCE_SECONDS
    points = itertools.cycle(point for point in FaultPoint if point is not FaultPoint.WITHDRAWN)
    done: list[str] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            while time.monotonic() < until and len(done) < _RELEASES:
                release = gate.request(
                    gate.stage(run_id=f"run-{len(done) + 1}"), run_id=f"run-{len(done) + 1}"
                )
                _killed_and_finished(gate, next(points))
                if len(done) % 2:
                    gate.delist(release)
                    _killed_and_finished(gate, next(points))
                done.append(release.release_id)
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            failed.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    copies = looks = 0
    try:
        while worker.is_alive():
            copy = tmp_path / "copy"
            fetch_bucket(store, bucket, copy, pause_seconds=0.1)
            found = gate.verified(copy)
            assert found.passed, found.failures
            copies += 1
            looks += _latest_is_whole(store, bucket, gate)
    finally:
        worker.join(60)
    assert failed == []
    assert len(done) > 3
    assert copies > 2
    assert looks > 2


class _Killed(BaseException):
    pass


def _killed_and_finished(gate: GateCity, point: FaultPoint) -> None:
    """A pass that dies at `point`, if it comes there, and one that ends what it left."""

    def die(reached: FaultPoint) -> None:
        if reached is point:
            raise _Killed

    for ports in (replace(gate.ports, at=die), gate.ports):
        with contextlib.suppress(_Killed):
            Reconciler(ports, Credentials(ports)).run_once()
    assert gate.releases.open() == ()


def _latest_is_whole(store: MinioObjectStore, bucket: str, gate: GateCity) -> int:
    """Whether all that latest.json names was there; 0 where the pointer moved on meanwhile."""
    latest = read_latest(store.get_bytes(bucket, LATEST), gate.city.operator.public)
    if latest.release_id is None:
        return 1
    prefix = f"releases/{latest.release_id}/"
    try:
        data = store.get_bytes(bucket, prefix + CERTIFICATE)
        assert sm3_hex(data) == latest.certificate_sm3
        digests = read_certificate(data, gate.city.operator.public).digests()
        for name, sm3 in digests.items():
            assert sm3_hex(store.get_bytes(bucket, prefix + name)) == sm3
    except IntegrityError as error:
        if error.code != "object_missing":
            raise
        moved = read_latest(store.get_bytes(bucket, LATEST), gate.city.operator.public)
        assert moved.release_id != latest.release_id
        return 0
    return 1


def test_every_copy_verifies_while_releases_are_published(
    engine: Engine, store: MinioObjectStore, tmp_path: Path
) -> None:
    """One publication after another, and every copy made meanwhile is whole."""
    gate = _gate(engine, store, tmp_path)
    assert gate.publish(run_id="run-0").state is ReleaseState.PUBLISHED
    until = time.monotonic() + _PATIENCE_SECONDS
    published: list[str] = []

    def publish() -> None:
        while time.monotonic() < until and len(published) < _RELEASES:
            name = f"run-{len(published) + 1}"
            if gate.publish(run_id=name).state is ReleaseState.PUBLISHED:
                published.append(name)

    publisher = threading.Thread(target=publish)
    publisher.start()
    seen: list[int] = []
    try:
        while publisher.is_alive():
            copy = tmp_path / "copy"
            fetch_bucket(store, f"release-{LIBRARY}", copy, pause_seconds=0.1)
            found = verify_release(
                copy, operator_key=gate.city.operator.public, bureau_key=gate.city.bureau.public
            )
            assert found.passed, found.failures
            seen.append(len(found.releases))
    finally:
        publisher.join(60)
    assert len(published) == _RELEASES
    assert seen == sorted(seen)
    assert len(set(seen)) > 2
