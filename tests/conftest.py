"""Real services shared by all tests, each started once and only when a test asks for it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

import services
from weir.demo.embedded.ports import pick_free
from weir.demo.embedded.postgres import PostgresServer
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING

# How long an example takes is no property of what it tests.
settings.register_profile("weir", deadline=None)
settings.load_profile("weir")


@pytest.fixture
def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    return pick_free(1)[0]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may pass through; what a test left running in it is ended."""
    folder = Path(tempfile.mkdtemp(prefix="weir-test-"))
    folder.chmod(0o711)
    yield folder
    for found in psutil.process_iter(["cmdline"]):
        if any(str(folder) in part for part in found.info["cmdline"] or ()):
            with contextlib.suppress(psutil.NoSuchProcess):
                found.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """An embedded PostgreSQL."""
    with services.postgres() as server:
        yield server


@pytest.fixture
def make_postgres_database(postgres_server: PostgresServer) -> Iterator[Callable[[], str]]:
    """Makes empty databases, dropped after the test; gives each one's SQLAlchemy URL."""
    made: list[str] = []

    def make() -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        postgres_server.ensure_role("test_owner", "test-owner-password")
        postgres_server.ensure_database(name, "test_owner")
        made.append(name)
        return postgres_server.url(name, "test_owner", "test-owner-password")

    yield make
    for name in made:
        postgres_server.drop_database(name)


@pytest.fixture
def postgres_database(make_postgres_database: Callable[[], str]) -> str:
    """The SQLAlchemy URL of an empty database whose owner is an ordinary role."""
    return make_postgres_database()


@pytest.fixture(scope="session")
def object_store_server() -> Iterator[services.StoreServer]:
    """An embedded SeaweedFS."""
    with services.seaweedfs() as server:
        yield server


@pytest.fixture(scope="session")
def minio_server() -> Iterator[services.StoreServer]:
    """A real MinIO, where one was built."""
    binary = services.minio_binary()
    if binary is None:
        pytest.skip("no MinIO binary: `make minio` builds one where Go is at hand")
    with services.minio(binary) as server:
        yield server


@pytest.fixture
def store(object_store_server: services.StoreServer) -> MinioObjectStore:
    """The administrator's view of a real store in which the workers' buckets stand empty."""
    store = object_store_server.store()
    for bucket in (SNAPSHOTS, QUARANTINE, STAGING, REPORTS):
        store.ensure_bucket(bucket)
        for found in list(store.list(bucket)):
            store.remove(bucket, found.key)
    return store
