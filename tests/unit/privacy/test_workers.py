"""The scan in worker processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from weir.errors import UnavailableError
from weir.privacy import workers
from weir.privacy.bulk import TableBulk
from weir.privacy.detector import Detector, table_kernel
from weir.privacy.hits import ScoredHits
from weir.privacy.scanner import scan

MOBILE = "13900009021"


class Dying(TableBulk):
    """It ends the process that meets the word."""

    def survey(self, values: pa.Array, header: str) -> tuple[ScoredHits, npt.NDArray[np.int64]]:
        if "end" in values.to_pylist():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().survey(values, header)


def table(rows: int) -> pa.Table:
    return pa.table(
        {
            "电话": [f"{13900000000 + row}" for row in range(rows)],
            "n": pa.array(range(13900000000, 13900000000 + rows)),
            "多": [[MOBILE, None, f"a{row}@b.cn"] for row in range(rows)],
            "类": pa.array(["x", MOBILE] * (rows // 2)).dictionary_encode(),
            "期": pa.nulls(rows, pa.month_day_nano_interval()).fill_null(
                pa.scalar((1, 1, 1), pa.month_day_nano_interval())
            ),
        }
    )


def test_workers_find_what_one_process_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same order and with the same coverage; the batches they shared are gone."""
    monkeypatch.setattr(workers, "_SHARED_MEMORY", tmp_path)
    batches = [batch for rows in (200, 2, 0, 600) for batch in table(rows).to_batches()]
    alone, together = scan(batches), scan(batches, workers=2)
    assert together.table() == alone.table()
    assert together.coverage == alone.coverage
    assert together.coverage.rows_not_scanned == {"期": 802}
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_dies_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is taken for scanned that was not."""
    monkeypatch.setattr(workers, "_SHARED_MEMORY", tmp_path)
    batches = pa.table({"a": [MOBILE, "x", "end", MOBILE]}).to_batches(max_chunksize=1)
    scanned = scan(batches, Detector([Dying(table_kernel())]), workers=2)
    with pytest.raises(UnavailableError) as raised:
        scanned.table()
    assert raised.value.code == "scan_worker_died"
    assert scanned.coverage.rows < len(batches)
    assert list(tmp_path.iterdir()) == []


def test_a_scan_that_is_given_up_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has seen enough may stop."""
    monkeypatch.setattr(workers, "_SHARED_MEMORY", tmp_path)
    findings = iter(scan(table(200).to_batches(max_chunksize=10), workers=2))
    assert next(findings).num_rows == 10
    findings.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []
