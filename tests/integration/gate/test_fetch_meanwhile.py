"""A consumer fetches from a real store while the gate publishes into it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from sqlalchemy import Engine

from fakes.gate_city import GateCity
from fakes.memory_provisioner import MemoryProvisioner
from fakes.memory_store import MemoryStore
from fakes.small_city import LIBRARY, SmallCity
from weir.model import ReleaseState
from weir.release.fetch import fetch_bucket
from weir.release.verify import verify_release
from weir.storage.minio_store import MinioObjectStore

_RELEASES = 4
_PATIENCE_SECONDS = 120


def test_every_copy_verifies_while_releases_are_published(
    engine: Engine, store: MinioObjectStore, tmp_path: Path
) -> None:
    """One publication after another, and every copy made meanwhile is whole."""
    gate = GateCity(
        city=SmallCity(tmp_path / "city"),
        engine=engine,
        admin=store,
        store=store,
        provisioner=MemoryProvisioner(MemoryStore()),
    )
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
