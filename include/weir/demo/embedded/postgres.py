"""An embedded PostgreSQL on the loopback interface, a password for every role."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import structlog
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 psycopg2 names it so
from psycopg2.extensions import encrypt_password
from sqlalchemy import URL

from weir.demo.embedded.ports import LOOPBACK, require_free
from weir.demo.embedded.postgres_data import (
    SUPERUSER,
    forget_dead_postmaster,
    initialise,
    read_password,
)
from weir.demo.embedded.postgres_home import prepare_home
from weir.demo.embedded.process import (
    ServiceProcess,
    read_state,
    refuse_production,
    spawn,
    wait_until_ready,
    write_state,
)
from weir.errors import StoreUnavailableError

_FAST_SHUTDOWN = signal.SIGINT
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
"""Errors of statements stay out of the log: they quote values."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server. Its state folder is enough to find and stop it from another program."""

    folder: Path
    port: int
    process: ServiceProcess
    password: str = field(repr=False)

    def url(self, database: str, role: str = SUPERUSER, password: str | None = None) -> str:
        """A SQLAlchemy URL; without a password the superuser's own."""
        return URL.create(
            "postgresql+psycopg2",
            username=role,
            password=self.password if password is None else password,
            host=LOOPBACK,
            port=self.port,
            database=database,
        ).render_as_string(hide_password=False)

    def ensure_role(self, name: str, password: str) -> None:
        """A role that may log in with `password` and nothing more; an existing one gets it."""
        with self.connect() as connection, connection.cursor() as cursor:
            role = sql.Identifier(name)
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            verifier = encrypt_password(password, name, connection, "scram-sha-256")
            cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD %s").format(role), (verifier,))

    def ensure_database(self, name: str, owner: str) -> None:
        """A database that only `owner` (an existing role) and the superuser may connect to."""
        with self.connect() as connection, connection.cursor() as cursor:
            database = sql.Identifier(name)
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if cursor.fetchone() is None:
                cursor.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(database, sql.Identifier(owner))
                )
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        with self.connect(name) as connection, connection.cursor() as cursor:
            # By default any role may fill a database with large objects, whatever it was granted.
            for function in ("lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)"):
                cursor.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")

    def drop_database(self, name: str) -> None:
        """Drop a database and end the sessions that still use it."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    @contextmanager
    def connect(self, database: str = SUPERUSER) -> Iterator[Connection]:
        """The superuser's session, each statement its own transaction."""
        try:
            opened = psycopg2.connect(
                host=LOOPBACK,
                port=self.port,
                user=SUPERUSER,
                password=self.password,
                dbname=database,
                connect_timeout=5,
            )
        except psycopg2.OperationalError as error:
            raise StoreUnavailableError(
                "postgres_unavailable",
                "the embedded PostgreSQL does not answer",
                where={"port": self.port, "database": database},
            ) from error
        with closing(opened):
            opened.autocommit = True
            yield opened

    def stop(self) -> None:
        """End every session, write what is pending, stop. A stopped server stays stopped."""
        self.process.stop(_FAST_SHUTDOWN, grace_seconds=20.0)
        log.info("postgres_stopped", pid=self.process.pid, port=self.port)


def start_postgres(
    folder: Path, *, port: int, env: str, setting: str = "WEIR_POSTGRES_PORT"
) -> PostgresServer:
    """Start the server whose state is in `folder`, making it on first use.

    One that runs already is returned as it is. `env` is the deployment's `WEIR_ENV` and `setting`
    the variable that an error about `port` names. Raises `ContractError` (codes
    `embedded_in_production`, `port_busy`) and `StoreUnavailableError` (`service_not_started`).
    """
    refuse_production(env)
    folder = folder.resolve()
    running = find_postgres(folder)
    if running is not None:
        return running
    require_free(port, setting)
    folder.mkdir(parents=True, exist_ok=True)
    home = prepare_home(folder)
    data = home.work / "data"
    is_new = not data.exists()
    if is_new:
        initialise(folder, home)
    password = read_password(folder)
    forget_dead_postmaster(data)
    settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    log_file = folder / "postgres.log"
    process = spawn(
        [home.bin / "postgres", "-D", data, "-p", str(port), *settings],
        mark=str(data),
        folder=home.work,
        log=log_file,
        account=home.account,
    )
    write_state(folder, {"pid": process.pid, "mark": process.mark, "port": port})
    server = PostgresServer(folder=folder, port=port, process=process, password=password)
    wait_until_ready(process, lambda: _answers(server), service="PostgreSQL", log=log_file)
    if is_new:
        _close_to_public(server)
    log.info("postgres_started", pid=process.pid, port=port)
    return server


def find_postgres(folder: Path) -> PostgresServer | None:
    """The server that runs on the state in `folder`, or None."""
    folder = folder.resolve()
    state = read_state(folder)
    if state is None:
        return None
    process = ServiceProcess(pid=int(state["pid"]), mark=str(state["mark"]))
    if not process.alive:
        return None
    return PostgresServer(
        folder=folder, port=int(state["port"]), process=process, password=read_password(folder)
    )


def _close_to_public(server: PostgresServer) -> None:
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")


def _answers(server: PostgresServer) -> bool:
    try:
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except StoreUnavailableError:
        return False
    return True
