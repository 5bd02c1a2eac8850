"""Which cells hold one of some words: a filter that lets little through and loses nothing.

Characters of three bytes, Han among them, are looked up in tables over the whole buffer at once;
words that begin in ASCII are Arrow's to find.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from weir.privacy.cells import Cells, distinct
from weir.privacy.cues import spelled
from weir.privacy.pieces import Bools, Bytes, Ints

Key = TypeVar("Key")

Points = npt.NDArray[np.uint16]

_FIRST_NON_ASCII = 0x80
_FIRST_LETTER = ord("A")
_LETTERS = frozenset(string.ascii_lowercase)
_WIDTH = 3
_LEAD, _LEAD_BITS = 0xE0, 0xF0
_CODE_POINTS = 1 << 16
_LONGEST = 4


class ThreeByteText:
    """The characters of three bytes in some data: they begin at `places`, and `points[p]` is the
    one that begins at byte `p`, if any does."""

    def __init__(self, data: Bytes) -> None:
        # In place, as new memory costs more than the arithmetic. A lead byte has four bits of the
        # character, which is what the shift leaves of it.
        points = data[:-2].astype(np.uint16)
        points <<= 12
        middle = data[1:-1].astype(np.uint16)
        middle &= 0x3F
        middle <<= 6
        points |= middle
        points |= data[2:] & 0x3F
        self.points: Points = points
        self.places: Ints = np.flatnonzero((data[:-2] & _LEAD_BITS) == _LEAD)
        self._at = self.points.take(self.places).astype(np.intp)
        self._present = np.zeros(_CODE_POINTS, bool)
        self._present[self._at] = True

    @classmethod
    def of(cls, cells: Cells) -> ThreeByteText | None:
        """None for cells in ASCII."""
        data = cells.data
        if len(data) < _WIDTH or int(data.max()) < _FIRST_NON_ASCII:
            return None
        return cls(data)

    def has(self, points: Ints) -> Bools:
        """Which of these characters there are."""
        return self._present.take(points)

    def standing(self, table: Bools) -> Ints:
        """Where a character that the table holds begins."""
        return self.places.take(np.flatnonzero(table.take(self._at)))

    def repeated(self, points: Ints, table: Bools, times: int) -> Ints:
        """Where so many characters in a row are of `points`, those that the table holds."""
        if not self.has(points).any():
            return np.zeros(0, np.int64)
        found = self.standing(table)
        stands = np.zeros(len(self.points) + _WIDTH * times, bool)
        stands[found] = True
        row = np.ones(len(found), bool)
        for place in range(1, times):
            row &= stands.take(found + _WIDTH * place)
        return found[row]


def table_of(characters: Iterable[str]) -> Bools:
    """By code point: whether it is one of `characters`."""
    return _table_of(np.array([ord(character) for character in characters], np.intp))


def _table_of(points: Ints) -> Bools:
    table = np.zeros(_CODE_POINTS, bool)
    table[points] = True
    return table


class Words:
    """Tells which cells may hold one of some words, in any case and however it is joined."""

    def __init__(self, words: Iterable[str]) -> None:
        words = sorted(set(words))
        self._ascii = [
            (frozenset(filter(str.isascii, word.lower())) - {" "}, spelled(word))
            for word in words
            if word[0].isascii()
        ]
        named = frozenset().union(*(characters for characters, _ in self._ascii))
        self._others = [ord(character) for character in named if not character.isalpha()]
        wide = [word for word in words if not word[0].isascii()]
        self._alone = np.array(
            [ord(word[0]) for word in wide if len(word) == 1 or word[1].isascii()], np.intp
        )
        pairs = {_beginning(word) for word in wide if len(word) > 1 and not word[1].isascii()}
        self._beginnings = {
            length: np.array(
                [list(map(ord, text)) for text in sorted(pairs) if len(text) == length], np.intp
            ).reshape(-1, length)
            for length in range(2, _LONGEST + 1)
        }

    def held(self, cells: Cells, text: ThreeByteText | None) -> Ints:
        """The cells that do; `text` is that of the cells."""
        found = [self._held_in_ascii(cells)]
        if text is not None:
            alone = self._alone[text.has(self._alone)]
            if len(alone):
                found.append(cells.holding(text.standing(_table_of(alone))))
            # Of many words few have all their characters anywhere in a column.
            if beginnings := self._possible(text):
                found.append(cells.holding(_standing(beginnings, text)))
        found = [some for some in found if len(some)]
        return distinct(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def _possible(self, text: ThreeByteText) -> list[Ints]:
        """The beginnings, by length, of which all characters are somewhere."""
        possible = (words[text.has(words).all(axis=1)] for words in self._beginnings.values())
        return [words for words in possible if len(words)]

    def _held_in_ascii(self, cells: Cells) -> Ints:
        # Most columns of numbers or Han text have no letters, and many codes only a few.
        present = self._ascii_in(cells.data) if self._ascii else frozenset()
        pattern = "|".join(word for characters, word in self._ascii if characters <= present)
        if not pattern:
            return np.zeros(0, np.int64)
        found = pc.match_substring_regex(cells.array(), pattern, ignore_case=True)
        return np.flatnonzero(found.to_numpy(zero_copy_only=False))

    def _ascii_in(self, data: Bytes) -> frozenset[str]:
        """The letters in `data`, in lower case, and what else of ASCII is in a word."""
        return ascii_letters(data) | {chr(o) for o in self._others if (data == o).any()}


class WordSets(Generic[Key]):
    """Tells of which sets of words, by their keys, one may stand somewhere."""

    def __init__(self, sets: Mapping[Key, Iterable[str]]) -> None:
        self._keys = list(sets)
        self._letters = []
        wide = []
        for number, words in enumerate(sets.values()):
            for word in words:
                if word[0].isascii():
                    self._letters.append((_LETTERS & set(word.lower()), number))
                else:
                    head = _beginning(word)
                    wide.append([number, *map(ord, head.ljust(_LONGEST, head[0]))])
        table = np.array(wide, np.intp).reshape(-1, 1 + _LONGEST)
        self._numbers, self._points = table[:, 0], table[:, 1:]

    def possible(self, letters: frozenset[str], text: ThreeByteText | None) -> set[Key]:
        """The sets with a word all characters of which there are; of ASCII, `letters` are, in lower
        case."""
        found = {number for of_word, number in self._letters if of_word <= letters}
        if text is not None:
            found.update(self._numbers[text.has(self._points).all(axis=1)].tolist())
        return {self._keys[number] for number in found}


def ascii_letters(data: Bytes) -> frozenset[str]:
    """Those in `data`, in lower case."""
    some = data[(data >= _FIRST_LETTER) & (data < _FIRST_NON_ASCII)]
    found = np.flatnonzero(np.bincount(some)).tolist() if len(some) else []
    return frozenset(map(str.lower, map(chr, found)))


def _standing(beginnings: list[Ints], text: ThreeByteText) -> Ints:
    """Where a word begins, by its first characters."""
    first, second = (
        _table_of(np.concatenate([words[:, n] for words in beginnings])) for n in (0, 1)
    )
    places = text.standing(first)
    places = places[second.take(text.points.take(places + _WIDTH, mode="clip"))]
    begins = np.zeros(len(places), bool)
    points = [
        text.points.take(places + _WIDTH * n, mode="clip").astype(np.uint64)
        for n in range(max(words.shape[1] for words in beginnings))
    ]
    for words in beginnings:
        length = words.shape[1]
        begins |= np.isin(_codes(points[:length]), _codes([*words.astype(np.uint64).T]))
    return places[begins]


def _codes(characters: list[npt.NDArray[np.uint64]]) -> npt.NDArray[np.uint64]:
    """The characters at the same place of each, as one number."""
    codes = characters[0]
    for following in characters[1:]:
        codes = codes << np.uint64(16) | following
    return codes


def _beginning(word: str) -> str:
    """Its first characters, as many as one number holds, up to the first in ASCII."""
    head = "".join(c if not c.isascii() else "\0" for c in word).partition("\0")[0]
    return head[:_LONGEST]
