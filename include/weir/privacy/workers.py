"""Detection in worker processes, which map a batch into their memory instead of having it sent.

A batch is written once, as an Arrow file in shared memory; a worker reads the columns it is given
in place and sends back its findings. Two batches are under way at a time.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa

from weir.errors import UnavailableError
from weir.privacy.detector import Detector
from weir.privacy.findings import ColumnFindings

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 — memory that processes share, files of our own
_UNDER_WAY = 2

ScannedBatch = tuple[pa.Schema, int, list[ColumnFindings]]


def scan_in_workers(
    batches: Iterable[pa.RecordBatch], detector: Detector, workers: int
) -> Iterator[ScannedBatch]:
    """Schema, rows and the findings of each column, batch by batch, in order.

    Raises `UnavailableError` `scan_worker_died`: nothing is taken for scanned that was not.
    """
    under_way: deque[_Batch] = deque()
    folder = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="weir-scan-", dir=folder) as shared,
        ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(detector,)
        ) as pool,
    ):
        try:
            for number, batch in enumerate(batches):
                under_way.append(_Batch.shared(batch, Path(shared) / f"{number}.arrow", pool))
                if len(under_way) == _UNDER_WAY:
                    yield under_way.popleft().scanned()
            while under_way:
                yield under_way.popleft().scanned()
        except BrokenProcessPool:
            raise UnavailableError(
                "scan_worker_died",
                "a process of the scan ended before its work was done",
                remedy="look for what ended it, most often a lack of memory, and scan again",
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """A batch that workers are reading; the largest columns were begun first."""

    schema: pa.Schema
    rows: int
    path: Path
    columns: dict[int, Future[ColumnFindings]]

    @classmethod
    def shared(cls, batch: pa.RecordBatch, path: Path, pool: ProcessPoolExecutor) -> _Batch:
        with pa.ipc.new_file(str(path), batch.schema) as file:
            file.write_batch(batch)
        largest_first = sorted(
            range(batch.num_columns), key=lambda number: -batch.column(number).nbytes
        )
        return cls(
            schema=batch.schema,
            rows=batch.num_rows,
            path=path,
            columns={n: pool.submit(_scan, str(path), n) for n in largest_first},
        )

    def scanned(self) -> ScannedBatch:
        found = [self.columns[number].result() for number in range(len(self.columns))]
        self.path.unlink()
        return self.schema, self.rows, found


_detector: Detector | None = None


def _begin(detector: Detector) -> None:
    global _detector  # noqa: PLW0603 — a worker has one detector for its life
    _detector = detector
    pa.set_cpu_count(1)


def _scan(path: str, column: int) -> ColumnFindings:
    if _detector is None:
        raise RuntimeError("a worker works after it has begun")
    with pa.memory_map(path) as mapped:
        batch = pa.ipc.open_file(mapped).get_batch(0)
        return ColumnFindings.of(batch.schema.names[column], batch.column(column), _detector)
