"""The findings of one column, as a table has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.privacy.cells import Cells
from weir.privacy.characters import in_characters
from weir.privacy.column_scan import LeafScan, NotScanned, scan_column
from weir.privacy.detector import Detector

Ints = npt.NDArray[np.int64]

_NAME = pa.dictionary(pa.int32(), pa.string())

FINDINGS = pa.schema(
    [
        pa.field("column", _NAME, nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("entity", _NAME, nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("path", pa.string()),
    ]
)
"""`row` counts from the first row of the first batch. `start` and `end` are characters of the
cell's text; of a value within a list, structure or map, which `path` tells, of that value's text.
Numbers are read without what follows the point, instants as their date in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafFindings:
    """Findings in one leaf of a column, in order of row and place. `entity` indexes the detector's
    `entities_covered`; `path` is None where the value is the cell."""

    row: Ints
    start: Ints
    end: Ints
    entity: Ints
    score: npt.NDArray[np.float64]
    path: list[str | None] | None

    @classmethod
    def of(cls, scan: LeafScan) -> LeafFindings:
        hits = in_characters(scan.found.hits, Cells.of(scan.reading.text))
        holding = hits.cell
        if scan.reading.codes is not None:
            texts, first, counts = np.unique(holding, return_index=True, return_counts=True)
            values, text_of = scan.reading.values_of(texts)
            each = counts[text_of]
            before = np.cumsum(each) - each
            hits = hits.where(np.repeat(first[text_of] - before, each) + np.arange(each.sum()))
            holding = np.repeat(values, each)
        return cls(
            row=scan.leaf.rows(holding),
            start=hits.start,
            end=hits.end,
            entity=hits.entity,
            score=hits.score,
            path=[scan.leaf.path(value) for value in holding.tolist()] if scan.leaf.steps else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFindings:
    """Findings in a column, and in how many of its rows something could not be looked at."""

    leaves: tuple[LeafFindings, ...]
    rows_not_scanned: int

    @classmethod
    def of(cls, name: str, column: pa.Array, detector: Detector) -> ColumnFindings:
        found = []
        missed = [np.zeros(0, np.int64)]
        for scan in scan_column(name, column, detector):
            if isinstance(scan, NotScanned):
                missed.append(scan.rows())
                continue
            missed.append(scan.rows_holding(scan.found.unresolved))
            if len(scan.found.hits):
                found.append(LeafFindings.of(scan))
        return cls(leaves=tuple(found), rows_not_scanned=len(np.unique(np.concatenate(missed))))

    def batches(
        self, *, number: int, names: pa.Array, entities: pa.Array, first_row: int
    ) -> list[pa.RecordBatch]:
        """The findings of column `number` of those in `names`, in a batch whose first row is
        `first_row`."""
        return [
            pa.RecordBatch.from_arrays(
                [
                    _named(np.full(len(leaf.row), number), names),
                    pa.array(leaf.row + first_row),
                    pa.array(leaf.start),
                    pa.array(leaf.end),
                    _named(leaf.entity, entities),
                    pa.array(leaf.score),
                    pa.nulls(len(leaf.row), pa.string())
                    if leaf.path is None
                    else pa.array(leaf.path, pa.string()),
                ],
                schema=FINDINGS,
            )
            for leaf in self.leaves
            if len(leaf.row)
        ]


def _named(numbers: Ints, names: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), names)
