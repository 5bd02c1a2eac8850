"""The gate's verdict on one product, beside a pandas look at the same file, in one run.

    python benchmarks/gate_verdict.py [bills]

The gate derives the whole product again from the sealed snapshots; the alternative derives none of
it. Each side is a process of its own over the same store. The bound: 10 seconds and 700 MB for a
product of a million rows.
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
from weir.demo.embedded.postgres import start_postgres

HERE = Path(__file__).parent
BOUND_SECONDS, BOUND_MB, BOUND_ROWS = 10.0, 700, 1_000_000
WORK = "fetch, manifest, egress scan, disclosure"


def main(rows: int) -> int:
    """Measure, print the table and write var/bench/gate-verdict.json; 1 beyond the bound."""
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        # Run by root, PostgreSQL works as another account, which has to pass through.
        Path(folder).chmod(0o711)
        postgres_port, s3_port = pick_free(2)
        postgres = start_postgres(Path(folder) / "pg", port=postgres_port, env="development")
        store = start_object_store(Path(folder) / "s3", port=s3_port, env="development")
        side = (store.endpoint, store.access_key, store.secret_key)
        try:
            postgres.ensure_database("exchange", "postgres")
            dsn = postgres.url("exchange")
            print(f"seeding {rows} bills …", flush=True)
            seed_city(dsn, rows=rows)
            print("the worker's run …", flush=True)
            staged = _measure("gate_side.py", "prepare", folder, dsn, *side)
            print(f"{staged['rows']} product rows: the gate …", flush=True)
            ours = _measure("gate_side.py", "verdict", folder, dsn, *side)
            print(f"{staged['rows']} product rows: pandas …", flush=True)
            baseline = _measure("pandas_recheck.py", *side)
        finally:
            store.stop()
            postgres.stop()
    return _report(staged, ours, baseline)


def _measure(script: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    measured: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return measured


def _report(staged: dict[str, Any], ours: dict[str, Any], baseline: dict[str, Any]) -> int:
    rows = staged["rows"]
    scaled = BOUND_SECONDS * max(1.0, rows / BOUND_ROWS)
    document = {
        "name": "gate-verdict",
        "work": f"{WORK}; {rows} product rows of {staged['rows_in']} pulled; Weir derives all of"
        " the product again, the baseline none of it",
        "ours": ours,
        "baseline": baseline,
        "ratio": round(baseline["seconds"] / ours["seconds"], 2),
    }
    print(f"\ngate-verdict: {document['work']}")
    for side, measured in (("ours", ours), ("baseline", baseline)):
        laps = " ".join(f"{key} {value}" for key, value in measured["laps"].items())
        print(
            f"{side:10}{measured['seconds']:>8} s{measured['cpu_seconds']:>8} s CPU"
            f"{measured['peak_mb']:>8} MB  {laps}"
        )
    print(f"ratio {document['ratio']}", flush=True)
    return keep(
        document,
        (
            Figure(
                what=f"gate verdict, {rows} rows", value=ours["seconds"], unit="s", bound=scaled
            ),
            Figure(
                what=f"gate verdict, {rows} rows, peak memory",
                value=ours["peak_mb"],
                unit="MB",
                bound=BOUND_MB,
            ),
        ),
    )


if __name__ == "__main__":
    sys.exit(
        main(
            int(sys.argv[1])
            if len(sys.argv) > 1
            else int(os.environ.get("WEIR_BENCH_ROWS", "1250000"))
        )
    )
