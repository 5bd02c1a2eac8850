"""Cells that differ from their normal form: full-width digits and the like. Few, so taken apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from weir.privacy.cells import Cells, distinct
from weir.privacy.han_words import ThreeByteText, table_of
from weir.privacy.hits import Hits
from weir.privacy.normal_form import FEWEST_NUMERALS, NUMERALS, NormalForm

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_TEXT = ("utf-8", "surrogateescape")
_FIRST_NON_ASCII = 0x80
_UTF8_STEPS = (0x80, 0x800, 0x10000)
_ESCAPED = range(0xDC80, 0xDD00)
_LAST_CODE_POINT = 0x10FFFF
_SEPARATOR = b"\n"
_LEADS_AT_ONCE = 1 << 18
_THREE_BYTES = 1 << 16
_NUMERALS = table_of(NUMERALS)
_NUMERAL_POINTS = np.flatnonzero(_NUMERALS)
_FIRST_LEAD, _FIRST_OF_THREE, _FIRST_OF_FOUR = 0xC0, 0xE0, 0xF0


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalCells:
    """The cells at `numbers` of a piece, in normal form.

    Character `i` of them all ends at byte `source_ends[i]` of the texts as given and at byte
    `normal_ends[i]` of their normal forms; both count a separator behind every cell, so that
    broken UTF-8 cannot flow from one into the next. `cells` are without it.
    """

    numbers: Ints
    cells: Cells
    source_offsets: Ints
    source_ends: Ints
    normal_ends: Ints

    @classmethod
    def of(cls, cells: Cells, text: ThreeByteText | None, form: NormalForm) -> NormalCells | None:
        """None when no cell changes. `text` is that of the cells."""
        numbers = _changing(cells, text, form)
        if not len(numbers):
            return None
        texts = [cells.text(number) for number in numbers.tolist()]
        source = Cells.joined([raw + _SEPARATOR for raw in texts])
        source_text = source.data.tobytes().decode(*_TEXT)
        normal_text = form.text(source_text)
        source_ends, normal_ends = _ends(source_text, normal_text, form)
        stops = normal_ends[np.searchsorted(source_ends, source.offsets[1:])]
        # Without the separators, or no cell would end where its text does.
        normal = Cells(
            data=np.delete(np.frombuffer(normal_text.encode(*_TEXT), np.uint8), stops - 1),
            offsets=np.concatenate([[0], stops - np.arange(1, len(stops) + 1)]),
        )
        return cls(
            numbers=numbers,
            cells=normal,
            source_offsets=source.offsets,
            source_ends=source_ends,
            normal_ends=normal_ends,
        )

    def in_source(self, hits: Hits) -> Hits:
        """`hits` in `self.cells` as hits in the piece, by the bytes they came from."""
        base = self.cells.offsets[hits.cell] + hits.cell
        first = np.searchsorted(self.normal_ends, base + hits.start, side="right")
        last = np.searchsorted(self.normal_ends, base + hits.end - 1, side="right")
        starts = np.concatenate([[0], self.source_ends])[first] - self.source_offsets[hits.cell]
        ends = self.source_ends[last] - self.source_offsets[hits.cell]
        return Hits(entity=hits.entity, cell=self.numbers[hits.cell], start=starts, end=ends)


def _ends(text: str, normal: str, form: NormalForm) -> tuple[Ints, Ints]:
    """Where each character of `text` ends, in bytes, and where its normal form does."""
    points = _points(text)
    gone = np.flatnonzero(form.changing.take(points))
    kept = np.ones(len(points), bool)
    kept[gone[[not form.changes[point] for point in points[gone].tolist()]]] = False
    widths = np.zeros(len(points), np.uint8)
    widths[kept] = _widths(_points(normal))
    return np.cumsum(_widths(points), dtype=np.int64), np.cumsum(widths, dtype=np.int64)


def _points(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _widths(points: npt.NDArray[np.uint32]) -> Bytes:
    """The bytes that each character takes in UTF-8; a byte that is none of it takes one."""
    widths = np.ones(len(points), np.uint8)
    for step in _UTF8_STEPS:
        widths += points >= step
    widths[(points >= _ESCAPED.start) & (points < _ESCAPED.stop)] = 1
    return widths


def _changing(cells: Cells, text: ThreeByteText | None, form: NormalForm) -> Ints:
    """The cells with something that changes."""
    none = np.zeros(0, np.int64)
    if len(cells.data) == 0 or int(cells.data.max()) < _FIRST_NON_ASCII:
        return none
    data = cells.data
    leads = np.flatnonzero(
        ((data >= _FIRST_LEAD) & (data < _FIRST_OF_THREE)) | (data >= _FIRST_OF_FOUR)
        if text is not None
        else data >= _FIRST_LEAD
    )
    padded = np.concatenate([data, np.zeros(3, np.uint8)]) if len(leads) else data
    found = [
        cells.holding(some[form.changing.take(_code_points(padded, some))])
        for first in range(0, len(leads), _LEADS_AT_ONCE)
        for some in [leads[first : first + _LEADS_AT_ONCE]]
    ]
    if text is not None:
        if text.has(form.changing_of_three).any():
            found.append(cells.holding(text.standing(form.changing[:_THREE_BYTES])))
        numerals = text.repeated(_NUMERAL_POINTS, _NUMERALS, FEWEST_NUMERALS)
        found.append(cells.holding(numerals))
    return distinct(np.concatenate([none, *found]))


def _code_points(data: Bytes, leads: Ints) -> Ints:
    """The characters that begin at `leads`, each with a byte above ASCII; of broken UTF-8, any."""
    one, two, three, four = (data.take(leads + k).astype(np.int64) for k in range(4))
    two, three, four = two & 0x3F, three & 0x3F, four & 0x3F
    points = np.where(
        one < 0xE0,  # noqa: PLR2004 — the lead bytes of UTF-8
        (one & 0x1F) << 6 | two,
        np.where(
            one < 0xF0,  # noqa: PLR2004 — as above
            (one & 0x0F) << 12 | two << 6 | three,
            (one & 0x07) << 18 | two << 12 | three << 6 | four,
        ),
    )
    return np.minimum(points, _LAST_CODE_POINT)
