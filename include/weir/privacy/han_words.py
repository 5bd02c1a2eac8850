"""Which cells hold one of some words: a filter that lets little through and loses nothing.

Characters of three bytes, Han among them, are looked up in tables over the whole buffer at once;
words that begin in ASCII are Arrow's to find.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from weir.privacy.cells import Cells
from weir.privacy.pieces import Bools, Bytes, Ints

Points = npt.NDArray[np.uint16]

_FIRST_NON_ASCII = 0x80
_FIRST_LETTER = ord("A")
_WIDTH = 3
_LEAD, _LEAD_BITS = 0xE0, 0xF0
_CODE_POINTS = 1 << 16
_LONGEST = 4


class ThreeByteText:
    """The characters of three bytes in some data: `points[p]` is the one that begins at byte `p`,
    and nothing where `begins[p]` is false."""

    def __init__(self, data: Bytes) -> None:
        wide = data.astype(np.uint16)
        # A lead byte has four bits of the character, which is what the shift leaves of it.
        points = wide[:-2] << 12 | (wide[1:-1] & 0x3F) << 6 | wide[2:] & 0x3F
        self.points: Points = points.astype(np.uint16, copy=False)
        self.begins: Bools = (data[:-2] & _LEAD_BITS) == _LEAD

    @classmethod
    def of(cls, cells: Cells) -> ThreeByteText | None:
        """None for cells in ASCII."""
        data = cells.data
        if len(data) < _WIDTH or int(data.max()) < _FIRST_NON_ASCII:
            return None
        return cls(data)

    def in_table(self, table: Bools) -> Bools:
        """Where a character that the table holds begins."""
        return np.asarray(table.take(self.points) & self.begins)


def repeated(found: Bools, times: int) -> Ints:
    """Where so many characters in a row are `found`."""
    size = len(found) - _WIDTH * (times - 1)
    if size <= 0:
        return np.zeros(0, np.int64)
    row = found[:size].copy()
    for place in range(1, times):
        row &= found[_WIDTH * place :][:size]
    return np.flatnonzero(row)


def table_of(characters: Iterable[str]) -> Bools:
    """By code point: whether it is one of `characters`."""
    table = np.zeros(_CODE_POINTS, bool)
    table[[ord(character) for character in characters]] = True
    return table


class Words:
    """Tells which cells may hold one of some words, in any case."""

    def __init__(self, words: Iterable[str]) -> None:
        words = sorted(set(words))
        ascii_words = [word for word in words if word[0].isascii()]
        self._ascii = "|".join(map(re.escape, ascii_words)).encode()
        wide = [word for word in words if not word[0].isascii()]
        self._alone = table_of(word[0] for word in wide if len(word) == 1 or word[1].isascii())
        pairs = [word for word in wide if len(word) > 1 and not word[1].isascii()]
        self._firsts = table_of(word[0] for word in pairs)
        self._seconds = table_of(word[1] for word in pairs)
        beginnings = {_beginning(word) for word in pairs}
        self._beginnings = {
            length: np.array([_code(text) for text in beginnings if len(text) == length], np.uint64)
            for length in range(2, _LONGEST + 1)
        }

    def held(self, cells: Cells, text: ThreeByteText | None) -> Ints:
        """The cells that do; `text` is that of the cells."""
        found = [self._held_in_ascii(cells)]
        if text is not None:
            places = np.flatnonzero(text.in_table(self._alone))
            firsts = np.flatnonzero(text.in_table(self._firsts))
            seconds = text.points.take(firsts + _WIDTH, mode="clip")
            firsts = firsts[self._seconds.take(seconds)]
            found += [cells.holding(places), cells.holding(firsts[self._begin_at(firsts, text)])]
        return np.unique(np.concatenate(found))

    def _begin_at(self, places: Ints, text: ThreeByteText) -> Bools:
        """At which of `places` a word begins, by its first characters."""
        begins = np.zeros(len(places), bool)
        code = text.points.take(places).astype(np.uint64)
        for length, codes in self._beginnings.items():
            after = text.points.take(places + _WIDTH * (length - 1), mode="clip")
            code = (code << np.uint64(16)) | after.astype(np.uint64)
            begins |= np.isin(code, codes)
        return begins

    def _held_in_ascii(self, cells: Cells) -> Ints:
        # What words are looked for has letters, and most columns of numbers or Han text have none.
        if not self._ascii or not _has_ascii_letters(cells.data):
            return np.zeros(0, np.int64)
        found = pc.match_substring_regex(cells.array(), self._ascii, ignore_case=True)
        return np.flatnonzero(found.to_numpy(zero_copy_only=False))


def _has_ascii_letters(data: Bytes) -> bool:
    return bool(((data >= _FIRST_LETTER) & (data < _FIRST_NON_ASCII)).any())


def _beginning(word: str) -> str:
    """Its first characters, as many as one number holds, up to the first in ASCII."""
    head = "".join(c if not c.isascii() else "\0" for c in word).partition("\0")[0]
    return head[:_LONGEST]


def _code(text: str) -> int:
    """Its characters as one number."""
    return int.from_bytes(text.encode("utf-16-be"), "big")
