"""Names from outside never reach a store as something else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from weir.errors import (
    ContractError,
    IntegrityError,
)
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import ObjectStore

BUCKET = "weir-staging"


HOSTILE_KEYS = [
    "",
    "/",
    "/absolute",
    "trailing/",
    "a//b",
    "..",
    "../other-bucket/k",
    "a/../../b",
    "./a",
    "line\nbreak",
    "nul\x00",
    "\x85",
    "\ud800",
    "k" * 1025,
    "界" * 90,
]


@pytest.mark.parametrize("key", HOSTILE_KEYS, ids=ascii)
def test_a_hostile_key_never_reaches_the_store(subject: ObjectStore, key: str) -> None:
    """No operation accepts it, and the error does not repeat it."""
    calls: list[Callable[[], object]] = [
        lambda: subject.put_bytes(BUCKET, key, b"x"),
        lambda: subject.get_bytes(BUCKET, key),
        lambda: subject.stat(BUCKET, key),
        lambda: subject.remove(BUCKET, key),
    ]
    for call in calls:
        with pytest.raises(IntegrityError) as refusal:
            call()
        assert refusal.value.code == "object_name_invalid"
        assert len(key) < 4 or key not in str(refusal.value)
    assert list(subject.list(BUCKET)) == []


@pytest.mark.parametrize(
    "bucket", ["", "ab", "Upper", "a.b", "../x", "a_b", "-ab", "ab-", "城市桶"]
)
def test_a_hostile_bucket_never_reaches_the_store(subject: ObjectStore, bucket: str) -> None:
    """As for keys."""
    with pytest.raises(IntegrityError) as refusal:
        subject.ensure_bucket(bucket)
    assert refusal.value.code == "object_name_invalid"
    with pytest.raises(IntegrityError):
        subject.put_bytes(bucket, "k", b"x")


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9000", "", "host:port", "a b:1", "h:1/x"])
def test_an_address_with_a_scheme_or_a_path_is_a_configuration_error(endpoint: str) -> None:
    """Said at once, not at the first call."""
    with pytest.raises(ContractError) as refusal:
        MinioObjectStore(endpoint, "a", "b")
    assert refusal.value.code == "s3_endpoint_invalid"
