"""The alternative's side of `gate_verdict.py`: look at the finished file with pandas.

It reads the product, compares columns, searches every text cell for identifiers with regular
expressions, counts the groups and writes the file again. It derives nothing: whether a row follows
from a snapshot it cannot tell.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import time
from typing import Any

import pandas as pd

from baseline_rules import PATTERNS, K
from weir.storage.minio_store import MinioObjectStore
from weir.storage.objects import STAGING

KEY = "sme-credit/bench/package/data/part-00000.parquet"


def main(endpoint: str, access_key: str, secret_key: str) -> None:
    """Check once; print seconds by check and this process's peak memory."""
    store = MinioObjectStore(endpoint, access_key, secret_key, secure=False, region="us-east-1")
    laps: dict[str, float] = {}
    began = last = time.perf_counter()
    began_cpu = time.process_time()

    def lap(name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        laps[name] = round(now - last, 2)
        last = now

    data = store.get_bytes(STAGING, KEY, limit_bytes=1 << 34)
    product = pd.read_parquet(io.BytesIO(data))
    lap("fetch")
    cells = _search(product)
    lap("egress")
    units = product.groupby(["district", "capital_band"])["enterprise_key"].nunique()
    if (units < K).any():
        raise SystemExit("a group is too small")
    lap("disclosure")
    product.to_parquet(io.BytesIO(), compression="zstd")
    lap("encode")
    print(
        json.dumps(
            {
                "seconds": round(time.perf_counter() - began, 2),
                "cpu_seconds": round(time.process_time() - began_cpu, 2),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "rows_out": len(product),
                "cells_scanned": cells,
                "share_of_product_derived": 0.0,
                "laps": laps,
            }
        )
    )


def _search(product: Any) -> int:
    either = re.compile("|".join(PATTERNS.values()))
    cells = 0
    for name in product.select_dtypes("object").columns:
        texts = product[name].dropna().astype(str)
        texts.str.contains(either).sum()
        cells += len(texts)
    return cells


if __name__ == "__main__":
    main(*sys.argv[1:])
