"""Matching of identifiers that only a regular expression describes: rare, so cell by cell.

Only cells that hold the anchor are looked at; those that match as a whole (a column of addresses)
are settled by Arrow's RE2 at once, and the rest one by one.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow.compute as pc

from weir.privacy.cells import Cells
from weir.privacy.run_matcher import Ints, Spans
from weir.privacy.shapes import Search


class Searcher:
    """Finds the identifiers of one searched type in cells."""

    def __init__(self, shape: Search) -> None:
        if not shape.regex.isascii():
            raise ValueError(
                "a searched shape is of ASCII characters, so that bytes can be searched"
            )
        self._anchor = ord(shape.anchor)
        self._whole = rf"(?i)\A(?:{shape.body})\z"
        self._pattern = re.compile(shape.regex.encode(), re.IGNORECASE)

    def match(self, cells: Cells) -> Spans:
        anchors = np.flatnonzero(cells.data == self._anchor)
        if not len(anchors):
            return Spans.none()
        holding = np.unique(cells.holding(anchors))
        whole = self._match_whole(cells, holding)
        starts = cells.offsets[holding[whole]].tolist()
        ends = cells.offsets[holding[whole] + 1].tolist()
        for cell in holding[~whole].tolist():
            first = int(cells.offsets[cell])
            for match in self._pattern.finditer(cells.text(cell)):
                starts.append(first + match.start())
                ends.append(first + match.end())
        return Spans(
            starts=np.array(starts, np.int64), ends=np.array(ends, np.int64), shaped=len(starts)
        )

    def _match_whole(
        self, cells: Cells, holding: Ints
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        matched = pc.match_substring_regex(cells.taken(holding), self._whole)
        return np.asarray(matched.to_numpy(zero_copy_only=False), bool)
