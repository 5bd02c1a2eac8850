"""The composition root: which adapter stands behind which port in this process.

Everything is made from the process's own settings, on demand. Heavy libraries are imported where a
command or task needs them, so that a DAG file or `weir verify` does not pay for the others.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from weir.clock import SHANGHAI, SystemClock
from weir.contracts.compile import compile_plan
from weir.contracts.loader import load_bundle, scenario_names
from weir.contracts.plan import ContractBundle, Plan
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import AuthorisationError, ContractError
from weir.model import ReleaseStatus, RunContext, RunId, ScenarioId
from weir.settings import ROOT, Settings, load_settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy import Engine

    from weir.bureau.client import BureauClient
    from weir.contracts.problem import Problem
    from weir.evidence.run_history import RunSummary
    from weir.gate.client import GateClient
    from weir.pipeline import ScenarioRun
    from weir.release.verify import Verification
    from weir.storage.objects import ObjectStore
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


def scenario_run(context: RunContext) -> ScenarioRun:
    """A run over the worker's ports: it can read the exchange and write staging, no more.

    A contract that does not hold is kept in the ledger as a refused run, then raised.
    """
    from weir.crypto.file_keystore import FileKeyStore
    from weir.evidence.kept import keep_refusal
    from weir.evidence.run_ledger import SqlRunLedger
    from weir.exchange.postgres import PostgresSource
    from weir.pipeline import Ports, ScenarioRun

    told = settings()
    ledger, clock = SqlRunLedger(ledger_engine()), SystemClock()
    try:
        plan = load_plan(context.scenario)
    except ContractError as error:
        keep_refusal(error, context, ledger=ledger, clock=clock)
        raise
    return ScenarioRun(
        plan=plan,
        context=context,
        ports=Ports(
            source=PostgresSource(
                needed(told.exchange_dsn, "WEIR_EXCHANGE_DSN").get_secret_value()
            ),
            store=object_store(),
            keys=FileKeyStore(needed(told.keys_dir, "WEIR_KEYS_DIR")),
            ledger=ledger,
            desk=release_desk(),
            clock=clock,
            bureau_key=bureau_key(),
            acknowledge_lapsed=told.acknowledge_lapsed_policy,
            scratch=told.scratch_dir,
        ),
    )


def run_here(scenario: str) -> ReleaseStatus:
    """Every stage of `scenario` in this process, without Airflow."""
    from weir.pipeline import run_all

    now = SystemClock().now()
    return run_all(
        scenario_run(
            RunContext(
                scenario=ScenarioId(scenario),
                run_id=RunId(now.strftime("cli-%Y%m%dT%H%M%S.%fZ")),
                as_of=now,
            )
        )
    )


def object_store() -> ObjectStore:
    """The object store under this process's own credential."""
    from weir.storage.minio_store import MinioObjectStore

    told = settings()
    return MinioObjectStore(
        told.s3_endpoint,
        told.s3_access_key,
        told.s3_secret_key.get_secret_value(),
        secure=told.s3_secure,
        region=told.s3_region,
    )


def release_desk() -> GateClient:
    """The gate, under the operator's token where this process holds it, else the worker's."""
    return gate_client(settings())


def gate_client(told: Settings) -> GateClient:
    from weir.gate.client import GateClient

    operator = told.gate_operator_token.get_secret_value()
    return GateClient(told.gate_url, operator or told.gate_worker_token.get_secret_value())


def bureau_client(told: Settings) -> BureauClient:
    from weir.bureau.client import BureauClient

    return BureauClient(told.bureau_url, told.bureau_reviewer_token.get_secret_value())


@cache
def ledger_engine() -> Engine:
    return _engine(needed(settings().ledger_dsn, "WEIR_LEDGER_DSN").get_secret_value())


def deliver_evidence() -> dict[str, int]:
    """Deliver what the outbox holds; returns how many records of each kind arrived."""
    from weir.evidence.delivery import deliver_pending
    from weir.evidence.http_receiver import HttpReceiver

    told = settings()
    engine = _engine(needed(told.delivery_dsn, "WEIR_DELIVERY_DSN").get_secret_value())
    try:
        token = told.bureau_delivery_token.get_secret_value()
        with HttpReceiver(told.bureau_url, token) as receiver:
            delivered = deliver_pending(engine, receiver)
    finally:
        engine.dispose()
    return {
        "audit": delivered.audit,
        "lineage": delivered.lineage,
        "rejected": len(delivered.rejected),
    }


