"""The scan beside Presidio's AnalyzerEngine: same rules, same hits, one run.

    python benchmarks/scan.py

Speed on one core over sixteen columns without repeats and where each value stands ten times (the
engine reads some of the rows, and in those the findings must be equal); megabytes of cells a second
on all cores, in threads and in worker processes, and peak memory over typical tables, few batches
and many; and the time to the first finding.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

import scan_tables
from figures import Figure, keep

HERE = Path(__file__).parent
ROWS = int(os.environ.get("WEIR_BENCH_SCAN_ROWS", "200000"))
SAMPLE = int(os.environ.get("WEIR_BENCH_SCAN_SAMPLE", "300"))
BATCH_ROWS, FEW, MANY = 131_072, 3, 12
CORES = len(os.sched_getaffinity(0))
MB = 200


def main() -> int:
    """Measure, print and write var/bench/scan*.json; 1 where a figure is beyond its bound."""
    beyond = 0
    for repeats, name, bound in ((1, "scan", 200), (scan_tables.REPEATS, "scan-repeats", 2_000)):
        arguments = (str(ROWS), str(repeats), str(SAMPLE))
        ours, baseline = _side("weir", *arguments), _side("presidio", *arguments)
        if ours.pop("hits") != (hits := baseline.pop("hits")):
            raise SystemExit("the two sides find different things")
        ratio = ours["cells_per_second"] / baseline["cells_per_second"]
        work = (
            f"every cell of {ROWS} rows, each value {repeats} times, on one core; Presidio reads"
            f" {SAMPLE} rows, in which both find the same {len(hits)}"
        )
        figure = Figure(
            what=f"{name}, of the time that Presidio takes",
            value=round(1e4 / ratio, 2),
            unit="‱",
            bound=1e4 / bound,
        )
        beyond |= _report(name, work, ours, baseline, ratio, figure)
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        few, batch_mb = _written(Path(folder) / "few.arrow", FEW)
        many, _ = _written(Path(folder) / "many.arrow", MANY)
        short, threads = _side("typical", few, "threads"), _side("typical", many, "threads")
        alone, workers = _side("typical", many, "alone"), _side("typical", many, "workers")
    beyond |= _report(
        "scan-memory",
        f"{CORES} threads; {MANY} batches of {batch_mb} MB beside {FEW}; ratio is of the rise",
        threads,
        short,
        threads["rise_mb"] / short["rise_mb"],
        Figure(
            what="scan, rise of memory in batches",
            value=round(threads["rise_mb"] / batch_mb, 2),
            unit="x",
            bound=3,
        ),
    )
    best = max(threads["mb_per_second"], workers["mb_per_second"])
    bounded = Figure(
        what=f"scan, {MB} MB of cells on {CORES} cores",
        value=round(MB / best, 2),
        unit="s",
        bound=1,
    )
    for name, together in (("threads", threads), ("workers", workers)):
        beyond |= _report(
            f"scan-{name}",
            f"{MANY} batches, {threads['mb']} MB of cells; {CORES} {name} beside one thread",
            together,
            alone,
            together["mb_per_second"] / alone["mb_per_second"],
            *([bounded] if together["mb_per_second"] == best else []),
        )
    began = time.perf_counter()
    first = _side("start")
    whole = {"seconds": time.perf_counter() - began}
    return beyond | _report(
        "scan-start",
        "from the first import to the first finding; beside it, the whole process",
        first,
        whole,
        first["seconds"] / whole["seconds"],
        Figure(what="scan, start", value=round(first["seconds"], 2), unit="s", bound=1.5),
    )


def _written(path: Path, batches: int) -> tuple[str, float]:
    """A file of typical batches, and how large one is."""
    made = scan_tables.batches(BATCH_ROWS, batches)
    first = next(made)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, first.schema) as stream:
        stream.write_batch(first)
        for batch in made:
            stream.write_batch(batch)
    return str(path), round(path.stat().st_size / batches / 1e6, 1)


def _side(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(HERE / "scan_side.py"), *arguments],
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
    print(f"\n{name}: {work}")
    for side, measured in (("ours", ours), ("baseline", baseline)):
        print(f"{side:10}" + "  ".join(f"{key} {value:.6g}" for key, value in measured.items()))
    print(f"ratio {ratio:.1f}", flush=True)
    document = {"name": name, "work": work, "ours": ours, "baseline": baseline, "ratio": ratio}
    return keep(document, figures)


if __name__ == "__main__":
    sys.exit(main())
