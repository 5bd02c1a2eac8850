from __future__ import annotations

from pathlib import Path

import pytest

from fakes.memory_keys import MemoryKeys
from fakes.memory_store import MemoryStore
from weir.crypto.borrowed_keys import BorrowedKeys
from weir.errors import IntegrityError
from weir.storage.overlay import OverlayStore


@pytest.fixture
def beneath() -> MemoryStore:
    """Another store with two buckets."""
    store = MemoryStore()
    for bucket in ("weir-snapshots", "weir-staging"):
        store.ensure_bucket(bucket)
        store.put_bytes(bucket, "k", b"there")
    return store


@pytest.fixture
def overlay(beneath: MemoryStore, tmp_path: Path) -> OverlayStore:
    return OverlayStore(tmp_path, beneath, {"weir-snapshots"})


def test_named_buckets_are_read_and_others_are_not(overlay: OverlayStore) -> None:
    """Only what the work may see is there."""
    assert overlay.get_bytes("weir-snapshots", "k") == b"there"
    with pytest.raises(IntegrityError) as refusal:
        overlay.get_bytes("weir-staging", "k")
    assert refusal.value.code == "object_missing"


def test_nothing_is_written_beneath(
    overlay: OverlayStore, beneath: MemoryStore, tmp_path: Path
) -> None:
    """What is put can be read, listed and removed here, and nobody else sees it."""
    source = tmp_path / "source"
    source.write_bytes(b"mine")
    ref = overlay.put_file("weir-staging", "k", source)
    overlay.get_file(ref, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"mine"
    assert [info.key for info in overlay.list("weir-staging")] == ["k"]
    assert beneath.get_bytes("weir-staging", "k") == b"there"
    overlay.remove("weir-staging", "k")
    assert overlay.stat("weir-staging", "k") is None


def test_a_reference_to_other_bytes_is_refused(overlay: OverlayStore, tmp_path: Path) -> None:
    """Also once the object is held here."""
    ref = overlay.put_bytes("weir-staging", "k", b"one")
    overlay.put_bytes("weir-staging", "k", b"two")
    with pytest.raises(IntegrityError) as refusal:
        overlay.get_file(ref, tmp_path / "copy")
    assert refusal.value.code == "digest_mismatch"
    with pytest.raises(IntegrityError) as refusal:
        overlay.put_bytes("weir-staging", "k", b"three", if_absent=True)
    assert refusal.value.code == "precondition_failed"


def test_keys_kept_apart_are_never_read_from_the_other_lender() -> None:
    """What the lender has under such a name counts for nothing."""
    lender, apart = MemoryKeys(), MemoryKeys()
    lender.create("mask/a/token")
    borrowed = BorrowedKeys(lender, own="quarantine/", apart={"mask/": apart})
    with pytest.raises(IntegrityError):
        borrowed.create("mask/a/token")
    assert apart.create("mask/a/token") == borrowed.create("mask/a/token")
    assert lender.create("snapshot/a") == borrowed.get("snapshot/a")


def test_borrowed_keys_are_read_and_never_made() -> None:
    """Keys of the work's own are forgotten with it."""
    lender = MemoryKeys()
    key = lender.create("mask/a/token")
    borrowed = BorrowedKeys(lender, own="quarantine/")
    assert borrowed.create("mask/a/token") == key
    with pytest.raises(IntegrityError) as refusal:
        borrowed.create("mask/b/token")
    assert refusal.value.code == "key_missing"
    assert borrowed.create("quarantine/x") == borrowed.get("quarantine/x")
    with pytest.raises(IntegrityError):
        lender.get("quarantine/x")
