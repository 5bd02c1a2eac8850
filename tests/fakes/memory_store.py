"""The one fake of the object store port: real semantics, kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from weir.clock import Clock, SystemClock
from weir.crypto.sm3 import sm3_hex
from weir.errors import AuthorisationError, IntegrityError, StoreUnavailableError
from weir.model import ObjectRef
from weir.storage.names import check_bucket, check_key, check_prefix
from weir.storage.objects import ObjectInfo

Permission = Callable[[str, str, str], bool]
"""Whether an S3 action (`s3:GetObject`) on a bucket and key is allowed."""


@dataclass
class _Shelf:
    """What every credential's view shares."""

    buckets: dict[str, dict[str, tuple[bytes, ObjectInfo]]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    down: bool = False


class MemoryStore:
    """An `ObjectStore` of one credential.

    `before` is called as (action, bucket, key) ahead of every effect; a test makes it raise to
    kill a program at exactly that point. `down` makes every call of every view fail as a dead
    server does.
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._shelf = _Shelf()
        self._clock = clock or SystemClock()
        self._allows: Permission = lambda _action, _bucket, _key: True
        self.before: Callable[[str, str, str], None] = lambda _action, _bucket, _key: None

    def view(self, allows: Permission) -> MemoryStore:
        """The same objects as another credential sees them."""
        other = MemoryStore(clock=self._clock)
        other._shelf = self._shelf
        other._allows = allows
        return other

    @property
    def down(self) -> bool:
        return self._shelf.down

    @down.setter
    def down(self, value: bool) -> None:
        self._shelf.down = value

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
        check_key(key)
        with self._shelf.lock:
            objects = self._enter("s3:PutObject", bucket, key)
            held = objects.get(key)
            if (if_absent and held) or (
                if_match is not None and (held is None or held[1].etag != if_match)
            ):
                raise IntegrityError(
                    "precondition_failed",
                    "another writer was first",
                    where={"bucket": bucket, "key": key},
                )
            digest = sm3_hex(data)
            info = ObjectInfo(
                key=key, size_bytes=len(data), etag=digest[:32], modified_at=self._clock.now()
            )
            objects[key] = (bytes(data), info)
        return ObjectRef(bucket=bucket, key=key, sm3=digest, size_bytes=len(data))

    def put_file(
        self,
        bucket: str,
        key: str,
        path: Path,
        *,
        if_absent: bool = False,
        content_type: str = "application/octet-stream",
    ) -> ObjectRef:
        return self.put_bytes(
            bucket, key, path.read_bytes(), if_absent=if_absent, content_type=content_type
        )

    def get_bytes(self, bucket: str, key: str, *, limit_bytes: int = 16 * 1024 * 1024) -> bytes:
        check_key(key)
        data = self._read(bucket, key)
        if len(data) > limit_bytes:
            raise IntegrityError(
                "object_too_large",
                "the object is larger than may be read into memory",
                where={"bucket": bucket, "key": key, "limit_bytes": limit_bytes},
            )
        return data

    def get_file(self, ref: ObjectRef, path: Path) -> None:
        check_key(ref.key)
        data = self._read(ref.bucket, ref.key)
        if len(data) != ref.size_bytes or sm3_hex(data) != ref.sm3:
            raise IntegrityError(
                "digest_mismatch",
                "the object is not what its reference says",
                where={"bucket": ref.bucket, "key": ref.key},
            )
        path.write_bytes(data)

    def fetch(self, bucket: str, key: str, path: Path) -> ObjectRef:
        check_key(key)
        data = self._read(bucket, key)
        path.write_bytes(data)
        return ObjectRef(bucket=bucket, key=key, sm3=sm3_hex(data), size_bytes=len(data))

    def stat(self, bucket: str, key: str) -> ObjectInfo | None:
        check_key(key)
        try:
            with self._shelf.lock:
                held = self._enter("s3:GetObject", bucket, key).get(key)
        except IntegrityError as error:
            if error.code == "object_missing":
                return None
            raise
        return held[1] if held else None

    def list(self, bucket: str, prefix: str = "") -> Iterator[ObjectInfo]:
        check_prefix(prefix)
        with self._shelf.lock:
            objects = self._enter("s3:ListBucket", bucket, "")
            found = sorted(
                (key, info) for key, (_, info) in objects.items() if key.startswith(prefix)
            )
        yield from (info for _, info in found)

    def remove(self, bucket: str, key: str) -> None:
        check_key(key)
        with self._shelf.lock:
            self._enter("s3:DeleteObject", bucket, key).pop(key, None)

    def ensure_bucket(self, bucket: str) -> None:
        check_bucket(bucket)
        with self._shelf.lock:
            there = bucket in self._shelf.buckets
            self._admit("s3:ListBucket" if there else "s3:CreateBucket", bucket, "")
            self._shelf.buckets.setdefault(bucket, {})

    def _read(self, bucket: str, key: str) -> bytes:
        with self._shelf.lock:
            held = self._enter("s3:GetObject", bucket, key).get(key)
        if held is None:
            raise IntegrityError(
                "object_missing",
                "the store holds no such object",
                where={"bucket": bucket, "key": key},
            )
        return held[0]

    def _enter(self, action: str, bucket: str, key: str) -> dict[str, tuple[bytes, ObjectInfo]]:
        check_bucket(bucket)
        self._admit(action, bucket, key)
        try:
            return self._shelf.buckets[bucket]
        except KeyError:
            raise IntegrityError(
                "object_missing", "the store holds no such bucket", where={"bucket": bucket}
            ) from None

    def _admit(self, action: str, bucket: str, key: str) -> None:
        self.before(action, bucket, key)
        if self._shelf.down:
            raise StoreUnavailableError("store_unavailable", "the object store does not answer")
        if not self._allows(action, bucket, key):
            raise AuthorisationError(
                "store_denied",
                "the object store refuses this credential",
                where={"bucket": bucket, "key": key},
            )
