"""One suite over the fake and every real object store: what the port promises."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import services
from fakes.memory_store import MemoryStore
from weir.crypto.sm3 import sm3_file, sm3_hex
from weir.errors import (
    AuthorisationError,
    IntegrityError,
    WeirError,
)
from weir.model import Digest
from weir.storage.conditional import PART_BYTES
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import ObjectStore

BUCKET = "weir-staging"


@pytest.fixture
def stranger(subject: ObjectStore, store_server: services.StoreServer | None) -> ObjectStore:
    """The same store seen with a wrong secret."""
    if store_server is None:
        assert isinstance(subject, MemoryStore)
        return subject.view(lambda _action, _bucket, _key: False)
    return MinioObjectStore(store_server.endpoint, store_server.access_key, "a-wrong-secret")


def test_what_was_put_is_what_is_read(subject: ObjectStore) -> None:
    """Bytes come back unchanged, and the reference carries their SM3 and size."""
    data = bytes(range(256)) * 40
    ref = subject.put_bytes(BUCKET, "run/一/part-0.bin", data)
    assert subject.get_bytes(BUCKET, "run/一/part-0.bin") == data
    assert (ref.bucket, ref.key) == (BUCKET, "run/一/part-0.bin")
    assert (ref.sm3, ref.size_bytes) == (sm3_hex(data), len(data))


def test_an_empty_object_is_an_object(subject: ObjectStore) -> None:
    """Nothing in it does not mean that it is not there."""
    ref = subject.put_bytes(BUCKET, "empty", b"")
    assert subject.get_bytes(BUCKET, "empty") == b""
    found = subject.stat(BUCKET, "empty")
    assert found is not None
    assert (found.size_bytes, ref.size_bytes) == (0, 0)


def test_a_second_write_replaces_the_first(subject: ObjectStore) -> None:
    """An unconditional write wins over what was there."""
    subject.put_bytes(BUCKET, "k", b"first")
    subject.put_bytes(BUCKET, "k", b"second")
    assert subject.get_bytes(BUCKET, "k") == b"second"


@pytest.mark.parametrize("run_id", ["manual__2026-11-23T10:00:00+08:00", "a b&c=d?e#f%2F;g'h\"i"])
def test_a_run_identifier_may_be_part_of_a_key(subject: ObjectStore, run_id: str) -> None:
    """Characters that mean something in a URL mean nothing in a key."""
    key = f"sme-credit/{run_id}/product.parquet"
    subject.put_bytes(BUCKET, key, b"x")
    assert subject.get_bytes(BUCKET, key) == b"x"
    assert [found.key for found in subject.list(BUCKET, f"sme-credit/{run_id}/")] == [key]
    subject.remove(BUCKET, key)
    assert subject.stat(BUCKET, key) is None


def test_stat_tells_size_etag_and_time(subject: ObjectStore) -> None:
    """The time is aware and now, and the etag changes with the bytes."""
    subject.put_bytes(BUCKET, "k", b"one")
    first = subject.stat(BUCKET, "k")
    subject.put_bytes(BUCKET, "k", b"three")
    second = subject.stat(BUCKET, "k")
    assert first is not None
    assert second is not None
    assert (first.key, first.size_bytes, second.size_bytes) == ("k", 3, 5)
    assert first.etag != second.etag
    assert abs(datetime.now(UTC) - second.modified_at) < timedelta(minutes=5)


def test_the_etag_of_a_listing_is_the_etag_of_stat(subject: ObjectStore) -> None:
    """Either may serve a conditional write."""
    subject.put_bytes(BUCKET, "k", b"one")
    (listed,) = subject.list(BUCKET)
    found = subject.stat(BUCKET, "k")
    assert found is not None
    assert (listed.etag, listed.size_bytes) == (found.etag, found.size_bytes)


def test_a_listing_is_complete_ordered_and_only_of_its_prefix(subject: ObjectStore) -> None:
    """More objects than one page of an answer, in the order of their keys."""
    keys = [f"many/{number:04d}" for number in range(1100)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: subject.put_bytes(BUCKET, key, b"x"), keys))
    subject.put_bytes(BUCKET, "manyother", b"x")
    assert [found.key for found in subject.list(BUCKET, "many/")] == keys
    assert [found.key for found in subject.list(BUCKET, "many/00")] == keys[:100]
    assert list(subject.list(BUCKET, "nothing/")) == []


def test_a_removed_object_is_gone_and_may_be_removed_again(subject: ObjectStore) -> None:
    """Removing is idempotent."""
    subject.put_bytes(BUCKET, "k", b"x")
    subject.remove(BUCKET, "k")
    subject.remove(BUCKET, "k")
    assert subject.stat(BUCKET, "k") is None


def test_a_missing_object_is_told_apart_from_a_failing_store(subject: ObjectStore) -> None:
    """Asking again cannot help: the object is not there."""
    with pytest.raises(IntegrityError) as refusal:
        subject.get_bytes(BUCKET, "absent")
    assert refusal.value.code == "object_missing"
    assert refusal.value.where == {"bucket": BUCKET, "key": "absent"}
    assert subject.stat(BUCKET, "absent") is None


def test_a_missing_bucket_is_a_missing_object(subject: ObjectStore, tmp_path: Path) -> None:
    """Reading, writing, listing and removing all say so."""
    path = tmp_path / "f"
    path.write_bytes(b"x")
    calls: list[Callable[[], object]] = [
        lambda: subject.get_bytes("no-such-bucket", "k"),
        lambda: subject.put_bytes("no-such-bucket", "k", b"x"),
        lambda: subject.put_file("no-such-bucket", "k", path),
        lambda: list(subject.list("no-such-bucket")),
        lambda: subject.remove("no-such-bucket", "k"),
    ]
    for call in calls:
        with pytest.raises(IntegrityError) as refusal:
            call()
        assert refusal.value.code == "object_missing"
    assert subject.stat("no-such-bucket", "k") is None


def test_a_bucket_may_be_ensured_twice(subject: ObjectStore) -> None:
    """Nothing in it is lost."""
    subject.put_bytes(BUCKET, "k", b"x")
    subject.ensure_bucket(BUCKET)
    assert subject.get_bytes(BUCKET, "k") == b"x"


def test_a_write_if_absent_never_overwrites(subject: ObjectStore) -> None:
    """The second writer is told that it lost."""
    subject.put_bytes(BUCKET, "once", b"first", if_absent=True)
    with pytest.raises(IntegrityError) as refusal:
        subject.put_bytes(BUCKET, "once", b"second", if_absent=True)
    assert refusal.value.code == "precondition_failed"
    assert subject.get_bytes(BUCKET, "once") == b"first"


def test_a_write_if_match_needs_the_present_etag(subject: ObjectStore) -> None:
    """An etag that is no longer the present one loses the race."""
    subject.put_bytes(BUCKET, "latest.json", b"1")
    first = subject.stat(BUCKET, "latest.json")
    assert first is not None
    subject.put_bytes(BUCKET, "latest.json", b"2", if_match=first.etag)
    with pytest.raises(IntegrityError) as refusal:
        subject.put_bytes(BUCKET, "latest.json", b"3", if_match=first.etag)
    assert refusal.value.code == "precondition_failed"
    assert subject.get_bytes(BUCKET, "latest.json") == b"2"


def test_a_write_if_match_over_nothing_loses(subject: ObjectStore) -> None:
    """What was to be replaced has been removed by somebody."""
    with pytest.raises(IntegrityError) as refusal:
        subject.put_bytes(BUCKET, "absent", b"x", if_match="0" * 32)
    assert refusal.value.code == "precondition_failed"
    assert subject.stat(BUCKET, "absent") is None


@pytest.mark.parametrize("size_bytes", [0, 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 7])
def test_a_file_goes_up_and_comes_down_unchanged(
    subject: ObjectStore, tmp_path: Path, size_bytes: int
) -> None:
    """In one part or in several, the reference is that of the file's bytes."""
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size_bytes))
    ref = subject.put_file(BUCKET, "files/f", source)
    assert (ref.sm3, ref.size_bytes) == (sm3_file(source), size_bytes)
    subject.get_file(ref, tmp_path / "copy")
    assert sm3_file(tmp_path / "copy") == ref.sm3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "source"]


@pytest.mark.parametrize("size_bytes", [10, PART_BYTES + 1])
def test_a_file_put_if_absent_never_overwrites(
    subject: ObjectStore, tmp_path: Path, size_bytes: int
) -> None:
    """The condition holds for large files as well."""
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size_bytes))
    first = subject.put_file(BUCKET, "once", source, if_absent=True)
    source.write_bytes(os.urandom(size_bytes))
    with pytest.raises(IntegrityError) as refusal:
        subject.put_file(BUCKET, "once", source, if_absent=True)
    assert refusal.value.code == "precondition_failed"
    subject.get_file(first, tmp_path / "copy")


@pytest.mark.parametrize(
    "change",
    [{"sm3": Digest("0" * 64)}, {"size_bytes": 3}, {"size_bytes": 5}],
    ids=["other-digest", "shorter", "longer"],
)
def test_a_file_that_is_not_what_its_reference_says_is_not_left_behind(
    subject: ObjectStore, tmp_path: Path, change: dict[str, object]
) -> None:
    """The error is final, and neither the file nor a part of it stays."""
    ref = replace(subject.put_bytes(BUCKET, "k", b"four"), **change)  # type: ignore[arg-type]
    with pytest.raises(IntegrityError) as refusal:
        subject.get_file(ref, tmp_path / "copy")
    assert refusal.value.code == "digest_mismatch"
    assert list(tmp_path.iterdir()) == []


