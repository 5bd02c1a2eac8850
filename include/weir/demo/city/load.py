"""Tables of record batches, put into PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

import psycopg2
import pyarrow as pa
from psycopg2.extensions import make_dsn
from psycopg2.sql import SQL, Composable, Identifier
from sqlalchemy.engine import make_url

from weir.errors import ExchangeUnavailableError

_SQL_TYPES = {
    "string": "text",
    "int64": "bigint",
    "decimal128(18, 4)": "numeric(18,4)",
    "date32[day]": "date",
    "timestamp[us, tz=UTC]": "timestamptz",
    "bool": "boolean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table to be made: at least one batch, and the columns that get an index."""

    name: str
    batches: Iterator[pa.RecordBatch]
    indexed: tuple[str, ...]


def conninfo(dsn: str) -> str:
    """A SQLAlchemy URL in libpq's words."""
    url = make_url(dsn)
    named = url.translate_connect_args(username="user", database="dbname")
    return str(make_dsn(**{**url.query, **named}))


def make_table(where: str, table: Table) -> int:
    """Drop what stands under the name, create, fill and index; the rows. None is without NULL
    and no key is unique: the faults have to fit in."""
    # ADBC's DB-API module imports pandas and polars; only who makes a city pays for that.
    from adbc_driver_postgresql import dbapi

    first = next(table.batches)
    name = Identifier(table.name)
    columns = SQL(", ").join(
        SQL("{} {}").format(Identifier(field.name), SQL(_SQL_TYPES[str(field.type)]))
        for field in first.schema
    )
    execute(
        where,
        SQL("DROP TABLE IF EXISTS {} CASCADE").format(name),
        SQL("CREATE TABLE {} ({})").format(name, columns),
    )
    batches = pa.RecordBatchReader.from_batches(first.schema, chain([first], table.batches))
    with dbapi.connect(where) as connection, connection.cursor() as cursor:
        rows: int = cursor.adbc_ingest(table.name, batches, mode="append")
        connection.commit()
    indexes = (
        SQL("CREATE INDEX ON {} ({})").format(name, Identifier(column)) for column in table.indexed
    )
    execute(where, *indexes, SQL("ANALYZE {}").format(name))
    return rows


def execute(where: str, *statements: Composable) -> None:
    """Run `statements` in one transaction."""
    try:
        with closing(psycopg2.connect(where)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()
    except psycopg2.OperationalError:
        raise ExchangeUnavailableError(
            "exchange_unavailable",
            "the database for the demo city does not answer",
            remedy="see whether it runs and can be reached",
        ) from None
