"""A scan's detector that also finds names, addresses and organisations.

    scan_file(path, detector=names_detector())

What it finds are likely names, not identifiers with a check digit: see docs/models/names.md on what
a scan must weigh before it refuses for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pyarrow as pa

from weir.privacy.detector import Detector, Found, table_kernel
from weir.privacy.kernel import Kernel
from weir.privacy.names.finder import NameFinder, name_finder


class NamesDetector(Detector):
    """Detection by kernels and by the model for names, both in bulk."""

    def __init__(self, kernels: Sequence[Kernel], finder: NameFinder) -> None:
        super().__init__(kernels)
        self._finder = finder
        self.entities_covered = tuple(sorted({*self.entities_covered, *finder.kinds}))
        self.name = f"{self.name}; {finder.name}"

    def search(self, values: pa.Array) -> Found:
        found = super().search(values)
        hits = self._finder.find(values)
        named = {
            kind: np.unique(hits.cell[hits.entity == number])
            for number, kind in enumerate(self._finder.kinds)
        }
        cells = {**found.cells, **{kind: some for kind, some in named.items() if len(some)}}
        return Found(cells=cells, shaped=found.shaped)


@cache
def names_detector() -> NamesDetector:
    """The entity table's detector with the model that ships with the package."""
    return NamesDetector([table_kernel()], name_finder())
