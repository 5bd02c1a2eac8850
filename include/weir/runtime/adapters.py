"""Adapters behind the ports of this process, made from its own settings on demand."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import SecretStr

from weir.contracts.compile import compile_plan
from weir.contracts.loader import load_bundle
from weir.contracts.plan import Plan
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import ContractError
from weir.settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from weir.bureau.client import BureauClient
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
    """The gate, under the operator's token where this process holds it, else the worker's."""
    return gate_client(settings())


def gate_client(told: Settings) -> GateClient:
    """The gate, under the operator's token where `told` holds it, else the worker's."""
    from weir.gate.client import GateClient

    operator = told.gate_operator_token.get_secret_value()
    token = operator or told.gate_worker_token.get_secret_value()
    return GateClient(told.gate_url, needed(token or None, "WEIR_GATE_OPERATOR_TOKEN"))


def intake_client(told: Settings) -> IntakeClient:
    """The intake, under the workers' token."""
    from weir.intake.client import IntakeClient

    token = told.intake_worker_token.get_secret_value()
    return IntakeClient(told.intake_url, needed(token or None, "WEIR_INTAKE_WORKER_TOKEN"))


def bureau_client(told: Settings) -> BureauClient:
    """The bureau, under a reviewer's token where this process holds one, else the deliverer's."""
    from weir.bureau.client import BureauClient

    reviewer = told.bureau_reviewer_token.get_secret_value()
    token = reviewer or told.bureau_delivery_token.get_secret_value()
    return BureauClient(told.bureau_url, needed(token or None, "WEIR_BUREAU_REVIEWER_TOKEN"))


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
    return VerifyingKey.from_pem(pinned.read_bytes())


def _store(told: Settings, access_key: str, secret_key: SecretStr) -> MinioObjectStore:
    from weir.storage.minio_store import MinioObjectStore

    return MinioObjectStore(
        told.s3_endpoint,
        access_key,
        secret_key.get_secret_value(),
        secure=told.s3_secure,
        region=told.s3_region,
    )
