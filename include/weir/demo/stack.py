"""The embedded instance: every process of the platform on one machine, loopback only."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from weir.demo import airflow
from weir.demo.embedded.object_store import (
    ObjectStoreServer,
    find_object_store,
    start_object_store,
)
from weir.demo.embedded.postgres import PostgresServer, find_postgres, start_postgres
from weir.demo.instance import Instance
from weir.demo.processes import Process, python, running, start, stop_all
from weir.demo.progress import Progress
from weir.demo.secrets import BUREAU, GATE, INTAKE, PROVISION
from weir.errors import UnavailableError
from weir.evidence.tables import deliverer_grants, worker_grants
from weir.governance.grants import report_grants

START_PATIENCE_SECONDS = 600.0
"""For a machine at its limits; a process that has ended is noticed at once."""


@dataclass(slots=True)
class Stack:
    """The processes of one instance; without Airflow where only the services are wanted."""

    instance: Instance
    progress: Progress
    with_airflow: bool = True
    processes: list[Process] = field(default_factory=list)

    def start(self) -> None:
        """Start everything and wait until it answers. Raises `WeirError` where it cannot."""
        with self.progress.step("PostgreSQL"):
            postgres = start_postgres(
                self.instance.state_dir / "postgres",
                port=self.instance.ports.postgres,
                env=self.instance.env,
                setting="WEIR_PORT_POSTGRES",
            )
            self._prepare_databases(postgres)
        with self.progress.step("对象存储 object store"):
            store = start_object_store(
                self.instance.state_dir / "s3",
                port=self.instance.ports.s3,
                env=self.instance.env,
                setting="WEIR_PORT_S3",
            )
        with self.progress.step("数据库结构、存储桶 schemas, buckets"):
            self.instance.deal_secrets(postgres, store)
            self._run_together(
                self._airflow_jobs(postgres)
                | {
                    "provision": (
                        python("-m", "weir", "provision"),
                        self.instance.settings(PROVISION),
                    ),
                    "migrate-gate": (
                        python("-m", "weir", "migrate", "gate"),
                        self.instance.settings(GATE),
                    ),
                    "migrate-bureau": (
                        python("-m", "weir", "migrate", "bureau"),
                        self.instance.settings(BUREAU),
                    ),
                }
            )
            self._grant_evidence(postgres)
        with self.progress.step("取数 intake · 闸门 gate · 主管部门 bureau · Airflow"):
            self._spawn("gate", python("-m", "weir", "serve", "gate"), self.instance.settings(GATE))
            self._spawn(
                "bureau", python("-m", "weir", "serve", "bureau"), self.instance.settings(BUREAU)
            )
            self._spawn(
                "intake", python("-m", "weir", "serve", "intake"), self.instance.settings(INTAKE)
            )
            if self.with_airflow:
                for name, arguments in airflow.COMPONENTS.items():
                    self._spawn(
                        name,
                        python("-m", "airflow", *arguments),
                        self.instance.airflow_environment(postgres),
                    )
            self._wait("gate", lambda: _answers(self.instance.gate_url))
            self._wait("bureau", lambda: _answers(self.instance.bureau_url))
            self._wait("intake", lambda: _answers(self.instance.intake_url))
            if self.with_airflow:
                self._wait("airflow", self.instance.airflow_api().healthy)

    def _airflow_jobs(
        self, postgres: PostgresServer
    ) -> dict[str, tuple[list[str], Mapping[str, str]]]:
        if not self.with_airflow:
            return {}
        arguments = python("-m", "airflow", "db", "migrate")
        return {"migrate-airflow": (arguments, self.instance.airflow_environment(postgres))}

    def _prepare_databases(self, postgres: PostgresServer) -> None:
        owners = {
            "airflow": "airflow",
            "weir": "weir_gate",
            "exchange": "exchange_owner",
            "bureau": "bureau",
        }
        readers = {
            "weir": ("weir_worker", "weir_delivery", "weir_reports"),
            "exchange": ("exchange_reader",),
        }
        for database, owner in owners.items():
            for role in (owner, *readers.get(database, ())):
                postgres.ensure_role(role, self.instance.vault.token(f"pg-{role}"))
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

    def _grant_evidence(self, postgres: PostgresServer) -> None:
        with postgres.connect("weir") as connection, connection.cursor() as cursor:
            for statement in (
                *worker_grants("weir_worker"),
                *deliverer_grants("weir_delivery"),
                *report_grants("weir_reports"),
            ):
                cursor.execute(statement)

    def _spawn(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> None:
        self.processes.append(
            start(
                name,
                arguments,
                state_dir=self.instance.state_dir,
                environment=environment,
                folder=self.instance.state_dir,
            )
        )

    def _run_together(self, jobs: Mapping[str, tuple[list[str], Mapping[str, str]]]) -> None:
        """Run one-off jobs side by side; the first that failed is raised once all have ended."""
        started = [
            start(
                name,
                arguments,
                state_dir=self.instance.state_dir,
                environment=environment,
                folder=self.instance.state_dir,
            )
            for name, (arguments, environment) in jobs.items()
        ]
        for process in started:
            process.child.wait()
        for process in started:
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
                        "log": str(self.instance.state_dir / "log"),
                        "seconds": int(START_PATIENCE_SECONDS),
                    },
                    remedy="read its log; a slower machine may need another try",
                )
            time.sleep(0.5)


def is_running(state_dir: Path) -> bool:
    """Whether any process of the instance runs, be it only one of its servers."""
    return bool(running(state_dir) or _servers(state_dir))


def stop(state_dir: Path) -> int:
    """Stop every process of the instance, whoever started it; returns how many there were."""
    stopped = stop_all(state_dir)
    for server in _servers(state_dir):
        server.stop()
        stopped += 1
    return stopped


def _servers(state_dir: Path) -> list[ObjectStoreServer | PostgresServer]:
    found = (find_object_store(state_dir / "s3"), find_postgres(state_dir / "postgres"))
    return [server for server in found if server is not None]


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
