"""Users through the IAM API: SeaweedFS serves it on its S3 port, AWS at `iam.amazonaws.com`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

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
from weir.storage.provisioning import Credential, Policy, check_user

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_POLICY_NAME = "weir"
_DENIED, _FAILED = 403, 500


class IamProvisioner:
    """A `Provisioner` for servers with an IAM API.

    Keys of one's own choice are an extension of SeaweedFS; AWS issues its own, so there
    `ensure_user` is called without keys.
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
            self._drop_other_policies(name)
            self._client.put_user_policy(
                UserName=name, PolicyName=_POLICY_NAME, PolicyDocument=json.dumps(policy)
            )
            for key in self._keys(name):
                self._client.delete_access_key(UserName=name, AccessKeyId=key)
            return self._issue(name, access_key, secret_key)

    def disable_user(self, name: str) -> None:
        self._set_status(name, "Inactive")

    def enable_user(self, name: str) -> None:
        self._set_status(name, "Active")

    def _set_status(self, name: str, status: Literal["Active", "Inactive"]) -> None:
        check_user(name, None, None)
        with _call(name):
            # SeaweedFS lists no keys for a user that does not exist, where AWS says so.
            self._client.get_user(UserName=name)
            for key in self._keys(name):
                self._client.update_access_key(UserName=name, AccessKeyId=key, Status=status)

    def _ensure_exists(self, name: str) -> None:
        try:
            self._client.create_user(UserName=name)
        except self._client.exceptions.EntityAlreadyExistsException:
            return

    def _drop_other_policies(self, name: str) -> None:
        for policy in self._client.list_user_policies(UserName=name)["PolicyNames"]:
            if policy != _POLICY_NAME:
                self._client.delete_user_policy(UserName=name, PolicyName=policy)
        attached = self._client.list_attached_user_policies(UserName=name)["AttachedPolicies"]
        for found in attached:
            self._client.detach_user_policy(UserName=name, PolicyArn=found["PolicyArn"])

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
def _call(user: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _meaning(error, user) from error
    except BotoCoreError as error:
        raise StoreUnavailableError(
            "store_unavailable", "the object store's IAM API does not answer", where={"user": user}
        ) from error


def _meaning(error: ClientError, user: str) -> WeirError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", _FAILED))
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
