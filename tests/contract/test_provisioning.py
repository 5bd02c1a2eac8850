"""One suite over the fake and every real way to make users: what each may do, and for how long."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

import services
from fakes.memory_provisioner import MemoryProvisioner
from fakes.memory_store import MemoryStore
from weir.errors import (
    AuthorisationError,
    ContractError,
    IntegrityError,
    StoreUnavailableError,
    WeirError,
)
from weir.storage.iam_provisioner import IamProvisioner
from weir.storage.minio_provisioner import MinioProvisioner
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING, ObjectStore
from weir.storage.provisioning import (
    Credential,
    Policy,
    Provisioner,
    bureau_policy,
    consumer_policy,
    gate_policy,
    worker_policy,
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


@pytest.fixture(params=["memory", "seaweedfs", pytest.param("minio", marks=pytest.mark.minio)])
def server(request: pytest.FixtureRequest) -> services.StoreServer | None:
    """The real server of this round, or None for the fake."""
    fixtures = {"seaweedfs": "object_store_server", "minio": "minio_server"}
    if request.param not in fixtures:
        return None
    found = request.getfixturevalue(fixtures[request.param])
    assert isinstance(found, services.StoreServer)
    return found


@pytest.fixture
def site(server: services.StoreServer | None) -> Site:
    """The workers' buckets and two release buckets, one object `k` in each."""
    release, other_release = f"release-{fresh_name()}", f"release-{fresh_name()}"
    if server is None:
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
        endpoint = server.endpoint
        made = Site(
            admin=server.store(),
            provisioner=provisioner_of(server),
            sign_in=lambda who: MinioObjectStore(endpoint, who.access_key, who.secret_key),
            release=release,
            other_release=other_release,
        )
    for bucket in (*WORKERS_BUCKETS, release, other_release):
        made.admin.ensure_bucket(bucket)
        made.admin.put_bytes(bucket, "k", b"there")
    return made


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


def test_a_worker_has_its_four_buckets(site: Site, tmp_path: Path) -> None:
    """It reads, lists, writes (large files too) and removes there."""
    worker = site.user(worker_policy())
    large = tmp_path / "large"
    large.write_bytes(bytes(17 * 1024 * 1024))
    for bucket in WORKERS_BUCKETS:
        worker.ensure_bucket(bucket)
        worker.put_bytes(bucket, "w", b"mine")
        assert worker.get_bytes(bucket, "w") == b"mine"
        assert "w" in {found.key for found in worker.list(bucket)}
        worker.put_file(bucket, "large", large)
        worker.remove(bucket, "large")


def test_a_worker_can_neither_write_nor_read_a_release(site: Site, tmp_path: Path) -> None:
    """Whatever runs in the pipeline, the store itself refuses it the consumers' buckets."""
    worker = site.user(worker_policy())
    assert refuses_everything(worker, site.release)
    large = tmp_path / "large"
    large.write_bytes(bytes(17 * 1024 * 1024))
    assert denies(lambda: worker.put_file(site.release, "large", large))
    assert denies(lambda: worker.ensure_bucket(f"release-{fresh_name()}"))
    assert site.admin.get_bytes(site.release, "k") == b"there"
    assert [found.key for found in site.admin.list(site.release)] == ["k"]


def test_the_gate_reads_what_is_staged_and_writes_releases(site: Site) -> None:
    """It publishes under conditions, replaces a pointer and withdraws."""
    gate = site.user(gate_policy())
    assert gate.get_bytes(STAGING, "k") == b"there"
    assert gate.get_bytes(REPORTS, "k") == b"there"
    gate.put_bytes(site.release, "latest.json", b"1", if_absent=True)
    found = gate.stat(site.release, "latest.json")
    assert found is not None
    gate.put_bytes(site.release, "latest.json", b"2", if_match=found.etag)
    assert {entry.key for entry in gate.list(site.release)} == {"k", "latest.json"}
    gate.remove(site.release, "latest.json")


