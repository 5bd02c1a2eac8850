"""Datasets in PostgreSQL: the catalogue through psycopg2, the rows through ADBC.

Both connections share one exported snapshot of a REPEATABLE READ, READ ONLY transaction, so shape,
counts and rows are of the same instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from typing import Any

import adbc_driver_postgresql
import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_manager import AdbcConnection, AdbcStatement
from adbc_driver_manager import Error as AdbcError
from adbc_driver_postgresql import StatementOptions
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ, make_dsn
from psycopg2.sql import SQL, Composable, Literal
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from weir.contracts.dataset import FieldType, PostgresTable
from weir.contracts.plan import ARROW_TYPE, PlannedInput
from weir.errors import (
    AuthorisationError,
    ContractError,
    ExchangeUnavailableError,
    IntegrityError,
    SchemaDriftError,
    WeirError,
)
from weir.exchange import selection
from weir.exchange.source import Counts, SourceColumn
from weir.storage.parquet import TYPES, schema_of

_TYPES = {
    "text": FieldType.STRING,
    "varchar": FieldType.STRING,
    "bpchar": FieldType.STRING,
    "int2": FieldType.INTEGER,
    "int4": FieldType.INTEGER,
    "int8": FieldType.INTEGER,
    "numeric": FieldType.DECIMAL,
    "date": FieldType.DATE,
    "timestamptz": FieldType.TIMESTAMP,
    "bool": FieldType.BOOLEAN,
}

# In libpq's words: a silent peer is noticed, and a lock is waited for, no longer than a minute.
_CONNECTION = {
    "application_name": "weir",
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "options": "-c lock_timeout=60s -c standard_conforming_strings=on",
}
_BATCH_BYTES = 4 * 1024 * 1024

_DECIMAL = TYPES[ARROW_TYPE[FieldType.DECIMAL]]
_TEN_THOUSANDTHS = pa.decimal128(19, 0)


class PostgresSource:
    """Implements `Source` for one database and credential."""

    def __init__(self, dsn: str) -> None:
        """`dsn` is a URL, `postgresql://…` or SQLAlchemy's `postgresql+psycopg2://…`."""
        try:
            url = make_url(dsn)
        except (ArgumentError, ValueError):
            raise _invalid_dsn() from None
        if url.get_backend_name() != "postgresql":
            raise _invalid_dsn()
        named = url.translate_connect_args(username="user", database="dbname")
        try:
            self._conninfo = make_dsn(**{**url.query, **named, **_CONNECTION})
        except psycopg2.Error:
            raise _invalid_dsn() from None

    @contextmanager
    def reading(self) -> Iterator[PostgresReading]:
        with (
            _in_our_words(),
            closing(psycopg2.connect(self._conninfo)) as catalogue,
            adbc_driver_postgresql.connect(self._conninfo) as database,
            AdbcConnection(database) as rows,
            ExitStack() as streams,
        ):
            catalogue.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
            rows.set_autocommit(enabled=False)
            reading = PostgresReading(catalogue, rows, streams)
            reading.share_snapshot()
            yield reading


