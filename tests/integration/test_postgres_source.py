"""Pulling from a real PostgreSQL: its types, its faults, its concurrency."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy.engine import make_url

from fakes.exchange_tables import (
    CONTEXT,
    TODAY,
    D,
    I,
    N,
    S,
    T,
    consent_of,
    consents,
    execute,
    load,
    planned,
    table,
)
from fakes.memory_keys import MemoryKeys
from fakes.memory_source import MemorySource
from fakes.memory_store import MemoryStore
from fakes.sample_contracts import sample_bundle
from weir.contracts.compile import compile_plan
from weir.contracts.dataset import PostgresTable
from weir.contracts.plan import PlannedInput
from weir.demo.embedded.postgres import PostgresServer
from weir.errors import (
    AuthorisationError,
    ContractError,
    ExchangeUnavailableError,
    IntegrityError,
    SchemaDriftError,
)
from weir.exchange.postgres import PostgresSource
from weir.exchange.pull import pull
from weir.exchange.source import Reading, Source
from weir.model import Snapshot
from weir.storage.objects import SNAPSHOTS

CANARY = "510903199001019995"
FIELDS = {"id": S, "usage": N, "paid_on": D, "updated_at": T}
BILLS = planned("bills", FIELDS, key=["id"])


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.ensure_bucket(SNAPSHOTS)
    return store


@pytest.fixture
def run(store: MemoryStore, tmp_path: Path) -> Callable[..., Snapshot]:
    """Pulls an input from a source into `store`."""
    keys = MemoryKeys()

    def run(source: Source, what: PlannedInput = BILLS) -> Snapshot:
        return pull(
            compile_plan(sample_bundle()),
            what,
            CONTEXT,
            source=source,
            store=store,
            keys=keys,
            scratch=tmp_path,
        )

    return run


def test_the_fake_and_postgresql_give_the_same_content(
    postgres_database: str, run: Callable[..., Snapshot]
) -> None:
    """The same tables in another source are the same snapshot, byte for byte."""
    fields = {"id": S, "person": S, "born": D, "fee": N}
    tables = {
        "visits": table(
            fields,
            [
                (f"v{i * 7 % 1000}", f"p{i % 90}", date(1950 + i % 76, 1, 1), None)
                for i in range(1000)
            ],
        ),
        "consent_register": consents(
            *({"subject_id": f"p{i}", "by_guardian": i % 2 == 0} for i in range(80))
        ),
    }
    load(postgres_database, tables)
    plan = planned("visits", fields, key=["id"], consent=consent_of("person", born_on="born"))
    real, fake = run(PostgresSource(postgres_database), plan), run(MemorySource(tables), plan)
    assert real == fake
    assert 0 < real.rows < 900


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [
        ("numeric", "usage", "'NaN'"),
        ("numeric", "usage", "'Infinity'"),
        ("numeric", "usage", "'-Infinity'"),
        ("numeric", "usage", "99999999999999.99999"),
        ("numeric", "usage", "-100000000000000"),
        ("numeric", "usage", "0.00001"),
        ("date", "paid_on", "'infinity'"),
        ("date", "paid_on", "'-infinity'"),
        ("date", "paid_on", "'10000-01-01'"),
        ("date", "paid_on", "'0001-12-31 BC'"),
        ("timestamptz", "updated_at", "'infinity'"),
        ("timestamptz", "updated_at", "'-infinity'"),
        ("timestamptz", "updated_at", "'294276-01-01'"),
    ],
)
def test_values_beyond_the_type_are_refused_with_column_and_count(
    postgres_database: str,
    store: MemoryStore,
    run: Callable[..., Snapshot],
    kind: str,
    column: str,
    value: str,
) -> None:
    """PostgreSQL holds what a snapshot cannot; it is neither bent nor dropped."""
    load(postgres_database, {"bills": table(FIELDS, [("a", None, None, None)])})
    execute(postgres_database, f'ALTER TABLE bills ALTER COLUMN "{column}" TYPE {kind}')
    execute(postgres_database, f"INSERT INTO bills (id, \"{column}\") VALUES ('b', {value})")
    with pytest.raises(IntegrityError, match="value_unrepresentable") as refused:
        run(PostgresSource(postgres_database))
    assert refused.value.where == {"dataset": "bills", column: 1}
    assert not list(store.list(SNAPSHOTS))


def test_narrower_and_renamed_types_are_the_same_field_type(postgres_database: str) -> None:
    """char, varchar, small integers, wide numerics and domains are read as what they hold."""
    execute(postgres_database, "CREATE DOMAIN district AS varchar(6)")
    execute(
        postgres_database,
        "CREATE TABLE t (a char(4), b varchar(9), c district, d smallint, e integer, f numeric,"
        " g numeric(30,2), h timestamp, i json, j text[], k inet)",
    )
    execute(
        postgres_database,
        "INSERT INTO t VALUES ('x', 'y', '510903', 1, 2, 3.5, 4, now(), '{}', '{}', '::1')",
    )
    source = PostgresSource(postgres_database)
    with source.reading() as reading:
        found = reading.columns(PostgresTable(table="t"))
        plan = planned("t", {"a": S, "b": S, "c": S, "d": I, "e": I, "f": N, "g": N}, key=["a"])
        (batch,) = reading.batches(plan, TODAY)
    assert [column.type for column in found] == [S, S, S, I, I, N, N, None, None, None, None]
    assert [str(value) for value in batch.to_pylist()[0].values()] == [
        *("x", "y", "510903", "1", "2", "3.5000", "4.0000")
    ]


def test_views_are_read_like_tables(postgres_database: str) -> None:
    """A provider may share a view."""
    load(postgres_database, {"base": table({"id": S}, [("b",), ("a",)])})
    execute(postgres_database, "CREATE VIEW shared AS SELECT * FROM base")
    with PostgresSource(postgres_database).reading() as reading:
        plan = planned("shared", {"id": S}, key=["id"])
        assert reading.columns(plan.dataset.source)[0].type is S
        assert reading.count(plan, TODAY).rows == 2


def test_a_reading_does_not_see_what_is_committed_meanwhile(postgres_database: str) -> None:
    """Shape, counts and rows are of one instant, also across the two connections."""
    load(postgres_database, {"bills": table(FIELDS, [("a", None, None, None)] * 3)})
    with PostgresSource(postgres_database).reading() as reading:
        assert reading.count(BILLS, TODAY).rows == 3
        execute(postgres_database, "DELETE FROM bills")
        execute(postgres_database, "INSERT INTO bills (id) VALUES ('late')")
        rows = [row for batch in reading.batches(BILLS, TODAY) for row in batch.to_pylist()]
        assert [row["id"] for row in rows] == ["a", "a", "a"]
        assert reading.count(BILLS, TODAY).rows == 3


def test_a_reading_cannot_write(postgres_database: str) -> None:
    """Both connections are read-only, whatever the credential could do."""
    load(postgres_database, {"bills": table(FIELDS)})
    execute(
        postgres_database,
        "CREATE FUNCTION meddle() RETURNS text LANGUAGE sql AS"
        " $$INSERT INTO bills (id) VALUES ('x') RETURNING id$$",
    )
    execute(postgres_database, "CREATE VIEW trap AS SELECT meddle() AS id")
    plan = planned("trap", {"id": S}, key=["id"])
    with PostgresSource(postgres_database).reading() as reading:
        with pytest.raises(ExchangeUnavailableError) as refused:
            list(reading.batches(plan, TODAY))
        assert refused.value.where in ({"sqlstate": "25006"}, {})


class Sessions:
    """The sessions of pulls from one database."""

    def __init__(self, server: PostgresServer, dsn: str) -> None:
        self._server = server
        self._database = make_url(dsn).database

    def end(self) -> int:
        """End them all; how many there were."""
        return self._ask("count(pg_terminate_backend(pid))")

    def are_gone(self) -> bool:
        """Whether none is left within ten seconds; a server notices a closed peer as it writes."""
        deadline = time.monotonic() + 10
        while self._ask("count(*)"):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _ask(self, figure: str) -> int:
        with self._server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {figure} FROM pg_stat_activity WHERE datname = %s"
                " AND application_name = 'weir' AND backend_type = 'client backend'",
                (self._database,),
            )
            (answer,) = cursor.fetchone() or (0,)
            return int(answer)


@pytest.fixture
def sessions(postgres_database: str, postgres_server: PostgresServer) -> Sessions:
    return Sessions(postgres_server, postgres_database)


class DyingSource:
    """The real source, whose server ends its sessions after the first batch."""

    def __init__(self, dsn: str, sessions: Sessions) -> None:
        self._source = PostgresSource(dsn)
        self._sessions = sessions

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        with self._source.reading() as reading:
            yield DyingReading(reading, self._sessions)


class DyingReading:
    def __init__(self, reading: Reading, sessions: Sessions) -> None:
        self._sessions = sessions
        self._reading = reading
        self.columns = reading.columns
        self.count = reading.count
        self.everything = reading.everything

    def batches(self, planned: PlannedInput, as_of: date) -> Iterator[pa.RecordBatch]:
        for batch in self._reading.batches(planned, as_of):
            self._sessions.end()
            yield batch


def test_a_server_that_dies_in_mid_pull_leaves_nothing(
    postgres_database: str, store: MemoryStore, run: Callable[..., Snapshot], sessions: Sessions
) -> None:
    """The error may be retried and shows no value; the retry succeeds."""
    load(postgres_database, {"bills": table(FIELDS)})
    execute(
        postgres_database,
        f"INSERT INTO bills (id) SELECT '{CANARY}' || repeat(i::text, 20)"
        " FROM generate_series(1, 300000) i",
    )
    with pytest.raises(ExchangeUnavailableError, match="exchange_broke_off") as failed:
        run(DyingSource(postgres_database, sessions))
    assert CANARY not in "".join(traceback.format_exception(failed.value))
    assert not list(store.list(SNAPSHOTS))
    assert sessions.are_gone()
    assert run(PostgresSource(postgres_database)).rows == 300_000


def test_a_reader_that_stops_early_leaves_no_session(
    postgres_database: str, sessions: Sessions
) -> None:
    """An error of the caller in the middle of a stream reaches it, and both connections close."""
    load(postgres_database, {"bills": table(FIELDS)})
    execute(
        postgres_database,
        "INSERT INTO bills (id) SELECT repeat(i::text, 30) FROM generate_series(1, 300000) i",
    )

    def read_some() -> None:
        with PostgresSource(postgres_database).reading() as reading:
            next(reading.batches(BILLS, TODAY))
            raise KeyError("the caller's own")

    with pytest.raises(KeyError, match="the caller's own"):
        read_some()
    assert sessions.are_gone()


@pytest.mark.parametrize("port", [1, 9])
def test_a_server_that_is_not_there_may_be_asked_again(port: int) -> None:
    """Refused connections are no refusals, and the password is not told."""
    source = PostgresSource(f"postgresql+psycopg2://worker:hush-hush@127.0.0.1:{port}/exchange")
    with (
        pytest.raises(ExchangeUnavailableError, match="exchange_unavailable") as failed,
        source.reading(),
    ):
        pytest.fail("it opened")
    assert "hush" not in f"{failed.value!s} {failed.value!r} {source!r}"


@pytest.mark.parametrize("dsn", ["", "exchange", "mysql://u:hush@h/d", "postgresql://u:hush@h:x/d"])
def test_an_address_that_is_none_is_a_contract_error(dsn: str) -> None:
    """It is told without the address, which holds a password."""
    with pytest.raises(ContractError, match="exchange_dsn_invalid") as refused:
        PostgresSource(dsn)
    assert "hush" not in "".join(traceback.format_exception(refused.value))


def test_a_credential_without_leave_is_refused(
    postgres_database: str, postgres_server: PostgresServer, run: Callable[..., Snapshot]
) -> None:
    """SELECT that was not granted is a no, not an outage."""
    load(postgres_database, {"bills": table(FIELDS)})
    postgres_server.ensure_role("test_reader", "reader-password")
    url = make_url(postgres_database)
    execute(postgres_database, f'GRANT CONNECT ON DATABASE "{url.database}" TO test_reader')
    other = url.set(username="test_reader", password="reader-password")
    with pytest.raises(AuthorisationError, match="exchange_denied"):
        run(PostgresSource(other.render_as_string(hide_password=False)))


def test_a_column_dropped_while_it_is_read_is_drift(postgres_database: str) -> None:
    """What vanishes between the comparison and the rows is still told as drift."""
    load(postgres_database, {"bills": table(FIELDS)})
    with PostgresSource(postgres_database).reading() as reading:
        reading.columns(BILLS.dataset.source)
        execute(postgres_database, "ALTER TABLE bills DROP COLUMN paid_on")
        with pytest.raises(SchemaDriftError, match="source_changed"):
            reading.count(BILLS, TODAY)


def test_a_database_without_an_encoding_is_refused(
    postgres_database: str, postgres_server: PostgresServer, run: Callable[..., Snapshot]
) -> None:
    """A database of bytes hands out broken UTF-8; that is no outage that a retry would mend."""
    url = make_url(postgres_database)
    postgres_server.drop_database(url.database or "")
    with postgres_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            f"CREATE DATABASE {url.database} OWNER test_owner TEMPLATE template0"
            " ENCODING 'SQL_ASCII' LOCALE 'C'"
        )
    load(postgres_database, {"bills": table(FIELDS)})
    execute(postgres_database, b"INSERT INTO bills (id) VALUES (E'\\xd1\\xd4')")
    with pytest.raises(IntegrityError, match="source_without_encoding"):
        run(PostgresSource(postgres_database))


def test_text_in_a_chinese_encoding_arrives_as_unicode(
    postgres_database: str, postgres_server: PostgresServer
) -> None:
    """A database in EUC_CN is converted by the server."""
    url = make_url(postgres_database)
    postgres_server.drop_database(url.database or "")
    with postgres_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            f"CREATE DATABASE {url.database} OWNER test_owner TEMPLATE template0"
            " ENCODING 'EUC_CN' LOCALE 'C'"
        )
    execute(postgres_database, 'CREATE TABLE bills ("户名" text)')
    execute(postgres_database, "INSERT INTO bills VALUES ('遂宁')")
    plan = planned("bills", {"户名": S}, key=["户名"], rows={"户名": ("遂宁",)})
    with PostgresSource(postgres_database).reading() as reading:
        assert [c.name for c in reading.columns(plan.dataset.source)] == ["户名"]
        (batch,) = reading.batches(plan, TODAY)
    assert batch.to_pylist() == [{"户名": "遂宁"}]


def test_a_row_filter_of_the_wrong_type_is_a_contract_error(postgres_database: str) -> None:
    """A value that the column's type cannot read is not quoted back."""
    load(postgres_database, {"bills": table(FIELDS)})
    plan = planned("bills", FIELDS, key=["id"], rows={"paid_on": (CANARY,)})
    with (
        PostgresSource(postgres_database).reading() as reading,
        pytest.raises(ContractError, match="row_filter_invalid") as refused,
    ):
        reading.count(plan, TODAY)
    assert CANARY not in str(refused.value)


def test_a_huge_cell_is_pulled(postgres_database: str, run: Callable[..., Snapshot]) -> None:
    """Forty megabytes in one cell arrive whole."""
    load(postgres_database, {"bills": table(FIELDS)})
    execute(postgres_database, "INSERT INTO bills (id) VALUES (repeat('长', 14000000)), ('b')")
    assert run(PostgresSource(postgres_database)).rows == 2


def test_an_all_null_column_keeps_its_type(postgres_database: str) -> None:
    """A column without a value is not guessed."""
    load(postgres_database, {"bills": table(FIELDS, [("a", None, None, None)])})
    with PostgresSource(postgres_database).reading() as reading:
        (batch,) = reading.batches(BILLS, TODAY)
    assert batch.schema.field("usage").type == pa.decimal128(18, 4)
    assert batch.column("usage").null_count == 1
