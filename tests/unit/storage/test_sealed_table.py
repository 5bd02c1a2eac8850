"""Sealed tables: one object per content, one key per prefix, no plaintext on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from fakes.memory_store import MemoryStore
from weir.crypto.file_keystore import FileKeyStore
from weir.errors import ExchangeUnavailableError, IntegrityError, StoreUnavailableError
from weir.model import ObjectRef
from weir.storage.objects import SNAPSHOTS
from weir.storage.sealed_table import SealedTable, open_sealed, write_sealed

SECRET = "言谨之"
BATCH = pa.record_batch({"full_name": pa.array([SECRET] * 500), "n": pa.array(range(500))})
PREFIX = "sme-credit/run-1/population"
KEY_ID = "snapshot/sme-credit/run-1/population"


class Room:
    """A store, a keystore and a scratch folder."""

    def __init__(self, folder: Path) -> None:
        self.store = MemoryStore()
        self.store.ensure_bucket(SNAPSHOTS)
        self.keys = FileKeyStore(folder / "keys")
        self.scratch = folder / "scratch"
        self.scratch.mkdir()

    def write(self, *batches: pa.RecordBatch) -> SealedTable:
        return write_sealed(
            batches,
            BATCH.schema,
            store=self.store,
            bucket=SNAPSHOTS,
            prefix=PREFIX,
            key_id=KEY_ID,
            keys=self.keys,
            scratch=self.scratch,
        )

    def read(self, sealed: ObjectRef, key_id: str = KEY_ID) -> list[pa.RecordBatch]:
        with open_sealed(
            sealed, key_id, store=self.store, keys=self.keys, scratch=self.scratch
        ) as table:
            return list(table.batches())


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_sealed_table_is_read_back(room: Room) -> None:
    """Rows come back under the key, and no scratch file stays."""
    table = room.write(BATCH)
    assert room.read(table.sealed) == [BATCH]
    assert table.rows == 500
    assert table.sealed.key == f"{PREFIX}/{table.content}.sealed"
    assert not list(room.scratch.iterdir())


def test_plaintext_reaches_neither_store_nor_disk(room: Room) -> None:
    """While the table is written, and after, no file and no object holds a cell."""
    seen: list[bytes] = []

    def watched() -> Iterator[pa.RecordBatch]:
        for _ in range(300):
            yield BATCH
        seen.extend(p.read_bytes() for p in room.scratch.rglob("*") if p.is_file())

    table = room.write(*watched())
    stored = room.store.get_bytes(SNAPSHOTS, table.sealed.key)
    assert all(SECRET.encode() not in piece for piece in [*seen, stored])


def test_a_retry_finds_the_object_of_the_first_attempt(room: Room) -> None:
    """The same rows in other batches: the same content, the same object, the same reference."""
    first = room.write(BATCH)
    again = room.write(BATCH.slice(0, 100), BATCH.slice(100))
    assert again == first
    assert [o.key for o in room.store.list(SNAPSHOTS)] == [first.sealed.key]
    assert room.read(again.sealed) == [BATCH]


def test_a_lost_race_ends_with_the_winners_object(room: Room) -> None:
    """An object that appears between looking and writing is taken as it is."""
    won: list[SealedTable] = []

    def race(action: str, _bucket: str, _key: str) -> None:
        if action == "s3:PutObject":
            room.store.before = lambda *_: None
            won.append(room.write(BATCH))

    room.store.before = race
    table = room.write(BATCH)
    assert [table] == won
    assert room.read(table.sealed) == [BATCH]


def test_other_rows_are_another_object(room: Room) -> None:
    """Content decides the name."""
    one, two = room.write(BATCH), room.write(BATCH.slice(1))
    assert one.content != two.content
    assert room.read(one.sealed) == [BATCH]
    assert room.read(two.sealed) == [BATCH.slice(1)]


def test_a_source_that_dies_leaves_nothing(room: Room) -> None:
    """An error in mid-stream leaves neither object nor scratch file."""

    def dying() -> Iterator[pa.RecordBatch]:
        yield BATCH
        raise ExchangeUnavailableError("exchange_unavailable", "it went away")

    with pytest.raises(ExchangeUnavailableError):
        write_sealed(
            dying(),
            BATCH.schema,
            store=room.store,
            bucket=SNAPSHOTS,
            prefix=PREFIX,
            key_id=KEY_ID,
            keys=room.keys,
            scratch=room.scratch,
        )
    assert not list(room.store.list(SNAPSHOTS))
    assert not list(room.scratch.iterdir())


def test_a_store_that_dies_may_be_asked_again(room: Room) -> None:
    """A store that is down in mid-write loses nothing: the retry succeeds."""
    room.store.down = True
    with pytest.raises(StoreUnavailableError):
        room.write(BATCH)
    room.store.down = False
    assert room.read(room.write(BATCH).sealed) == [BATCH]


def test_a_destroyed_key_ends_the_table(room: Room) -> None:
    """Destroying the key is erasure: the object stays, its content is gone."""
    table = room.write(BATCH)
    room.keys.destroy(KEY_ID)
    with pytest.raises(IntegrityError, match="key_missing"):
        room.read(table.sealed)


def test_a_key_made_anew_does_not_adopt_the_old_object(room: Room) -> None:
    """After erasure a retry does not hand out an object that no key opens."""
    room.write(BATCH)
    room.keys.destroy(KEY_ID)
    with pytest.raises(IntegrityError, match="seal_broken"):
        room.write(BATCH)


def test_another_tables_key_does_not_open_it(room: Room) -> None:
    """A key id other than the table's own is refused even where the key bytes exist."""
    table = room.write(BATCH)
    room.keys.create("snapshot/other")
    with pytest.raises(IntegrityError, match="seal_broken"):
        room.read(table.sealed, "snapshot/other")


def test_an_object_under_a_foreign_digest_is_not_adopted(room: Room) -> None:
    """A sealed object moved under another content's name is noticed by the retry."""
    one, two = room.write(BATCH), room.write(BATCH.slice(1))
    room.store.put_bytes(SNAPSHOTS, one.sealed.key, room.store.get_bytes(SNAPSHOTS, two.sealed.key))
    with pytest.raises(IntegrityError, match="content_differs"):
        room.write(BATCH)


def test_a_flipped_bit_inside_a_page_is_refused_while_reading(room: Room) -> None:
    """A reference to altered ciphertext opens nothing: the seal refuses through the reader."""
    wide = pa.record_batch({"full_name": pa.array([f"{SECRET}{i}" for i in range(200_000)])})
    table = write_sealed(
        [wide],
        wide.schema,
        store=room.store,
        bucket=SNAPSHOTS,
        prefix=PREFIX,
        key_id=KEY_ID,
        keys=room.keys,
        scratch=room.scratch,
    )
    data = bytearray(room.store.get_bytes(SNAPSHOTS, table.sealed.key))
    data[5_000] ^= 1
    forged = room.store.put_bytes(SNAPSHOTS, "forged", bytes(data))
    with pytest.raises(IntegrityError, match="seal_broken"):
        room.read(forged)
