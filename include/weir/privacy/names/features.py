"""What the model looks at, as places in its table of weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from weir.privacy.names.lexicon import Traits
from weir.privacy.names.symbols import Symbols

Keys = npt.NDArray[np.uint32]

BITS = 19
REACH = 3
"""How far from a character its features look; streams have as many separators at both ends."""

_FIRST, _SECOND, _MIX = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35), np.uint32(0x9E3779B1)
_KIND = 0x632BE5AB
_U32 = 0xFFFFFFFF
_PAIR, _TRIPLE, _REGION, _BYTE = np.uint32(6), np.uint32(4), np.uint32(7), np.uint32(256)
"""How many values a trait has: the class of a pair, of a triple, a part of a region, a class."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Window:
    """Symbols and traits of `size` characters and of `REACH` on both sides."""

    size: int
    symbols: Keys
    classes: Keys
    pairs: Keys
    triples: Keys
    regions: Keys

    def at(self, values: Keys, shift: int = 0) -> Keys:
        """The values of the characters `shift` places on."""
        return values[REACH + shift : REACH + shift + self.size]


def places(symbols: Symbols, traits: Traits, start: int, end: int) -> Iterator[Keys]:
    """For each kind of feature: the row of the table for each character of `start` to `end`."""
    around = slice(start - REACH, end + REACH)
    window = _Window(
        size=end - start,
        symbols=symbols[around].astype(np.uint32),
        classes=traits.character[around].astype(np.uint32),
        pairs=traits.pair[around].astype(np.uint32),
        triples=traits.triple[around].astype(np.uint32),
        regions=traits.region[around].astype(np.uint32),
    )
    kinds = chain(_of_symbols(window), _of_traits(window), _of_both(window))
    for number, keys in enumerate(kinds, 1):
        mixed = (keys + np.uint32(number * _KIND & _U32)) * _MIX
        mixed ^= mixed >> np.uint32(13)
        mixed *= _FIRST
        yield np.right_shift(mixed, np.uint32(32 - BITS), out=mixed)


def _of_symbols(window: _Window) -> Iterator[Keys]:
    at, s = window.at, window.symbols
    two = s[:-1] * _FIRST + s[1:] * _SECOND
    for shift in (0, -1, 1, -2, 2):
        yield at(s, shift)
    for shift in (-1, 0, -2, 1, -3):
        yield at(two, shift)
    yield at(s, -1) * _FIRST + at(s, 1) * _SECOND


def _of_traits(window: _Window) -> Iterator[Keys]:
    at, c, p, t, r = window.at, window.classes, window.pairs, window.triples, window.regions
    two = c[:-1] << np.uint32(8) | c[1:]
    here = at(c)
    yield at(two, -1)
    yield at(two)
    yield at(two, -2) * _FIRST + here
    yield at(two, 1) * _FIRST + here
    yield at(two, -1) * _FIRST + at(c, 1)
    words = p[:-1] * _PAIR + p[1:]
    around = at(words, -2) * _PAIR * _PAIR + at(words)
    yield around
    yield around * _BYTE + here
    long = at(t, -2) * _TRIPLE * _TRIPLE + at(t, -1) * _TRIPLE + at(t)
    yield (long * _PAIR + at(p)) * _PAIR + at(p, -1)
    yield at(window.symbols) * np.uint32(64) + at(p, -1) * _PAIR + at(p)
    regions = (at(r, -1) * _REGION + at(r)) * _REGION + at(r, 1)
    yield regions
    yield (regions * _BYTE + here) * _BYTE + at(c, -1)


def _of_both(window: _Window) -> Iterator[Keys]:
    at, s, c, p = window.at, window.symbols, window.classes, window.pairs
    symbols = s[:-1] * _FIRST + s[1:] * _SECOND
    classes = c[:-1] << np.uint32(8) | c[1:]
    here = at(c)
    yield at(s, -1) * _PAIR * _PAIR + at(p) * _PAIR + at(p, 1)
    yield at(symbols, -2) ^ here * _SECOND
    yield at(symbols, 1) ^ here * _SECOND
    yield at(s, -1) * _SECOND ^ at(classes)
    yield at(s, 1) * _SECOND ^ at(classes, -1)
    yield at(classes, -1) * _SECOND ^ at(classes, 1)
    yield at(classes, -2) * _SECOND ^ at(classes)
    yield at(symbols, -1) * _SECOND ^ at(s, 1)
