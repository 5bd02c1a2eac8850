"""Which bucket and key names Weir ever uses: a subset that every S3 server treats alike."""

from __future__ import annotations

import re

from weir.errors import IntegrityError

_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_KEY_LIMIT_BYTES = 1024
_SEGMENT_LIMIT_BYTES = 255  # a server that keeps objects as files inherits the file system's limit


def check_bucket(bucket: str) -> None:
    """Raise `IntegrityError` (code `object_name_invalid`) unless `bucket` is 3 to 63 lower-case
    letters, digits and inner hyphens."""
    if not _BUCKET.fullmatch(bucket):
        _refuse("a bucket is 3 to 63 lower-case letters, digits and inner hyphens", len(bucket))


def check_key(key: str) -> None:
    """Raise `IntegrityError` (code `object_name_invalid`) for a key that could be read as another
    one: absolute, with an empty, `.` or `..` segment, with control characters, or too long."""
    _check_text(key)
    segments = key.split("/")
    if any(segment in {"", ".", ".."} for segment in segments):
        _refuse("a key has no leading or trailing slash and no empty, . or .. segment", len(key))
    if any(len(segment.encode()) > _SEGMENT_LIMIT_BYTES for segment in segments):
        _refuse(f"a segment of a key has at most {_SEGMENT_LIMIT_BYTES} bytes", len(key))


def check_prefix(prefix: str) -> None:
    """As `check_key`, but the last segment may be unfinished or empty."""
    _check_text(prefix)
    *segments, _ = prefix.split("/")
    if any(segment in {"", ".", ".."} for segment in segments):
        _refuse("a prefix has no leading slash and no empty, . or .. segment", len(prefix))


def _check_text(name: str) -> None:
    try:
        size_bytes = len(name.encode())
    except UnicodeEncodeError:
        _refuse("a name is valid Unicode text", len(name))
    if size_bytes > _KEY_LIMIT_BYTES:
        _refuse(f"a key has at most {_KEY_LIMIT_BYTES} bytes", len(name))
    if _UNPRINTABLE.search(name):
        _refuse("a name holds no control characters", len(name))


def _refuse(what: str, characters: int) -> None:
    # The name itself may be hostile text from outside, so only its length is told.
    raise IntegrityError("object_name_invalid", what, where={"characters": characters})
