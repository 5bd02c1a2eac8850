"""Every cell of a table, looked at once, and what is reported of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from weir.model import Digest, FieldFindings, Grade, Reason, ScanReport, Verdict
from weir.privacy.at_once import AtOnce
from weir.privacy.column_tally import ColumnTally
from weir.privacy.detector import Detector
from weir.privacy.names.tally import NameTally, weighing
from weir.privacy.redaction import redact

_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedColumn:
    """A column by its own name and by the one that may be printed, and what was counted in it.

    `in_name` are the types of identifier that stand in the name itself: a file without a header
    has values there.
    """

    name: str
    shown: str
    in_name: tuple[str, ...]
    tally: ColumnTally


class TableScan:
    """The scan of one table. `computed` names columns that are sums, means or counts.

    With `seed`, a digest of the table's bytes, names are weighed by column as well.
    """

    def __init__(
        self,
        schema: pa.Schema,
        detector: Detector,
        computed: Collection[str] = (),
        *,
        seed: Digest | None = None,
    ) -> None:
        self.rows = 0
        self._detector = detector
        self._looked_for = detector.name if seed is None else f"{detector.name}; {weighing()}"
        found = detector.search(pa.array(schema.names, pa.string()))
        held = {n: set(found.cells(i).tolist()) for i, n in enumerate(detector.entities_covered)}
        shown = redact(pa.array(schema.names, pa.string())).to_pylist()
        self.columns = tuple(
            ScannedColumn(
                name=name,
                shown=printable(shown[place]),
                in_name=tuple(kind for kind, cells in held.items() if place in cells),
                tally=ColumnTally(
                    detector,
                    name=name,
                    computed=name in computed,
                    names=None if seed is None else NameTally(seed),
                ),
            )
            for place, name in enumerate(schema.names)
        )

    def add(self, batches: Iterable[pa.RecordBatch], *, threads: int | None = None) -> TableScan:
        """Take in more rows, in so many threads: by default as many as help the detector."""
        with AtOnce(threads or self._detector.threads) as at_once:
            for batch in batches:
                self.rows += batch.num_rows
                lefts = [None, *batch.columns][: batch.num_columns]
                for _ in at_once.map(
                    lambda one: one[0].tally.add(one[1], one[2]),
                    zip(self.columns, batch.columns, lefts, strict=True),
                ):
                    pass
                # Or they would still be held while the next one is read.
                del batch, lefts
        return self

    def hide_names(self) -> None:
        """Show every column by its place: the names may be values."""
        self.columns = tuple(
            replace(column, shown=f"column {place}")
            for place, column in enumerate(self.columns, start=1)
        )

    def report(self, table: str, grade: Grade, reasons: Iterable[Reason]) -> ScanReport:
        return ScanReport(
            table=table,
            rows=self.rows,
            cells=sum(column.tally.rows_scanned for column in self.columns),
            fields=tuple(
                FieldFindings(
                    column=column.shown,
                    cells_scanned=column.tally.rows_scanned,
                    entities=dict(sorted(column.tally.cells.items())),
                )
                for column in self.columns
            ),
            entities_covered=self._detector.entities_covered,
            detector=self._looked_for,
            grade=grade,
            verdict=Verdict(reasons=tuple(reasons)),
            notes=tuple(self._notes()),
            not_scanned=tuple(
                column.shown for column in self.columns if column.tally.rows_not_scanned
            ),
        )

    def _notes(self) -> Iterator[Reason]:
        for place, column in enumerate(self.columns, start=1):
            for kind in column.in_name:
                yield Reason(
                    code="identifier_in_header",
                    what=f"the name of column {place} holds {kind}",
                    remedy="give the table a header; its first row may have been taken for one",
                )
            for kind in column.tally.by_chance():
                cells = column.tally.cells[kind]
                yield Reason(
                    code="hits_by_chance",
                    what=f"{cells} of {self.rows} numbers in {column.shown} look like {kind}, "
                    "no more than chance explains",
                )


def printable(name: str) -> str:
    """A name from outside, fit for a report: one line, no control or format characters, short."""
    kept = (c if unicodedata.category(c)[0] != "C" else "?" for c in name)
    return "".join(kept)[:_LONGEST_NAME]


def shown_name(path: Path) -> str:
    """The name of a file for a report: what identifies somebody in it is named by its type."""
    return printable(redact(pa.array([path.name.encode("utf-8", "replace").decode()]))[0].as_py())
