"""The bytes of many cells, cut into runs of letters and digits: what matching works on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from weir.privacy.shapes import GAPS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_PADDING = 64
_LONGEST = 255
_FIRST_NON_ASCII = 0x80
_DIGITS, _LETTERS = 10, 26
_CASE = np.uint8(0x20)
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

    Run `i` is `data[starts[i]:ends[i]]`; `edge[p]` tells whether a cell begins or ends at byte `p`.
    `data` is padded, so that reading a character at any place stays inside.
    """

    def __init__(self, data: Bytes, edges: Ints) -> None:
        size = len(data)
        self.data: Bytes = np.zeros(size + _PADDING, np.uint8)
        self.data[:size] = data
        self.edge: Bools = np.zeros(size + _PADDING, bool)
        self.edge[edges] = True
        self.alnum = _alnum(data)
        opens, closes = self.alnum.copy(), self.alnum.copy()
        opens[1:] &= ~self.alnum[:-1] | self.edge[1:size]
        closes[:-1] &= ~self.alnum[1:] | self.edge[1:size]
        self.starts: Ints = np.flatnonzero(opens)
        self.ends: Ints = np.flatnonzero(closes) + 1
        self.lengths: Bytes = np.minimum(self.ends - self.starts, _LONGEST).astype(np.uint8)
        self.ascii = size == 0 or int(data.max()) < _FIRST_NON_ASCII
        self._of_length: dict[tuple[int, int], Ints] = {}
        self._counts = np.bincount(self.lengths, minlength=_LONGEST + 1).cumsum().tolist()

    def of_length(self, shortest: int, longest: int) -> Ints:
        """The runs of `shortest` to `longest` characters."""
        if self._counts[longest] == self._counts[shortest - 1]:
            return NOWHERE
        if (shortest, longest) not in self._of_length:
            chosen = self.lengths == shortest
            if longest > shortest:
                chosen = (self.lengths >= shortest) & (self.lengths <= longest)
            self._of_length[shortest, longest] = np.flatnonzero(chosen)
        return self._of_length[shortest, longest]

    @cached_property
    def chains(self) -> Chains | None:
        """None where no run is joined to the next."""
        ends, following = self.ends[:-1], self.starts[1:]
        near = np.flatnonzero(following - ends == 1)
        if not len(near):
            return None
        ends, following = ends[near], following[near]
        gaps = _gap_table().take(self.data.take(ends))
        near = near[gaps & ~(self.edge.take(ends) | self.edge.take(following))]
        return Chains(self, near) if len(near) else None


class Chains:
    """Runs that a single space or hyphen joins to the next, as in `6222 0210 0111 6245 702`.

    Run `i` of the piece is `characters[begins[i]:begins[i + 1]]`: what joins runs is left out, so
    that a number is in one stretch however it is spaced. `left` is how many characters a chain
    still has from each joined run on.
    """

    def __init__(self, piece: Piece, joined: Ints) -> None:
        self.characters: Bytes = piece.data[: len(piece.alnum)][piece.alnum]
        self.begins: Ints = np.concatenate([[0], np.cumsum(piece.ends - piece.starts)])
        self._joined = joined
        apart = np.ones(len(piece.starts) + 1, bool)
        apart[joined + 1] = False
        behind = np.flatnonzero(apart)
        behind = behind.take(np.searchsorted(behind, joined, side="right"))
        self.left = self.begins.take(behind) - self.begins.take(joined)
        self._of_length: dict[int, tuple[Ints, Ints]] = {}

    def of_length(self, length: int) -> tuple[Ints, Ints]:
        """The first and the last of two or more joined runs of `length` characters in all."""
        if length not in self._of_length:
            first = self._joined[self.left >= length]
            total = self.begins.take(first) + length
            behind = np.searchsorted(self.begins, total)
            good = (self.begins.take(behind) == total) & (behind > first + 1)
            self._of_length[length] = first[good], behind[good] - 1
        return self._of_length[length]


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
    return np.where((text - _SMALL_A) < _LETTERS, text - _CASE, text)


def _alnum(data: Bytes) -> Bools:
    # Unsigned subtraction wraps, so one comparison holds both ends of a range.
    return np.asarray(((data - _ZERO) < _DIGITS) | (((data | _CASE) - _SMALL_A) < _LETTERS))


NOWHERE: Ints = np.zeros(0, np.int64)
