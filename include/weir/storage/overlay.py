"""A store of one piece of work: it reads some buckets of another store and writes to a folder.

What a stage writes to the platform's buckets stays in the folder and is gone with it, so that the
gate can run the very stages of the pipeline and leave no trace of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from weir.crypto.sm3 import sm3_file, sm3_hex
from weir.errors import IntegrityError
from weir.model import ObjectRef
from weir.storage.names import check_bucket, check_key, check_prefix
from weir.storage.objects import ObjectInfo, ObjectStore


class OverlayStore:
    """An `ObjectStore` over `folder`; of `beneath` it reads the buckets `reads`, each object once.

    One thread uses it. Nothing is ever written to `beneath`.
    """

    def __init__(self, folder: Path, beneath: ObjectStore, reads: Collection[str]) -> None:
        self._folder = folder
        self._beneath = beneath
        self._reads = frozenset(reads)
        self._held: dict[tuple[str, str], tuple[Path, ObjectRef]] = {}
        self._made = 0

    def put_bytes(
        self,
        bucket: str,
        key: str,
        data: bytes,
        *,
        if_match: str | None = None,
        if_absent: bool = False,
        content_type: str = "application/octet-stream",
    ) -> ObjectRef:
        del content_type
        self._expect(bucket, key, if_match, if_absent=if_absent)
        path = self._fresh()
        path.write_bytes(data)
        ref = ObjectRef(bucket=bucket, key=key, sm3=sm3_hex(data), size_bytes=len(data))
        self._held[bucket, key] = (path, ref)
        return ref

    def put_file(
        self,
        bucket: str,
        key: str,
        path: Path,
        *,
        if_absent: bool = False,
        content_type: str = "application/octet-stream",
    ) -> ObjectRef:
        del content_type
        self._expect(bucket, key, None, if_absent=if_absent)
        kept = self._fresh()
        shutil.copyfile(path, kept)
        ref = ObjectRef(bucket=bucket, key=key, sm3=sm3_file(kept), size_bytes=kept.stat().st_size)
        self._held[bucket, key] = (kept, ref)
        return ref

    def get_bytes(self, bucket: str, key: str, *, limit_bytes: int = 16 * 1024 * 1024) -> bytes:
        path, ref = self._find(bucket, key)
        if ref.size_bytes > limit_bytes:
            raise IntegrityError(
                "object_too_large",
                "the object is larger than may be read into memory",
                where={"bucket": bucket, "key": key, "limit_bytes": limit_bytes},
            )
        return path.read_bytes()

    def get_file(self, ref: ObjectRef, path: Path) -> None:
        if (ref.bucket, ref.key) not in self._held and ref.bucket in self._reads:
            copy = self._fresh()
            self._beneath.get_file(ref, copy)
            self._held[ref.bucket, ref.key] = (copy, ref)
        held, known = self._find(ref.bucket, ref.key)
        if known != ref:
            raise IntegrityError(
                "digest_mismatch",
                "the object is not what its reference says",
                where={"bucket": ref.bucket, "key": ref.key},
                article="第二十三条第(一)项",
                remedy="run the pipeline again; if nothing was staged anew, this is an incident",
            )
        shutil.copyfile(held, path)

    def fetch(self, bucket: str, key: str, path: Path) -> ObjectRef:
        held, ref = self._find(bucket, key)
        shutil.copyfile(held, path)
        return ref

    def stat(self, bucket: str, key: str) -> ObjectInfo | None:
        check_bucket(bucket)
        check_key(key)
        held = self._held.get((bucket, key))
        return _info(*held) if held else None

    def list(self, bucket: str, prefix: str = "") -> Iterator[ObjectInfo]:
        check_prefix(prefix)
        for (where, key), held in sorted(self._held.items()):
            if where == bucket and key.startswith(prefix):
                yield _info(*held)

    def remove(self, bucket: str, key: str) -> None:
        path, _ = self._held.pop((bucket, key), (None, None))
        if path is not None:
            path.unlink()

    def ensure_bucket(self, bucket: str) -> None:
        check_bucket(bucket)

    def _find(self, bucket: str, key: str) -> tuple[Path, ObjectRef]:
        check_bucket(bucket)
        check_key(key)
        if (bucket, key) not in self._held and bucket in self._reads:
            copy = self._fresh()
            self._held[bucket, key] = (copy, self._beneath.fetch(bucket, key, copy))
        try:
            return self._held[bucket, key]
        except KeyError:
            raise IntegrityError(
                "object_missing",
                "the store holds no such object",
                where={"bucket": bucket, "key": key},
            ) from None

    def _expect(self, bucket: str, key: str, if_match: str | None, *, if_absent: bool) -> None:
        check_bucket(bucket)
        check_key(key)
        held = self._held.get((bucket, key))
        lost = if_match is not None and (held is None or _info(*held).etag != if_match)
        if (if_absent and held) or lost:
            raise IntegrityError(
                "precondition_failed",
                "another writer was first",
                where={"bucket": bucket, "key": key},
            )

    def _fresh(self) -> Path:
        self._made += 1
        return self._folder / f"object{self._made}"


def _info(path: Path, ref: ObjectRef) -> ObjectInfo:
    return ObjectInfo(
        key=ref.key,
        size_bytes=ref.size_bytes,
        etag=ref.sm3,
        modified_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )
