"""A store that dies or falls silent is unavailable, never wrong."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import services
from fakes.memory_store import MemoryStore
from weir.errors import (
    StoreUnavailableError,
)
from weir.storage.conditional import PART_BYTES

BUCKET = "weir-staging"


@pytest.fixture(params=["seaweedfs", pytest.param("minio", marks=pytest.mark.minio)])
def mortal(request: pytest.FixtureRequest) -> Iterator[services.StoreServer]:
    """A server of this test's own, which it may kill."""
    if request.param == "seaweedfs":
        with services.seaweedfs() as server:
            yield server
        return
    binary = services.minio_binary()
    if binary is None:
        pytest.skip("no MinIO binary: `make minio` builds one where Go is at hand")
    with services.minio(binary) as server:
        yield server


def test_a_killed_server_is_unavailable_not_wrong(
    mortal: services.StoreServer, tmp_path: Path
) -> None:
    """Every operation says that the same call may succeed later, and no part of a file stays."""
    store = mortal.store(timeout_seconds=2.0)
    store.ensure_bucket(BUCKET)
    ref = store.put_bytes(BUCKET, "k", b"x")
    large = tmp_path / "large"
    large.write_bytes(bytes(PART_BYTES + 1))
    os.kill(mortal.pid, signal.SIGKILL)
    calls: list[Callable[[], object]] = [
        lambda: store.put_bytes(BUCKET, "k", b"y"),
        lambda: store.put_bytes(BUCKET, "n", b"y", if_absent=True),
        lambda: store.put_file(BUCKET, "n", large),
        lambda: store.put_file(BUCKET, "n", large, if_absent=True),
        lambda: store.get_bytes(BUCKET, "k"),
        lambda: store.get_file(ref, tmp_path / "copy"),
        lambda: store.stat(BUCKET, "k"),
        lambda: list(store.list(BUCKET)),
        lambda: store.remove(BUCKET, "k"),
        lambda: store.ensure_bucket(BUCKET),
    ]
    for call in calls:
        with pytest.raises(StoreUnavailableError) as failure:
            call()
        assert failure.value.code == "store_unavailable"
    assert list(tmp_path.iterdir()) == [large]


def test_a_silent_server_is_given_up(mortal: services.StoreServer) -> None:
    """A server that accepts and never answers holds nobody for longer than the time set."""
    store = mortal.store(timeout_seconds=0.5)
    store.ensure_bucket(BUCKET)
    os.kill(mortal.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailableError):
            store.put_bytes(BUCKET, "k", b"x")
    finally:
        os.kill(mortal.pid, signal.SIGCONT)


@pytest.mark.parametrize("if_absent", [False, True])
def test_a_server_killed_amid_an_upload_is_unavailable(
    mortal: services.StoreServer, tmp_path: Path, *, if_absent: bool
) -> None:
    """The writer is told to try again."""
    store = mortal.store(timeout_seconds=2.0)
    store.ensure_bucket(BUCKET)
    path = tmp_path / "f"
    with path.open("wb") as sink:
        sink.truncate(20 * PART_BYTES)
    killer = threading.Timer(0.3, os.kill, (mortal.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(StoreUnavailableError):
        store.put_file(BUCKET, "k", path, if_absent=if_absent)
    killer.join()


def test_the_fake_fails_as_a_dead_server_does() -> None:
    """Switched off, every view of it is unavailable."""
    store = MemoryStore()
    store.ensure_bucket(BUCKET)
    other = store.view(lambda _action, _bucket, _key: True)
    store.down = True
    for call in (lambda: other.stat(BUCKET, "k"), lambda: store.put_bytes(BUCKET, "k", b"")):
        with pytest.raises(StoreUnavailableError):
            call()
