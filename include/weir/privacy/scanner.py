"""Record batches in, findings out: every identifier in every cell of a table.

    from weir.privacy.scanner import scan

    scanned = scan(table)                # Arrow or Polars, or an iterable of record batches
    for batch in scanned: ...            # or scanned.table()
    scanned.coverage.rows_not_scanned    # by column, what could not be looked at

What is found in a cell is what Presidio's AnalyzerEngine finds in its text, with the same score;
in a cell of JSON text also what stands there once its escapes are resolved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pyarrow as pa

from weir.privacy.detector import Detector, table_detector
from weir.privacy.findings import FINDINGS, ColumnFindings

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

    def __init__(self, batches: Iterable[pa.RecordBatch], detector: Detector) -> None:
        self.coverage = Coverage()
        self._batches = batches
        self._detector = detector

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            for first in range(0, batch.num_rows, _MOST_ROWS):
                yield from self._findings(batch.slice(first, _MOST_ROWS))

    def table(self) -> pa.Table:
        return pa.Table.from_batches(self, FINDINGS)

    def _findings(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        names = batch.schema.names
        for number, column in enumerate(batch.columns):
            found = ColumnFindings.of(column, self._detector)
            self.coverage.cells += batch.num_rows - found.rows_not_scanned
            if found.rows_not_scanned:
                self.coverage.rows_not_scanned[names[number]] += found.rows_not_scanned
            yield from found.batches(
                number=number,
                names=names,
                entities=self._detector.entities_covered,
                first_row=self.coverage.rows,
            )
        self.coverage.rows += batch.num_rows


def scan(table: ArrowStream | Iterable[pa.RecordBatch], detector: Detector | None = None) -> Scan:
    """The findings of every cell of `table`, found as they are asked for."""
    batches = pa.RecordBatchReader.from_stream(table) if isinstance(table, ArrowStream) else table
    return Scan(batches, detector or table_detector())
