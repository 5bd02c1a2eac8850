"""Conditional writes for the MinIO SDK, which has none of its own."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from minio import Minio
from minio.datatypes import Part
from minio.error import MinioException
from urllib3.exceptions import HTTPError

PART_BYTES = 16 * 1024 * 1024


class ConditionalMinio(Minio):
    """A client that can send `If-Match` and `If-None-Match`, and files in bounded memory.

    A conditional write is one request, whatever its size: servers decide races between whole
    writes, but not every one of them (SeaweedFS 4.48) between completions of multipart uploads.
    """

    def put_whole(
        self, bucket: str, key: str, data: bytes | memoryview, headers: dict[str, str]
    ) -> None:
        """Write `data` in one request under `headers`."""
        self._put_object(bucket, key, cast("bytes", data), {**headers})

    def put_parts(self, bucket: str, key: str, parts: Iterator[bytes], content_type: str) -> None:
        """Write one object in parts of `PART_BYTES`; only the last may be shorter."""
        upload_id = self._create_multipart_upload(bucket, key, {"Content-Type": content_type})
        try:
            done = [
                Part(number, self._upload_part(bucket, key, data, None, upload_id, number))
                for number, data in enumerate(parts, start=1)
            ]
            self._complete_multipart_upload(bucket, key, upload_id, done)
        except BaseException:
            # The parts of an upload that cannot be aborted now stay invisible in the store.
            with suppress(MinioException, HTTPError):
                self._abort_multipart_upload(bucket, key, upload_id)
            raise


@contextmanager
def mapped(source: BinaryIO) -> Iterator[memoryview]:
    """A file's bytes as memory that the system may drop and read again."""
    if os.fstat(source.fileno()).st_size == 0:  # which cannot be mapped
        yield memoryview(b"")
        return
    with (
        mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as mapping,
        memoryview(mapping) as view,
    ):
        yield view


def parts_of(source: BinaryIO) -> Iterator[bytes]:
    """The parts of a file, each full but the last."""
    while part := source.read(PART_BYTES):
        yield part
