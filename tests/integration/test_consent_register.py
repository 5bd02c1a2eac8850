"""Consents over the days: withdrawal, expiry, coming of age; and how the source looks them up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.sql import SQL

from fakes.exchange_tables import (
    CONTEXT,
    D,
    S,
    consent_of,
    consents,
    execute,
    load,
    planned,
    table,
)
from fakes.memory_keys import MemoryKeys
from fakes.memory_store import MemoryStore
from fakes.sample_contracts import sample_bundle
from weir.clock import SHANGHAI
from weir.contracts.compile import compile_plan
from weir.demo.city.load import conninfo
from weir.exchange import selection
from weir.exchange.postgres import PostgresSource
from weir.exchange.pull import pull
from weir.model import Snapshot
from weir.storage.objects import SNAPSHOTS

FIELDS = {"id": S, "person": S, "born": D}
PLAN = planned("visits", FIELDS, key=["id"], consent=consent_of("person", born_on="born"))
ADULT = date(1990, 1, 1)
DAY = timedelta(days=1)

_VISITS = """INSERT INTO visits
SELECT 'v' || i, 'p' || i, date '1990-01-01' FROM generate_series(2, 3000) AS i"""
_CONSENTS = """INSERT INTO consent_register
(consent_id, subject_id, recipient, purpose, granted_on, by_guardian)
SELECT i, 'p' || i, 'health-planning-institute', '医疗资源规划', date '2026-01-01', false
FROM generate_series(1, 30000) AS i"""
_INDEX = "CREATE INDEX ON consent_register (recipient, purpose, subject_id)"

Build = Callable[[datetime], Snapshot]


@pytest.fixture
def build(postgres_database: str, tmp_path: Path) -> Build:
    """A pull of the visits as of an instant."""
    store = MemoryStore()
    store.ensure_bucket(SNAPSHOTS)
    source, keys = PostgresSource(postgres_database), MemoryKeys()

    def build(as_of: datetime) -> Snapshot:
        return pull(
            compile_plan(sample_bundle()),
            PLAN,
            replace(CONTEXT, as_of=as_of),
            source=source,
            store=store,
            keys=keys,
            scratch=tmp_path,
        )

    return build


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), SHANGHAI)


def counted(snapshot: Snapshot) -> tuple[int, int]:
    return snapshot.rows, snapshot.rows_without_consent


def register(dsn: str, *rows: dict[str, Any], born: date = ADULT) -> None:
    load(
        dsn,
        {"visits": table(FIELDS, [("v1", "p", born)]), "consent_register": consents(*rows)},
    )


def test_a_withdrawal_counts_from_the_next_build(postgres_database: str, build: Build) -> None:
    """The same day, before and after it is entered; the row is dropped and counted."""
    register(postgres_database, {"subject_id": "p"})
    today = date(2026, 11, 23)
    assert counted(build(noon(today))) == (1, 0)
    execute(postgres_database, "UPDATE consent_register SET withdrawn_on = '2026-11-23'")
    assert counted(build(noon(today))) == (0, 1)
    assert counted(build(noon(today - DAY))) == (1, 0)


def test_a_withdrawal_for_tomorrow_counts_tomorrow(postgres_database: str, build: Build) -> None:
    """From midnight in Shanghai, not from midnight elsewhere."""
    register(postgres_database, {"subject_id": "p", "withdrawn_on": date(2026, 11, 24)})
    midnight = datetime(2026, 11, 24, tzinfo=SHANGHAI)
    assert counted(build(midnight - timedelta(microseconds=1))) == (1, 0)
    assert counted(build(midnight)) == (0, 1)


@pytest.mark.parametrize("expires_on", [date(2028, 2, 29), date(2026, 12, 31), date(2027, 3, 1)])
def test_a_consent_ends_the_day_before_it_expires(
    postgres_database: str, build: Build, expires_on: date
) -> None:
    """At month ends and leap days as on any other."""
    register(postgres_database, {"subject_id": "p", "expires_on": expires_on})
    assert counted(build(noon(expires_on - DAY))) == (1, 0)
    assert counted(build(noon(expires_on))) == (0, 1)


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(2012, 11, 23), date(2026, 11, 24)),
        (date(2012, 2, 29), date(2026, 3, 1)),
        (date(2014, 2, 28), date(2028, 2, 29)),
        (date(2016, 2, 29), date(2030, 3, 1)),
        (date(2012, 12, 31), date(2027, 1, 1)),
    ],
)
def test_a_childs_own_consent_counts_from_the_day_after_the_birthday(
    postgres_database: str, build: Build, born: date, first: date
) -> None:
    """Until then the row is dropped and counted (个人信息保护法 第三十一条)."""
    register(postgres_database, {"subject_id": "p"}, born=born)
    assert counted(build(noon(first - DAY))) == (0, 1)
    assert counted(build(noon(first))) == (1, 0)


def test_a_guardians_consent_counts_before_that(postgres_database: str, build: Build) -> None:
    """And goes on to count afterwards."""
    register(postgres_database, {"subject_id": "p", "by_guardian": True}, born=date(2012, 2, 29))
    for day in (date(2026, 2, 28), date(2026, 3, 1)):
        assert counted(build(noon(day))) == (1, 0)


@pytest.mark.parametrize("indexed", [True, False])
def test_the_source_joins_by_hash_or_index_and_never_row_by_row(
    postgres_database: str, *, indexed: bool
) -> None:
    """A semi-join: with the index that docs/operations.md asks for, and without it."""
    register(postgres_database)
    statements = [_VISITS, _CONSENTS, *([_INDEX] if indexed else []), "ANALYZE"]
    for statement in statements:
        execute(postgres_database, statement)
    with (
        closing(psycopg2.connect(conninfo(postgres_database))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(SQL("EXPLAIN {}").format(selection.rows(PLAN, date(2026, 11, 23))))
        how = "\n".join(row[0] for row in cursor.fetchall())
    assert "SubPlan" not in how
    assert "Hash" in how or "Index" in how