def test_the_gate_changes_nothing_that_is_staged(site: Site) -> None:
    """Nor can it see snapshots and quarantined rows, or make buckets."""
    gate = site.user(gate_policy())
    for bucket in (STAGING, REPORTS):
        assert denies(partial(gate.put_bytes, bucket, "k", b"mine"))
        assert denies(partial(gate.remove, bucket, "k"))
    for bucket in (SNAPSHOTS, QUARANTINE):
        assert refuses_everything(gate, bucket)
    assert denies(lambda: gate.ensure_bucket(f"release-{fresh_name()}"))


def test_the_bureau_reads_reports_and_nothing_else(site: Site) -> None:
    """Not even the products that it allowed."""
    bureau = site.user(bureau_policy())
    assert bureau.get_bytes(REPORTS, "k") == b"there"
    assert "k" in {found.key for found in bureau.list(REPORTS)}
    assert denies(lambda: bureau.put_bytes(REPORTS, "k", b"mine"))
    for bucket in (SNAPSHOTS, QUARANTINE, STAGING, site.release):
        assert refuses_everything(bureau, bucket)


def test_a_consumer_reads_its_one_bucket(site: Site) -> None:
    """It cannot change it, and every other bucket is closed to it."""
    consumer = site.user(consumer_policy(site.release))
    assert consumer.get_bytes(site.release, "k") == b"there"
    assert consumer.stat(site.release, "absent") is None
    assert [found.key for found in consumer.list(site.release)] == ["k"]
    assert denies(lambda: consumer.put_bytes(site.release, "k", b"mine"))
    assert denies(lambda: consumer.put_bytes(site.release, "new", b"mine"))
    assert denies(lambda: consumer.remove(site.release, "k"))
    for bucket in (*WORKERS_BUCKETS, site.other_release):
        assert refuses_everything(consumer, bucket)


def test_a_bucket_whose_name_begins_like_the_consumers_is_closed(site: Site) -> None:
    """A policy names a bucket, not a beginning."""
    longer = f"{site.release}-2"
    site.admin.ensure_bucket(longer)
    site.admin.put_bytes(longer, "k", b"there")
    assert refuses_everything(site.user(consumer_policy(site.release)), longer)


def test_a_disabled_user_is_refused_at_once_until_enabled(site: Site) -> None:
    """The very next request; afterwards the same secret serves again."""
    name = fresh_name()
    credential = site.provisioner.ensure_user(name, None, None, consumer_policy(site.release))
    consumer = site.sign_in(credential)
    assert consumer.get_bytes(site.release, "k") == b"there"
    site.provisioner.disable_user(name)
    assert refuses_everything(consumer, site.release)
    assert refuses_everything(site.sign_in(credential), site.release)
    site.provisioner.disable_user(name)
    site.provisioner.enable_user(name)
    assert consumer.get_bytes(site.release, "k") == b"there"


def test_a_user_may_be_ensured_twice(site: Site) -> None:
    """The same keys and the same policy leave everything as it was."""
    name, key = fresh_name(), uuid.uuid4().hex[:20]
    for _ in range(2):
        given = site.provisioner.ensure_user(
            name, key, "a-secret-of-our-own", consumer_policy(site.release)
        )
        assert given == Credential(access_key=key, secret_key="a-secret-of-our-own")
        assert site.sign_in(given).get_bytes(site.release, "k") == b"there"


def test_a_short_access_key_of_ones_own_serves(site: Site) -> None:
    """Keys may be read by people: the processes' own are."""
    key = f"w{uuid.uuid4().hex[:6]}"
    given = site.provisioner.ensure_user(fresh_name(), key, "s" * 40, worker_policy())
    assert site.sign_in(given).get_bytes(STAGING, "k") == b"there"


def test_a_changed_secret_voids_the_former(site: Site) -> None:
    """Rotation is one call."""
    name, key = fresh_name(), uuid.uuid4().hex[:20]
    policy = consumer_policy(site.release)
    former = site.provisioner.ensure_user(name, key, "the-former-secret", policy)
    latter = site.provisioner.ensure_user(name, key, "the-latter-secret", policy)
    assert refuses_everything(site.sign_in(former), site.release)
    assert site.sign_in(latter).get_bytes(site.release, "k") == b"there"


