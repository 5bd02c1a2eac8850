"""Record batches in, findings out: every identifier in every cell of a table.

    from weir.privacy.scanner import scan

    scanned = scan(table)                # Arrow or Polars, or an iterable of record batches
    for batch in scanned: ...            # or scanned.table()
    scanned.coverage.rows_not_scanned    # by column, what could not be looked at

What is found in a cell is what Presidio's AnalyzerEngine finds in its text, with the same score,
where the name of the column is context; in a cell of JSON text also what stands there once its
escapes are resolved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pyarrow as pa

from weir.privacy.at_once import AtOnce
from weir.privacy.detector import Detector, table_detector
from weir.privacy.findings import FINDINGS, ColumnFindings
from weir.privacy.workers import scan_in_workers

_MOST_ROWS = 1 << 18


@runtime_checkable
class ArrowStream(Protocol):
    """A table of any library that speaks Arrow's C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


@dataclass(kw_only=True)
class Coverage:
    """What has been looked at so far. Null cells count as scanned."""

    rows: int = 0
    cells: int = 0
    rows_not_scanned: Counter[str] = field(default_factory=Counter)


class Scan:
    """One pass over a table: iterate over it for record batches of `FINDINGS`, in order of batch,
    column, row and place."""

    def __init__(
        self, batches: Iterable[pa.RecordBatch], detector: Detector, *, workers: int
    ) -> None:
        self.coverage = Coverage()
        self._batches = batches
        self._detector = detector
        self._workers = workers

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        scanned = (
            scan_in_workers(self._bounded(), self._detector, self._workers)
            if self._workers > 1
            else _scan_here(self._bounded(), self._detector)
        )
        entities = pa.array(self._detector.entities_covered, pa.string())
        for schema, rows, columns in scanned:
            names = pa.array(schema.names, pa.string())
            for number, found in enumerate(columns):
                self.coverage.cells += rows - found.rows_not_scanned
                if found.rows_not_scanned:
                    name = names[number].as_py()
                    self.coverage.rows_not_scanned[name] += found.rows_not_scanned
                yield from found.batches(
                    number=number,
                    names=names,
                    entities=entities,
                    first_row=self.coverage.rows,
                )
            self.coverage.rows += rows
            del columns

    def table(self) -> pa.Table:
        """All findings at once."""
        return pa.Table.from_batches(self, FINDINGS)

    def _bounded(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            for first in range(0, batch.num_rows, _MOST_ROWS):
                yield batch.slice(first, _MOST_ROWS)
            # Or it would still be held while the next one is made.
            del batch


def scan(
    table: ArrowStream | Iterable[pa.RecordBatch],
    detector: Detector | None = None,
    *,
    workers: int = 1,
) -> Scan:
    """The findings of every cell of `table`, found as they are asked for.

    Columns are searched in as many threads as Arrow may use processors (`pyarrow.set_cpu_count`).
    More than one worker are processes of their own, which Python starts anew: the program that
    asks for them must be importable.
    """
    batches = pa.RecordBatchReader.from_stream(table) if isinstance(table, ArrowStream) else table
    return Scan(batches, detector or table_detector(), workers=workers)


def _scan_here(
    batches: Iterable[pa.RecordBatch], detector: Detector
) -> Iterator[tuple[pa.Schema, int, Iterable[ColumnFindings]]]:
    with AtOnce(detector.threads) as threads:
        for batch in batches:
            yield batch.schema, batch.num_rows, _columns_here(batch, detector, threads)
            del batch


def _columns_here(
    batch: pa.RecordBatch, detector: Detector, threads: AtOnce
) -> Iterator[ColumnFindings]:
    return threads.map(
        lambda number: ColumnFindings.of(
            batch.schema.names[number], batch.column(number), detector
        ),
        range(batch.num_columns),
    )
