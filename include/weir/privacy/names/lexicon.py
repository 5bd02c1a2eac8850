"""What is known of characters and words: surnames, given names, regions, common words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from weir.privacy.names.symbols import (
    DIGIT,
    DOT,
    LETTER,
    RARE_HAN,
    SPACE,
    Ints,
    Symbols,
    separates,
    symbol_of,
)
from weir.privacy.names.word_lists import lists, regions

Hashes = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]

_SYMBOLS = 0x10000
_BITS = 21
_FACTOR = np.uint32(0x9E3779B1)
_TIERS = {"rare": 1, "common": 2, "frequent": 3}
_ROLES = ("region_ends", "address_words", "address_units", "firm_ends", "titles")
_NUMERALS = "零一二三四五六七八九十百千两〇"
_BRACKETS = "（）()《》“”\"'【】[]<>"
PAIR, TRIPLE = 2, 3
COMPOUND, SHORT_REGION = 4, 5
_STREET_DIGITS = 9
_LONGEST_REGION = 7
_REGION_ENDS = "省市县区旗州盟镇乡道团场木园"


WordGrades = Mapping[tuple[int, int], Symbols]
"""Common words, a row of symbols each, by length (2 or 3) and grade of use (1 to 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """By place in a stream: the class of the character, of the pair and the triple of characters
    that begin there, and the part it has in the name of a region."""

    character: Bytes
    pair: Bytes
    triple: Bytes
    region: Bytes


class Lexicon:
    """Look-ups for whole streams."""

    def __init__(self, words: WordGrades) -> None:
        self._characters = _character_classes()
        self._pairs = np.zeros(1 << _BITS, np.uint8)
        self._triples = np.zeros(1 << _BITS, np.uint8)
        tables = {PAIR: self._pairs, TRIPLE: self._triples}
        for length, grade in sorted(words):
            tables[length][_place(_hashed(words[length, grade]))] = grade
        # Not the kept copy: 8 MB that nothing but these tables needs.
        names = regions.__wrapped__()
        short = [name[:-1] for code, name in names.items() if len(code) < _STREET_DIGITS]
        _enter(self._pairs, (name for name in short if len(name) == PAIR), SHORT_REGION)
        compound = lists()["surnames"]["compound"].split()
        _enter(self._pairs, (name for name in compound if len(name) == PAIR), COMPOUND)
        self._regions = np.zeros(1 << _BITS, np.uint8)
        fit = {code: n for code, n in names.items() if PAIR <= len(n) <= _LONGEST_REGION}
        _enter(self._regions, (n for c, n in fit.items() if len(c) == _STREET_DIGITS), 2)
        _enter(self._regions, (n for c, n in fit.items() if len(c) < _STREET_DIGITS), 1)
        self._region_ends = np.zeros(_SYMBOLS, bool)
        self._region_ends[[ord(end) for end in _REGION_ENDS]] = True

    def traits(self, symbols: Symbols) -> Traits:
        pair = np.zeros(len(symbols), np.uint8)
        triple = np.zeros(len(symbols), np.uint8)
        value = _step(np.uint32(0), symbols)
        value = _step(value[:-1], symbols[1:])
        pair[:-1] = self._pairs.take(_place(value))
        triple[:-2] = self._triples.take(_place(_step(value[:-1], symbols[2:])))
        return Traits(
            character=self._characters.take(symbols),
            pair=pair,
            triple=triple,
            region=self._region_parts(symbols),
        )

    def _region_parts(self, symbols: Symbols) -> Bytes:
        """0 outside of names of regions; 1 at the beginning, 2 inside and 3 at the end of a wide
        one; 4, 5 and 6 of a town or street."""
        parts = np.zeros(len(symbols), np.uint8)
        all_ends = np.flatnonzero(self._region_ends.take(symbols)) + 1
        bounds = np.flatnonzero(separates().take(symbols))
        bounds = np.concatenate([[-1], bounds])
        room = all_ends - 1 - bounds[np.searchsorted(bounds, all_ends) - 1]
        for length in range(2, _LONGEST_REGION + 1):
            ends = all_ends[room >= length]
            value = np.zeros(len(ends), np.uint32)
            for step in range(length):
                value = _step(value, symbols[ends - length + step])
            level = self._regions.take(_place(value))
            found = ends[level > 0]
            base = (level[level > 0] - 1) * 3
            for step in range(1, length - 1):
                parts[found - 1 - step] = base + 2
            parts[found - length] = base + 1
            parts[found - 1] = base + 3
        return parts


def _hashed(rows: Symbols) -> Hashes:
    value = np.zeros(len(rows), np.uint32)
    for column in rows.T:
        value = _step(value, column)
    return value


def _step(value: Hashes | np.uint32, symbols: Symbols) -> Hashes:
    mixed = (value ^ symbols.astype(np.uint32)) * _FACTOR
    mixed ^= mixed >> np.uint32(15)
    return mixed


def _place(value: Hashes) -> Hashes:
    return value & np.uint32((1 << _BITS) - 1)


def _enter(table: Bytes, words: Iterable[str], grade: int) -> None:
    by_length: dict[int, list[str]] = {}
    for word in words:
        by_length.setdefault(len(word), []).append(word)
    for length, some in by_length.items():
        table[_place(_hashed(rows_of(some, length)))] = grade


def rows_of(words: Sequence[str], length: int) -> Symbols:
    """Words of one length as rows of symbols."""
    points = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    return symbol_of().take(points).reshape(-1, length)


def _character_classes() -> Bytes:
    """Surname (4) × given name (3) × role (16), as one number by symbol."""
    known = lists()
    surname, given, role = (np.zeros(_SYMBOLS, np.uint8) for _ in range(3))
    for tier, grade in _TIERS.items():
        surname[_points(known["surnames"][tier])] = grade
    for pool in known["given"].values():
        places = np.unique(_points(pool))
        given[places] = np.minimum(given[places] + 1, 2)
    for number, name in enumerate(_ROLES, 1):
        role[_points(known["marks"][name])] = number
    first = len(_ROLES) + 1
    role[_points(_NUMERALS)] = first
    role[_points(_BRACKETS)] = first + 1
    for number, symbol in enumerate((LETTER, DIGIT, DOT, SPACE, RARE_HAN), first + 2):
        role[symbol] = number
    role[separates()] = first + 7
    role[_points("-－—~")] = first + 8
    role[_points("*×某")] = first + 9
    return np.asarray((surname * 3 + given) * 16 + role, np.uint8)


def _points(characters: str) -> Ints:
    return np.array([ord(character) for character in characters], np.int64)
