"""Plain tables in the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from fakes.memory_store import MemoryStore
from weir.errors import ContractError, IntegrityError, StoreUnavailableError
from weir.model import ObjectRef
from weir.storage.objects import STAGING
from weir.storage.table import open_table, write_table

BATCH = pa.record_batch({"district": pa.array(["510903", None]), "rows": pa.array([5, 7])})


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.ensure_bucket(STAGING)
    return store


def written(store: MemoryStore, scratch: Path, *batches: pa.RecordBatch) -> tuple[ObjectRef, int]:
    return write_table(
        batches, BATCH.schema, store=store, bucket=STAGING, key="a/product.parquet", scratch=scratch
    )


def test_a_table_is_read_back_and_leaves_no_scratch(store: MemoryStore, tmp_path: Path) -> None:
    """Rows come back, and neither writing nor reading leaves a file."""
    ref, rows = written(store, tmp_path, BATCH, BATCH)
    with open_table(ref, store=store, scratch=tmp_path) as table:
        assert (rows, table.rows) == (4, 4)
        assert list(table.batches()) == [
            pa.Table.from_batches([BATCH, BATCH]).combine_chunks().to_batches()[0]
        ]
    assert not list(tmp_path.iterdir())


def test_the_same_rows_are_the_same_object(store: MemoryStore, tmp_path: Path) -> None:
    """A retried stage writes the same bytes over the same key."""
    assert written(store, tmp_path, BATCH, BATCH) == written(
        store, tmp_path, BATCH.slice(0, 1), BATCH.slice(1), BATCH
    )


def test_a_table_without_rows_has_its_columns(store: MemoryStore, tmp_path: Path) -> None:
    """No batches at all still make a table of the stated schema."""
    ref, rows = written(store, tmp_path)
    with open_table(ref, store=store, scratch=tmp_path) as table:
        assert rows == table.rows == 0
        assert table.schema == BATCH.schema
        assert list(table.batches()) == []


def test_a_source_that_fails_leaves_nothing(store: MemoryStore, tmp_path: Path) -> None:
    """An error after some batches reaches the caller; store and scratch stay empty."""

    def failing() -> Iterator[pa.RecordBatch]:
        yield BATCH
        raise StoreUnavailableError("gone", "it went")

    with pytest.raises(StoreUnavailableError, match="gone"):
        write_table(
            failing(), BATCH.schema, store=store, bucket=STAGING, key="a/b", scratch=tmp_path
        )
    assert not list(store.list(STAGING))
    assert not list(tmp_path.iterdir())


def test_an_exchanged_object_is_not_opened(store: MemoryStore, tmp_path: Path) -> None:
    """Bytes other than the reference's are refused before they are parsed."""
    ref, _ = written(store, tmp_path, BATCH)
    store.put_bytes(STAGING, ref.key, b"PAR1")
    with (
        pytest.raises(IntegrityError, match="digest_mismatch"),
        open_table(ref, store=store, scratch=tmp_path),
    ):
        pytest.fail("it was opened")


def test_scratch_that_cannot_be_written_may_be_tried_again(
    store: MemoryStore, tmp_path: Path
) -> None:
    """A missing scratch folder is a fault of the machine, not of the data."""
    with pytest.raises(StoreUnavailableError, match="scratch_unavailable"):
        written(store, tmp_path / "nowhere", BATCH)


def test_an_unsupported_schema_is_refused_before_anything_is_kept(
    store: MemoryStore, tmp_path: Path
) -> None:
    """A schema outside the list reaches neither store nor scratch."""
    with pytest.raises(ContractError, match="type_unsupported"):
        write_table(
            [],
            pa.schema([("x", pa.binary())]),
            store=store,
            bucket=STAGING,
            key="x",
            scratch=tmp_path,
        )
    assert not list(store.list(STAGING))
