"""Places in characters, as Presidio counts them, from places in bytes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from weir.privacy.cells import Cells
from weir.privacy.hits import ScoredHits

_FIRST_NON_ASCII = 0x80
_FIRST_OF_CHARACTER = -0x40
"""As signed bytes, those that continue a character are less."""


def in_characters(hits: ScoredHits, cells: Cells) -> ScoredHits:
    """`hits`, ordered by cell, with `start` and `end` counted in characters. A byte that is no
    UTF-8 may count as part of the character before it."""
    if not len(hits) or cells.data.max() < _FIRST_NON_ASCII:
        return hits
    holding, which = np.unique(hits.cell, return_inverse=True)
    some = cells if len(holding) == len(cells) else Cells.of(cells.taken(holding))
    begins = some.data.view(np.int8) >= _FIRST_OF_CHARACTER
    base = some.offsets[which]
    places, of_place = np.unique(
        np.concatenate([base, base + hits.start, base + hits.end]), return_inverse=True
    )
    before = np.zeros(len(places), np.int64)
    between = np.add.reduceat(begins[: places[-1]], places[:-1], dtype=np.int64)
    np.cumsum(between, out=before[1:])
    first, start, end = before[of_place].reshape(3, -1)
    return replace(hits, start=start - first, end=end - first)
