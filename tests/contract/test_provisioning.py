"""Users of a store: how they come, change and are cut off, on the fake and on every server."""

from __future__ import annotations

import os
import signal
import uuid

import pytest

import services
from sites import Site, fresh_name, provisioner_of, refuses_everything
from weir.errors import (
    AuthorisationError,
    ContractError,
    IntegrityError,
    StoreUnavailableError,
)
from weir.storage.iam_provisioner import IamProvisioner
from weir.storage.minio_provisioner import MinioProvisioner
from weir.storage.objects import STAGING
from weir.storage.provisioning import (
    Credential,
    Provisioner,
    consumer_policy,
    worker_policy,
)

REAL = pytest.mark.parametrize(
    "store_kind", ["seaweedfs", pytest.param("minio", marks=pytest.mark.minio)], indirect=True
)


def test_a_disabled_user_is_refused_at_once_until_enabled(site: Site) -> None:
    """The very next request; afterwards the same secret serves again."""
    name = fresh_name()
    credential = site.provisioner.ensure_user(name, None, None, consumer_policy(site.release))
    consumer = site.sign_in(credential)
    assert consumer.get_bytes(site.release, "k") == b"there"
    site.provisioner.disable_user(name)
    assert refuses_everything(consumer, site.release)
    assert refuses_everything(site.sign_in(credential), site.release)
    site.provisioner.disable_user(name)
    site.provisioner.enable_user(name, consumer_policy(site.release))
    assert consumer.get_bytes(site.release, "k") == b"there"


def test_a_user_may_be_ensured_twice(site: Site) -> None:
    """The same keys and the same policy leave everything as it was."""
    name, key = fresh_name(), uuid.uuid4().hex[:20]
    for _ in range(2):
        given = site.provisioner.ensure_user(
            name, key, "a-secret-of-our-own", consumer_policy(site.release)
        )
        assert given == Credential(access_key=key, secret_key="a-secret-of-our-own")
        assert site.sign_in(given).get_bytes(site.release, "k") == b"there"


def test_a_short_access_key_of_ones_own_serves(site: Site) -> None:
    """Keys may be read by people: the processes' own are."""
    key = f"w{uuid.uuid4().hex[:6]}"
    given = site.provisioner.ensure_user(fresh_name(), key, "s" * 40, worker_policy())
    assert site.sign_in(given).get_bytes(STAGING, "k") == b"there"


def test_a_changed_secret_voids_the_former(site: Site) -> None:
    """Rotation is one call."""
    name, key = fresh_name(), uuid.uuid4().hex[:20]
    policy = consumer_policy(site.release)
    former = site.provisioner.ensure_user(name, key, "the-former-secret", policy)
    latter = site.provisioner.ensure_user(name, key, "the-latter-secret", policy)
    assert refuses_everything(site.sign_in(former), site.release)
    assert site.sign_in(latter).get_bytes(site.release, "k") == b"there"


def test_new_keys_void_the_former(site: Site) -> None:
    """One user has one credential."""
    name, policy = fresh_name(), consumer_policy(site.release)
    former = site.provisioner.ensure_user(name, None, None, policy)
    latter = site.provisioner.ensure_user(name, None, None, policy)
    assert former != latter
    assert refuses_everything(site.sign_in(former), site.release)
    assert site.sign_in(latter).get_bytes(site.release, "k") == b"there"


def test_a_changed_policy_replaces_the_former(site: Site) -> None:
    """What the new policy does not say is gone."""
    name, key, secret = fresh_name(), uuid.uuid4().hex[:20], "a-secret-of-our-own"
    site.provisioner.ensure_user(name, key, secret, consumer_policy(site.release))
    changed = site.provisioner.ensure_user(name, key, secret, consumer_policy(site.other_release))
    assert refuses_everything(site.sign_in(changed), site.release)
    assert site.sign_in(changed).get_bytes(site.other_release, "k") == b"there"


