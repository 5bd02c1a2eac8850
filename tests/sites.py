"""A store as the tests of its users see it: administrator, users, and acting as one of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import services
from weir.errors import (
    AuthorisationError,
)
from weir.storage.iam_provisioner import IamProvisioner
from weir.storage.minio_provisioner import MinioProvisioner
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING, ObjectStore
from weir.storage.provisioning import (
    Credential,
    Policy,
    Provisioner,
)

WORKERS_BUCKETS = (SNAPSHOTS, QUARANTINE, STAGING, REPORTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A store with an administrator, a way to make users, and a way to act as one."""

    admin: ObjectStore
    provisioner: Provisioner
    sign_in: Callable[[Credential], ObjectStore]
    release: str
    other_release: str

    def user(self, policy: Policy) -> ObjectStore:
        """A new user's view."""
        return self.sign_in(self.provisioner.ensure_user(fresh_name(), None, None, policy))


def fresh_name() -> str:
    """A user's or bucket's name that no other test has."""
    return f"test-{uuid.uuid4().hex[:12]}"


def provisioner_of(
    server: services.StoreServer, *, access_key: str | None = None, secret_key: str | None = None
) -> Provisioner:
    """The adapter for a server, by default with its administrator's credential."""
    kinds = {"iam": IamProvisioner, "minio": MinioProvisioner}
    adapter: type[IamProvisioner | MinioProvisioner] = kinds[server.provisioner]
    return adapter(
        server.endpoint, access_key or server.access_key, secret_key or server.secret_key
    )


def denies(call: Callable[[], object]) -> bool:
    """Whether the store refuses a call."""
    try:
        call()
    except AuthorisationError as refusal:
        return refusal.code == "store_denied"
    return False


def refuses_everything(store: ObjectStore, bucket: str) -> bool:
    """Whether a credential can neither read, write, list, remove nor look."""
    return all(
        denies(call)
        for call in (
            lambda: store.get_bytes(bucket, "k"),
            lambda: store.stat(bucket, "k"),
            lambda: list(store.list(bucket)),
            lambda: store.put_bytes(bucket, "k", b"mine"),
            lambda: store.put_bytes(bucket, "new", b"mine", if_absent=True),
            lambda: store.remove(bucket, "k"),
        )
    )
