"""Transactions whose failures speak Weir's language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from weir.errors import IntegrityError, StoreUnavailableError, WeirError


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
    )
