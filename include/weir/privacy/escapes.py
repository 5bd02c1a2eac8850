r"""Cells of JSON text as their reader sees them: `\u0031` as `1`, `\n` as the end of a line.

A cell whose first visible character opens an object, an array or a string is taken for JSON, cut
off or not. All its escapes are resolved at once, wherever they stand, so depth costs nothing; text
that holds JSON text in turn is resolved again, level by level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from weir.privacy.cells import Cells, distinct
from weir.privacy.hits import Hits

AnyHits = TypeVar("AnyHits", bound=Hits)

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_BACKSLASH, _U = ord("\\"), ord("u")
_JSON = r"\A(?:\xEF\xBB\xBF)?[\x00- ]*[\[{\"]"
_SIMPLE = np.full(256, -1, np.int64)
_SIMPLE[list(b'"\\/bfnrt')] = list(b'"\\/\b\f\n\r\t')
_HEX = np.full(256, -1, np.int64)
_HEX[list(b"0123456789abcdef")] = range(16)
_HEX[list(b"ABCDEF")] = range(10, 16)
_HEX_PLACES, _SHORT, _LONG = 4, 2, 6
_HIGH, _LOW, _AFTER_SURROGATES = 0xD800, 0xDC00, 0xE000
_REPLACEMENT = 0xFFFD
_UTF8_STEPS = (0x80, 0x800, 0x10000)
_UTF8_LEADS = np.array([0, 0, 0xC0, 0xE0, 0xF0], np.int64)
_PADDING = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Unescaped:
    """The cells at `numbers` of a piece, with their escapes resolved.

    Escape `i` is the bytes `starts[i]` to `ends[i]` of all those cells as given, and the bytes
    `new_starts[i]` to `new_ends[i]` as resolved.
    """

    numbers: Ints
    cells: Cells
    given_offsets: Ints
    starts: Ints
    ends: Ints
    new_starts: Ints
    new_ends: Ints

    @classmethod
    def of(cls, cells: Cells, numbers: Ints) -> Unescaped | None:
        """The cells at `numbers`; None when they have no escapes."""
        if not len(numbers):
            return None
        given = Cells.of(cells.taken(numbers))
        starts, ends, points = _escapes(given)
        if not len(starts):
            return None
        widths = np.searchsorted(_UTF8_STEPS, points, side="right") + 1
        grown = np.concatenate([[0], np.cumsum(widths - (ends - starts))])
        new_starts = starts + grown[:-1]
        data = _resolved(given.data, starts, ends, new_starts, points)
        before = np.searchsorted(starts, given.offsets)
        return cls(
            numbers=numbers,
            cells=Cells(data=data, offsets=given.offsets + grown[before]),
            given_offsets=given.offsets,
            starts=starts,
            ends=ends,
            new_starts=new_starts,
            new_ends=new_starts + widths,
        )

    def in_source(self, hits: AnyHits) -> AnyHits:
        """`hits` in `self.cells` as hits in the piece; an escape that a hit touches is part of
        it."""
        base = self.cells.offsets[hits.cell]
        starts = self._given(base + hits.start, end=False) - self.given_offsets[hits.cell]
        ends = self._given(base + hits.end, end=True) - self.given_offsets[hits.cell]
        return replace(hits, cell=self.numbers[hits.cell], start=starts, end=ends)

    def _given(self, places: Ints, *, end: bool) -> Ints:
        if end:
            # The last escape that begins before the end.
            nearest = np.searchsorted(self.new_starts, places, side="left") - 1
        else:
            nearest = np.searchsorted(self.new_starts, places, side="right") - 1
        known = np.maximum(nearest, 0)
        behind = places - self.new_ends[known]
        inside = self.ends[known] if end else self.starts[known]
        moved = np.where(behind >= (1 if end else 0), self.ends[known] + behind, inside)
        return np.asarray(np.where(nearest >= 0, moved, places), np.int64)


def resolved(piece: Cells, numbers: Ints) -> Iterator[tuple[Cells, list[Unescaped]]]:
    """The cells at `numbers` with their escapes resolved, and resolved again for as long as that
    leaves escapes, each with the steps that lead back to `piece`."""
    steps: list[Unescaped] = []
    cells = piece
    while (unescaped := Unescaped.of(cells, numbers)) is not None:
        steps.append(unescaped)
        yield unescaped.cells, steps
        cells = unescaped.cells
        numbers = escaped_json(cells)


def origins(steps: list[Unescaped]) -> Ints:
    """The cells, before the first of `steps`, that the last of them resolved."""
    numbers = steps[-1].numbers
    for step in reversed(steps[:-1]):
        numbers = step.numbers[numbers]
    return numbers


def escaped_json(cells: Cells) -> Ints:
    """The cells of JSON with a backslash."""
    places = np.flatnonzero(cells.data == _BACKSLASH)
    if not len(places):
        return places
    holding = distinct(cells.holding(places))
    json = pc.match_substring_regex(cells.taken(holding), _JSON)
    return np.asarray(holding[json.to_numpy(zero_copy_only=False)])


def opens_json(data: Bytes) -> bool:
    """Whether a cell that begins with `data` is taken for JSON."""
    cell = Cells(data=data, offsets=np.array([0, len(data)], np.int64))
    return bool(pc.match_substring_regex(cell.array(), _JSON)[0].as_py())


def _escapes(cells: Cells) -> tuple[Ints, Ints, Ints]:
    """Start, end and code point of every escape."""
    data = np.concatenate([cells.data, np.zeros(_PADDING, np.uint8)])
    places = np.flatnonzero(cells.data == _BACKSLASH)
    holding = cells.holding(places)
    cell_ends = cells.offsets[holding + 1]
    opens = np.ones(len(places), bool)
    opens[1:] = (np.diff(places) != 1) | (np.diff(holding) != 0)
    run = np.flatnonzero(opens)[np.cumsum(opens) - 1]
    leading = (np.arange(len(places)) - run) % 2 == 0
    starts, limits = places[leading], cell_ends[leading]

    kinds = data[starts + 1]
    points, lengths = _SIMPLE[kinds], np.full(len(starts), _SHORT)
    hexadecimal = kinds == _U
    points[hexadecimal] = _code_units(data, starts[hexadecimal] + _SHORT)
    lengths[hexadecimal] = _LONG
    good = (points >= 0) & (starts + lengths <= limits)
    return _paired(starts[good], starts[good] + lengths[good], points[good], limits[good])


def _code_units(data: Bytes, places: Ints) -> Ints:
    """The number in four hexadecimal digits at each place; -1 where there is none."""
    digits = np.stack([_HEX[data[places + place]] for place in range(_HEX_PLACES)])
    value = ((digits[0] * 16 + digits[1]) * 16 + digits[2]) * 16 + digits[3]
    return np.asarray(np.where((digits >= 0).all(0), value, -1))


def _paired(starts: Ints, ends: Ints, points: Ints, limits: Ints) -> tuple[Ints, Ints, Ints]:
    """The same with surrogate pairs as one escape, and lone surrogates as a replacement."""
    surrogate = (points >= _HIGH) & (points < _AFTER_SURROGATES)
    if not surrogate.any():
        return starts, ends, points
    high = surrogate & (points < _LOW)
    low = surrogate & ~high
    first = high[:-1] & low[1:] & (ends[:-1] == starts[1:]) & (limits[:-1] == limits[1:])
    leads = np.flatnonzero(first)
    merged = np.where(surrogate, _REPLACEMENT, points)
    merged[leads] = 0x10000 + ((points[leads] - _HIGH) << 10) + (points[leads + 1] - _LOW)
    ends = ends.copy()
    ends[leads] = ends[leads + 1]
    kept = np.ones(len(starts), bool)
    kept[leads + 1] = False
    return starts[kept], ends[kept], merged[kept]


def _resolved(data: Bytes, starts: Ints, ends: Ints, new_starts: Ints, points: Ints) -> Bytes:
    """`data` with each escape replaced by its character in UTF-8."""
    widths = np.searchsorted(_UTF8_STEPS, points, side="right") + 1
    turns = np.zeros(len(data) + 1, np.int8)
    np.add.at(turns, starts, 1)
    np.add.at(turns, ends, -1)
    outside = np.cumsum(turns[:-1], dtype=np.int8) == 0
    size = len(data) + int((widths - (ends - starts)).sum())
    resolved = np.empty(size, np.uint8)
    old = np.ones(size, bool)
    for place in range(_HEX_PLACES):
        wide = widths > place
        at = new_starts[wide] + place
        shift = 6 * (widths[wide] - 1 - place)
        bits = points[wide] >> shift
        lead = _UTF8_LEADS[widths[wide]]
        resolved[at] = np.where(place > 0, 0x80 | (bits & 0x3F), lead | bits)
        old[at] = False
    resolved[old] = data[outside]
    return resolved
