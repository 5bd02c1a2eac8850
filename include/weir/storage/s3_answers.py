"""How long an S3 server may take, and what its refusals mean."""

from __future__ import annotations

import os

import certifi
import urllib3
from minio.error import S3Error

from weir.errors import AuthorisationError, IntegrityError, StoreUnavailableError, WeirError

_CONNECT_SECONDS = 3.0
_MISSING = {"NoSuchKey", "NoSuchBucket", "NoSuchVersion"}
_DENIED, _NOT_FOUND, _CONFLICT, _PRECONDITION, _FAILED = 403, 404, 409, 412, 500


def http_pool(timeout_seconds: float) -> urllib3.PoolManager:
    """Connections that give up soon, follow no redirect and obey no Retry-After."""
    return urllib3.PoolManager(
        maxsize=16,
        timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=timeout_seconds),
        cert_reqs="CERT_REQUIRED",
        ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
        retries=urllib3.Retry(
            total=2,
            read=1,
            redirect=0,
            status=0,
            allowed_methods={"GET", "HEAD"},
            backoff_factor=0.1,
            respect_retry_after_header=False,
        ),
    )


def meaning(error: S3Error, where: dict[str, str | int], *, conditional: bool) -> WeirError:
    """The error of the object store port that a server's refusal stands for."""
    status, code = error.response.status, error.code or ""
    if status == _DENIED:
        return AuthorisationError(
            "store_denied",
            "the object store refuses this credential",
            where=where,
            remedy="give the credential a policy that allows it, if it should be allowed",
        )
    lost = code == "PreconditionFailed" or status == _PRECONDITION
    # A conditional write over an object that was removed meanwhile is answered with 404.
    if lost or (conditional and code == "NoSuchKey"):
        return IntegrityError("precondition_failed", "another writer was first", where=where)
    if code in _MISSING or status == _NOT_FOUND:
        return IntegrityError("object_missing", "the store holds no such object", where=where)
    if status >= _FAILED or status == _CONFLICT or code in {"RequestTimeout", "SlowDown"}:
        return StoreUnavailableError(
            "store_failed", "the object store failed", where={**where, "s3_code": code}
        )
    return IntegrityError(
        "store_rejected",
        "the object store calls this request malformed",
        where={**where, "s3_code": code},
    )
