"""Cells as one stream of characters in a simple form, with the way back to bytes.

Digits are one symbol and ASCII letters another, in full width too; invisible characters are left
out, so that none can hide a name; traditional characters are their simplified forms.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from weir.privacy.cells import Cells
from weir.privacy.traditional import simplified

Ints = npt.NDArray[np.int64]
Symbols = npt.NDArray[np.uint16]

PAD = 3
"""Separators behind every cell: no character's context reaches into another cell."""

LETTER, DIGIT, DOT, SPACE, RARE_HAN, OTHER = ord("a"), ord("0"), ord("·"), ord(" "), 0xE000, 0xE001
_SEPARATORS = "\n\r\t。；！？，、：;!?,:|…"
_CODE_POINTS = 0x110000
_BMP = 0x10000
_WIDE, _WIDE_SHIFT = range(0xFF01, 0xFF5F), 0xFEE0
_INVISIBLE = (
    *(0xAD, 0x180E, 0xFEFF, *range(0x200B, 0x2010)),
    *(*range(0x202A, 0x202F), *range(0x2060, 0x2065)),
)
_OLD_FORMS = (range(0x2E80, 0x2FD6), range(0xF900, 0xFB00))
_TEXT = ("utf-8", "surrogateescape")
_ESCAPED = range(0xDC80, 0xDD00)
_UTF8_STEPS = (0x80, 0x800, 0x10000)
_NEWLINE = 10


@cache
def symbol_of() -> Symbols:
    """By code point: its symbol; 0 for what is left out."""
    table = np.minimum(np.arange(_CODE_POINTS), RARE_HAN).astype(np.uint16)
    table[0xD800:_BMP] = OTHER
    for wide in _WIDE:
        table[wide] = wide - _WIDE_SHIFT
    for point, simple in simplified().items():
        table[point] = ord(simple)
    for point in (point for span in _OLD_FORMS for point in span):
        form = unicodedata.normalize("NFKC", chr(point))
        table[point] = min(ord(form), RARE_HAN) if len(form) == 1 else OTHER
    table[[*range(0xFF10, 0xFF1A), *range(0x30, 0x3A)]] = DIGIT
    letters = [*range(0x41, 0x5B), *range(0x61, 0x7B)]
    table[letters + [letter + _WIDE_SHIFT for letter in letters]] = LETTER
    table[[ord(dot) for dot in "·•・．‧∙⋅●"]] = DOT
    table[[ord(space) for space in " \u3000\xa0"]] = SPACE
    table[0x1F000:0x1FB00] = OTHER
    table[[0, *_INVISIBLE]] = 0
    return table


@cache
def separates() -> npt.NDArray[np.bool_]:
    """By symbol: whether nothing that is found reaches across it."""
    table = np.zeros(_BMP, bool)
    table[symbol_of()[[ord(separator) for separator in _SEPARATORS]]] = True
    return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The symbols of cells, `PAD` separators before the first and behind each.

    Symbol `i` is character `kept[i]` of `points`; cell `c` begins at byte `offsets[c]` of these.
    """

    symbols: Symbols
    kept: Ints | None
    points: npt.NDArray[np.uint32]
    offsets: Ints

    @classmethod
    def of(cls, cells: Cells) -> Stream:
        offsets = cells.offsets + PAD * np.arange(1, len(cells) + 2)
        data = np.full(offsets[-1], _NEWLINE, np.uint8)
        filled = np.ones(len(data), bool)
        for pad in range(1, PAD + 1):
            filled[offsets - pad] = False
        data[filled] = cells.data
        text = data.tobytes().decode(*_TEXT)
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        symbols = symbol_of().take(points)
        kept = None
        if not symbols.all():
            kept = np.flatnonzero(symbols)
            symbols = symbols[kept]
        return cls(symbols=symbols, kept=kept, points=points, offsets=offsets)

    def segments(self, longest: int) -> tuple[Ints, Ints]:
        """Where stretches without a separator start and end; long ones in parts."""
        inner = np.concatenate([[False], ~separates().take(self.symbols), [False]])
        turns = np.flatnonzero(inner[1:] != inner[:-1])
        starts, ends = turns[::2], turns[1::2]
        parts = -(-(ends - starts) // longest)
        if len(parts) and parts.max() > 1:
            nth = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
            starts, ends = np.repeat(starts, parts) + nth * longest, np.repeat(ends, parts)
            ends = np.minimum(starts + longest, ends)
        return starts, ends

    def in_cells(self, starts: Ints, ends: Ints) -> tuple[Ints, Ints, Ints]:
        """Cells with byte places, of spans of symbols that are not empty."""
        first, last = starts, ends - 1
        if self.kept is not None:
            first, last = self.kept[first], self.kept[last]
        bounds = np.concatenate([[0], np.cumsum(_widths(self.points), dtype=np.int64)])
        begins, stops = bounds[first], bounds[last + 1]
        cells = np.searchsorted(self.offsets, begins, side="right") - 1
        return cells, begins - self.offsets[cells], stops - self.offsets[cells]


def holding_han(cells: Cells) -> Ints:
    """The cells with two Han characters or more: no other can hold what is looked for."""
    leads = (cells.data >= 0xE2) & (cells.data <= 0xF0)  # noqa: PLR2004 — lead bytes of UTF-8
    before = np.searchsorted(np.flatnonzero(leads), cells.offsets)
    return np.flatnonzero(np.diff(before) > 1)


def pieces_of(length: int, size: int) -> Iterator[tuple[int, int]]:
    """`range(length)` in pieces of `size`."""
    for first in range(0, length, size):
        yield first, min(first + size, length)


def _widths(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    widths = np.ones(len(points), np.uint8)
    for step in _UTF8_STEPS:
        widths += points >= step
    widths[(points >= _ESCAPED.start) & (points < _ESCAPED.stop)] = 1
    return widths
