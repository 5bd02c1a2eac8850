"""The object store port. `weir.storage.minio_store` adapts it to any S3-compatible server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from weir.model import ObjectRef

SNAPSHOTS = "weir-snapshots"
QUARANTINE = "weir-quarantine"
STAGING = "weir-staging"
REPORTS = "weir-reports"

OPERATION_REPORTS = "operation_reports"
"""Where the operator's own reports lie in the reports bucket, beside the quality reports of each
scenario. No scenario can have this name: it holds an underscore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """What a listing tells of an object. `etag` is the server's, for conditional writes."""

    key: str
    size_bytes: int
    etag: str
    modified_at: datetime


class ObjectStore(Protocol):
    """One credential's view of an S3-compatible store.

    Every call raises `StoreUnavailableError` when the server does not answer or fails,
    `AuthorisationError` (code `store_denied`) when it answers 403, and `IntegrityError`
    (code `object_missing`) for an object or bucket that is not there; a name outside
    `weir.storage.names` is refused with `IntegrityError` (code `object_name_invalid`).
    """

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
        """Write one object. `if_match` (an etag) and `if_absent` make the write conditional:

        a lost race raises `IntegrityError` with code `precondition_failed`.
        """
        ...

    def put_file(
        self,
        bucket: str,
        key: str,
        path: Path,
        *,
        if_absent: bool = False,
        content_type: str = "application/octet-stream",
    ) -> ObjectRef:
        """Write one object from a file, streaming; same conditions as `put_bytes`."""
        ...

    def get_bytes(self, bucket: str, key: str, *, limit_bytes: int = 16 * 1024 * 1024) -> bytes:
        """Read one small object; one above `limit_bytes` raises `IntegrityError`."""
        ...

    def get_file(self, ref: ObjectRef, path: Path) -> None:
        """Stream an object to `path`; a size or SM3 other than the reference's raises
        `IntegrityError` (code `digest_mismatch`) and leaves no file."""
        ...

    def fetch(self, bucket: str, key: str, path: Path) -> ObjectRef:
        """Stream an object whose digest is not known to `path`, and tell what it is; a failure
        leaves no file. Who holds a reference uses `get_file`."""
        ...

    def stat(self, bucket: str, key: str) -> ObjectInfo | None:
        """What the store holds under `key`, or None."""
        ...

    def list(self, bucket: str, prefix: str = "") -> Iterator[ObjectInfo]: ...

    def remove(self, bucket: str, key: str) -> None: ...

    def ensure_bucket(self, bucket: str) -> None: ...
