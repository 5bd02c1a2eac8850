"""`make bench`: the data path of sme-credit, Weir beside the alternative, in one run.

Each side is a process of its own, one after the other, over the same PostgreSQL and the same rows.
Then Weir alone at five times the rows: its peak memory should not grow with the table.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from figures import Figure, keep
from weir.demo.city.seed import seed_city
from weir.demo.embedded.object_store import start_object_store
from weir.demo.embedded.ports import pick_free
from weir.demo.embedded.postgres import PostgresServer, start_postgres

HERE = Path(__file__).parent
ROWS = int(os.environ.get("WEIR_BENCH_ROWS", "1000000"))
MANY = 5 * ROWS
BASELINE_SCANNED_ROWS = int(os.environ.get("WEIR_BENCH_SCANNED_ROWS", "2000"))
BOUND_SECONDS = 30 * ROWS / 1_000_000
BOUND_MB = 1_000
BOUND_GROWTH = 1.2
WORK = "pull, quality, scan, mask, join, rescan, k-anonymity, Parquet"


def main() -> int:
    """Measure, print the table and write var/bench/*.json; 1 beyond a bound."""
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        # Run by root, PostgreSQL works as another account, which has to pass through.
        Path(folder).chmod(0o711)
        postgres_port, s3_port = pick_free(2)
        postgres = start_postgres(Path(folder) / "pg", port=postgres_port, env="development")
        store = start_object_store(Path(folder) / "s3", port=s3_port, env="development")
        side = (store.endpoint, store.access_key, store.secret_key)
        try:
            dsn = _city(postgres, ROWS)
            print(f"{ROWS} bills: Weir …", flush=True)
            ours = _measure("weir_path.py", "sme-credit", dsn, *side)
            print(f"{ROWS} bills: pandas + Great Expectations + Presidio …", flush=True)
            baseline = _measure("pandas_path.py", dsn, str(BASELINE_SCANNED_ROWS))
            beyond = _report(
                "sme-credit",
                f"{WORK}; {ROWS} bills; the baseline scans"
                f" {baseline['share_of_cells_scanned']:.2%} of the cells, Weir all",
                ours,
                baseline,
                baseline["seconds"] / ours["seconds"],
                Figure(
                    what=f"sme-credit, {ROWS} bills",
                    value=ours["seconds"],
                    unit="s",
                    bound=BOUND_SECONDS,
                ),
                Figure(
                    what=f"sme-credit, {ROWS} bills, peak memory",
                    value=ours["peak_mb"],
                    unit="MB",
                    bound=BOUND_MB,
                ),
            )
            dsn = _city(postgres, MANY)
            print(f"{MANY} bills: Weir …", flush=True)
            many = _measure("weir_path.py", "sme-credit", dsn, *side)
            growth = many["peak_mb"] / ours["peak_mb"]
            beyond |= _report(
                "sme-credit-memory",
                f"{WORK}; Weir at {MANY} bills beside Weir at {ROWS}; ratio is of peak memory",
                many,
                ours,
                growth,
                Figure(
                    what=f"sme-credit, peak memory at {MANY} bills beside {ROWS}",
                    value=round(growth, 2),
                    unit="x",
                    bound=BOUND_GROWTH,
                ),
            )
        finally:
            store.stop()
            postgres.stop()
    return beyond


def _city(postgres: PostgresServer, rows: int) -> str:
    print(f"seeding {rows} bills …", flush=True)
    postgres.drop_database("exchange")
    postgres.ensure_database("exchange", "postgres")
    dsn = postgres.url("exchange")
    seed_city(dsn, rows=rows)
    # What PostgreSQL does about new rows, it does before the clock starts.
    with postgres.connect("exchange") as connection, connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    return dsn


def _measure(script: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    measured: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return measured


def _report(
    name: str,
    work: str,
    ours: dict[str, Any],
    baseline: dict[str, Any],
    ratio: float,
    *figures: Figure,
) -> int:
    document = {
        "name": name,
        "work": work,
        "ours": ours,
        "baseline": baseline,
        "ratio": round(ratio, 2),
    }
    print(f"\n{name}: {work}")
    print(f"{'':10}{'seconds':>10}{'peak MB':>10}{'cells':>14}{'cells/s':>12}  laps")
    for side, measured in (("ours", ours), ("baseline", baseline)):
        laps = " ".join(f"{key} {value}" for key, value in measured["laps"].items())
        print(
            f"{side:10}{measured['seconds']:>10}{measured['peak_mb']:>10}"
            f"{measured['cells_scanned']:>14}{measured['scanned_cells_per_second']:>12}  {laps}"
        )
    print(f"ratio {document['ratio']}", flush=True)
    return keep(document, figures)


if __name__ == "__main__":
    sys.exit(main())
