"""The canary citizen stands in every dataset and surfaces nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from e2e.running_platform import Platform
from weir.demo.city import canary
from weir.demo.embedded.object_store import find_object_store
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

NEEDLES = [value.encode() for value in canary.VALUES]


def found(data: bytes) -> list[str]:
    """Which canary values `data` holds: as UTF-8, in a hexadecimal dump, or in JSON escapes."""
    text = data.lower()
    return [
        value
        for value, needle in zip(canary.VALUES, NEEDLES, strict=True)
        if needle in data or needle.hex().encode() in text or value.encode("unicode_escape") in data
    ]


def test_the_canary_is_in_the_source(platform: Platform) -> None:
    """Otherwise the other tests could not fail."""
    with (
        psycopg2.connect(_dsn(platform, "exchange")) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT count(*) FROM medical_visits WHERE resident_id = %s", (canary.RESIDENT_ID,)
        )
        assert cursor.fetchone() != (0,)


def test_no_log_holds_the_canary(platform: Platform) -> None:
    """Not Airflow's task logs, not the services', not what the launcher printed: the gate's own
    secret, which tells it what to look for, is the one file that holds it and no other reads."""
    state = platform.instance.state_dir
    told = state / "secrets" / "for" / "gate" / "weir_canaries"
    assert found(told.read_bytes()) == list(canary.VALUES)
    assert (told.stat().st_mode & 0o777, told.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    logs = [
        path
        for folder in (state / "log", state / "airflow" / "logs", platform.folder)
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix in {".log", ".txt", ".json", ""}
        and "consumer" not in path.parts
        and "postgres" not in path.parts
    ]
    assert told.resolve() in {path.resolve() for path in logs}
    assert len(logs) > 20
    for path in logs:
        if path.resolve() == told.resolve():
            continue
        assert found(path.read_bytes()) == [], path


@pytest.mark.parametrize("database", ["airflow", "weir", "bureau"])
def test_no_database_holds_the_canary(platform: Platform, database: str) -> None:
    """Not in XCom, the run ledger, the outbox, nor in what the bureau received."""
    seen = 0
    for table, row in _rows(platform, database):
        seen += 1
        assert found(row) == [], table
    assert seen > 20


def test_no_object_outside_the_seals_holds_the_canary(platform: Platform) -> None:
    """Reports, staging and releases hold no such text; snapshots and quarantine are ciphertext."""
    server = find_object_store(platform.instance.state_dir / "s3")
    assert server is not None
    store = MinioObjectStore(
        server.endpoint, server.access_key, server.secret_key, secure=False, region="us-east-1"
    )
    buckets = [SNAPSHOTS, QUARANTINE, STAGING, REPORTS]
    buckets += [f"release-{name}" for name in ("sme-credit", "clinic-planning", "water-open")]
    for bucket in buckets:
        objects = list(store.list(bucket))
        assert objects, bucket
        for item in objects:
            data = store.get_bytes(bucket, item.key, limit_bytes=64 * 1024 * 1024)
            assert found(data + _cells(data)) == [], f"{bucket}/{item.key}"


def _cells(data: bytes) -> bytes:
    """The decoded cells of a Parquet object: its pages are compressed."""
    if data[:4] != b"PAR1":
        return b""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return repr(pq.read_table(pa.BufferReader(data)).to_pylist()).encode()


def _rows(platform: Platform, database: str) -> Iterator[tuple[str, bytes]]:
    with (
        psycopg2.connect(_dsn(platform, database)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, table in cursor.fetchall():
            cursor.execute(
                sql.SQL("SELECT t::text FROM {}.{} t").format(
                    sql.Identifier(schema), sql.Identifier(table)
                )
            )
            for (row,) in cursor:
                yield f"{schema}.{table}", row.encode()


def _dsn(platform: Platform, database: str) -> str:
    url = platform.instance.postgres().url(database)
    return url.replace("postgresql+psycopg2://", "postgresql://")


def test_the_launcher_says_where_to_look(platform: Platform) -> None:
    """What `weir up` printed names URLs and sign-ins, and no data."""
    shown = Path(platform.folder / "up.log").read_text(encoding="utf-8")
    for url in (platform.instance.airflow_url, platform.instance.bureau_url):
        assert url in shown
    assert found(shown.encode()) == []
