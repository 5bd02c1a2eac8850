"""Vectorised matching of run-shaped identifiers over the bytes of many cells at once.

The letters and digits of a piece fall into maximal runs. A form takes the runs of its first
length, then drops those whose next mark, next run, character classes and check digit do not fit:
each step is one array operation over the candidates that are left, and few are left after the
first. Nothing is done cell by cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from weir.privacy.check_digits import Check
from weir.privacy.shapes import Form, Mark, Run, Runs

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_PADDING = 4
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
        alnum = _alnum(data)
        opens, closes = alnum.copy(), alnum.copy()
        opens[1:] &= ~alnum[:-1] | self.edge[1:size]
        closes[:-1] &= ~alnum[1:] | self.edge[1:size]
        self.starts: Ints = np.flatnonzero(opens)
        self.ends: Ints = np.flatnonzero(closes) + 1
        self.lengths: Bytes = np.minimum(self.ends - self.starts, 255).astype(np.uint8)
        self.ascii = size == 0 or int(data.max()) < _FIRST_NON_ASCII
        self._of_length: dict[tuple[int, int], Ints] = {}

    def of_length(self, shortest: int, longest: int) -> Ints:
        """The runs of `shortest` to `longest` characters."""
        if (shortest, longest) not in self._of_length:
            chosen = self.lengths == shortest
            if longest > shortest:
                chosen = (self.lengths >= shortest) & (self.lengths <= longest)
            self._of_length[shortest, longest] = np.flatnonzero(chosen)
        return self._of_length[shortest, longest]


class RunMatcher:
    """Finds the identifiers of one run-shaped type in pieces."""

    def __init__(self, shape: Runs, check: Check | None) -> None:
        self._forms = [_FormMatcher(form, shape.apart_from) for form in shape.forms]
        self._check = check

    def match(self, piece: Piece) -> Spans:
        found = [spans for form in self._forms for spans in [form.match(piece)] if len(spans[0])]
        if not found:
            return Spans.none()
        starts = np.concatenate([of_form[0] for of_form in found])
        ends = np.concatenate([of_form[1] for of_form in found])
        if len(found) > 1:
            starts, first = np.unique(starts, return_index=True)
            ends = ends[first]
        shaped = len(starts)
        if self._check:
            good = _passing(piece, starts, ends, self._check)
            starts, ends = starts[good], ends[good]
        return Spans(starts=starts, ends=ends, shaped=shaped)


class _FormMatcher:
    """Finds one form in pieces."""

    def __init__(self, form: Form, apart_from: str) -> None:
        self._apart_from = _table(frozenset(apart_from)) if apart_from else None
        elements = form.elements
        self._runs = [element for element in elements if isinstance(element, Run)]
        self._first = self._runs[0]
        place = elements.index(self._first)
        self._before = [_MarkSet(mark) for mark in elements[:place] if isinstance(mark, Mark)]
        self._after = [
            element if isinstance(element, Run) else _MarkSet(element)
            for element in elements[place + 1 :]
        ]
        self._ascii = all(
            any(character.isascii() for character in element.characters)
            for element in elements
            if isinstance(element, Mark)
        )

    def match(self, piece: Piece) -> tuple[Ints, Ints]:
        """Starts and ends of every match; check digits are not looked at."""
        if piece.ascii and not self._ascii:
            return _NOWHERE, _NOWHERE
        runs = piece.of_length(self._first.shortest, self._first.longest)
        runs = runs[_table(self._first.positions[0]).take(piece.data.take(piece.starts.take(runs)))]
        if not len(runs):
            return _NOWHERE, _NOWHERE
        runs, starts = self._leading_marks(piece, runs)
        if self._apart_from is not None:
            before = piece.data.take(starts - 1, mode="wrap")
            apart = piece.edge.take(starts) | ~self._apart_from.take(before)
            runs, starts = runs[apart], starts[apart]
        runs, starts, ends = self._following(piece, runs, starts)
        if self._apart_from is not None:
            apart = piece.edge.take(ends) | ~self._apart_from.take(piece.data.take(ends))
            runs, starts, ends = runs[apart], starts[apart], ends[apart]
        for number, run in enumerate(self._runs):
            for place, allowed in enumerate(run.positions):
                if not len(runs):
                    return _NOWHERE, _NOWHERE
                at = piece.starts.take(runs + number)
                good = _table(allowed).take(piece.data.take(at + place))
                if place >= run.shortest:
                    good |= piece.lengths.take(runs + number) <= place
                if not good.all():
                    runs, starts, ends = runs[good], starts[good], ends[good]
        return starts, ends

    def _leading_marks(self, piece: Piece, runs: Ints) -> tuple[Ints, Ints]:
        starts = piece.starts.take(runs)
        for mark in reversed(self._before):
            widths = mark.widths_before(piece, starts)
            good = widths > 0
            runs, starts = runs[good], (starts - widths)[good]
        return runs, starts

    def _following(self, piece: Piece, runs: Ints, starts: Ints) -> tuple[Ints, Ints, Ints]:
        ends = piece.ends.take(runs)
        number = 0
        for element in self._after:
            if isinstance(element, Run):
                number += 1
                known = runs + number < len(piece.starts)
                following = np.where(known, runs + number, 0)
                lengths = piece.lengths.take(following)
                good = known & (piece.starts.take(following) == ends) & ~piece.edge.take(ends)
                good &= (lengths >= element.shortest) & (lengths <= element.longest)
                ends = piece.ends.take(following)
            else:
                widths = element.widths_after(piece, ends)
                good = widths > 0
                ends = ends + widths
            runs, starts, ends = runs[good], starts[good], ends[good]
            if not len(runs):
                break
        return runs, starts, ends


class _MarkSet:
    """One character out of a set, found by the bytes of its UTF-8 form."""

    def __init__(self, mark: Mark) -> None:
        codes: dict[int, list[int]] = {}
        for character in mark.characters:
            code = character.encode()
            codes.setdefault(len(code), []).append(int.from_bytes(code, "big"))
        self._codes = {width: np.array(sorted(of_width)) for width, of_width in codes.items()}

    def widths_after(self, piece: Piece, places: Ints) -> Ints:
        """The bytes of the mark that stands at each place, in the cell of the byte before it;
        0 where there is none."""
        found = np.zeros(len(places), np.int64)
        for width, codes in self._codes.items():
            found[self._stands(piece, places, codes, width, edges=range(width))] = width
        return found

    def widths_before(self, piece: Piece, places: Ints) -> Ints:
        """The same for the mark that ends at each place, in the cell of the byte after it."""
        found = np.zeros(len(places), np.int64)
        for width, codes in self._codes.items():
            good = places >= width
            at = np.where(good, places - width, 0)
            good &= self._stands(piece, at, codes, width, edges=range(1, width + 1))
            found[good] = width
        return found

    @staticmethod
    def _stands(piece: Piece, at: Ints, codes: Ints, width: int, edges: range) -> Bools:
        value = piece.data.take(at).astype(np.int64)
        for place in range(1, width):
            value = (value << 8) | piece.data.take(at + place)
        nearest = np.minimum(np.searchsorted(codes, value), len(codes) - 1)
        good: Bools = codes.take(nearest) == value
        for place in edges:
            good &= ~piece.edge.take(at + place)
        return good


def _passing(piece: Piece, starts: Ints, ends: Ints, check: Check) -> Bools:
    """Which of the candidates satisfy `check`."""
    good = np.zeros(len(starts), bool)
    lengths = ends - starts
    for length in np.unique(lengths):
        chosen = np.flatnonzero(lengths == length)
        windows = np.lib.stride_tricks.sliding_window_view(piece.data, int(length))
        good[chosen] = check.passes(_upper(windows[starts[chosen]]))
    return good


@cache
def _table(characters: frozenset[str]) -> Bools:
    """By byte: whether it is one of `characters`, in either case."""
    table = np.zeros(256, bool)
    for character in characters:
        table[[ord(character), ord(character.lower())]] = True
    return table


def _alnum(data: Bytes) -> Bools:
    # Unsigned subtraction wraps, so one comparison holds both ends of a range.
    return np.asarray(((data - _ZERO) < _DIGITS) | (((data | _CASE) - _SMALL_A) < _LETTERS))


def _upper(text: Bytes) -> Bytes:
    return np.where((text - _SMALL_A) < _LETTERS, text - _CASE, text)


_NOWHERE: Ints = np.zeros(0, np.int64)