def contract_problems() -> tuple[Problem, ...]:
    """Every problem of every contract file."""
    from weir.contracts.check import check_all

    told = settings()
    return check_all(told.contracts_dir, told.policy_dir, told.expectations_dir)


def decided_and_present(scenario: str) -> tuple[ContractBundle, ContractBundle]:
    """The contract as the bureau decided it, from the bureau, and as its files stand now."""
    told = settings()
    with bureau_client(told) as bureau:
        decided = bureau.decided_bundle(scenario)
    if decided is None:
        raise AuthorisationError(
            "decision_missing",
            "the bureau has decided no contract of this scenario",
            where={"scenario": scenario},
            article="第十三条",
            remedy="have the bureau decide it",
        )
    present = load_bundle(scenario, told.contracts_dir, told.policy_dir, told.expectations_dir)
    return decided, present


def bureau_key() -> VerifyingKey:
    """The bureau's pinned public key."""
    return _public_key(settings().bureau_public_key, "bureau", "WEIR_BUREAU_PUBLIC_KEY")


def verify(folder: Path, operator_key: Path | None, bureau_key: Path | None) -> Verification:
    """Verify a release or a bucket's copy with keys given, configured or this instance's own."""
    from weir.release.verify import verify_release

    told = settings()
    return verify_release(
        folder,
        operator_key=_public_key(
            operator_key or told.operator_public_key, "operator", "--operator-key"
        ),
        bureau_key=_public_key(bureau_key or told.bureau_public_key, "bureau", "--bureau-key"),
    )


