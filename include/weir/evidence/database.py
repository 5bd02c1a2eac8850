"""Transactions whose failures speak Weir's language, names of constraints, and migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.schema import CreateSchema

from weir.errors import IntegrityError, StoreUnavailableError, WeirError

CONSTRAINT_NAMES = {
    "pk": "%(table_name)s_pk",
    "uq": "%(table_name)s_%(column_0_name)s_key",
    "ix": "%(table_name)s_%(column_0_name)s_ix",
    "ck": "%(table_name)s_%(constraint_name)s",
}
"""SQLAlchemy's naming convention for every table of ours: migrations find constraints by name."""


@contextmanager
def transaction(engine: Engine, database: str) -> Iterator[Connection]:
    """A transaction on `database` (its name, for errors): committed at the end, else undone.

    A database that does not answer, or cannot write, raises `StoreUnavailableError` (code
    `database_unavailable`); one that refuses raises `IntegrityError` (code `database_refused`)
    with the SQLSTATE. The driver's own text is dropped: it quotes the values it was given.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except PoolTimeoutError:
        raise _unavailable(database, "pool") from None
    except DBAPIError as error:
        raise _translated(error, database) from None


def upgrade(engine: Engine, database: str, scripts: Path, *, schema: str = "") -> None:
    """Bring `database` to the newest of the Alembic scripts in `scripts`, in one transaction.

    Makes `schema` where one is named. Safe to call from several processes at once, and on a
    database that is up to date.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts))
    with transaction(engine, database) as connection:
        connection.execute(
            text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": f"weir.upgrade:{database}"},
        )
        if schema:
            connection.execute(CreateSchema(schema, if_not_exists=True))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _translated(error: DBAPIError, database: str) -> WeirError:
    state = str(getattr(error.orig, "pgcode", None) or "connection")
    # InternalError holds what a server says that is read-only, as a standby is.
    if isinstance(error, OperationalError | InterfaceError | InternalError):
        return _unavailable(database, state)
    return IntegrityError(
        "database_refused",
        "the database refused the change",
        where={"database": database, "sqlstate": state},
        remedy="compare the role's grants and the migrations with this version",
    )


def _unavailable(database: str, state: str) -> StoreUnavailableError:
    return StoreUnavailableError(
        "database_unavailable",
        "the database did not answer",
        where={"database": database, "sqlstate": state},
        remedy="see whether PostgreSQL runs where the service's DSN points",
    )
