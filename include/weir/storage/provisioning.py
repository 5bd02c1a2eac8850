"""Users of the object store and what each may do: the port and its policy documents.

Every user is a plain one with a policy of its own, and a policy only allows: what none allows is
refused, and SeaweedFS accepts no denials in a user's policy. Session policies are not used: servers
have let their holders step around them (CVE-2025-62506).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from weir.errors import ContractError
from weir.storage.names import check_bucket
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING

RELEASES = "release-*"
"""The buckets of which consumers each read one, and which the gate alone may write."""

Policy = Mapping[str, Any]
"""A policy document in the language of S3 servers."""

_USER = re.compile(r"[a-z0-9][a-z0-9-]{1,62}", re.ASCII)
_ACCESS_KEY = re.compile(r"[A-Za-z0-9]{4,128}", re.ASCII)
_SECRET_KEY = re.compile(r"[\x21-\x7e]{8,128}", re.ASCII)

_LIST = ("s3:ListBucket", "s3:GetBucketLocation")
_READ = ("s3:GetObject",)
_REMOVE = ("s3:DeleteObject",)
_WRITE = ("s3:PutObject", *_REMOVE, "s3:AbortMultipartUpload")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a user signs its requests with. The secret is shown by nothing that prints it."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the store holds of a user: every access key, also those it made for itself, and whether
    the store lets the user do anything at all."""

    access_keys: frozenset[str]
    allowed: bool


LastUse = datetime | Literal["never", "unknown"]
"""When an access key last served; `unknown` where the store does not tell."""


class Provisioner(Protocol):
    """Makes, cuts and looks at users with an administrator's credential.

    Every call raises `StoreUnavailableError` when the server does not answer or fails,
    `AuthorisationError` (code `store_denied`) when the credential is no administrator's, and
    `ContractError` (code `user_invalid`) for a name or key that not every server accepts.
    """

    def ensure_user(
        self, name: str, access_key: str | None, secret_key: str | None, policy: Policy
    ) -> Credential:
        """Afterwards `name` exists, is enabled, and may do what `policy` says and nothing else.

        Its one credential is the given one, or, without keys, a new one; any earlier one is void.
        An access key that another user has raises `IntegrityError` (code `access_key_taken`).
        """
        ...

    def add_key(self, name: str) -> Credential:
        """A further credential of a user; its earlier ones go on serving.

        A user that does not exist raises `IntegrityError` (code `user_missing`), here and below.
        """
        ...

    def remove_key(self, name: str, access_key: str) -> None:
        """This one credential is void from now on; one that is gone already stays gone."""
        ...

    def look_up(self, name: str) -> Held | None:
        """What the store really holds of a user, None where it knows no such user."""
        ...

    def last_use(self, access_key: str) -> LastUse:
        """When the access key last served, where the store tells."""
        ...

    def disable_user(self, name: str) -> None:
        """Let the user do nothing from now on, until `enable_user` or `ensure_user`.

        That holds for every credential it has, and for those it makes for itself meanwhile.
        """
        ...

    def enable_user(self, name: str, policy: Policy) -> None:
        """Let a disabled user do what `policy` says, with the credentials it had."""
        ...


def worker_policy() -> Policy:
    """The pipeline's workers: they read snapshots, write their other three buckets, and see no
    release bucket even by reading."""
    buckets = (QUARANTINE, STAGING, REPORTS)
    return _document(
        _allow(_READ, _objects((SNAPSHOTS,))),
        _allow((*_READ, *_WRITE), _objects(buckets)),
        _allow(_LIST, _buckets((SNAPSHOTS, *buckets))),
    )


def intake_policy() -> Policy:
    """The intake: it alone writes snapshots, and sees nothing else."""
    return _document(
        _allow((*_READ, *_WRITE), _objects((SNAPSHOTS,))), _allow(_LIST, _buckets((SNAPSHOTS,)))
    )


def gate_policy() -> Policy:
    """The gate: reads snapshots, what was staged and reported, and alone writes releases. What is
    kept for a term it removes when that is over, quarantine too, which it cannot read."""
    sources, kept = (SNAPSHOTS, STAGING, REPORTS), (SNAPSHOTS, QUARANTINE, STAGING)
    return _document(
        _allow(_READ, _objects(sources)),
        _allow(_REMOVE, _objects(kept)),
        _allow((*_READ, *_WRITE), _objects((RELEASES,))),
        _allow(_LIST, _buckets((*sources, QUARANTINE, RELEASES))),
    )


def bureau_policy() -> Policy:
    """The bureau: reads reports, which hold counts and no cell values."""
    return _document(_allow(_READ, _objects((REPORTS,))), _allow(_LIST, _buckets((REPORTS,))))


def consumer_policy(bucket: str) -> Policy:
    """A data user: reads the one release bucket of its use agreement."""
    check_bucket(bucket)
    return _document(_allow(_READ, _objects((bucket,))), _allow(_LIST, _buckets((bucket,))))


def check_user(name: str, access_key: str | None, secret_key: str | None) -> None:
    """Raise `ContractError` (code `user_invalid`) for what not every server accepts."""
    if not _USER.fullmatch(name):
        _refuse("a user's name is 2 to 63 lower-case letters, digits and hyphens")
    if (access_key is None) != (secret_key is None):
        _refuse("an access key and its secret are given together or not at all")
    if access_key is not None and not _ACCESS_KEY.fullmatch(access_key):
        _refuse("an access key is 4 to 128 letters and digits")
    if secret_key is not None and not _SECRET_KEY.fullmatch(secret_key):
        _refuse("a secret key is 8 to 128 printable ASCII characters")


def _refuse(what: str) -> None:
    raise ContractError("user_invalid", what)


def _document(*statements: Policy) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(actions: Sequence[str], resources: Sequence[str]) -> Policy:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def _buckets(names: Sequence[str]) -> list[str]:
    return [f"arn:aws:s3:::{name}" for name in names]


def _objects(names: Sequence[str]) -> list[str]:
    return [f"arn:aws:s3:::{name}/*" for name in names]
