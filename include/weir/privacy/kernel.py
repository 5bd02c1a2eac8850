"""Detection in whole columns: exactly what `weir.privacy.rules` finds text by text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.privacy.cells import PIECE_BYTES, Cells
from weir.privacy.entities import ENTITIES, Entity
from weir.privacy.hits import Hits
from weir.privacy.normal_cells import NormalCells
from weir.privacy.normal_form import NormalForm
from weir.privacy.run_matcher import Piece, RunMatcher, Spans
from weir.privacy.searcher import Searcher
from weir.privacy.shapes import Runs

Ints = npt.NDArray[np.int64]

_WINDOW_BYTES = 8 * PIECE_BYTES
_OVERLAP_BYTES = 1024
_LENGTH_BITS, _ENTITY_BITS = 16, 8


class Kernel:
    """Detection by `entities` over Arrow columns of text."""

    def __init__(self, entities: Sequence[Entity] = ENTITIES) -> None:
        self.entities = tuple(sorted(entities, key=lambda entity: entity.rank))
        self._normal_form = NormalForm(
            mark for entity in self.entities for mark in entity.shape.marks
        )
        self._runs: dict[int, RunMatcher] = {}
        self._searches: dict[int, Searcher] = {}
        for number, entity in enumerate(self.entities):
            if isinstance(entity.shape, Runs):
                self._runs[number] = RunMatcher(entity.shape, entity.check)
            else:
                self._searches[number] = Searcher(entity.shape)

    def find(self, array: pa.Array) -> Hits:
        """Every identifier in a string or binary array, ordered by cell and place.

        Null cells hold nothing. Bytes that are no UTF-8 stand in no identifier.
        """
        return self.survey(array)[0]

    def survey(self, array: pa.Array) -> tuple[Hits, Ints]:
        """`find`, and per entity how many values had its shape, check digits aside."""
        parts = []
        shaped = np.zeros(len(self.entities), np.int64)
        for first, cells in Cells.of(array).pieces():
            hits, in_piece = self._find_in(cells)
            parts.append(hits.moved(first))
            shaped += in_piece
        hits = Hits.joined(parts)
        if array.null_count and len(hits):
            valid = array.is_valid().to_numpy(zero_copy_only=False)
            hits = hits.where(valid[hits.cell])
        return hits, shaped

    def _find_in(self, cells: Cells) -> tuple[Hits, Ints]:
        hits, shaped = self._find_plain(cells)
        normal = NormalCells.of(cells, self._normal_form)
        if normal is None:
            return hits, shaped
        in_normal, shaped_too = self._find_plain(normal.cells)
        unchanged = hits.where(~np.isin(hits.cell, normal.numbers))
        whole = Hits.joined([unchanged, normal.in_source(in_normal)])
        return whole.ordered(), shaped + shaped_too

    def _find_plain(self, cells: Cells) -> tuple[Hits, Ints]:
        """What the bytes hold as they are, normal form aside."""
        found = [
            (number, window.kept(matcher.match(window.piece)))
            for window in _windows(cells)
            for number, matcher in self._runs.items()
        ]
        found += [(number, searcher.match(cells)) for number, searcher in self._searches.items()]
        shaped = np.zeros(len(self.entities), np.int64)
        for number, spans in found:
            shaped[number] += spans.shaped
        return _arbitrated([item for item in found if len(item[1].starts)], cells), shaped


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """A stretch of bytes; only matches that start in `own` count, its neighbours see the rest."""

    piece: Piece
    offset: int
    own: range

    def kept(self, spans: Spans) -> Spans:
        starts, ends = spans.starts + self.offset, spans.ends + self.offset
        kept = (starts >= self.own.start) & (starts < self.own.stop)
        return Spans(starts=starts[kept], ends=ends[kept], shaped=spans.shaped)


def _windows(cells: Cells) -> Iterator[_Window]:
    """The bytes of `cells` in stretches of bounded size: cells can be larger than memory likes."""
    size = len(cells.data)
    for first in range(0, size, _WINDOW_BYTES):
        own = range(first, min(first + _WINDOW_BYTES, size))
        start, end = max(own.start - _OVERLAP_BYTES, 0), min(own.stop + _OVERLAP_BYTES, size)
        edges = cells.offsets[(cells.offsets >= start) & (cells.offsets <= end)] - start
        yield _Window(piece=Piece(cells.data[start:end], edges), offset=start, own=own)


def _arbitrated(found: list[tuple[int, Spans]], cells: Cells) -> Hits:
    """The matches in order; of those with the same span only the first by rank."""
    if not found:
        return Hits.none()
    starts = np.concatenate([spans.starts for _, spans in found])
    ends = np.concatenate([spans.ends for _, spans in found])
    entities = np.concatenate([np.full(len(spans.starts), number) for number, spans in found])
    if len(found) > 1:
        # One key sorts as the three would, at a third of the price.
        keys = (starts << _LENGTH_BITS + _ENTITY_BITS) | (ends - starts << _ENTITY_BITS) | entities
        order = np.argsort(keys, kind="stable")
        spans_of = keys[order] >> _ENTITY_BITS
        order = order[np.concatenate([[True], spans_of[1:] != spans_of[:-1]])]
        starts, ends, entities = starts[order], ends[order], entities[order]
    holding = cells.holding(starts)
    first = cells.offsets[holding]
    return Hits(entity=entities, cell=holding, start=starts - first, end=ends - first)
