"""The object stores of the contract suites: the fake, SeaweedFS, and MinIO where it was built."""

from __future__ import annotations

import pytest

import services
from fakes.memory_provisioner import MemoryProvisioner
from fakes.memory_store import MemoryStore
from sites import WORKERS_BUCKETS, Site, fresh_name, provisioner_of
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import ObjectStore

BUCKET = "weir-staging"


@pytest.fixture(params=["memory", "seaweedfs", pytest.param("minio", marks=pytest.mark.minio)])
def store_kind(request: pytest.FixtureRequest) -> str:
    """Which store a test runs against."""
    return str(request.param)


@pytest.fixture
def store_server(store_kind: str, request: pytest.FixtureRequest) -> services.StoreServer | None:
    """The real server of this round, or None for the fake."""
    fixtures = {"seaweedfs": "object_store_server", "minio": "minio_server"}
    found = request.getfixturevalue(fixtures[store_kind]) if store_kind in fixtures else None
    assert found is None or isinstance(found, services.StoreServer)
    return found


@pytest.fixture
def subject(store_server: services.StoreServer | None) -> ObjectStore:
    """A store with one empty bucket."""
    store: ObjectStore = store_server.store() if store_server else MemoryStore()
    store.ensure_bucket(BUCKET)
    for found in list(store.list(BUCKET)):
        store.remove(BUCKET, found.key)
    return store


@pytest.fixture
def site(store_server: services.StoreServer | None) -> Site:
    """The workers' buckets and two release buckets, one object `k` in each."""
    release, other_release = f"release-{fresh_name()}", f"release-{fresh_name()}"
    if store_server is None:
        memory = MemoryStore()
        fake = MemoryProvisioner(memory)
        made = Site(
            admin=memory,
            provisioner=fake,
            sign_in=fake.sign_in,
            release=release,
            other_release=other_release,
        )
    else:
        endpoint = store_server.endpoint
        made = Site(
            admin=store_server.store(),
            provisioner=provisioner_of(store_server),
            sign_in=lambda who: MinioObjectStore(endpoint, who.access_key, who.secret_key),
            release=release,
            other_release=other_release,
        )
    for bucket in (*WORKERS_BUCKETS, release, other_release):
        made.admin.ensure_bucket(bucket)
        made.admin.put_bytes(bucket, "k", b"there")
    return made