def test_new_keys_void_the_former(site: Site) -> None:
    """One user has one credential."""
    name, policy = fresh_name(), consumer_policy(site.release)
    former = site.provisioner.ensure_user(name, None, None, policy)
    latter = site.provisioner.ensure_user(name, None, None, policy)
    assert former != latter
    assert refuses_everything(site.sign_in(former), site.release)
    assert site.sign_in(latter).get_bytes(site.release, "k") == b"there"


def test_a_changed_policy_replaces_the_former(site: Site) -> None:
    """What the new policy does not say is gone."""
    name, key, secret = fresh_name(), uuid.uuid4().hex[:20], "a-secret-of-our-own"
    site.provisioner.ensure_user(name, key, secret, consumer_policy(site.release))
    changed = site.provisioner.ensure_user(name, key, secret, consumer_policy(site.other_release))
    assert refuses_everything(site.sign_in(changed), site.release)
    assert site.sign_in(changed).get_bytes(site.other_release, "k") == b"there"


def test_ensuring_a_disabled_user_enables_it(site: Site) -> None:
    """Whoever ensures a user has decided that it may act."""
    name, policy = fresh_name(), consumer_policy(site.release)
    key, secret = uuid.uuid4().hex[:20], "a-secret-of-our-own"
    site.provisioner.ensure_user(name, key, secret, policy)
    site.provisioner.disable_user(name)
    credential = site.provisioner.ensure_user(name, key, secret, policy)
    assert site.sign_in(credential).get_bytes(site.release, "k") == b"there"


def test_an_access_key_belongs_to_one_user(site: Site) -> None:
    """Another user cannot take it over, and its owner keeps it."""
    key, secret = uuid.uuid4().hex[:20], "a-secret-of-our-own"
    owner = site.provisioner.ensure_user(fresh_name(), key, secret, consumer_policy(site.release))
    with pytest.raises(IntegrityError) as refusal:
        site.provisioner.ensure_user(fresh_name(), key, "another-secret", worker_policy())
    assert refusal.value.code == "access_key_taken"
    assert site.sign_in(owner).get_bytes(site.release, "k") == b"there"
    assert refuses_everything(site.sign_in(owner), STAGING)


def test_a_user_that_was_never_made_cannot_be_disabled(site: Site) -> None:
    """A suspension that reaches nobody must not look like one that worked."""
    for call in (site.provisioner.disable_user, site.provisioner.enable_user):
        with pytest.raises(IntegrityError) as refusal:
            call(fresh_name())
        assert refusal.value.code == "user_missing"


@pytest.mark.parametrize(
    ("name", "access_key", "secret_key"),
    [
        ("", None, None),
        ("Upper", None, None),
        ("a/../b", None, None),
        ("a b", None, None),
        ("市民", None, None),
        ("n" * 64, None, None),
        ("name", "key1", None),
        ("name", None, "a-secret-of-our-own"),
        ("name", "has-hyphen", "a-secret-of-our-own"),
        ("name", "abc", "a-secret-of-our-own"),
        ("name", "accesskey", "short"),
        ("name", "accesskey", "with\nnewline-in-it"),
    ],
)
def test_a_name_or_key_that_not_every_server_accepts_is_refused(
    site: Site, name: str, access_key: str | None, secret_key: str | None
) -> None:
    """Before any server hears of it, and without repeating it."""
    with pytest.raises(ContractError) as refusal:
        site.provisioner.ensure_user(name, access_key, secret_key, worker_policy())
    assert refusal.value.code == "user_invalid"
    assert not secret_key or secret_key not in str(refusal.value)


def test_a_credential_never_prints_its_secret() -> None:
    """Not by repr, nor by format."""
    credential = Credential(access_key="shown", secret_key="hidden-secret")
    assert "hidden-secret" not in f"{credential} {credential!r}"