def test_an_object_of_unknown_digest_is_fetched_with_its_reference(
    subject: ObjectStore, tmp_path: Path
) -> None:
    """The reference is what the bytes say, also above one part."""
    data = os.urandom(PART_BYTES + 9)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(data)
    put = subject.put_file(BUCKET, "run/sealed", source)
    assert subject.fetch(BUCKET, "run/sealed", target) == put
    assert target.read_bytes() == data


def test_fetching_what_is_not_there_leaves_no_file(subject: ObjectStore, tmp_path: Path) -> None:
    """The error is that of every other read."""
    with pytest.raises(IntegrityError, match="object_missing"):
        subject.fetch(BUCKET, "nowhere", tmp_path / "target")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_survives_a_failed_read(subject: ObjectStore, tmp_path: Path) -> None:
    """A whole file is replaced by a whole file or not at all."""
    ref = subject.put_bytes(BUCKET, "k", b"four")
    copy = tmp_path / "copy"
    copy.write_bytes(b"earlier")
    with pytest.raises(IntegrityError):
        subject.get_file(replace(ref, sm3=Digest("0" * 64)), copy)
    assert copy.read_bytes() == b"earlier"


def test_an_object_above_the_limit_is_not_read_into_memory(subject: ObjectStore) -> None:
    """The limit itself is allowed, one byte more is not."""
    subject.put_bytes(BUCKET, "k", b"12345")
    assert subject.get_bytes(BUCKET, "k", limit_bytes=5) == b"12345"
    with pytest.raises(IntegrityError) as refusal:
        subject.get_bytes(BUCKET, "k", limit_bytes=4)
    assert refusal.value.code == "object_too_large"


def test_a_refused_credential_is_told_so(stranger: ObjectStore, tmp_path: Path) -> None:
    """Every operation answers that the store denies it, which no retry changes."""
    path = tmp_path / "f"
    path.write_bytes(b"x" * (PART_BYTES + 1))
    calls: list[Callable[[], object]] = [
        lambda: stranger.put_bytes(BUCKET, "k", b"x"),
        lambda: stranger.put_bytes(BUCKET, "k", b"x", if_absent=True),
        lambda: stranger.put_file(BUCKET, "k", path),
        lambda: stranger.get_bytes(BUCKET, "k"),
        lambda: stranger.stat(BUCKET, "k"),
        lambda: list(stranger.list(BUCKET)),
        lambda: stranger.remove(BUCKET, "k"),
        lambda: stranger.ensure_bucket(BUCKET),
        lambda: stranger.ensure_bucket("another-bucket"),
    ]
    for call in calls:
        with pytest.raises(AuthorisationError) as refusal:
            call()
        assert refusal.value.code == "store_denied"


@pytest.mark.parametrize(
    "store_kind", ["seaweedfs", pytest.param("minio", marks=pytest.mark.minio)], indirect=True
)
def test_an_error_of_the_store_holds_no_secret(store_server: services.StoreServer) -> None:
    """Neither its text nor what it was raised from."""
    store = MinioObjectStore(store_server.endpoint, store_server.access_key, "a-wrong-secret")
    with pytest.raises(WeirError) as refusal:
        store.get_bytes(BUCKET, "k")
    assert "a-wrong-secret" not in f"{refusal.value!r} {refusal.value.__cause__!r}"
