"""Adapters behind the ports of this process, made from its own settings on demand."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import SecretStr

from weir.clock import SystemClock
from weir.contracts.compile import compile_plan
from weir.contracts.loader import load_bundle
from weir.contracts.packs import packs_named
from weir.contracts.plan import Plan
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import ContractError, IntegrityError
from weir.policy.lapse import Lapse, lapses
from weir.settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from weir.bureau.client import BureauClient
    from weir.evidence.http_receiver import HttpReceiver
    from weir.gate.client import GateClient
    from weir.intake.client import IntakeClient
    from weir.storage.minio_store import MinioObjectStore
    from weir.storage.provisioning import Provisioner


T = TypeVar("T")


@cache
def settings() -> Settings:
    """This process's settings, read once."""
    return load_settings()


def needed(value: T | None, variable: str) -> T:
    """`value`, or `ContractError` (code `setting_missing`) naming the variable that gives it."""
    if value is None:
        raise ContractError(
            "setting_missing",
            "this process is not told what it needs",
            where={"setting": variable},
            remedy=f"set {variable}, or put it into the process's secrets folder",
        )
    return value


def load_plan(scenario: str) -> Plan:
    """The compiled contract of `scenario` as its files stand now."""
    told = settings()
    return compile_plan(
        load_bundle(scenario, told.contracts_dir, told.policy_dir, told.expectations_dir)
    )


def lapsed_packs() -> tuple[Lapse, ...]:
    """What has to be said now of the policy packs that this process's contracts name."""
    told = settings()
    return lapses(packs_named(told.contracts_dir, told.policy_dir), SystemClock().now())


def object_store() -> MinioObjectStore:
    """The object store under this process's own credential."""
    told = settings()
    return _store(told, told.s3_access_key, told.s3_secret_key)


def admin_store() -> MinioObjectStore:
    """The object store under the administrator's credential: it makes buckets."""
    told = settings()
    return _store(told, told.s3_admin_access_key, told.s3_admin_secret_key)


def provisioner() -> Provisioner:
    """The maker of the store's users, under the administrator's credential."""
    told = settings()
    admin = (told.s3_admin_access_key, told.s3_admin_secret_key.get_secret_value())
    if told.s3_provisioner == "minio":
        from weir.storage.minio_provisioner import MinioProvisioner

        return MinioProvisioner(told.s3_endpoint, *admin, secure=told.s3_secure)
    from weir.storage.iam_provisioner import IamProvisioner

    return IamProvisioner(told.s3_endpoint, *admin, secure=told.s3_secure, region=told.s3_region)


def release_desk() -> GateClient:
    """The gate, under this process's own account."""
    return gate_client(settings())


def gate_client(told: Settings) -> GateClient:
    """The gate, under the account that `told` names for it."""
    from weir.gate.client import GateClient

    account = needed(told.gate_account or None, "WEIR_GATE_ACCOUNT")
    return GateClient(told.gate_url, account, _secret(told.gate_secret, "WEIR_GATE_SECRET"))


def intake_client(told: Settings) -> IntakeClient:
    """The intake, under the account that `told` names for it."""
    from weir.intake.client import IntakeClient

    account = needed(told.intake_account or None, "WEIR_INTAKE_ACCOUNT")
    return IntakeClient(told.intake_url, account, _secret(told.intake_secret, "WEIR_INTAKE_SECRET"))


def bureau_client(told: Settings) -> BureauClient:
    """The bureau, under the account that `told` names for it."""
    from weir.bureau.client import BureauClient

    account = needed(told.bureau_account or None, "WEIR_BUREAU_ACCOUNT")
    return BureauClient(told.bureau_url, account, _secret(told.bureau_secret, "WEIR_BUREAU_SECRET"))


def evidence_receiver(told: Settings) -> HttpReceiver:
    """The bureau's evidence entrance, under the account that `told` names for the bureau."""
    from weir.evidence.http_receiver import HttpReceiver

    account = needed(told.bureau_account or None, "WEIR_BUREAU_ACCOUNT")
    return HttpReceiver(told.bureau_url, account, _secret(told.bureau_secret, "WEIR_BUREAU_SECRET"))


def _secret(value: SecretStr, variable: str) -> str:
    return needed(value.get_secret_value() or None, variable)


def engine(dsn: SecretStr | None, variable: str) -> Engine:
    """A pool of connections to the database that the setting `variable` names."""
    from sqlalchemy import create_engine

    return create_engine(needed(dsn, variable).get_secret_value(), pool_pre_ping=True)


@cache
def ledger_engine() -> Engine:
    """The run ledger's database under the worker's role; one pool per process."""
    return engine(settings().ledger_dsn, "WEIR_LEDGER_DSN")


def bureau_key() -> VerifyingKey:
    """The bureau's pinned public key."""
    return public_key(settings().bureau_public_key, "bureau", "WEIR_BUREAU_PUBLIC_KEY")


def intake_key() -> VerifyingKey:
    """The intake's pinned public key."""
    return public_key(settings().intake_public_key, "intake", "WEIR_INTAKE_PUBLIC_KEY")


def signing_key() -> SigningKey:
    """This service's own SM2 key."""
    return SigningKey.from_pem(needed(settings().signing_key, "WEIR_SIGNING_KEY").read_bytes())


def public_key(path: Path | None, owner: str, name: str) -> VerifyingKey:
    """A pinned key; by default the one that this checkout's own instance publishes."""
    pinned = path or settings().var_dir / "instance" / "secrets" / f"{owner}.pub.pem"
    if not pinned.is_file():
        raise ContractError(
            "public_key_missing",
            f"the {owner}'s public key is not at hand",
            where={"key": owner},
            remedy=f"give it with {name}",
        )
    try:
        return VerifyingKey.from_pem(pinned.read_bytes())
    except IntegrityError as error:
        error.where["file"] = str(pinned)
        raise


def _store(told: Settings, access_key: str, secret_key: SecretStr) -> MinioObjectStore:
    from weir.storage.minio_store import MinioObjectStore

    return MinioObjectStore(
        told.s3_endpoint,
        access_key,
        secret_key.get_secret_value(),
        secure=told.s3_secure,
        region=told.s3_region,
    )