class PostgresReading:
    """Implements `Reading`. Made by `PostgresSource.reading`."""

    def __init__(self, catalogue: Any, rows: AdbcConnection, streams: ExitStack) -> None:
        """`streams` is closed before the connections: a stream may be left in its middle."""
        self._catalogue = catalogue
        self._rows = rows
        self._streams = streams

    def share_snapshot(self) -> None:
        """Make the row connection see exactly what the catalogue connection sees.

        A database of bytes (SQL_ASCII) raises `IntegrityError` (code `source_without_encoding`):
        it would break off a stream at the first text that is not UTF-8.
        """
        snapshot, encoding = self._one(
            SQL("SELECT pg_export_snapshot(), current_setting('server_encoding')")
        )
        if encoding == "SQL_ASCII":
            raise IntegrityError(
                "source_without_encoding",
                "the source database does not know the encoding of its texts",
                remedy="ask the provider to keep the dataset in a database with an encoding",
            )
        for setting in (
            SQL("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            SQL("SET TRANSACTION SNAPSHOT {}").format(Literal(snapshot)),
        ):
            with AdbcStatement(self._rows) as statement:
                statement.set_sql_query(setting.as_string(self._catalogue))
                statement.execute_update()

    def columns(self, table: PostgresTable) -> tuple[SourceColumn, ...]:
        with _in_our_words(), self._catalogue.cursor() as cursor:
            cursor.execute(selection.COLUMNS, (table.schema_, table.table))
            return tuple(
                SourceColumn(name=name, type=_TYPES.get(kind), native=native)
                for name, native, kind in cursor
            )

    def count(self, planned: PlannedInput, as_of: date) -> Counts:
        with _in_our_words():
            rows, *broken = self._one(selection.count_with_consent(planned, as_of))
            granted = rows
            if planned.consent is not None:
                (granted,) = self._one(selection.count_granted(planned))
        return Counts(
            rows=rows,
            rows_without_consent=granted - rows,
            unrepresentable=dict(zip(selection.guarded(planned), broken, strict=True)),
        )

    def batches(self, planned: PlannedInput, as_of: date) -> Iterator[pa.RecordBatch]:
        schema = schema_of(planned.snapshot_columns)
        stream = self._stream(selection.rows(planned, as_of))
        while (batch := _next(stream)) is not None:
            yield _typed(batch, schema)

    def everything(self, table: PostgresTable) -> Iterator[pa.RecordBatch]:
        stream = self._stream(selection.everything(table, self.columns(table)))
        schema = pa.schema([(field.name, _scanned_type(field.type)) for field in stream.schema])
        yield pa.RecordBatch.from_pylist([], schema=schema)
        while (batch := _next(stream)) is not None:
            yield _typed(batch, schema)

    def _stream(self, query: Composable) -> pa.RecordBatchReader:
        with _in_our_words():
            statement = self._streams.enter_context(AdbcStatement(self._rows))
            statement.set_options(**{StatementOptions.BATCH_SIZE_HINT_BYTES.value: _BATCH_BYTES})
            statement.set_sql_query(query.as_string(self._catalogue))
            handle, _ = statement.execute_query()
            return self._streams.enter_context(pa.RecordBatchReader.from_stream(handle))

    def _one(self, query: Composable) -> tuple[Any, ...]:
        with self._catalogue.cursor() as cursor:
            cursor.execute(query)
            row: tuple[Any, ...] = cursor.fetchone()
            return row


def _next(stream: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
    """The next batch. A failing stream says so as OSError, with the source's message in it."""
    try:
        return next(stream, None)
    except (OSError, pa.ArrowException):
        raise ExchangeUnavailableError(
            "exchange_broke_off",
            "the exchange platform stopped in the middle of a pull",
            remedy="the pull starts again from the beginning; nothing of it was kept",
        ) from None


def _scanned_type(kind: pa.DataType) -> pa.DataType:
    """Whole numbers of any length for what ADBC gives as an extension of text."""
    return pa.decimal128(38, 0) if isinstance(kind, pa.BaseExtensionType) else kind


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [_as(kind, column) for column, kind in zip(batch.columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _as(kind: pa.DataType, column: pa.Array) -> pa.Array:
    """`column` in the snapshot's type; ADBC gives numeric as an extension of text."""
    if isinstance(column, pa.ExtensionArray):
        return pc.cast(column.storage, kind)
    if kind == _DECIMAL:
        return column.cast(_TEN_THOUSANDTHS).view(kind)
    return column.cast(kind)


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Tell a driver's error by its SQLSTATE alone: its message may quote values."""
    try:
        yield
    except psycopg2.Error as error:
        raise _meaning(error.pgcode) from None
    except AdbcError as error:
        raise _meaning(error.sqlstate) from None


def _meaning(sqlstate: str | None) -> WeirError:
    where = {"sqlstate": sqlstate} if sqlstate else {}
    match sqlstate or "":
        case "42P01" | "42703":
            return SchemaDriftError(
                "source_changed",
                "a table or column went away while it was read",
                where=where,
                remedy="run again: the comparison with the contract will name it",
            )
        case "42501":
            return AuthorisationError(
                "exchange_denied",
                "the exchange platform refuses this credential",
                where=where,
                remedy="have SELECT granted on the dataset and the consent register",
            )
        case state if state.startswith("22"):
            return ContractError(
                "row_filter_invalid",
                "the contract's row filter holds values that are not of their field's type",
                where=where,
                remedy="write the values as the field's type has them",
            )
        case _:
            return ExchangeUnavailableError(
                "exchange_unavailable",
                "the exchange platform does not answer",
                where=where,
                remedy="see whether the database at the address given runs and can be reached",
            )


def _invalid_dsn() -> ContractError:
    return ContractError(
        "exchange_dsn_invalid",
        "the address is not a PostgreSQL URL, or has a parameter that libpq does not know",
        remedy="write it as postgresql://user:password@host:port/database, as WEIR_EXCHANGE_DSN",
    )
