"""Users through the IAM API: SeaweedFS serves it on its S3 port, AWS at `iam.amazonaws.com`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from weir.errors import (
    AuthorisationError,
    ContractError,
    IntegrityError,
    StoreUnavailableError,
    WeirError,
)
from weir.storage.provisioning import Credential, Held, LastUse, Policy, check_user

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_POLICY_NAME = "weir"
_DENIED, _FAILED, _ABSENT = 403, 500, 501
_LOOKS = 5


class IamProvisioner:
    """A `Provisioner` for servers with an IAM API.

    Keys of one's own choice are an extension of SeaweedFS; AWS issues its own, so there
    `ensure_user` is called without keys.

    A user of SeaweedFS may make itself access keys, but no policies: what cuts it is that its
    policy is gone. Its keys are put out of use after that.
    """

    def __init__(
        self,
        endpoint: str,
        access_key: str,
        secret_key: str,
        *,
        secure: bool = False,
        region: str = "us-east-1",
    ) -> None:
        """`endpoint` is `host:port`; the credential is an administrator's."""
        self._client: IAMClient = boto3.client(
            "iam",
            endpoint_url=f"{'https' if secure else 'http'}://{endpoint}",
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name=region,
            config=Config(
                connect_timeout=3,
                read_timeout=30,
                retries={"total_max_attempts": 1},
                # AWS's own minimum of 16 characters for an access key is not every server's.
                parameter_validation=False,
            ),
        )
        self._chosen: dict[str, str] = {}
        self._client.meta.events.register("before-call.iam.CreateAccessKey", self._add_chosen)

    def ensure_user(
        self, name: str, access_key: str | None, secret_key: str | None, policy: Policy
    ) -> Credential:
        check_user(name, access_key, secret_key)
        with _call(name):
            self._ensure_exists(name)
            # Narrowed before it has a key: it never holds more than its policy.
            self._drop_policies(name, but=_POLICY_NAME)
            for key in self._keys(name):
                self._client.delete_access_key(UserName=name, AccessKeyId=key)
            self._put_policy(name, policy)
            return self._issue(name, access_key, secret_key)

    def add_key(self, name: str) -> Credential:
        with _existing(self._client, name):
            return self._issue(name, None, None)

    def remove_key(self, name: str, access_key: str) -> None:
        with _existing(self._client, name):
            if access_key in self._keys(name):
                self._client.delete_access_key(UserName=name, AccessKeyId=access_key)

    def look_up(self, name: str) -> Held | None:
        try:
            with _existing(self._client, name):
                return Held(
                    access_keys=frozenset(self._keys(name)),
                    allowed=bool(self._policies(name) or self._attached(name)),
                )
        except IntegrityError as error:
            if error.code == "user_missing":
                return None
            raise

    def last_use(self, access_key: str) -> LastUse:
        with _call(""):
            try:
                told = self._client.get_access_key_last_used(AccessKeyId=access_key)
            except ClientError as error:
                # SeaweedFS keeps no such record, and says so.
                if _status(error) == _ABSENT:
                    return "unknown"
                raise
        return told["AccessKeyLastUsed"].get("LastUsedDate", "never")

    def disable_user(self, name: str) -> None:
        with _existing(self._client, name):
            self._drop_policies(name)
            for key in self._settled_keys(name):
                self._client.update_access_key(UserName=name, AccessKeyId=key, Status="Inactive")

    def enable_user(self, name: str, policy: Policy) -> None:
        with _existing(self._client, name):
            self._put_policy(name, policy)
            for key in self._keys(name):
                self._client.update_access_key(UserName=name, AccessKeyId=key, Status="Active")

    def _settled_keys(self, name: str) -> Iterator[str]:
        """The user's keys, until two looks show no other: it may be making some just now."""
        seen: set[str] = set()
        for _ in range(_LOOKS):
            found = set(self._keys(name)) - seen
            if not found:
                return
            yield from found
            seen |= found

    def _put_policy(self, name: str, policy: Policy) -> None:
        self._client.put_user_policy(
            UserName=name, PolicyName=_POLICY_NAME, PolicyDocument=json.dumps(policy)
        )

    def _ensure_exists(self, name: str) -> None:
        try:
            self._client.create_user(UserName=name)
        except self._client.exceptions.EntityAlreadyExistsException:
            return

    def _drop_policies(self, name: str, *, but: str = "") -> None:
        for policy in self._policies(name):
            if policy != but:
                self._client.delete_user_policy(UserName=name, PolicyName=policy)
        for arn in self._attached(name):
            self._client.detach_user_policy(UserName=name, PolicyArn=arn)

    def _policies(self, name: str) -> list[str]:
        return self._client.list_user_policies(UserName=name)["PolicyNames"]

    def _attached(self, name: str) -> list[str]:
        found = self._client.list_attached_user_policies(UserName=name)["AttachedPolicies"]
        return [one["PolicyArn"] for one in found]

    def _keys(self, name: str) -> list[str]:
        found = self._client.list_access_keys(UserName=name)["AccessKeyMetadata"]
        return [key["AccessKeyId"] for key in found]

    def _issue(self, name: str, access_key: str | None, secret_key: str | None) -> Credential:
        if access_key is not None and secret_key is not None:
            self._chosen = {"AccessKeyId": access_key, "SecretAccessKey": secret_key}
        try:
            made = self._client.create_access_key(UserName=name)["AccessKey"]
        except self._client.exceptions.EntityAlreadyExistsException as error:
            raise IntegrityError(
                "access_key_taken", "another user has this access key", where={"user": name}
            ) from error
        finally:
            self._chosen = {}
        if access_key is not None and made["AccessKeyId"] != access_key:
            self._client.delete_access_key(UserName=name, AccessKeyId=made["AccessKeyId"])
            raise ContractError(
                "chosen_keys_unsupported",
                "this server issues access keys of its own making only",
                where={"user": name},
            )
        return Credential(access_key=made["AccessKeyId"], secret_key=made["SecretAccessKey"])

    def _add_chosen(self, params: dict[str, Any], **_: object) -> None:
        params["body"].update(self._chosen)


@contextmanager
def _existing(client: IAMClient, user: str) -> Iterator[None]:
    check_user(user, None, None)
    with _call(user):
        # SeaweedFS lists no keys for a user that does not exist, where AWS says so.
        client.get_user(UserName=user)
        yield


@contextmanager
def _call(user: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _meaning(error, user) from error
    except BotoCoreError as error:
        raise StoreUnavailableError(
            "store_unavailable",
            "the object store's IAM API does not answer",
            where={"user": user},
            remedy="see whether it runs at WEIR_S3_ENDPOINT",
        ) from error


def _meaning(error: ClientError, user: str) -> WeirError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = _status(error)
    where: dict[str, str | int] = {"user": user, "iam_code": code}
    if code == "NoSuchEntity":
        return IntegrityError("user_missing", "the object store has no such user", where=where)
    if status == _DENIED:
        return AuthorisationError(
            "store_denied", "the object store refuses to manage users for this one", where=where
        )
    if status >= _FAILED:
        return StoreUnavailableError("store_failed", "the IAM API failed", where=where)
    return IntegrityError("store_rejected", "the IAM API calls this request malformed", where=where)


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", _FAILED))
