"""Parquet bytes depend on rows alone."""

from __future__ import annotations

import io
from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from weir.crypto.sm3 import sm3_hex
from weir.model import Digest
from weir.storage.parquet import write_parquet

ROWS = 150_000


@cache
def table() -> pa.Table:
    rng = np.random.default_rng(7)
    n = rng.integers(0, 50_000, ROWS)
    return pa.table(
        {
            "id": pa.array([f"户{i:07}" for i in range(ROWS)]),
            "n": pa.array(n, pa.int64(), mask=n % 7 == 0),
            "remark": pa.array([None if i % 3 else f"备注{i % 911}" * (i % 13) for i in n]),
            "mean": pa.array(rng.normal(size=ROWS)),
        }
    )


def digest(cuts: list[int]) -> Digest:
    sink = io.BytesIO()
    edges = [0, *sorted(cuts), ROWS]
    batches = [
        batch
        for start, end in pairwise(edges)
        for batch in table().slice(start, end - start).combine_chunks().to_batches()
    ]
    assert write_parquet(batches, table().schema, sink) == ROWS
    return sm3_hex(sink.getvalue())


@cache
def expected() -> Digest:
    return digest([])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, ROWS), max_size=12))
def test_the_cuts_between_batches_leave_no_trace(cuts: list[int]) -> None:
    """However the source cut its rows into batches, the bytes are the same."""
    assert digest(cuts) == expected()
