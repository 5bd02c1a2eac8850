"""Gate, bureau and intake as processes, and the jobs that prepare their ground."""

from __future__ import annotations

import gc
import logging
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weir.clock import SystemClock
from weir.contracts.catalogue import CatalogueFolder
from weir.contracts.packs import pack_in_force
from weir.runtime.adapters import (
    admin_store,
    bureau_key,
    engine,
    gate_client,
    intake_key,
    load_plan,
    needed,
    object_store,
    provisioner,
    settings,
    signing_key,
)
from weir.settings import ROOT

if TYPE_CHECKING:
    from fastapi import FastAPI

    from weir.governance.entrance import Limits
    from weir.service.accounts import Accounts
    from weir.settings import Settings


def serve(service: str) -> None:
    """Serve gate, bureau or intake where its configured URL says, until stopped."""
    import structlog
    import uvicorn

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    told = settings()
    address, make = {
        "gate": (told.gate_url, _gate_app),
        "bureau": (told.bureau_url, _bureau_app),
        "intake": (told.intake_url, _intake_app),
    }[service]
    url = urlsplit(address)
    app = make()
    # All that starting made stays: looked through again and again, it would hold up every request
    # in between for a tenth of a second.
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app,
        host=url.hostname or "127.0.0.1",
        port=url.port or 80,
        log_level="warning",
        server_header=False,
        # A caller could otherwise name any address as its own, and have a limit for each.
        proxy_headers=False,
    )


def migrate(service: str) -> None:
    """Create or upgrade the schemas of the gate's or the bureau's database."""
    told = settings()
    if service == "gate":
        from weir.gate.migrate import migrate as bring_up_to_date

        database = engine(told.governance_dsn, "WEIR_GOVERNANCE_DSN")
    else:
        from weir.bureau.migrate import migrate as bring_up_to_date

        database = engine(told.bureau_dsn, "WEIR_BUREAU_DSN")
    bring_up_to_date(database)
    database.dispose()


def provision() -> None:
    """Make the platform's buckets, and those of its users whose keys this job is told.

    A deployment may keep the gate's secret in the gate alone: the gate then provisions itself.
    """
    from weir.storage import provisioning
    from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING

    told = settings()
    store = admin_store()
    for bucket in (SNAPSHOTS, QUARANTINE, STAGING, REPORTS):
        store.ensure_bucket(bucket)
    users = provisioner()
    for name, access_key, secret, policy in (
        (
            "weir-worker",
            told.worker_s3_access_key,
            told.worker_s3_secret_key,
            provisioning.worker_policy(),
        ),
        (
            "weir-intake",
            told.intake_s3_access_key,
            told.intake_s3_secret_key,
            provisioning.intake_policy(),
        ),
        ("weir-gate", told.gate_s3_access_key, told.gate_s3_secret_key, provisioning.gate_policy()),
        (
            "weir-bureau",
            told.bureau_s3_access_key,
            told.bureau_s3_secret_key,
            provisioning.bureau_policy(),
        ),
    ):
        if access_key:
            users.ensure_user(name, access_key, secret.get_secret_value(), policy)


def _gate_app() -> FastAPI:
    from weir.crypto.file_keystore import FileKeyStore
    from weir.gate.app import create_gate
    from weir.gate.ports import ContractFolders, GatePorts
    from weir.privacy.canaries import Canaries

    told = settings()
    return create_gate(
        GatePorts(
            engine=engine(told.governance_dsn, "WEIR_GOVERNANCE_DSN"),
            store=object_store(),
            make_bucket=admin_store().ensure_bucket,
            keys=FileKeyStore(needed(told.keys_dir, "WEIR_KEYS_DIR")),
            masking_keys=FileKeyStore(needed(told.masking_keys_dir, "WEIR_MASKING_KEYS_DIR")),
            provisioner=provisioner(),
            signing_key=signing_key(),
            bureau_key=bureau_key(),
            intake_key=intake_key(),
            contracts=ContractFolders(
                contracts_dir=told.contracts_dir,
                policy_dir=told.policy_dir,
                expectations_dir=told.expectations_dir,
            ),
            clock=SystemClock(),
            acknowledge_lapsed=told.acknowledge_lapsed_policy,
            code_version=code_version(),
            scratch=told.scratch_dir,
            canaries=Canaries.read(told.canaries.get_secret_value()),
            credential_overlap=timedelta(hours=told.credential_overlap_hours),
            store_kind=told.s3_provisioner,
            platform_keys=_platform_keys(told),
        ),
        _accounts(told),
        limits=_limits(told),
    )


def _platform_keys(told: Settings) -> dict[str, str]:
    """By the name of the store's user; an account whose key is not told is not looked at."""
    keys = {
        "weir-worker": told.worker_s3_access_key,
        "weir-intake": told.intake_s3_access_key,
        "weir-gate": told.gate_s3_access_key,
        "weir-bureau": told.bureau_s3_access_key,
    }
    return {name: key for name, key in keys.items() if key}


def _intake_app() -> FastAPI:
    from weir.crypto.file_keystore import FileKeyStore
    from weir.exchange.postgres import PostgresSource
    from weir.intake.app import create_intake
    from weir.intake.taking import IntakePorts

    told = settings()
    dsn = needed(told.exchange_dsn, "WEIR_EXCHANGE_DSN")
    return create_intake(
        IntakePorts(
            plan=load_plan,
            source=PostgresSource(dsn.get_secret_value()),
            store=object_store(),
            keys=FileKeyStore(needed(told.keys_dir, "WEIR_KEYS_DIR")),
            masking_keys=FileKeyStore(needed(told.masking_keys_dir, "WEIR_MASKING_KEYS_DIR")),
            desk=gate_client(told),
            signing_key=signing_key(),
            bureau_key=bureau_key(),
            clock=SystemClock(),
            acknowledge_lapsed=told.acknowledge_lapsed_policy,
            scratch=told.scratch_dir,
        ),
        _accounts(told),
        limits=_limits(told),
    )


def code_version() -> str:
    """What runs here: the SM3 over every file of this package and of the lock, in path order."""
    from weir.crypto.sm3 import Sm3

    package = Path(__file__).parents[1]
    digest = Sm3()
    lock = ROOT / "requirements.txt"
    for path in [*sorted(package.rglob("*.py")), *([lock] if lock.exists() else [])]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return f"sm3:{digest.hexdigest()}"


def _bureau_app() -> FastAPI:
    from weir.bureau.app import create_bureau

    told = settings()
    return create_bureau(
        engine=engine(told.bureau_dsn, "WEIR_BUREAU_DSN"),
        key=signing_key(),
        clock=SystemClock(),
        accounts=_accounts(told),
        reports_store=object_store(),
        pack=partial(pack_in_force, told.policy_dir),
        catalogue=CatalogueFolder(told.contracts_dir),
        limits=_limits(told),
    )


def _accounts(told: Settings) -> Accounts:
    from weir.service.accounts import Accounts

    return Accounts(needed(told.accounts, "WEIR_ACCOUNTS"))


def _limits(told: Settings) -> Limits:
    """As many calls at once as come in ten seconds on average; for strangers in twenty."""
    from weir.governance.entrance import Limits
    from weir.service.limits import Rate

    account, stranger = told.account_calls_per_minute, told.stranger_calls_per_minute
    return Limits(
        account=Rate(per_minute=account, burst=account // 6),
        stranger=Rate(per_minute=stranger, burst=stranger // 3),
        token_seconds=told.token_seconds,
    )
