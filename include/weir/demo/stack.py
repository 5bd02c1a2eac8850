"""The embedded instance: every process of the platform on one machine, loopback only."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from weir.demo import airflow
from weir.demo.embedded.object_store import ObjectStoreServer, find_object_store, start_object_store
from weir.demo.embedded.postgres import PostgresServer, find_postgres, start_postgres
from weir.demo.ports import Ports
from weir.demo.processes import Process, python, start, stop_all
from weir.demo.progress import Progress
from weir.demo.secrets import BUREAU, GATE, WORKER, Vault
from weir.errors import UnavailableError
from weir.evidence.tables import deliverer_grants, worker_grants
from weir.settings import ROOT

START_PATIENCE_SECONDS = 180.0
DESK_USERS: Mapping[str, str] = {GATE: "operator", BUREAU: "reviewer"}
AIRFLOW_USERS: Mapping[str, str] = {"admin": "admin", "engineer": "op", "auditor": "viewer"}


@dataclass(slots=True)
class Stack:
    """All processes of one instance, its state under `state_dir`."""

    state_dir: Path
    ports: Ports
    progress: Progress
    env: str = "development"
    processes: list[Process] = field(default_factory=list)

    @property
    def vault(self) -> Vault:
        return Vault(self.state_dir / "secrets")

    @property
    def gate_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.gate}"

    @property
    def bureau_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.bureau}"

    @property
    def airflow_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.airflow}"

    def airflow_api(self) -> airflow.AirflowApi:
        return airflow.AirflowApi(self.airflow_url, "admin", self.vault.password("airflow-admin"))

    def start(self) -> None:
        """Start everything and wait until it answers. Raises `WeirError` where it cannot."""
        with self.progress.step("PostgreSQL"):
            postgres = start_postgres(
                self.state_dir / "postgres",
                port=self.ports.postgres,
                env=self.env,
                setting="WEIR_PORT_POSTGRES",
            )
            self._prepare_databases(postgres)
        with self.progress.step("对象存储 object store"):
            store = start_object_store(
                self.state_dir / "s3", port=self.ports.s3, env=self.env, setting="WEIR_PORT_S3"
            )
            self._deal_secrets(postgres, store)
            self._run_once("provision", python("-m", "weir", "provision"), self._provisioner())
        with self.progress.step("数据库结构 schemas"):
            self._migrate(postgres)
            self._run_once(
                "airflow-migrate", python("-m", "airflow", "db", "migrate"), self._airflow(postgres)
            )
        with self.progress.step("闸门 gate · 主管部门 bureau · Airflow"):
            self._spawn("gate", python("-m", "weir", "serve", "gate"), self._settings(GATE))
            self._spawn("bureau", python("-m", "weir", "serve", "bureau"), self._settings(BUREAU))
            for name, arguments in airflow.COMPONENTS.items():
                self._spawn(name, python("-m", "airflow", *arguments), self._airflow(postgres))
            self._wait("gate", lambda: _answers(self.gate_url))
            self._wait("bureau", lambda: _answers(self.bureau_url))
            self._wait("airflow", self.airflow_api().healthy)

    def url(self, database: str, role: str) -> str:
        """The SQLAlchemy URL of a database of the running instance, under one of its roles."""
        return self._url(self.postgres(), database, role)

    def postgres(self) -> PostgresServer:
        """The running server, or `UnavailableError` (code `instance_down`)."""
        server = find_postgres(self.state_dir / "postgres")
        if server is None:
            raise UnavailableError(
                "instance_down", "no instance is running", remedy="start one: make up"
            )
        return server

    def _prepare_databases(self, postgres: PostgresServer) -> None:
        owners = {
            "airflow": "airflow",
            "weir": "weir_gate",
            "exchange": "exchange_owner",
            "bureau": "bureau",
        }
        readers = {
            "weir": ("weir_worker", "weir_delivery"),
            "exchange": ("exchange_reader",),
        }
        for database, owner in owners.items():
            for role in (owner, *readers.get(database, ())):
                postgres.ensure_role(role, self.vault.token(f"pg-{role}"))
            postgres.ensure_database(database, owner)
            with postgres.connect(database) as connection, connection.cursor() as cursor:
                for role in readers.get(database, ()):
                    cursor.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{role}"')
        with postgres.connect("exchange") as connection, connection.cursor() as cursor:
            cursor.execute("GRANT CREATE ON SCHEMA public TO exchange_owner")
            cursor.execute("GRANT USAGE ON SCHEMA public TO exchange_reader")
            cursor.execute(
                "ALTER DEFAULT PRIVILEGES FOR ROLE exchange_owner IN SCHEMA public "
                "GRANT SELECT ON TABLES TO exchange_reader"
            )

    def _migrate(self, postgres: PostgresServer) -> None:
        for process in (GATE, BUREAU):
            self._run_once(
                f"migrate-{process}",
                python("-m", "weir", "migrate", process),
                self._settings(process),
            )
        with postgres.connect("weir") as connection, connection.cursor() as cursor:
            for statement in (*worker_grants("weir_worker"), *deliverer_grants("weir_delivery")):
                cursor.execute(statement)

    def _deal_secrets(self, postgres: PostgresServer, store: ObjectStoreServer) -> None:
        vault = self.vault
        shared = {
            "gate_worker_token": vault.token("gate-worker"),
            "bureau_delivery_token": vault.token("bureau-delivery"),
        }
        vault.deal(
            WORKER,
            shared
            | {
                "exchange_dsn": self._url(postgres, "exchange", "exchange_reader"),
                "ledger_dsn": self._url(postgres, "weir", "weir_worker"),
                "delivery_dsn": self._url(postgres, "weir", "weir_delivery"),
                "s3_access_key": "weir-worker",
                "s3_secret_key": vault.token("s3-worker"),
            },
        )
        vault.deal(
            GATE,
            shared
            | {
                "governance_dsn": self._url(postgres, "weir", "weir_gate"),
                "s3_access_key": "weir-gate",
                "s3_secret_key": vault.token("s3-gate"),
                "s3_admin_access_key": store.access_key,
                "s3_admin_secret_key": store.secret_key,
                "gate_operator_token": vault.token("gate-operator"),
                "desk_user": DESK_USERS[GATE],
                "desk_password": vault.password("gate-desk"),
            },
        )
        vault.deal(
            BUREAU,
            {
                "bureau_dsn": self._url(postgres, "bureau", "bureau"),
                "s3_access_key": "weir-bureau",
                "s3_secret_key": vault.token("s3-bureau"),
                "bureau_delivery_token": vault.token("bureau-delivery"),
                "bureau_reviewer_token": vault.token("bureau-reviewer"),
                "desk_user": DESK_USERS[BUREAU],
                "desk_password": vault.password("bureau-desk"),
            },
        )

    def _settings(self, process: str) -> dict[str, str]:
        """What a process of Weir is told; secrets come from its own folder only."""
        operator_private, operator_public = self.vault.signing_key("operator")
        bureau_private, bureau_public = self.vault.signing_key("bureau")
        told = {
            "WEIR_ENV": self.env,
            "WEIR_SECRETS_DIR": str(self.vault.folder / "for" / process),
            "WEIR_ACKNOWLEDGE_LAPSED_POLICY": "true",
            "WEIR_S3_ENDPOINT": f"127.0.0.1:{self.ports.s3}",
            "WEIR_GATE_URL": self.gate_url,
            "WEIR_BUREAU_URL": self.bureau_url,
            "WEIR_KEYS_DIR": str(self.state_dir / "keys" / process),
            "WEIR_BUREAU_PUBLIC_KEY": str(bureau_public),
            "WEIR_OPERATOR_PUBLIC_KEY": str(operator_public),
            "PYTHONPATH": str(ROOT / "include"),
            "PYTHONUNBUFFERED": "1",
            "GX_ANALYTICS_ENABLED": "False",
        }
        signing = {GATE: operator_private, BUREAU: bureau_private}
        if process in signing:
            told["WEIR_SIGNING_KEY"] = str(signing[process])
        return told

    def _provisioner(self) -> dict[str, str]:
        """The one-off job that makes buckets and the processes' own users may see their secrets."""
        folders = {
            f"WEIR_PROVISION_{process.upper()}": str(self.vault.folder / "for" / process)
            for process in (WORKER, GATE, BUREAU)
        }
        return self._settings(GATE) | folders

    def _airflow(self, postgres: PostgresServer) -> dict[str, str]:
        home = self.state_dir / "airflow"
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        sign_in = home / "sign-in.json"
        passwords = {name: self.vault.password(f"airflow-{name}") for name in AIRFLOW_USERS}
        if not sign_in.exists():
            sign_in.touch(mode=0o600)
            sign_in.write_text(json.dumps(passwords) + "\n", encoding="ascii")
        return self._settings(WORKER) | airflow.environment(
            home=home,
            port=self.ports.airflow,
            database=self._url(postgres, "airflow", "airflow"),
            jwt_secret=self.vault.token("airflow-jwt"),
            users=AIRFLOW_USERS,
        )

    def _url(self, postgres: PostgresServer, database: str, role: str) -> str:
        return postgres.url(database, role, self.vault.token(f"pg-{role}"))

    def _spawn(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> None:
        self.processes.append(
            start(
                name,
                arguments,
                state_dir=self.state_dir,
                environment=environment,
                folder=self.state_dir,
            )
        )

    def _run_once(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> None:
        process = start(
            name,
            arguments,
            state_dir=self.state_dir,
            environment=environment,
            folder=self.state_dir,
        )
        process.child.wait()
        if process.child.returncode:
            process.check()

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        self.progress.note(f"等待 waiting for {name}")
        while not ready():
            for process in self.processes:
                process.check()
            if time.monotonic() > deadline:
                raise UnavailableError(
                    "start_timed_out",
                    f"{name} did not answer in time",
                    where={
                        "log": str(self.state_dir / "log"),
                        "seconds": int(START_PATIENCE_SECONDS),
                    },
                    remedy="read its log; a slower machine may need another try",
                )
            time.sleep(0.5)


def stop(state_dir: Path) -> int:
    """Stop every process of the instance, whoever started it; returns how many there were."""
    stopped = stop_all(state_dir)
    for server in (find_object_store(state_dir / "s3"), find_postgres(state_dir / "postgres")):
        if server is not None:
            server.stop()
            stopped += 1
    return stopped


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
