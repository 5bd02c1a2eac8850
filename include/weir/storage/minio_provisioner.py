"""Users through MinIO's admin API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import urllib3
from minio import MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException

from weir.errors import AuthorisationError, IntegrityError, StoreUnavailableError, WeirError
from weir.storage.provisioning import Credential, Policy, check_user
from weir.storage.s3_answers import http_pool

_DENIED, _FAILED = 403, 500


class MinioProvisioner:
    """A `Provisioner` for MinIO.

    MinIO knows a user by its access key alone, so the user's name is kept as that of the one policy
    attached to it.
    """

    def __init__(
        self, endpoint: str, access_key: str, secret_key: str, *, secure: bool = False
    ) -> None:
        """`endpoint` is `host:port`; the credential is an administrator's."""
        self._admin = MinioAdmin(
            endpoint=endpoint,
            credentials=StaticProvider(access_key, secret_key),
            secure=secure,
            http_client=http_pool(timeout_seconds=30.0),
        )

    def ensure_user(
        self, name: str, access_key: str | None, secret_key: str | None, policy: Policy
    ) -> Credential:
        check_user(name, access_key, secret_key)
        credential = Credential(
            access_key=access_key or secrets.token_hex(10),
            secret_key=secret_key or secrets.token_hex(20),
        )
        with _call(name):
            users = self._users()
            if users.get(credential.access_key, _policy_name(name)) != _policy_name(name):
                raise IntegrityError(
                    "access_key_taken", "another user has this access key", where={"user": name}
                )
            self._admin.policy_add(_policy_name(name), policy=dict(policy))
            for key, attached in users.items():
                if attached == _policy_name(name) and key != credential.access_key:
                    self._admin.user_remove(key)
            self._admin.user_add(credential.access_key, credential.secret_key)
            self._admin.policy_set(_policy_name(name), user=credential.access_key)
        return credential

    def disable_user(self, name: str) -> None:
        for key in self._keys(name):
            with _call(name):
                self._admin.user_disable(key)

    def enable_user(self, name: str) -> None:
        for key in self._keys(name):
            with _call(name):
                self._admin.user_enable(key)

    def _keys(self, name: str) -> list[str]:
        check_user(name, None, None)
        with _call(name):
            users = self._users()
        keys = [key for key, attached in users.items() if attached == _policy_name(name)]
        if not keys:
            raise IntegrityError(
                "user_missing", "the object store has no such user", where={"user": name}
            )
        return keys

    def _users(self) -> dict[str, str]:
        """Access keys with the policies attached to each, as MinIO joins their names."""
        found = json.loads(self._admin.user_list())
        return {key: str(user.get("policyName", "")) for key, user in found.items()}


def _policy_name(user: str) -> str:
    return f"weir-user-{user}"


@contextmanager
def _call(user: str) -> Iterator[None]:
    try:
        yield
    except MinioAdminException as error:
        raise _meaning(error, user) from error
    except (urllib3.exceptions.HTTPError, json.JSONDecodeError) as error:
        raise StoreUnavailableError(
            "store_unavailable", "MinIO's admin API does not answer", where={"user": user}
        ) from error


def _meaning(error: MinioAdminException, user: str) -> WeirError:
    status = int(error._code)  # noqa: SLF001 the SDK tells the status nowhere else
    where: dict[str, str | int] = {"user": user, "status": status}
    if status == _DENIED:
        return AuthorisationError(
            "store_denied", "the object store refuses to manage users for this one", where=where
        )
    if status >= _FAILED:
        return StoreUnavailableError("store_failed", "MinIO's admin API failed", where=where)
    return IntegrityError(
        "store_rejected", "MinIO's admin API calls this request malformed", where=where
    )
