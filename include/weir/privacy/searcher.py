"""Matching of identifiers that only a regular expression describes, over bytes.

Only cells that hold the anchor are looked at; those that match as a whole (a column of addresses)
are settled by Arrow's RE2 at once, and the rest searched as one text, a line to each.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from weir.privacy.cells import Cells, distinct
from weir.privacy.pieces import Ints, Spans
from weir.privacy.shapes import Search

_SEPARATOR = b"\n"


class Searcher:
    """Finds the identifiers of one searched type in cells."""

    def __init__(self, shape: Search) -> None:
        if not shape.regex.isascii():
            raise ValueError(
                "a searched shape is of ASCII characters, so that bytes can be searched"
            )
        self._anchor = ord(shape.anchor)
        self._crowds = shape.crowds
        self._whole = rf"(?i)\A(?:{shape.body})\z"
        self._pattern = re.compile(shape.regex.encode(), re.IGNORECASE)

    def match(self, cells: Cells) -> Spans:
        anchors = np.flatnonzero(cells.data == self._anchor)
        if self._crowds:
            anchors = np.concatenate([_crowded(anchors, *crowd) for crowd in self._crowds])
        if not len(anchors):
            return Spans.none()
        holding = distinct(cells.holding(anchors))
        texts = cells.taken(holding)
        whole = pc.match_substring_regex(texts, self._whole).to_numpy(zero_copy_only=False)
        starts, ends = cells.offsets[holding[whole]], cells.offsets[holding[whole] + 1]
        if not whole.all():
            found = self._match_parts(
                texts.filter(pa.array(~whole)), cells.offsets[holding[~whole]]
            )
            starts = np.concatenate([starts, found[0]])
            ends = np.concatenate([ends, found[1]])
            order = np.argsort(starts)
            starts, ends = starts[order], ends[order]
        return Spans(starts=starts, ends=ends, shaped=len(starts))

    def _match_parts(self, texts: pa.Array, begins: Ints) -> tuple[Ints, Ints]:
        """Every match in `texts`, which begin at the places `begins`."""
        listed = texts.to_pylist()
        joined = Cells.joined([text + _SEPARATOR for text in listed])
        spans = [match.span() for match in self._pattern.finditer(joined.data.tobytes())]
        found = np.array(spans, np.int64).reshape(-1, 2).T
        shift = begins - joined.offsets[:-1]
        starts, ends = found + shift[joined.holding(found[0])]
        return starts, ends


def _crowded(anchors: Ints, count: int, span: int) -> Ints:
    """Those that are the first of so many within so many bytes."""
    return anchors[: 1 - count][anchors[count - 1 :] - anchors[: 1 - count] < span]