REAL = pytest.mark.parametrize(
    "server", ["seaweedfs", pytest.param("minio", marks=pytest.mark.minio)], indirect=True
)


@REAL
def test_users_cannot_make_users(site: Site, server: services.StoreServer) -> None:
    """A worker's credential manages nobody, itself least."""
    name, key, secret = fresh_name(), uuid.uuid4().hex[:20], "a-secret-of-our-own"
    site.provisioner.ensure_user(name, key, secret, worker_policy())
    climber = provisioner_of(server, access_key=key, secret_key=secret)
    for target in (name, fresh_name()):
        with pytest.raises(WeirError) as refusal:
            climber.ensure_user(target, None, None, gate_policy())
        assert refusal.value.code == "store_denied"
    worker = site.sign_in(Credential(access_key=key, secret_key=secret))
    assert refuses_everything(worker, site.release)


@REAL
def test_a_worker_finds_no_side_door_to_a_release(site: Site, server: services.StoreServer) -> None:
    """Not by copying inside the store, by changing a bucket's rules, nor by a signed address."""
    worker = site.provisioner.ensure_user(fresh_name(), None, None, worker_policy())
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://{server.endpoint}",
        aws_access_key_id=worker.access_key,
        aws_secret_access_key=worker.secret_key,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
    release = site.release
    open_to_all = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": ["*"]},
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": [f"arn:aws:s3:::{release}/*"],
            }
        ],
    }
    there = {"Bucket": release, "Key": "k"}
    doors: list[Callable[[], object]] = [
        lambda: s3.copy_object(Bucket=STAGING, Key="stolen", CopySource=f"{release}/k"),
        lambda: s3.copy_object(Bucket=release, Key="planted", CopySource=f"{STAGING}/k"),
        lambda: s3.create_multipart_upload(Bucket=release, Key="planted"),
        lambda: s3.delete_objects(Bucket=release, Delete={"Objects": [{"Key": "k"}]}),
        lambda: s3.put_bucket_policy(Bucket=release, Policy=json.dumps(open_to_all)),
        lambda: s3.put_bucket_policy(Bucket=STAGING, Policy=json.dumps(open_to_all)),
        lambda: s3.put_bucket_acl(Bucket=release, ACL="public-read-write"),
        lambda: s3.put_object_acl(Bucket=release, Key="k", ACL="public-read"),
        lambda: s3.delete_bucket(Bucket=release),
    ]
    for door in doors:
        with contextlib.suppress(ClientError):
            door()
    address = s3.generate_presigned_url("put_object", Params={"Bucket": release, "Key": "planted"})
    assert urllib3.request("PUT", address, body=b"mine").status == 403
    address = s3.generate_presigned_url("get_object", Params=there)
    assert urllib3.request("GET", address).status == 403
    assert site.admin.stat(STAGING, "stolen") is None
    assert [found.key for found in site.admin.list(release)] == ["k"]
    anybody = f"http://{server.endpoint}/{release}"
    assert urllib3.request("GET", f"{anybody}/k").status == 403
    assert urllib3.request("PUT", f"{anybody}/planted", body=b"mine").status == 403


@REAL
def test_a_wrong_administrator_is_denied(server: services.StoreServer) -> None:
    """Said as what it is, and without the secret."""
    with pytest.raises(AuthorisationError) as refusal:
        provisioner_of(server, secret_key="a-wrong-secret").disable_user("somebody")
    assert refusal.value.code == "store_denied"
    assert "a-wrong-secret" not in f"{refusal.value!r} {refusal.value.__cause__!r}"


def test_a_dead_server_is_unavailable() -> None:
    """Whoever asked may ask again."""
    with services.seaweedfs() as server:
        os.kill(server.pid, signal.SIGKILL)
        for adapter in (IamProvisioner, MinioProvisioner):
            subject: Provisioner = adapter(server.endpoint, server.access_key, server.secret_key)
            with pytest.raises(StoreUnavailableError):
                subject.ensure_user("somebody", None, None, worker_policy())
            with pytest.raises(StoreUnavailableError):
                subject.disable_user("somebody")
