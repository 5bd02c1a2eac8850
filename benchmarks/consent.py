"""The consent test of a pull, beside a merge in pandas: seconds, and this side's peak memory.

A register of `WEIR_BENCH_CONSENTS` consents (default 10,000,000) and a tenth as many rows to pull.
Weir's test runs inside the source's database; what is measured is the pull's own process. Each side
is a process of its own, one after the other; then Weir alone at a tenth of the register, whose peak
memory should be the same: the bound is a quarter more.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.sql import SQL, Composable

from figures import Figure, keep
from weir.contracts.dataset import Dataset, FieldType
from weir.contracts.masks import Keep
from weir.contracts.plan import ConsentClause, PlannedField, PlannedInput
from weir.demo.city.load import conninfo
from weir.demo.embedded.ports import pick_free
from weir.demo.embedded.postgres import start_postgres
from weir.exchange import selection
from weir.exchange.postgres import PostgresSource
from weir.model import Grade

CONSENTS = int(os.environ.get("WEIR_BENCH_CONSENTS", "10000000"))
BOUND_GROWTH = 1.25
TODAY = date(2026, 11, 23)
RECIPIENT, PURPOSE = "health-planning-institute", "医疗资源规划"
FIELDS = {"id": FieldType.STRING, "person": FieldType.STRING, "born": FieldType.DATE}

TABLES = (
    """CREATE TABLE visits AS SELECT 'v' || i AS id,
    'p' || (i::bigint * 7919 %% %(people)s) AS person,
    date '1950-01-01' + (i %% 27000) AS born FROM generate_series(1, %(rows)s) AS i""",
    """CREATE TABLE consent_register AS SELECT 'p' || (i %% %(people)s) AS subject_id,
    CASE WHEN i %% 10 = 0 THEN 'other' ELSE %(recipient)s END AS recipient,
    %(purpose)s::text AS purpose, date '2024-02-01' + (i %% 900) AS granted_on,
    CASE WHEN i %% 3 = 0 THEN date '2026-06-01' + (i %% 400) END AS expires_on,
    CASE WHEN i %% 5 = 0 THEN date '2026-06-01' + (i %% 300) END AS withdrawn_on,
    i %% 4 = 0 AS by_guardian FROM generate_series(1, %(consents)s) AS i""",
)
INDEX = "CREATE INDEX ON consent_register (recipient, purpose, subject_id)"


def main() -> int:
    """Measure, print the table and write var/bench/consent.json; 1 beyond the bound."""
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        # Run by root, PostgreSQL works as another account, which has to pass through.
        Path(folder).chmod(0o711)
        postgres = start_postgres(Path(folder) / "pg", port=pick_free(1)[0], env="development")
        try:
            measured = {}
            for side, consents in (("few", CONSENTS // 10), ("ours", CONSENTS)):
                print(f"{consents} consents: Weir …", flush=True)
                postgres.drop_database("exchange")
                postgres.ensure_database("exchange", "postgres")
                dsn = postgres.url("exchange")
                _fill(dsn, consents)
                measured[side] = _measure("weir", dsn)
            print(f"{CONSENTS} consents: pandas …", flush=True)
            measured["baseline"] = _measure("pandas", dsn)
            return _report(measured["ours"], measured["baseline"], measured["few"])
        finally:
            postgres.stop()


def planned() -> PlannedInput:
    """A pull of every field of the visits, for whoever consented."""
    dataset = Dataset.model_validate(
        {
            "dataset": "visits",
            "title": "就诊",
            "provider": "health-commission",
            "open_type": "conditional",
            "source": {"table": "visits"},
            "key": ["id"],
            "suite": "visits",
            "fields": {name: {"title": name, "type": kind} for name, kind in FIELDS.items()},
        }
    )
    return PlannedInput(
        dataset=dataset,
        fields=tuple(_field(name, kind) for name, kind in FIELDS.items()),
        rows={},
        consent=ConsentClause(
            subject_field="person",
            register_table="consent_register",
            recipient=RECIPIENT,
            purpose=PURPOSE,
            born_on="born",
            minor_age_years=14,
        ),
    )


def weir_side(dsn: str) -> dict[str, Any]:
    """Count and pull as a run does; with how the database goes about it."""
    plan = planned()
    with closing(psycopg2.connect(conninfo(dsn))) as connection, connection.cursor() as cursor:
        cursor.execute(SQL("EXPLAIN {}").format(selection.rows(plan, TODAY)))
        how = " ".join(row[0] for row in cursor.fetchall())
    began = time.perf_counter()
    with PostgresSource(dsn).reading() as reading:
        counts = reading.count(plan, TODAY)
        pulled = sum(batch.num_rows for batch in reading.batches(plan, TODAY))
    if pulled != counts.rows:
        raise SystemExit("the pull gave other rows than were counted")
    by = [name for name in ("Hash", "Index", "Nested Loop", "Merge") if name in how]
    return _told(began, pulled, counts.rows_without_consent, " + ".join(by))


def pandas_side(dsn: str) -> dict[str, Any]:
    """Read both tables, merge them, keep whoever has a consent in force."""
    import pandas as pd
    from sqlalchemy import create_engine

    began = time.perf_counter()
    engine = create_engine(dsn)
    visits = pd.read_sql("SELECT * FROM visits", engine)
    register = pd.read_sql("SELECT * FROM consent_register", engine)
    day = pd.Timestamp(TODAY)
    for name in ("granted_on", "expires_on", "withdrawn_on"):
        register[name] = pd.to_datetime(register[name])
    register = register[
        (register["recipient"] == RECIPIENT)
        & (register["purpose"] == PURPOSE)
        & (register["granted_on"] <= day)
        & (register["expires_on"].isna() | (register["expires_on"] > day))
        & (register["withdrawn_on"].isna() | (register["withdrawn_on"] > day))
    ]
    guardian = register.groupby("subject_id")["by_guardian"].max().rename("guardian").reset_index()
    merged = visits.merge(guardian, left_on="person", right_on="subject_id")
    adult = pd.to_datetime(merged["born"]) < day - pd.DateOffset(years=14)
    kept = int((adult | merged["guardian"].astype(bool)).sum())
    return _told(began, kept, len(visits) - kept, "merge")


def _field(name: str, kind: FieldType) -> PlannedField:
    return PlannedField(
        source=name,
        title=name,
        type=kind,
        nullable=True,
        classification=None,
        grade=Grade.GENERAL_1,
        sensitive=False,
        entities=(),
        mask=Keep(method="keep"),
        output=name,
        output_type=kind,
    )


def _fill(dsn: str, consents: int) -> None:
    told = {
        "rows": CONSENTS // 10,
        "people": max(1, consents // 2),
        "consents": consents,
        "recipient": RECIPIENT,
        "purpose": PURPOSE,
    }
    statements: tuple[Composable | str, ...] = (*TABLES, INDEX, "ANALYZE")
    with closing(psycopg2.connect(conninfo(dsn))) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, told if statement in TABLES else None)
        connection.commit()


def _told(began: float, rows: int, without: int, by: str) -> dict[str, Any]:
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "rows": rows,
        "rows_without_consent": without,
        "by": by,
    }


def _measure(side: str, dsn: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, side, dsn], check=True, stdout=subprocess.PIPE, text=True
    )
    measured: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return measured


def _report(ours: dict[str, Any], baseline: dict[str, Any], few: dict[str, Any]) -> int:
    if ours["rows"] != baseline["rows"]:
        raise SystemExit(f"Weir kept {ours['rows']} rows, pandas {baseline['rows']}")
    document = {
        "name": "consent",
        "work": f"pull {CONSENTS // 10} rows against {CONSENTS} consents",
        "ours": ours,
        "baseline": baseline,
        "ours_at_a_tenth": few,
        "ratio": round(baseline["seconds"] / ours["seconds"], 2),
    }
    print(f"\nconsent: {document['work']}")
    print(f"{'':16}{'seconds':>10}{'peak MB':>10}{'rows':>12}{'without':>12}  by")
    for side, one in (("ours", ours), ("baseline", baseline), ("ours at a tenth", few)):
        print(
            f"{side:16}{one['seconds']:>10}{one['peak_mb']:>10}{one['rows']:>12}"
            f"{one['rows_without_consent']:>12}  {one['by']}"
        )
    print(f"ratio {document['ratio']}", flush=True)
    growth = ours["peak_mb"] / few["peak_mb"]
    return keep(
        document,
        (
            Figure(
                what="consent test, peak memory at ten times the register",
                value=round(growth, 2),
                unit="times",
                bound=BOUND_GROWTH,
            ),
        ),
    )


if __name__ == "__main__":
    sides = {"weir": weir_side, "pandas": pandas_side}
    if len(sys.argv) > 1:
        print(json.dumps(sides[sys.argv[1]](sys.argv[2])))
    else:
        sys.exit(main())
