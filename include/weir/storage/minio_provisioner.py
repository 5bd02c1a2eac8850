"""Users through MinIO's admin API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import urllib3
from minio import MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException

from weir.errors import AuthorisationError, IntegrityError, StoreUnavailableError, WeirError
from weir.storage.provisioning import Credential, Held, LastUse, Policy, check_user
from weir.storage.s3_answers import http_pool

_DENIED, _FAILED = 403, 500


class MinioProvisioner:
    """A `Provisioner` for MinIO.

    MinIO knows a user by its access key alone, so the user's name is kept as that of the one policy
    attached to it; a user of ours with several keys is several of MinIO's. What a user of MinIO
    makes for itself (service accounts, temporary keys) can do no more than it can, and nothing once
    it is disabled.
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
            attached = _attached(
                users.get(credential.access_key, {"policyName": _policy_name(name)})
            )
            if attached != _policy_name(name):
                raise IntegrityError(
                    "access_key_taken", "another user has this access key", where={"user": name}
                )
            self._admin.policy_add(_policy_name(name), policy=dict(policy))
            for key, user in users.items():
                if _attached(user) == _policy_name(name):
                    self._remove_made(key)
                    if key != credential.access_key:
                        self._admin.user_remove(key)
            self._admin.user_add(credential.access_key, credential.secret_key)
            self._admin.policy_set(_policy_name(name), user=credential.access_key)
        return credential

    def add_key(self, name: str) -> Credential:
        held = self._own(name)
        made = Credential(access_key=secrets.token_hex(10), secret_key=secrets.token_hex(20))
        with _call(name):
            self._admin.user_add(made.access_key, made.secret_key)
            # MinIO gives no policy to a disabled user; nobody holds this key before we return.
            self._admin.policy_set(_policy_name(name), user=made.access_key)
            if not any(map(_enabled, held.values())):
                self._admin.user_disable(made.access_key)
        return made

    def remove_key(self, name: str, access_key: str) -> None:
        held = self._own(name)
        with _call(name):
            if access_key in held:
                self._admin.user_remove(access_key)
            elif any(access_key in self._made_by(key) for key in held):
                self._admin.delete_service_account(access_key)

    def look_up(self, name: str) -> Held | None:
        try:
            held = self._own(name)
        except IntegrityError as error:
            if error.code == "user_missing":
                return None
            raise
        with _call(name):
            made = {one for key in held for one in self._made_by(key)}
        return Held(
            access_keys=frozenset({*held, *made}), allowed=any(map(_enabled, held.values()))
        )

    def last_use(self, access_key: str) -> LastUse:
        # MinIO keeps no such record.
        del access_key
        return "unknown"

    def disable_user(self, name: str) -> None:
        for key in self._own(name):
            with _call(name):
                self._admin.user_disable(key)

    def enable_user(self, name: str, policy: Policy) -> None:
        held = self._own(name)
        with _call(name):
            self._admin.policy_add(_policy_name(name), policy=dict(policy))
            for key in held:
                self._admin.user_enable(key)

    def _own(self, name: str) -> dict[str, Mapping[str, object]]:
        """What MinIO knows of each access key that was made for `name`."""
        check_user(name, None, None)
        with _call(name):
            users = self._users()
        held = {key: one for key, one in users.items() if _attached(one) == _policy_name(name)}
        if not held:
            raise IntegrityError(
                "user_missing", "the object store has no such user", where={"user": name}
            )
        return held

    def _users(self) -> dict[str, Mapping[str, object]]:
        found: dict[str, Mapping[str, object]] = json.loads(self._admin.user_list())
        return found

    def _made_by(self, access_key: str) -> set[str]:
        """The service accounts that the holder of `access_key` made for itself."""
        found = json.loads(self._admin.list_service_account(access_key))
        return {str(one["accessKey"]) for one in found.get("accounts") or ()}

    def _remove_made(self, access_key: str) -> None:
        for made in self._made_by(access_key):
            self._admin.delete_service_account(made)


def _policy_name(user: str) -> str:
    return f"weir-user-{user}"


def _attached(user: Mapping[str, object]) -> str:
    """The policies attached to a user of MinIO, as it joins their names."""
    return str(user.get("policyName", ""))


def _enabled(user: Mapping[str, object]) -> bool:
    return user.get("status") == "enabled"


@contextmanager
def _call(user: str) -> Iterator[None]:
    try:
        yield
    except MinioAdminException as error:
        raise _meaning(error, user) from error
    except (urllib3.exceptions.HTTPError, json.JSONDecodeError) as error:
        raise StoreUnavailableError(
            "store_unavailable",
            "MinIO's admin API does not answer",
            where={"user": user},
            remedy="see whether it runs at WEIR_S3_ENDPOINT",
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
