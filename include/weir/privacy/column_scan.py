"""Detection over a column of any kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.privacy.detector import Detector, Found
from weir.privacy.leaves import Leaf, leaves
from weir.privacy.reading import Reading, read

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafScan:
    """What was searched in place of a leaf's values, and what was found in it."""

    leaf: Leaf
    reading: Reading
    found: Found

    def rows_holding(self, texts: Ints) -> Ints:
        """The rows of the column with a value that one of `texts` stands for, ascending."""
        values, _ = self.reading.values_of(texts)
        return np.unique(self.leaf.rows(values))

    def count_holding(self, texts: Ints) -> int:
        """How many rows `rows_holding` are, at less expense."""
        occurrences = self.reading.occurrences()
        if self.leaf.steps:
            return len(self.rows_holding(texts))
        return len(texts) if occurrences is None else int(occurrences[texts].sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class NotScanned:
    """Values of a kind that has no text."""

    leaf: Leaf

    def rows(self) -> Ints:
        """The rows of the column that have such a value, ascending."""
        valid = self.leaf.values.is_valid().to_numpy(zero_copy_only=False)
        return np.unique(self.leaf.rows(np.flatnonzero(valid)))


def scan_column(name: str, column: pa.Array, detector: Detector) -> Iterator[LeafScan | NotScanned]:
    """Every value of the column of that name, those within lists, structures and JSON text
    included."""
    for leaf in leaves(column):
        header = "\n".join([name, *leaf.fields])
        reading = read(
            leaf.values,
            number_lengths=detector.number_lengths(header),
            distinct=detector.reads_values_one_by_one,
        )
        if reading is None:
            yield NotScanned(leaf=leaf)
        else:
            yield LeafScan(leaf=leaf, reading=reading, found=detector.search(reading.text, header))
