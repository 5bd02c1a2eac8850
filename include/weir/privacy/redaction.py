"""Identifiers in text replaced by the names of their types: `<CN_MOBILE>`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from weir.privacy.cells import Cells
from weir.privacy.detector import table_kernel
from weir.privacy.hits import Hits

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


def redact(array: pa.Array) -> pa.Array:
    """`array` (string or large_string) with every identifier replaced by `<TYPE>`.

    Of identifiers that overlap, the longest names what replaces them all. Everything else, nulls
    included, stays as it is, and nothing is found in the result.
    """
    kernel = table_kernel()
    hits = kernel.find(array)
    if not len(hits):
        return array
    touched, places = np.unique(hits.cell, return_inverse=True)
    cells = Cells.of(Cells.of(array).taken(touched))
    spans = _merged(hits, cells.offsets[places])
    labels = [f"<{entity.name}>".encode() for entity in kernel.entities]
    replaced = _replaced(cells, spans, labels).array(array.type)
    mask = np.zeros(len(array), bool)
    mask[touched] = True
    # A label ends what was glued to the word it replaced, and so can uncover an identifier.
    return pc.replace_with_mask(array, pa.array(mask), redact(replaced))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spans:
    """Stretches of bytes that do not overlap, in order, and the label that replaces each."""

    starts: Ints
    ends: Ints
    labels: Ints


def _merged(hits: Hits, offsets: Ints) -> _Spans:
    """The stretches that `hits` cover; the longest hit of each gives the label."""
    starts, ends = offsets + hits.start, offsets + hits.end
    reach = np.maximum.accumulate(ends)
    opens = np.concatenate([[True], starts[1:] >= reach[:-1]])
    stretch = np.cumsum(opens) - 1
    first = np.flatnonzero(opens)
    by_length = np.lexsort((hits.entity, starts - ends, stretch))
    longest = by_length[np.searchsorted(stretch[by_length], np.arange(len(first)))]
    return _Spans(
        starts=starts[first],
        ends=np.maximum.reduceat(ends, first),
        labels=hits.entity[longest],
    )


def _replaced(cells: Cells, spans: _Spans, labels: list[bytes]) -> Cells:
    """`cells` with the bytes of each span replaced by its label."""
    texts = Cells.joined(labels)
    widths = texts.lengths()[spans.labels]
    removed = np.concatenate([[0], np.cumsum(spans.ends - spans.starts)])
    added = np.concatenate([[0], np.cumsum(widths)])

    within = np.arange(added[-1]) - np.repeat(added[:-1], widths)
    new = np.repeat(spans.starts - removed[:-1] + added[:-1], widths) + within
    data = np.empty(len(cells.data) - removed[-1] + added[-1], np.uint8)
    old = np.ones(len(data), bool)
    old[new] = False
    data[old] = cells.data[_outside(spans, len(cells.data))]
    data[new] = texts.data[np.repeat(texts.offsets[spans.labels], widths) + within]

    before = np.searchsorted(spans.starts, cells.offsets)
    return Cells(data=data, offsets=cells.offsets - removed[before] + added[before])


def _outside(spans: _Spans, size: int) -> npt.NDArray[np.bool_]:
    """By byte: whether no span covers it."""
    turns = np.zeros(size + 1, np.int8)
    turns[spans.starts] += 1
    turns[spans.ends] -= 1
    return np.asarray(np.cumsum(turns, dtype=np.int8)[:size] == 0)
