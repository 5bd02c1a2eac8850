"""Several keys of one user, keys that a user makes for itself, and links signed before a cut."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError
from minio import MinioAdmin
from minio.credentials.providers import StaticProvider

import services
from sites import Site, fresh_name, refuses_everything
from weir.storage.provisioning import Credential, Held, consumer_policy, worker_policy

REAL = pytest.mark.parametrize(
    "store_kind", ["seaweedfs", pytest.param("minio", marks=pytest.mark.minio)], indirect=True
)


def test_a_further_key_leaves_the_earlier_one_in_use_until_it_is_removed(site: Site) -> None:
    """Rotation with an overlap; removing a key twice is removing it once."""
    name, policy = fresh_name(), consumer_policy(site.release)
    first = site.provisioner.ensure_user(name, None, None, policy)
    second = site.provisioner.add_key(name)
    for credential in (first, second):
        assert site.sign_in(credential).get_bytes(site.release, "k") == b"there"
        assert refuses_everything(site.sign_in(credential), site.other_release)
    for _ in range(2):
        site.provisioner.remove_key(name, first.access_key)
    assert refuses_everything(site.sign_in(first), site.release)
    assert site.sign_in(second).get_bytes(site.release, "k") == b"there"


def test_a_user_with_a_key_of_the_callers_choice_holds_that_one_alone(site: Site) -> None:
    """So what else a platform account holds is none that it was given, and can be removed."""
    name, chosen = fresh_name(), uuid.uuid4().hex
    given = site.provisioner.ensure_user(name, chosen, uuid.uuid4().hex, worker_policy())
    assert given.access_key == chosen
    assert site.provisioner.look_up(name) == Held(access_keys=frozenset({chosen}), allowed=True)
    foreign = site.provisioner.add_key(name).access_key
    held = site.provisioner.look_up(name)
    assert held is not None
    assert held.access_keys == {chosen, foreign}
    site.provisioner.remove_key(name, foreign)
    assert site.provisioner.look_up(name) == Held(access_keys=frozenset({chosen}), allowed=True)


def test_the_store_tells_what_it_holds_of_a_user(site: Site) -> None:
    """Its keys and whether it may do anything; of one it does not know, nothing."""
    name, policy = fresh_name(), consumer_policy(site.release)
    assert site.provisioner.look_up(name) is None
    keys = {site.provisioner.ensure_user(name, None, None, policy).access_key}
    keys.add(site.provisioner.add_key(name).access_key)
    held = site.provisioner.look_up(name)
    assert held is not None
    assert held == Held(access_keys=frozenset(keys), allowed=True)
    site.provisioner.disable_user(name)
    held = site.provisioner.look_up(name)
    assert held is not None
    assert held == Held(access_keys=frozenset(keys), allowed=False)


def test_all_keys_of_a_user_are_cut_and_given_back_together(site: Site) -> None:
    """Also a key that was made while the user was cut lets nobody in before that."""
    name, policy = fresh_name(), consumer_policy(site.release)
    credentials = [site.provisioner.ensure_user(name, None, None, policy)]
    credentials.append(site.provisioner.add_key(name))
    site.provisioner.disable_user(name)
    credentials.append(site.provisioner.add_key(name))
    for credential in credentials:
        assert refuses_everything(site.sign_in(credential), site.release)
    site.provisioner.enable_user(name, policy)
    for credential in credentials:
        assert site.sign_in(credential).get_bytes(site.release, "k") == b"there"


def test_last_use_is_unknown_where_the_store_does_not_tell(site: Site) -> None:
    """None of these servers keeps it; an invented instant would be worse than none."""
    made = site.provisioner.ensure_user(fresh_name(), None, None, consumer_policy(site.release))
    site.sign_in(made).get_bytes(site.release, "k")
    assert site.provisioner.last_use(made.access_key) == "unknown"


@REAL
def test_a_key_that_a_user_makes_for_itself_dies_with_its_access(
    site: Site, store_server: services.StoreServer
) -> None:
    """Made before the cut or while cut: it reads nothing, and the administrator sees it."""
    name, policy = fresh_name(), consumer_policy(site.release)
    own = site.provisioner.ensure_user(name, None, None, policy)
    minted = list(_minted(store_server, own))
    assert minted, "this server lets users make keys; the test must try it"
    assert site.sign_in(minted[0]).get_bytes(site.release, "k") == b"there"
    temporary = list(_temporary(store_server, own))
    site.provisioner.disable_user(name)
    minted += _minted(store_server, own, minted[0])
    for credential in (own, *minted):
        assert refuses_everything(site.sign_in(credential), site.release)
    for read in temporary:
        with pytest.raises(ClientError):
            read(Bucket=site.release)
    held = site.provisioner.look_up(name)
    assert held is not None
    assert {one.access_key for one in minted} <= held.access_keys
    for credential in minted:
        site.provisioner.remove_key(name, credential.access_key)
    site.provisioner.enable_user(name, policy)
    for credential in minted:
        assert refuses_everything(site.sign_in(credential), site.release)
    assert site.sign_in(own).get_bytes(site.release, "k") == b"there"


@REAL
def test_links_signed_before_a_cut_are_dead_after_it(
    site: Site, store_server: services.StoreServer
) -> None:
    """A presigned address is no way around a suspension, nor one signed while cut."""
    name = fresh_name()
    own = site.provisioner.ensure_user(name, None, None, consumer_policy(site.release))
    other = site.provisioner.add_key(name)
    s3 = _client("s3", store_server, own)
    wanted = {"Params": {"Bucket": site.release, "Key": "k"}, "ExpiresIn": 3600}
    link = s3.generate_presigned_url("get_object", **wanted)
    rotated = _client("s3", store_server, other).generate_presigned_url("get_object", **wanted)
    assert urllib3.request("GET", link).data == b"there"
    site.provisioner.remove_key(name, other.access_key)
    assert urllib3.request("GET", rotated).status == 403
    site.provisioner.disable_user(name)
    for address in (link, s3.generate_presigned_url("get_object", **wanted)):
        assert urllib3.request("GET", address).status == 403


def _client(kind: str, server: services.StoreServer, who: Credential, token: str = "") -> Any:
    return boto3.client(  # type: ignore[call-overload] # the kind is a variable
        kind,
        endpoint_url=f"http://{server.endpoint}",
        aws_access_key_id=who.access_key,
        aws_secret_access_key=who.secret_key,
        aws_session_token=token or None,
        region_name="us-east-1",
        config=Config(
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1},
            parameter_validation=False,
        ),
    )


def _minted(server: services.StoreServer, *holders: Credential) -> Iterator[Credential]:
    """A key by each of the holders, where the server lets it make one."""
    for holder in holders:
        if server.provisioner == "minio":
            admin = MinioAdmin(
                endpoint=server.endpoint,
                credentials=StaticProvider(holder.access_key, holder.secret_key),
                secure=False,
            )
            with contextlib.suppress(Exception):
                key = fresh_name().replace("-", "")
                admin.add_service_account(access_key=key, secret_key="a-secret-of-its-own")
                yield Credential(access_key=key, secret_key="a-secret-of-its-own")
        else:
            with contextlib.suppress(ClientError):
                made = _client("iam", server, holder).create_access_key()["AccessKey"]
                yield Credential(access_key=made["AccessKeyId"], secret_key=made["SecretAccessKey"])


def _temporary(server: services.StoreServer, holder: Credential) -> Iterator[Callable[..., Any]]:
    """Reads under the temporary credentials that the server gives the holder."""
    sts = _client("sts", server, holder)
    asks: dict[str, dict[str, str]] = {
        "assume_role": {
            "RoleArn": "arn:aws:iam::000000000000:role/x",
            "RoleSessionName": "session",
        },
        "get_session_token": {},
        "get_federation_token": {"Name": "session"},
    }
    for ask, given in asks.items():
        with contextlib.suppress(ClientError):
            told = getattr(sts, ask)(**given)["Credentials"]
            who = Credential(access_key=told["AccessKeyId"], secret_key=told["SecretAccessKey"])
            yield partial(_client("s3", server, who, told["SessionToken"]).get_object, Key="k")
