"""Places in characters, as Presidio counts them, from places in bytes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from weir.privacy.cells import Cells
from weir.privacy.hits import ScoredHits

Ints = npt.NDArray[np.int64]

_FIRST_NON_ASCII = 0x80
_CONTINUATION, _CONTINUATION_BITS = 0x80, 0xC0


def in_characters(hits: ScoredHits, cells: Cells) -> ScoredHits:
    """`hits` in `cells` with `start` and `end` counted in characters. Bytes that are no UTF-8 and
    follow on each other may count as one."""
    if not len(hits) or cells.data.max() < _FIRST_NON_ASCII:
        return hits
    first = cells.offsets[hits.cell]
    places, which = np.unique(
        np.concatenate([first, first + hits.start, first + hits.end]), return_inverse=True
    )
    base, start, end = _characters_before(places, cells)[which].reshape(3, -1)
    return replace(hits, start=start - base, end=end - base)


def _characters_before(places: Ints, cells: Cells) -> Ints:
    """For each of `places`, ascending: how many characters begin before it and behind the first
    place."""
    begins = (cells.data & _CONTINUATION_BITS) != _CONTINUATION
    counts = np.zeros(len(places), np.int64)
    inner = places[:-1]
    if len(inner):
        counts[1:] = np.add.reduceat(begins[: places[-1]], inner, dtype=np.int64)
    return np.cumsum(counts)
