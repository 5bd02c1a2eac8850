from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from weir.crypto.file_keystore import FileKeyStore
from weir.errors import IntegrityError, StoreUnavailableError


def test_keys_lie_in_files_that_their_owner_alone_can_read(tmp_path: Path) -> None:
    """0700 and 0600, also where the folder was open before."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o755)
    FileKeyStore(folder).create("mask/sme-credit/token")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [f.stat().st_mode & 0o777 for f in folder.iterdir()] == [0o600]


def test_a_key_outlives_the_process(tmp_path: Path) -> None:
    """A second keystore on the folder sees the same key."""
    key = FileKeyStore(tmp_path / "keys").create("a")
    assert FileKeyStore(tmp_path / "keys").get("a") == key


def test_racing_creators_all_get_the_first_key(tmp_path: Path) -> None:
    """However many create at once, there is one key and no leftover draft."""
    with ThreadPoolExecutor(16) as pool:
        made = pool.map(lambda _: FileKeyStore(tmp_path / "keys").create("a/b"), range(64))
    assert len(set(made)) == 1
    assert [f.name for f in (tmp_path / "keys").iterdir()] == ["a%2Fb.key"]


@pytest.mark.parametrize(
    "key_id",
    ["..", ".", ".hidden", "a//b", "a/", "a\x00b", "a b", "钥", "a\n", "a" * 300, "a/" * 100 + "a"],
)
def test_an_odd_key_id_is_refused(tmp_path: Path, key_id: str) -> None:
    """Only plain names, and short enough for a file name."""
    keys = FileKeyStore(tmp_path / "keys")
    for call in (keys.create, keys.get, keys.destroy):
        with pytest.raises(IntegrityError) as refusal:
            call(key_id)
        assert refusal.value.code == "key_id_malformed"
    assert not (tmp_path / "keys").exists()


def test_run_ids_of_the_orchestrator_make_key_ids(tmp_path: Path) -> None:
    """Airflow's run ids hold colons and plus signs."""
    key_id = "snapshot/sme-credit/electricity-bills/manual__2026-11-23T08:00:00.123456+00:00"
    assert len(FileKeyStore(tmp_path / "keys").create(key_id)) == 16


def test_a_key_file_open_to_others_is_refused(tmp_path: Path) -> None:
    """A key that others may have read protects nothing."""
    keys = FileKeyStore(tmp_path / "keys")
    keys.create("a")
    (tmp_path / "keys" / "a.key").chmod(0o644)
    with pytest.raises(IntegrityError) as refusal:
        keys.get("a")
    assert refusal.value.code == "key_exposed"


def test_a_damaged_key_file_is_refused(tmp_path: Path) -> None:
    """Fifteen bytes are no key."""
    keys = FileKeyStore(tmp_path / "keys")
    keys.create("a")
    (tmp_path / "keys" / "a.key").write_bytes(bytes(15))
    with pytest.raises(IntegrityError) as refusal:
        keys.get("a")
    assert refusal.value.code == "key_malformed"


def test_a_link_in_place_of_a_key_is_not_followed(tmp_path: Path) -> None:
    """Someone who can write the folder cannot make us use a file of theirs."""
    keys = FileKeyStore(tmp_path / "keys")
    keys.create("a")
    (tmp_path / "other").write_bytes(bytes(16))
    (tmp_path / "keys" / "b.key").symlink_to(tmp_path / "other")
    with pytest.raises(StoreUnavailableError):
        keys.get("b")


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "keys").write_bytes(b"")
    with pytest.raises(StoreUnavailableError) as refusal:
        FileKeyStore(tmp_path / "keys").create("a")
    assert refusal.value.code == "keystore_unavailable"
