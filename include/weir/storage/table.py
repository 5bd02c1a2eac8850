"""Plain Parquet tables in the store. Only masked data may be kept this way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from weir.model import ObjectRef
from weir.storage.objects import ObjectStore
from weir.storage.parquet import TableReader, write_parquet
from weir.storage.scratch import scratch_folder

PARQUET = "application/vnd.apache.parquet"


def write_table(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    *,
    store: ObjectStore,
    bucket: str,
    key: str,
    scratch: Path | None,
    metadata: Mapping[str, str] | None = None,
) -> tuple[ObjectRef, int]:
    """Keep `batches` under `key`, replacing what is there; the reference and the rows.

    Equal rows and `metadata` give equal bytes (see `write_parquet`, whose errors pass through).
    Nothing reaches the store unless every batch was written.
    """
    with scratch_folder(scratch) as folder:
        path = folder / "table.parquet"
        with path.open("wb") as sink:
            rows = write_parquet(batches, schema, sink, metadata=metadata)
        return store.put_file(bucket, key, path, content_type=PARQUET), rows


@contextmanager
def open_table(
    ref: ObjectRef, *, store: ObjectStore, scratch: Path | None
) -> Iterator[TableReader]:
    """The table that `ref` names, its bytes checked against the reference before any is used."""
    with scratch_folder(scratch) as folder:
        path = folder / "table.parquet"
        store.get_file(ref, path)
        with path.open("rb") as source:
            yield TableReader(source)
