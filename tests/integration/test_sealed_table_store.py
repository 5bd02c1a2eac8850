"""Sealed tables in a real object store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from fakes.memory_keys import MemoryKeys
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import SNAPSHOTS
from weir.storage.sealed_table import SealedTable, open_sealed, write_sealed

SCHEMA = pa.schema([("n", pa.int64()), ("x", pa.float64())])
ROWS = 1_500_000


def batches(batch_rows: int) -> Iterator[pa.RecordBatch]:
    """Rows that compress badly: more than one part of an upload."""
    values = np.random.default_rng(5).normal(size=ROWS)
    for start in range(0, ROWS, batch_rows):
        x = pa.array(values[start : start + batch_rows])
        yield pa.record_batch([pa.array(range(start, start + len(x)), pa.int64()), x], SCHEMA)


def test_attempts_that_race_end_with_one_object(store: MinioObjectStore, tmp_path: Path) -> None:
    """Two attempts of one run, and a third later: one object, one reference, every row."""
    keys = MemoryKeys()

    def attempt(batch_rows: int) -> SealedTable:
        return write_sealed(
            batches(batch_rows),
            SCHEMA,
            store=store,
            bucket=SNAPSHOTS,
            prefix="firm-credit/run-1/bills",
            key_id="snapshot/firm-credit/run-1/bills",
            keys=keys,
            scratch=tmp_path,
        )

    with ThreadPoolExecutor(2) as pool:
        racing = list(pool.map(attempt, (50_000, 70_001)))
    late = attempt(200_000)
    assert racing == [late, late]
    assert [found.key for found in store.list(SNAPSHOTS)] == [late.sealed.key]
    with open_sealed(late.sealed, late.key_id, store=store, keys=keys, scratch=tmp_path) as table:
        assert sum(batch.num_rows for batch in table.batches(["x"])) == table.rows == ROWS
    assert not list(tmp_path.iterdir())
