"""The bytes of many cells, cut into runs of letters and digits: what matching works on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from weir.privacy.cells import common_width, distinct
from weir.privacy.shapes import GAPS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Sorts = npt.NDArray[np.uint16]

MIXED = 4
"""The kind of a run that is not a few letters and then digits, from `0` letters to `MIXED - 1`."""

SHORTEST_SPACED = 15
"""The fewest characters of a form that may have gaps in it."""

_PADDING = 64
_LONGEST = 255
_FIRST_NON_ASCII = 0x80
_DIGITS, _LETTERS = 10, 26
_CASE = np.uint8(0x20)
LENGTHS = _LONGEST + 1
SORTS = (MIXED + 1) * LENGTHS
_NINE = np.uint8(ord("9"))
_ZERO, _SMALL_A = np.uint8(ord("0")), np.uint8(ord("a"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Matches by their first byte and the byte behind their last. `shaped` counts the candidates
    of the right shape, whether or not their check digit holds."""

    starts: Ints
    ends: Ints
    shaped: int

    @classmethod
    def none(cls) -> Spans:
        return cls(starts=np.zeros(0, np.int64), ends=np.zeros(0, np.int64), shaped=0)

    @classmethod
    def joined(cls, parts: list[Spans]) -> Spans:
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.none()
        return cls(
            starts=np.concatenate([part.starts for part in parts]),
            ends=np.concatenate([part.ends for part in parts]),
            shaped=sum(part.shaped for part in parts),
        )

    def where(self, chosen: Bools) -> Spans:
        """Those `chosen`, and no candidates beside them."""
        starts = self.starts[chosen]
        return Spans(starts=starts, ends=self.ends[chosen], shaped=len(starts))


class Piece:
    """The bytes of some cells, cut into runs.

    Run `i` is `data[starts[i]:ends[i]]`, and `sorts[i]` its kind and length: how many letters it
    begins with, up to three, and has digits behind, or `MIXED` for what is neither. `edge[p]` tells
    whether a cell begins or ends at byte `p`. `data` is padded, so that reading a character at any
    place stays inside.
    """

    def __init__(self, data: Bytes, edges: Ints) -> None:
        size = len(data)
        self.data: Bytes = np.zeros(size + _PADDING, np.uint8)
        self.data[:size] = data
        self.edge: Bools = np.zeros(size + _PADDING, bool)
        self.edge[edges] = True
        self.alnum = _alnum(data)
        self.starts, self.ends = self._runs(edges)
        self.sorts = self._sorts()
        self.ascii = size == 0 or int(data.max()) < _FIRST_NON_ASCII
        self._bytes = data.tobytes()
        self._has: dict[int, bool] = {}
        self._of_sort: dict[tuple[int, int, int], tuple[Ints, Ints]] = {}
        counts = np.bincount(self.sorts, minlength=SORTS)
        self._behind = [0, *counts.cumsum().tolist()]
        self.present = frozenset(np.flatnonzero(counts).tolist())

    def of_sort(self, kind: int, shortest: int, longest: int) -> tuple[Ints, Ints]:
        """The runs of a kind and `shortest` to `longest` characters, and where they start."""
        first, last = sort_of(kind, shortest), sort_of(kind, longest)
        if self._behind[last + 1] == self._behind[first]:
            return NOWHERE, NOWHERE
        key = kind, shortest, longest
        if key not in self._of_sort:
            if first == last:
                runs = np.flatnonzero(self.sorts == first)
            else:
                runs = np.flatnonzero((self.sorts >= first) & (self.sorts <= last))
            self._of_sort[key] = runs, self.starts.take(runs)
        return self._of_sort[key]

    def _runs(self, edges: Ints) -> tuple[Ints, Ints]:
        """Where the runs start and end."""
        size, width = len(self.alnum), common_width(edges)
        alike = width > 0 and edges[0] == 0 and edges[-1] == size
        if alike and bool(np.all(self.alnum[width:] == self.alnum[:-width])):
            # Codes, numbers and dates are of one pattern: what the first cell has, all have.
            starts, ends = _bounds(self.alnum[:width])
            cells = edges[:-1, None]
            return (cells + starts).ravel(), (cells + ends).ravel()
        starts, ends = _bounds(self.alnum)
        between = distinct(edges[(edges > 0) & (edges < size)])
        between = between[self.alnum.take(between) & self.alnum.take(between - 1)]
        if len(between):
            # Both are in order, and putting them together costs next to nothing.
            starts = np.sort(np.concatenate([starts, between]), kind="stable")
            ends = np.sort(np.concatenate([ends, between]), kind="stable")
        return starts, ends

    def _sorts(self) -> Sorts:
        """Of each run, what `sort_of` gives for its kind and length."""
        sorts: Sorts = np.minimum(self.ends - self.starts, _LONGEST).astype(np.uint16)
        letters = self.data > _NINE
        letters[: len(self.alnum)] &= self.alnum
        if not len(sorts) or not letters.any():
            return sorts
        # In a run so long that its count wraps no form is looked for.
        kinds = np.add.reduceat(letters.view(np.uint8), self.starts, dtype=np.uint8)
        some = np.flatnonzero(kinds)
        kind = np.minimum(kinds.take(some), MIXED)
        starts = self.starts.take(some)
        for place in range(MIXED - 1):
            kind[(kind > place) & ~letters.take(starts + place)] = MIXED
        sorts[some] += kind.astype(np.uint16) * LENGTHS
        return sorts

    @cached_property
    def chains(self) -> Chains | None:
        """None where no runs are joined to enough characters for any form."""
        if not self._has_long_stretch():
            return None
        ends, following = self.ends[:-1], self.starts[1:]
        near = np.flatnonzero(following - ends == 1)
        if not len(near):
            return None
        ends, following = ends[near], following[near]
        gaps = _gap_table().take(self.data.take(ends))
        near = near[gaps & ~(self.edge.take(ends) | self.edge.take(following))]
        return Chains(self, near) if len(near) else None

    def has(self, byte: int) -> bool:
        """Whether it stands anywhere."""
        if byte not in self._has:
            self._has[byte] = byte in self._bytes
        return self._has[byte]

    def _has_long_stretch(self) -> bool:
        """Whether letters, digits and gaps stand in a row for as long as the shortest chain."""
        if not any(self.has(ord(gap)) for gap in GAPS):
            return False
        size = len(self.alnum)
        row = self.alnum.copy()
        for gap in GAPS:
            row |= self.data[:size] == ord(gap)
        row = row[:-1] & row[1:] & ~self.edge[1:size]
        length = 1
        while length < SHORTEST_SPACED:
            # `row` tells where `length + 1` of a cell begin; more are two such that overlap.
            step = min(length, SHORTEST_SPACED - length)
            row = row[:-step] & row[step:]
            length += step
        return bool(row.any())


