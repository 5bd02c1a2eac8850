"""The object store port on any S3-compatible server, through the MinIO SDK."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as ET

import urllib3
from minio.datatypes import Object
from minio.error import MinioException, S3Error

from weir.crypto.sm3 import Sm3, sm3_hex
from weir.errors import ContractError, IntegrityError, StoreUnavailableError
from weir.model import ObjectRef
from weir.storage.conditional import PART_BYTES, ConditionalMinio, mapped, parts_of
from weir.storage.names import check_bucket, check_key, check_prefix
from weir.storage.objects import ObjectInfo
from weir.storage.s3_answers import http_pool, meaning

_ENDPOINT = re.compile(r"[A-Za-z0-9._:\[\]-]+", re.ASCII)
_CHUNK_BYTES = 1024 * 1024
_THERE_ALREADY = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


class MinioObjectStore:
    """An `ObjectStore` for one credential.

    Only connecting and reading are retried, once or twice and at once: a write whose answer was
    lost may have happened, and a blind second attempt at a conditional write would lose the race
    against itself. The caller retries `StoreUnavailableError`.
    """

    def __init__(
        self,
        endpoint: str,
        access_key: str,
        secret_key: str,
        *,
        secure: bool = False,
        region: str = "us-east-1",
        timeout_seconds: float = 30.0,
    ) -> None:
        """`endpoint` is `host:port`; `timeout_seconds` bounds each silence of the server."""
        try:
            if not _ENDPOINT.fullmatch(endpoint):
                raise ValueError("not host:port")  # noqa: TRY301 the SDK's own complaint
            self._client = ConditionalMinio(
                endpoint,
                access_key,
                secret_key,
                secure=secure,
                region=region,
                http_client=http_pool(timeout_seconds),
            )
        except ValueError as error:
            raise ContractError(
                "s3_endpoint_invalid",
                "the object store's address cannot be used",
                remedy="set WEIR_S3_ENDPOINT to host:port, without a scheme",
            ) from error

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
        return self._put(bucket, key, data, _condition(if_match, if_absent=if_absent), content_type)

    def put_file(
        self,
        bucket: str,
        key: str,
        path: Path,
        *,
        if_absent: bool = False,
        content_type: str = "application/octet-stream",
    ) -> ObjectRef:
        with path.open("rb") as source:
            if if_absent or os.fstat(source.fileno()).st_size <= PART_BYTES:
                condition = _condition(None, if_absent=if_absent)
                with mapped(source) as data:
                    return self._put(bucket, key, data, condition, content_type)
            meter = _Meter()
            with self._call(bucket, key):
                self._client.put_parts(bucket, key, meter.through(parts_of(source)), content_type)
        return meter.ref(bucket, key)

    def get_bytes(self, bucket: str, key: str, *, limit_bytes: int = 16 * 1024 * 1024) -> bytes:
        with self._reading(bucket, key) as chunks:
            data = bytearray()
            for chunk in chunks:
                data += chunk
                if len(data) > limit_bytes:
                    raise IntegrityError(
                        "object_too_large",
                        "the object is larger than may be read into memory",
                        where={"bucket": bucket, "key": key, "limit_bytes": limit_bytes},
                    )
        return bytes(data)

    def get_file(self, ref: ObjectRef, path: Path) -> None:
        with _appearing(path) as sink:
            self._copy(ref, sink)

    def fetch(self, bucket: str, key: str, path: Path) -> ObjectRef:
        meter = _Meter()
        with _appearing(path) as sink, self._reading(bucket, key) as chunks:
            for chunk in meter.through(chunks):
                sink.write(chunk)
        return meter.ref(bucket, key)

    def stat(self, bucket: str, key: str) -> ObjectInfo | None:
        try:
            with self._call(bucket, key):
                return _info(key, self._client.stat_object(bucket, key))
        except IntegrityError as error:
            if error.code == "object_missing":
                return None
            raise

    def list(self, bucket: str, prefix: str = "") -> Iterator[ObjectInfo]:
        check_prefix(prefix)
        with self._call(bucket):
            for found in self._client.list_objects(bucket, prefix=prefix, recursive=True):
                if not found.is_dir:
                    yield _info(found.object_name or "", found)

    def remove(self, bucket: str, key: str) -> None:
        with self._call(bucket, key):
            self._client.remove_object(bucket, key)

    def ensure_bucket(self, bucket: str) -> None:
        with self._call(bucket):
            if self._client.bucket_exists(bucket):
                return
            try:
                self._client.make_bucket(bucket)
            except S3Error as error:
                # Whoever else made it meanwhile: it serves if this credential may see it.
                if error.code not in _THERE_ALREADY or not self._client.bucket_exists(bucket):
                    raise

    def _put(
        self,
        bucket: str,
        key: str,
        data: bytes | memoryview,
        condition: dict[str, str],
        content_type: str,
    ) -> ObjectRef:
        with self._call(bucket, key, conditional=bool(condition)):
            self._client.put_whole(bucket, key, data, {"Content-Type": content_type, **condition})
        return ObjectRef(bucket=bucket, key=key, sm3=sm3_hex(data), size_bytes=len(data))

    def _copy(self, ref: ObjectRef, sink: BinaryIO) -> None:
        meter = _Meter()
        with self._reading(ref.bucket, ref.key) as chunks:
            for chunk in meter.through(chunks):
                if meter.size_bytes > ref.size_bytes:
                    break
                sink.write(chunk)
        if meter.ref(ref.bucket, ref.key) != ref:
            raise IntegrityError(
                "digest_mismatch",
                "the object is not what its reference says",
                where={"bucket": ref.bucket, "key": ref.key},
                article="第二十三条第(一)项",
                remedy="run the pipeline again; if nothing was staged anew, this is an incident",
            )

    @contextmanager
    def _reading(self, bucket: str, key: str) -> Iterator[Iterator[bytes]]:
        with self._call(bucket, key):
            response = self._client.get_object(bucket, key)
            try:
                yield response.stream(_CHUNK_BYTES)
            finally:
                response.close()
                response.release_conn()

    @contextmanager
    def _call(
        self, bucket: str, key: str | None = None, *, conditional: bool = False
    ) -> Iterator[None]:
        check_bucket(bucket)
        where: dict[str, str | int] = {"bucket": bucket}
        if key is not None:
            check_key(key)
            where["key"] = key
        try:
            yield
        except S3Error as error:
            raise meaning(error, where, conditional=conditional) from error
        except (MinioException, urllib3.exceptions.HTTPError, ET.ParseError) as error:
            raise StoreUnavailableError(
                "store_unavailable",
                "the object store does not answer",
                where=where,
                remedy="see whether it runs at WEIR_S3_ENDPOINT",
            ) from error


class _Meter:
    """Counts and digests what passes through."""

    def __init__(self) -> None:
        self._sm3 = Sm3()
        self.size_bytes = 0

    def through(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._sm3.update(chunk)
            self.size_bytes += len(chunk)
            yield chunk

    def ref(self, bucket: str, key: str) -> ObjectRef:
        return ObjectRef(
            bucket=bucket, key=key, sm3=self._sm3.hexdigest(), size_bytes=self.size_bytes
        )


@contextmanager
def _appearing(path: Path) -> Iterator[BinaryIO]:
    """A file that stands under `path` only once it is whole."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:64]}-")
    try:
        with os.fdopen(descriptor, "wb") as sink:
            yield sink
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _condition(if_match: str | None, *, if_absent: bool) -> dict[str, str]:
    if if_absent:
        return {"If-None-Match": "*"}
    return {} if if_match is None else {"If-Match": f'"{if_match}"'}


def _info(key: str, found: Object) -> ObjectInfo:
    if found.size is None or found.last_modified is None:
        raise StoreUnavailableError(
            "store_answer_invalid", "the object store's listing is incomplete", where={"key": key}
        )
    return ObjectInfo(
        key=key, size_bytes=found.size, etag=found.etag or "", modified_at=found.last_modified
    )
