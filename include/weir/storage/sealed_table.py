"""Sealed tables: what holds personal data is Parquet under SM4-GCM, on disk and in the store."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from weir.crypto.keystore import KeyStore
from weir.crypto.sealing import SealedReader, SealingWriter
from weir.crypto.sm3 import Sm3
from weir.errors import IntegrityError
from weir.model import Digest, ObjectRef
from weir.storage.objects import ObjectStore
from weir.storage.parquet import TableReader, write_parquet
from weir.storage.scratch import scratch_folder

__all__ = ["SealedTable", "TableReader", "open_sealed", "write_sealed"]

_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTable:
    """A table in the store. `content` is the SM3 of its Parquet bytes before sealing."""

    content: Digest
    sealed: ObjectRef
    key_id: str
    rows: int


def write_sealed(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    *,
    store: ObjectStore,
    bucket: str,
    prefix: str,
    key_id: str,
    keys: KeyStore,
    scratch: Path | None,
) -> SealedTable:
    """Seal `batches` under the key `key_id` and keep them as `<prefix>/<content>.sealed`.

    One prefix belongs to one key: give both the run and the dataset in their names. Then writing
    the same rows again, in whatever batches, gives the same `content` and the object that is
    already there, whole and under the same key. Nothing reaches the store unless every batch was
    written; plaintext never reaches the disk. The errors of `write_parquet` pass through, and
    `IntegrityError` (code `seal_broken` or `content_differs`) tells that the object already
    there is not that content under this key.
    """
    key = keys.create(key_id)
    with scratch_folder(scratch) as folder:
        path = folder / "table.sealed"
        with path.open("wb") as file, SealingWriter(file, key, _context(key_id)) as seal:
            sink = _DigestingSink(seal)
            rows = write_parquet(batches, schema, cast("BinaryIO", sink))
        content = sink.sm3.hexdigest()
        object_key = f"{prefix}/{content}.sealed"
        sealed = _put_first(store, bucket, object_key, path)
        if sealed is None:
            path.unlink()
            sealed = store.fetch(bucket, object_key, path)
            _check_content(path, key, key_id, content)
    return SealedTable(content=content, sealed=sealed, key_id=key_id, rows=rows)


@contextmanager
def open_sealed(
    sealed: ObjectRef, key_id: str, *, store: ObjectStore, keys: KeyStore, scratch: Path | None
) -> Iterator[TableReader]:
    """The table that was sealed under `key_id`; only what is read is decrypted, in memory.

    Raises `IntegrityError`: `digest_mismatch` when the object is not what `sealed` says,
    `key_missing` when its key was destroyed, `seal_broken` under any other key.
    """
    key = keys.get(key_id)
    with scratch_folder(scratch) as folder:
        path = folder / "table.sealed"
        store.get_file(sealed, path)
        with path.open("rb") as file, SealedReader(file, key, _context(key_id)) as source:
            yield TableReader(source)


class _DigestingSink:
    """Passes what the Parquet writer writes to the seal, and digests it on the way."""

    def __init__(self, seal: SealingWriter) -> None:
        self._seal = seal
        self.sm3 = Sm3()
        self.closed = False

    def write(self, data: bytes) -> int:
        self.sm3.update(data)
        return self._seal.write(data)

    def flush(self) -> None:
        self._seal.flush()


def _put_first(store: ObjectStore, bucket: str, key: str, path: Path) -> ObjectRef | None:
    """Keep the file unless an object is there already; None when one is."""
    if store.stat(bucket, key) is not None:
        return None
    try:
        return store.put_file(bucket, key, path, if_absent=True)
    except IntegrityError as error:
        if error.code != "precondition_failed":
            raise
        return None


def _check_content(path: Path, key: bytes, key_id: str, content: Digest) -> None:
    found = Sm3()
    with path.open("rb") as file, SealedReader(file, key, _context(key_id)) as source:
        plain = io.BufferedReader(source, _READ_BYTES)
        while piece := plain.read(_READ_BYTES):
            found.update(piece)
    if found.hexdigest() != content:
        raise IntegrityError(
            "content_differs",
            "an object stands under a digest that is not its own",
            where={"key_id": key_id},
            remedy="remove the object and pull again",
        )


def _context(key_id: str) -> bytes:
    return b"weir.sealed-table.1\0" + key_id.encode()
