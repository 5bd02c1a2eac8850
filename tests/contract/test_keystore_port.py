"""What every keystore promises, fake and real."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.memory_keys import MemoryKeys
from weir.crypto.file_keystore import FileKeyStore
from weir.crypto.keystore import SharedKeyStore
from weir.errors import IntegrityError


@pytest.fixture(params=["memory", "file"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> SharedKeyStore:
    """One empty keystore of each kind."""
    return MemoryKeys() if request.param == "memory" else FileKeyStore(tmp_path / "keys")


def test_a_created_key_is_sixteen_bytes_and_stays_the_same(keys: SharedKeyStore) -> None:
    """A name always means the key it was first given."""
    first = keys.create("snapshot/s/a")
    assert len(first) == 16
    assert keys.create("snapshot/s/a") == first
    assert keys.get("snapshot/s/a") == first


def test_two_names_have_two_keys(keys: SharedKeyStore) -> None:
    """Keys are not derived from one another."""
    assert keys.create("mask/a/token") != keys.create("mask/b/token")


def test_a_key_that_was_never_made_is_refused(keys: SharedKeyStore) -> None:
    """Reading never makes a key."""
    with pytest.raises(IntegrityError) as refusal:
        keys.get("mask/a/token")
    assert refusal.value.code == "key_missing"


def test_a_key_put_there_takes_the_place_of_what_was(keys: SharedKeyStore) -> None:
    """Also where the name was never used, and it stays a key like any other."""
    keys.create("mask/a/token")
    for key_id in ("mask/a/token", "mask/b/token"):
        keys.put(key_id, b"0123456789abcdef")
        assert keys.get(key_id) == keys.create(key_id) == b"0123456789abcdef"


def test_a_destroyed_key_is_gone(keys: SharedKeyStore) -> None:
    """After destruction a name is as if never used, and destroying again is no error."""
    first = keys.create("snapshot/s/a")
    keys.destroy("snapshot/s/a")
    keys.destroy("snapshot/s/a")
    with pytest.raises(IntegrityError):
        keys.get("snapshot/s/a")
    assert keys.create("snapshot/s/a") != first


@pytest.mark.parametrize("key_id", ["", "/etc/passwd", "../outside", "a/../b"])
def test_a_name_that_is_a_path_trick_is_refused(keys: SharedKeyStore, key_id: str) -> None:
    """Key ids are names, not paths."""
    with pytest.raises(IntegrityError) as refusal:
        keys.create(key_id)
    assert refusal.value.code == "key_id_malformed"