class Chains:
    """Runs that a single space or hyphen joins to the next, as in `6222 0210 0111 6245 702`.

    Run `i` of the piece is `characters[begins[i]:begins[i + 1]]`: what joins runs is left out, so
    that a number is in one stretch however it is spaced.
    """

    def __init__(self, piece: Piece, joined: Ints) -> None:
        self._piece = piece
        self._joined = joined
        last = np.flatnonzero(np.append(np.diff(joined) != 1, True))
        ends = np.repeat(joined[last] + 1, np.diff(last, prepend=-1))
        gaps = ends - joined
        self._left = piece.ends.take(ends) - piece.starts.take(joined) - gaps
        self._longest = int(self._left.max())
        self._of_length: dict[int, tuple[Ints, Ints]] = {}

    @cached_property
    def characters(self) -> Bytes:
        alnum = self._piece.alnum
        return np.asarray(self._piece.data[: len(alnum)][alnum])

    @cached_property
    def begins(self) -> Ints:
        return np.concatenate([[0], np.cumsum(self._piece.ends - self._piece.starts)])

    def of_length(self, length: int) -> tuple[Ints, Ints]:
        """The first and the last of two or more joined runs of `length` characters in all."""
        if length > self._longest:
            return NOWHERE, NOWHERE
        if length not in self._of_length:
            first = self._joined[self._left >= length]
            total = self.begins.take(first) + length
            behind = np.searchsorted(self.begins, total)
            good = (self.begins.take(behind) == total) & (behind > first + 1)
            self._of_length[length] = first[good], behind[good] - 1
        return self._of_length[length]


def _bounds(alnum: Bools) -> tuple[Ints, Ints]:
    """Where stretches of letters and digits start and end."""
    padded = np.zeros(len(alnum) + 2, bool)
    padded[1:-1] = alnum
    bounds = np.flatnonzero(padded[1:] != padded[:-1])
    return bounds[::2].copy(), bounds[1::2].copy()


def sort_of(kind: int, length: int) -> int:
    """The number for runs of a kind and length: by kind, and within it by length."""
    return kind * LENGTHS + length


@cache
def character_table(characters: frozenset[str]) -> Bools:
    """By byte: whether it is one of `characters`, in either case."""
    table = np.zeros(256, bool)
    for character in characters:
        table[[ord(character), ord(character.lower())]] = True
    return table


@cache
def _gap_table() -> Bools:
    return character_table(frozenset(GAPS))


def upper(text: Bytes) -> Bytes:
    return text - ((text - _SMALL_A) < _LETTERS) * _CASE


def _alnum(data: Bytes) -> Bools:
    # Unsigned subtraction wraps, so one comparison holds both ends of a range.
    return np.asarray(((data - _ZERO) < _DIGITS) | (((data | _CASE) - _SMALL_A) < _LETTERS))


NOWHERE: Ints = np.zeros(0, np.int64)
