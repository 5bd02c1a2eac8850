"""Conditional writes for the MinIO SDK, which has none of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO
from xml.etree import ElementTree as ET

from minio import Minio
from minio.datatypes import Part
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

PART_BYTES = 16 * 1024 * 1024


class ConditionalMinio(Minio):
    """A client that can send `If-Match` and `If-None-Match` with the request that commits.

    For an object of several parts that request is CompleteMultipartUpload: the store decides the
    race when the object would become visible, not when its upload began.
    """

    def put_whole(self, bucket: str, key: str, data: bytes, headers: dict[str, str]) -> None:
        """Write `data` in one request under `headers`."""
        self._put_object(bucket, key, data, {**headers})

    def put_parts(
        self,
        bucket: str,
        key: str,
        parts: Iterator[bytes],
        *,
        content_type: str,
        condition: dict[str, str],
    ) -> None:
        """Write one object in parts of `PART_BYTES`; only the last may be shorter."""
        upload_id = self._create_multipart_upload(bucket, key, {"Content-Type": content_type})
        try:
            done = [
                Part(number, self._upload_part(bucket, key, data, None, upload_id, number))
                for number, data in enumerate(parts, start=1)
            ]
            self._complete_if(bucket, key, upload_id, done, condition)
        except BaseException:
            # The parts of an upload that cannot be aborted now stay invisible in the store.
            with suppress(MinioException, HTTPError):
                self._abort_multipart_upload(bucket, key, upload_id)
            raise

    def _complete_if(
        self, bucket: str, key: str, upload_id: str, parts: list[Part], condition: dict[str, str]
    ) -> None:
        root = ET.Element("CompleteMultipartUpload")
        for part in parts:
            element = ET.SubElement(root, "Part")
            ET.SubElement(element, "PartNumber").text = str(part.part_number)
            ET.SubElement(element, "ETag").text = f'"{part.etag}"'
        response = self._execute(
            "POST",
            bucket,
            key,
            body=ET.tostring(root),
            headers={"Content-Type": "application/xml", **condition},
            query_params={"uploadId": upload_id},
        )
        # S3 may begin its answer with status 200 and then fail.
        if b"<Error>" in response.data:
            raise S3Error.fromxml(response)


def parts_of(source: BinaryIO) -> Iterator[bytes]:
    """The parts of a file, each full but the last."""
    while part := source.read(PART_BYTES):
        yield part