def fetch(scenario: str, folder: Path) -> int:
    """Copy a scenario's bucket under this process's credential; returns the number of objects."""
    from weir.release.fetch import fetch_bucket

    return fetch_bucket(object_store(), f"release-{scenario}", folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioOverview:
    """One line of the Weir page."""

    scenario: str
    title: str
    run: RunSummary | None
    outcome: str
    finished: str


OUTCOMES = {
    "released": "已发布 released",
    "refused": "已拒绝 refused",
    "failed": "失败 failed",
    "running": "运行中 running",
}


def overview() -> list[ScenarioOverview]:
    """Every scenario contract with its last run, for Airflow's page."""
    from weir.evidence.run_history import last_run

    lines = []
    for name in scenario_names(settings().contracts_dir):
        try:
            title = load_plan(name).scenario.title
        except ContractError as error:
            title = f"合同有误 contract error: {error.code}"
        run = last_run(ledger_engine(), name)
        lines.append(
            ScenarioOverview(
                scenario=name,
                title=title,
                run=run,
                outcome=OUTCOMES[run.outcome] if run else "",
                finished=f"{run.finished_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if run else "",
            )
        )
    return lines


def report(key: str) -> bytes:
    """A quality report out of the reports bucket."""
    from weir.storage.objects import REPORTS

    return object_store().get_bytes(REPORTS, key)


def serve(service: str) -> None:
    """Serve the gate or the bureau where its configured URL says, until stopped."""
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
    url = urlsplit(told.gate_url if service == "gate" else told.bureau_url)
    uvicorn.run(
        _gate_app() if service == "gate" else _bureau_app(),
        host=url.hostname or "127.0.0.1",
        port=url.port or 80,
        log_level="warning",
        server_header=False,
    )


def migrate(service: str) -> None:
    """Create or upgrade the schemas of the gate's or the bureau's database."""
    told = settings()
    if service == "gate":
        from weir.gate.migrate import migrate as bring_up_to_date

        engine = _engine(needed(told.governance_dsn, "WEIR_GOVERNANCE_DSN").get_secret_value())
    else:
        from weir.bureau.migrate import migrate as bring_up_to_date

        engine = _engine(needed(told.bureau_dsn, "WEIR_BUREAU_DSN").get_secret_value())
    bring_up_to_date(engine)
    engine.dispose()


def provision() -> None:
    """Make the platform's buckets, and those of its users whose keys this job is told.

    A deployment may keep the gate's secret in the gate alone: the gate then provisions itself.
    """
    from weir.storage import provisioning
    from weir.storage.minio_store import MinioObjectStore
    from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING

    told = settings()
    admin = (told.s3_admin_access_key, told.s3_admin_secret_key.get_secret_value())
    store = MinioObjectStore(told.s3_endpoint, *admin, secure=told.s3_secure, region=told.s3_region)
    for bucket in (SNAPSHOTS, QUARANTINE, STAGING, REPORTS):
        store.ensure_bucket(bucket)
    users = _provisioner(told)
    for name, access_key, secret, policy in (
        (
            "weir-worker",
            told.worker_s3_access_key,
            told.worker_s3_secret_key,
            provisioning.worker_policy(),
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


def _provisioner(told: Settings) -> Provisioner:
    admin = (told.s3_admin_access_key, told.s3_admin_secret_key.get_secret_value())
    if told.s3_provisioner == "minio":
        from weir.storage.minio_provisioner import MinioProvisioner

        return MinioProvisioner(told.s3_endpoint, *admin, secure=told.s3_secure)
    from weir.storage.iam_provisioner import IamProvisioner

    return IamProvisioner(told.s3_endpoint, *admin, secure=told.s3_secure, region=told.s3_region)


def _gate_app() -> FastAPI:
    from weir.gate.access import Access
    from weir.gate.app import create_gate
    from weir.gate.ports import ContractFolders, GatePorts
    from weir.storage.minio_store import MinioObjectStore

    told = settings()
    admin = MinioObjectStore(
        told.s3_endpoint,
        told.s3_admin_access_key,
        told.s3_admin_secret_key.get_secret_value(),
        secure=told.s3_secure,
        region=told.s3_region,
    )
    return create_gate(
        GatePorts(
            engine=_engine(needed(told.governance_dsn, "WEIR_GOVERNANCE_DSN").get_secret_value()),
            store=object_store(),
            make_bucket=admin.ensure_bucket,
            provisioner=_provisioner(told),
            signing_key=_signing_key(),
            bureau_key=bureau_key(),
            contracts=ContractFolders(
                contracts_dir=told.contracts_dir,
                policy_dir=told.policy_dir,
                expectations_dir=told.expectations_dir,
            ),
            clock=SystemClock(),
            acknowledge_lapsed=told.acknowledge_lapsed_policy,
            code_version=code_version(),
            scratch=told.scratch_dir,
        ),
        Access(
            worker_token=told.gate_worker_token.get_secret_value(),
            operator_token=told.gate_operator_token.get_secret_value(),
            desk_user=told.desk_user,
            desk_password=told.desk_password.get_secret_value(),
        ),
    )


def code_version() -> str:
    """What runs here: the SM3 over every file of this package and of the lock, in path order."""
    from weir.crypto.sm3 import Sm3

    package = Path(__file__).parent
    digest = Sm3()
    lock = ROOT / "requirements.txt"
    for path in [*sorted(package.rglob("*.py")), *([lock] if lock.exists() else [])]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return f"sm3:{digest.hexdigest()}"


def _bureau_app() -> FastAPI:
    from weir.bureau.access import Access
    from weir.bureau.app import create_bureau

    told = settings()
    return create_bureau(
        engine=_engine(needed(told.bureau_dsn, "WEIR_BUREAU_DSN").get_secret_value()),
        key=_signing_key(),
        clock=SystemClock(),
        access=Access(
            delivery_token=told.bureau_delivery_token.get_secret_value(),
            reviewer_token=told.bureau_reviewer_token.get_secret_value(),
            desk_user=told.desk_user,
            desk_password=told.desk_password.get_secret_value(),
        ),
        reports_store=object_store(),
    )


def _engine(url: str) -> Engine:
    from sqlalchemy import create_engine

    return create_engine(url, pool_pre_ping=True)


def _signing_key() -> SigningKey:
    return SigningKey.from_pem(needed(settings().signing_key, "WEIR_SIGNING_KEY").read_bytes())


def _public_key(path: Path | None, owner: str, name: str) -> VerifyingKey:
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
