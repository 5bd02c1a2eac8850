"""One side of `benchmarks/scan.py`, in a process of its own; the last line it prints is JSON.

python benchmarks/scan_side.py presidio ROWS REPEATS SAMPLE
python benchmarks/scan_side.py weir ROWS REPEATS SAMPLE
python benchmarks/scan_side.py typical FILE alone|threads|workers
python benchmarks/scan_side.py start
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa

_BEST_OF = 3


def presidio(rows: str, repeats: str, sample: str) -> dict[str, Any]:
    """The engine over every cell of the first rows of a table, on one core."""
    import scan_tables
    from weir.privacy.recognisers import LANGUAGE, build_analyzer

    _on_one_core()
    analyzer = build_analyzer()
    table = scan_tables.table(int(rows), repeats=int(repeats)).slice(0, int(sample))
    for name in table.column_names:
        analyzer.analyze("预热13900009021", language=LANGUAGE, context=[name])
    columns = [(name, table[name].to_pylist()) for name in table.column_names]
    began = time.perf_counter()
    results = [
        [analyzer.analyze(text, language=LANGUAGE, context=[name]) for text in texts]
        for name, texts in columns
    ]
    seconds = time.perf_counter() - began
    hits = [
        [name, row, r.start, r.end, r.entity_type, r.score]
        for (name, _), of_column in zip(columns, results, strict=True)
        for row, of_cell in enumerate(of_column)
        for r in of_cell
    ]
    return _measured(seconds, table.num_rows * table.num_columns) | {"hits": sorted(hits)}


def weir(rows: str, repeats: str, sample: str) -> dict[str, Any]:
    """The scanner over the whole table, on one core, the best of three; and its findings in the
    first rows."""
    import scan_tables
    from weir.privacy.scanner import scan

    _on_one_core()
    table = scan_tables.table(int(rows), repeats=int(repeats))
    found = scan(table.slice(0, int(sample))).table().drop_columns("path")
    seconds = min(_seconds(lambda: scan(table)) for _ in range(_BEST_OF))
    hits = sorted(list(finding.values()) for finding in found.to_pylist())
    return _measured(seconds, table.num_rows * table.num_columns) | {"hits": hits}


def typical(path: str, how: str) -> dict[str, Any]:
    """The scanner over record batches of a file, on one core, in threads or in worker processes:
    megabytes of cells, not of the file, and how far memory rose above what it was."""
    import scan_tables
    from weir.privacy.scanner import scan

    workers = len(os.sched_getaffinity(0)) if how == "workers" else 1
    if how == "alone":
        _on_one_core()
    scan(pa.table({"a": ["13900009021", "１号"]})).table()
    before = psutil.Process().memory_info().rss
    began, busy = time.perf_counter(), time.process_time()
    with pa.OSFile(path) as file, pa.ipc.open_stream(file) as batches:
        scanned = scan(batches, workers=workers)
        findings = sum(batch.num_rows for batch in scanned)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    rise = _peak_bytes() - before
    with pa.OSFile(path) as file, pa.ipc.open_stream(file) as batches:
        size = sum(map(scan_tables.cell_bytes, batches)) / 1e6
    return _measured(seconds, scanned.coverage.cells) | {
        "findings": findings,
        "mb": round(size),
        "mb_per_second": round(size / seconds, 1),
        # Worker processes keep their own account.
        "mb_per_cpu_second": 0 if how == "workers" else round(size / busy, 1),
        "rise_mb": round(rise / 1e6, 1),
    }


def start() -> dict[str, Any]:
    """From nothing imported to the first finding."""
    began = time.perf_counter()
    from weir.privacy.scanner import scan

    findings = scan(pa.table({"a": ["电话１3900009021"]})).table().num_rows
    return _measured(time.perf_counter() - began, 1) | {"findings": findings}


def _measured(seconds: float, cells: int) -> dict[str, Any]:
    return {"seconds": seconds, "cells": cells, "cells_per_second": round(cells / seconds)}


def _peak_bytes() -> int:
    """The peak of this program alone: what getrusage tells begins with that of its parent."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _seconds(make: Callable[[], Any]) -> float:
    began = time.perf_counter()
    for _ in make():
        pass
    return time.perf_counter() - began


def _on_one_core() -> None:
    process = psutil.Process()
    process.cpu_affinity(process.cpu_affinity()[:1])
    pa.set_cpu_count(1)


if __name__ == "__main__":
    sides: dict[str, Callable[..., dict[str, Any]]] = {
        "presidio": presidio,
        "weir": weir,
        "typical": typical,
        "start": start,
    }
    print(json.dumps(sides[sys.argv[1]](*sys.argv[2:])))
