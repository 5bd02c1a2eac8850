"""What each process and each data user may do in a store, on the fake and on every server."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

import services
from sites import WORKERS_BUCKETS, Site, denies, fresh_name, provisioner_of, refuses_everything
from weir.errors import (
    WeirError,
)
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING
from weir.storage.provisioning import (
    Credential,
    bureau_policy,
    consumer_policy,
    gate_policy,
    intake_policy,
    worker_policy,
)

REAL = pytest.mark.parametrize(
    "store_kind", ["seaweedfs", pytest.param("minio", marks=pytest.mark.minio)], indirect=True
)


def test_a_worker_has_its_three_buckets(site: Site, tmp_path: Path) -> None:
    """It reads, lists, writes (large files too) and removes there; snapshots it only reads."""
    worker = site.user(worker_policy())
    large = tmp_path / "large"
    large.write_bytes(bytes(17 * 1024 * 1024))
    for bucket in (QUARANTINE, STAGING, REPORTS):
        worker.ensure_bucket(bucket)
        worker.put_bytes(bucket, "w", b"mine")
        assert worker.get_bytes(bucket, "w") == b"mine"
        assert "w" in {found.key for found in worker.list(bucket)}
        worker.put_file(bucket, "large", large)
        worker.remove(bucket, "large")


def test_a_worker_reads_snapshots_and_changes_none(site: Site, tmp_path: Path) -> None:
    """Not under any name, whole or in parts: the intake alone makes them."""
    worker = site.user(worker_policy())
    large = tmp_path / "large"
    large.write_bytes(bytes(17 * 1024 * 1024))
    assert worker.get_bytes(SNAPSHOTS, "k") == b"there"
    assert "k" in {found.key for found in worker.list(SNAPSHOTS)}
    assert denies(partial(worker.put_bytes, SNAPSHOTS, "k", b"mine"))
    assert denies(partial(worker.put_bytes, SNAPSHOTS, "new", b"mine", if_absent=True))
    assert denies(partial(worker.put_file, SNAPSHOTS, "large", large))
    assert denies(partial(worker.remove, SNAPSHOTS, "k"))
    assert site.admin.get_bytes(SNAPSHOTS, "k") == b"there"


def test_the_intake_has_snapshots_and_nothing_else(site: Site) -> None:
    """It writes them once and finds what it wrote."""
    intake = site.user(intake_policy())
    intake.put_bytes(SNAPSHOTS, "fresh", b"sealed", if_absent=True)
    assert intake.get_bytes(SNAPSHOTS, "fresh") == b"sealed"
    site.admin.remove(SNAPSHOTS, "fresh")
    for bucket in (QUARANTINE, STAGING, REPORTS, site.release):
        assert refuses_everything(intake, bucket)


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


def test_the_gate_writes_nothing_that_is_staged(site: Site) -> None:
    """Nor the snapshots that it reads; quarantined rows it cannot see, nor make buckets."""
    gate = site.user(gate_policy())
    assert gate.get_bytes(SNAPSHOTS, "k") == b"there"
    for bucket in (STAGING, REPORTS, SNAPSHOTS, QUARANTINE):
        assert denies(partial(gate.put_bytes, bucket, "k", b"mine"))
    assert denies(partial(gate.get_bytes, QUARANTINE, "k"))
    assert denies(partial(gate.remove, REPORTS, "k"))
    assert denies(lambda: gate.ensure_bucket(f"release-{fresh_name()}"))


def test_the_gate_removes_what_is_kept_for_a_term(site: Site) -> None:
    """Snapshots, quarantined rows and what was staged; it finds them by listing."""
    gate = site.user(gate_policy())
    for bucket in (SNAPSHOTS, QUARANTINE, STAGING):
        site.admin.put_bytes(bucket, "over", b"due")
        assert "over" in {found.key for found in gate.list(bucket)}
        gate.remove(bucket, "over")
        assert site.admin.stat(bucket, "over") is None


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


@REAL
def test_users_cannot_make_users(site: Site, store_server: services.StoreServer) -> None:
    """A worker's credential manages nobody, itself least."""
    name, key, secret = fresh_name(), uuid.uuid4().hex[:20], "a-secret-of-our-own"
    site.provisioner.ensure_user(name, key, secret, worker_policy())
    climber = provisioner_of(store_server, access_key=key, secret_key=secret)
    for target in (name, fresh_name()):
        with pytest.raises(WeirError) as refusal:
            climber.ensure_user(target, None, None, gate_policy())
        assert refusal.value.code == "store_denied"
    worker = site.sign_in(Credential(access_key=key, secret_key=secret))
    assert refuses_everything(worker, site.release)


@REAL
def test_a_worker_finds_no_side_door_to_a_release(
    site: Site, store_server: services.StoreServer
) -> None:
    """Not by copying inside the store, by changing a bucket's rules, nor by a signed address."""
    worker = site.provisioner.ensure_user(fresh_name(), None, None, worker_policy())
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://{store_server.endpoint}",
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
    anybody = f"http://{store_server.endpoint}/{release}"
    assert urllib3.request("GET", f"{anybody}/k").status == 403
    assert urllib3.request("PUT", f"{anybody}/planted", body=b"mine").status == 403