def test_ensuring_a_disabled_user_enables_it(site: Site) -> None:
    """Whoever ensures a user has decided that it may act."""
    name, policy = fresh_name(), consumer_policy(site.release)
    key, secret = uuid.uuid4().hex[:20], "a-secret-of-our-own"
    site.provisioner.ensure_user(name, key, secret, policy)
    site.provisioner.disable_user(name)
    credential = site.provisioner.ensure_user(name, key, secret, policy)
    assert site.sign_in(credential).get_bytes(site.release, "k") == b"there"


def test_an_access_key_belongs_to_one_user(site: Site) -> None:
    """Another user cannot take it over, and its owner keeps it."""
    key, secret = uuid.uuid4().hex[:20], "a-secret-of-our-own"
    owner = site.provisioner.ensure_user(fresh_name(), key, secret, consumer_policy(site.release))
    with pytest.raises(IntegrityError) as refusal:
        site.provisioner.ensure_user(fresh_name(), key, "another-secret", worker_policy())
    assert refusal.value.code == "access_key_taken"
    assert site.sign_in(owner).get_bytes(site.release, "k") == b"there"
    assert refuses_everything(site.sign_in(owner), STAGING)


def test_a_user_that_was_never_made_cannot_be_disabled(site: Site) -> None:
    """A suspension that reaches nobody must not look like one that worked."""
    for call in (
        site.provisioner.disable_user,
        lambda name: site.provisioner.enable_user(name, worker_policy()),
        site.provisioner.add_key,
        lambda name: site.provisioner.remove_key(name, "AKIANOBODY"),
    ):
        with pytest.raises(IntegrityError) as refusal:
            call(fresh_name())
        assert refusal.value.code == "user_missing"


@pytest.mark.parametrize(
    ("name", "access_key", "secret_key"),
    [
        ("", None, None),
        ("Upper", None, None),
        ("a/../b", None, None),
        ("a b", None, None),
        ("市民", None, None),
        ("n" * 64, None, None),
        ("name", "key1", None),
        ("name", None, "a-secret-of-our-own"),
        ("name", "has-hyphen", "a-secret-of-our-own"),
        ("name", "abc", "a-secret-of-our-own"),
        ("name", "accesskey", "short"),
        ("name", "accesskey", "with\nnewline-in-it"),
    ],
)
def test_a_name_or_key_that_not_every_server_accepts_is_refused(
    site: Site, name: str, access_key: str | None, secret_key: str | None
) -> None:
    """Before any server hears of it, and without repeating it."""
    with pytest.raises(ContractError) as refusal:
        site.provisioner.ensure_user(name, access_key, secret_key, worker_policy())
    assert refusal.value.code == "user_invalid"
    assert not secret_key or secret_key not in str(refusal.value)


def test_a_credential_never_prints_its_secret() -> None:
    """Not by repr, nor by format."""
    credential = Credential(access_key="shown", secret_key="hidden-secret")
    assert "hidden-secret" not in f"{credential} {credential!r}"


@REAL
def test_a_wrong_administrator_is_denied(store_server: services.StoreServer) -> None:
    """Said as what it is, and without the secret."""
    with pytest.raises(AuthorisationError) as refusal:
        provisioner_of(store_server, secret_key="a-wrong-secret").disable_user("somebody")
    assert refusal.value.code == "store_denied"
    assert "a-wrong-secret" not in f"{refusal.value!r} {refusal.value.__cause__!r}"


def test_a_dead_server_is_unavailable() -> None:
    """Whoever asked may ask again."""
    with services.seaweedfs() as server:
        os.kill(server.pid, signal.SIGKILL)
        for adapter in (IamProvisioner, MinioProvisioner):
            subject: Provisioner = adapter(server.endpoint, server.access_key, server.secret_key)
            with pytest.raises(StoreUnavailableError):
                subject.ensure_user("somebody", None, None, worker_policy())
            with pytest.raises(StoreUnavailableError):
                subject.disable_user("somebody")
