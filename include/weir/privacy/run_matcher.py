"""Vectorised matching of run-shaped identifiers over the bytes of many cells at once.

The letters and digits of a piece fall into maximal runs, sorted once by length and by where they
have letters. A form takes the runs of its first length, then drops those whose characters, next
mark, next run and check digit do not fit: each step is one array operation over the candidates that
are left, and few are left after the first. Nothing is done cell by cell, and nothing is looked at
that the sort of the run tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

from weir.privacy.cells import distinct
from weir.privacy.check_digits import Check
from weir.privacy.pieces import (
    LENGTHS,
    MIXED,
    NOWHERE,
    SHORTEST_SPACED,
    SORTS,
    Bools,
    Bytes,
    Ints,
    Piece,
    Spans,
    character_table,
    sort_of,
    upper,
)
from weir.privacy.shapes import DIGITS, LETTERS, Form, Mark, Run

_LENGTH_BITS = 16


class RunMatcher:
    """Finds the identifiers written in `forms` in pieces."""

    def __init__(self, forms: Iterable[Form], apart_from: str, check: Check | None) -> None:
        forms = tuple(forms)
        self._forms: dict[int, list[_FormMatcher]] = {}
        for form in forms:
            for matcher in _FormMatcher.of(form, apart_from):
                for sort in matcher.sorts:
                    self._forms.setdefault(sort, []).append(matcher)
        self._spaced = [_SpacedMatcher(form, check) for form in forms if form.spaced]
        self._check = check

    def match(self, piece: Piece) -> Spans:
        parts = []
        # Of many forms few are of a sort that is there.
        forms = dict.fromkeys(
            form for sort in self._forms.keys() & piece.present for form in self._forms[sort]
        )
        found = [spans for form in forms for spans in [form.match(piece)] if len(spans[0])]
        if found:
            parts.append(self._checked(piece, found))
        if self._spaced and piece.chains is not None:
            parts += [
                spans for form in self._spaced for spans in [form.match(piece)] if spans.shaped
            ]
        return Spans.joined(parts)

    def _checked(self, piece: Piece, found: list[tuple[Ints, Ints]]) -> Spans:
        starts, ends = found[0]
        if len(found) > 1:
            starts = np.concatenate([of_form[0] for of_form in found])
            ends = np.concatenate([of_form[1] for of_form in found])
            keys = distinct(starts << _LENGTH_BITS | (ends - starts))
            starts = keys >> _LENGTH_BITS
            ends = starts + (keys & ((1 << _LENGTH_BITS) - 1))
        shaped = len(starts)
        if self._check:
            good = _passing(piece.data, starts, ends - starts, self._check)
            starts, ends = starts[good], ends[good]
        return Spans(starts=starts, ends=ends, shaped=shaped)


class _SpacedMatcher:
    """Finds a form with spaces or hyphens between its characters."""

    def __init__(self, form: Form, check: Check | None) -> None:
        (run,) = form.elements
        if not isinstance(run, Run):
            raise TypeError(f"not a single run: {form.text}")
        if run.shortest < SHORTEST_SPACED:
            raise ValueError(f"too short to be spaced: {form.text}")
        self._tables = [character_table(allowed) for allowed in run.positions]
        self._check = check

    def match(self, piece: Piece) -> Spans:
        chains = piece.chains
        length = len(self._tables)
        if chains is None:
            return Spans.none()
        first, last = chains.of_length(length)
        if not len(first):
            return Spans.none()
        begins = chains.begins.take(first)
        for place, table in enumerate(self._tables):
            if not len(first):
                return Spans.none()
            good = table.take(chains.characters.take(begins + place))
            if not good.all():
                first, last, begins = first[good], last[good], begins[good]
        shaped = len(first)
        if self._check and shaped:
            good = _passing(
                chains.characters, begins, np.full(shaped, length, np.int64), self._check
            )
            first, last = first[good], last[good]
        return Spans(starts=piece.starts.take(first), ends=piece.ends.take(last), shaped=shaped)


class _FormMatcher:
    """Finds one form in pieces, where its first run is of one kind."""

    @classmethod
    def of(cls, form: Form, apart_from: str) -> list[_FormMatcher]:
        """One for each kind of run that the form can begin with."""
        first = next(element for element in form.elements if isinstance(element, Run))
        return [cls(form, apart_from, kind) for kind in range(MIXED + 1) if _sorts_of(first, kind)]

    def __init__(self, form: Form, apart_from: str, kind: int) -> None:
        self._apart_from = character_table(frozenset(apart_from)) if apart_from else None
        elements = form.elements
        runs = [element for element in elements if isinstance(element, Run)]
        place = elements.index(runs[0])
        self._kind = kind
        self._label = form.label_length
        self.sorts = _sorts_of(runs[0], kind)
        """Of the runs that the form can begin with."""
        self._lengths = min(self.sorts) % LENGTHS, max(self.sorts) % LENGTHS
        self._first = _Positions(runs[0], kind)
        self._others = [_Positions(run, _only_kind(run)) for run in runs[1:]]
        self._before = [_MarkSet(mark) for mark in elements[:place] if isinstance(mark, Mark)]
        self._after = [
            _sort_table(element) if isinstance(element, Run) else _MarkSet(element)
            for element in elements[place + 1 :]
        ]
        self._further = len(runs) - 1
        last = max(n for n, element in enumerate(elements) if isinstance(element, Run))
        self._distance = _least_and_most(elements[place:last])
        self._leads = {
            frozenset(character.encode()[0] for character in element.characters)
            for element in elements
            if isinstance(element, Mark)
        }

    def match(self, piece: Piece) -> tuple[Ints, Ints]:
        """Starts and ends of every match; check digits are not looked at."""
        if not all(any(map(piece.has, leads)) for leads in self._leads):
            return NOWHERE, NOWHERE
        runs, starts = piece.of_sort(self._kind, *self._lengths)
        if self._further:
            runs, starts = self._reaching(piece, runs, starts)
        good = self._first.fit(piece, runs, starts)
        if good is not None:
            runs, starts = runs[good], starts[good]
        if self._label:
            starts = starts + self._label
        if self._before and len(runs):
            runs, starts = self._leading_marks(piece, runs, starts)
        if not len(runs):
            return NOWHERE, NOWHERE
        runs, starts, ends = self._following(piece, runs, starts)
        if self._apart_from is not None and len(runs):
            before = piece.data.take(starts - 1, mode="wrap")
            apart = piece.edge.take(starts) | ~self._apart_from.take(before)
            runs, starts, ends = runs[apart], starts[apart], ends[apart]
            apart = piece.edge.take(ends) | ~self._apart_from.take(piece.data.take(ends))
            runs, starts, ends = runs[apart], starts[apart], ends[apart]
        for number, positions in enumerate(self._others, start=1):
            good = positions.fit(piece, runs + number, piece.starts.take(runs + number))
            if good is not None:
                runs, starts, ends = runs[good], starts[good], ends[good]
        return starts, ends

    def _reaching(self, piece: Piece, runs: Ints, starts: Ints) -> tuple[Ints, Ints]:
        """Those from which the last run of the form is as far as it must be."""
        known = int(np.searchsorted(runs, len(piece.starts) - self._further))
        runs, starts = runs[:known], starts[:known]
        distance = piece.starts.take(runs + self._further) - starts
        least, most = self._distance
        good = np.flatnonzero((distance >= least) & (distance <= most))
        return runs.take(good), starts.take(good)

    def _leading_marks(self, piece: Piece, runs: Ints, starts: Ints) -> tuple[Ints, Ints]:
        for mark in reversed(self._before):
            widths = mark.widths_before(piece, starts)
            good = widths > 0
            runs, starts = runs[good], (starts - widths)[good]
        return runs, starts

    def _following(self, piece: Piece, runs: Ints, starts: Ints) -> tuple[Ints, Ints, Ints]:
        ends = piece.ends.take(runs)
        number = 0
        for element in self._after:
            if isinstance(element, _MarkSet):
                widths = element.widths_after(piece, ends)
                good = widths > 0
                ends = ends + widths
            else:
                number += 1
                known = runs + number < len(piece.starts)
                following = np.where(known, runs + number, 0)
                good = known & (piece.starts.take(following) == ends) & ~piece.edge.take(ends)
                good &= element.take(piece.sorts.take(following))
                ends = piece.ends.take(following)
            runs, starts, ends = runs[good], starts[good], ends[good]
            if not len(runs):
                break
        return runs, starts, ends


class _Positions:
    """What is left to look at in the characters of a run of known length and kind: those of which
    the kind does not tell that they are allowed."""

    def __init__(self, run: Run, kind: int) -> None:
        self._shortest = run.shortest
        self._tables = [
            (place, character_table(allowed))
            for place, allowed in enumerate(run.positions)
            if kind == MIXED or not allowed >= (LETTERS if place < kind else DIGITS)
        ]

    def fit(self, piece: Piece, runs: Ints, starts: Ints) -> Ints | None:
        """Which of `runs`, which start at `starts`, do; None for all."""
        chosen: Ints | None = None
        for place, table in self._tables:
            if not len(starts):
                break
            good = table.take(piece.data.take(starts + place))
            if place >= self._shortest:
                good |= piece.sorts.take(runs) % LENGTHS <= place
            if not good.all():
                kept = np.flatnonzero(good)
                runs, starts = runs.take(kept), starts.take(kept)
                chosen = kept if chosen is None else chosen.take(kept)
        return chosen


def _least_and_most(elements: Sequence[Run | Mark]) -> tuple[int, int]:
    """In how many bytes they can be written."""
    least = most = 0
    for element in elements:
        if isinstance(element, Run):
            widths = [element.shortest, element.longest]
        else:
            widths = [len(character.encode()) for character in element.characters]
        least, most = least + min(widths), most + max(widths)
    return least, most


@cache
def _sorts_of(run: Run, kind: int) -> frozenset[int]:
    """Of the runs of a kind those, by kind and length, that `run` can be."""
    return frozenset(
        sort_of(kind, length)
        for length in range(max(run.shortest, 1), run.longest + 1)
        if _can_be(run.positions[:length], kind)
    )


def _can_be(positions: tuple[frozenset[str], ...], kind: int) -> bool:
    letters = [bool(allowed & LETTERS) for allowed in positions]
    digits = [bool(allowed & DIGITS) for allowed in positions]
    if kind < MIXED:
        return kind <= len(positions) and all(letters[:kind]) and all(digits[kind:])
    behind_digit = True in digits and True in letters[digits.index(True) + 1 :]
    return behind_digit or (len(positions) >= MIXED and all(letters[:MIXED]))


def _only_kind(run: Run) -> int:
    """The kind of every run that `run` can be, or `MIXED` where there are several."""
    kinds = [kind for kind in range(MIXED + 1) if _sorts_of(run, kind)]
    return kinds[0] if len(kinds) == 1 else MIXED


def _sort_table(run: Run) -> Bools:
    """By kind and length: whether `run` can be such a run."""
    table = np.zeros(SORTS, bool)
    for kind in range(MIXED + 1):
        table[list(_sorts_of(run, kind))] = True
    return table


class _MarkSet:
    """One character out of a set, found by the bytes of its UTF-8 form."""

    def __init__(self, mark: Mark) -> None:
        codes: dict[int, list[int]] = {}
        for character in mark.characters:
            code = character.encode()
            codes.setdefault(len(code), []).append(int.from_bytes(code, "big"))
        self._codes = {width: np.array(sorted(of_width)) for width, of_width in codes.items()}
        self._leads = {width: np.zeros(256, bool) for width in codes}
        for width, of_width in codes.items():
            self._leads[width][[code >> 8 * (width - 1) for code in of_width]] = True

    def widths_after(self, piece: Piece, places: Ints) -> Ints:
        """The bytes of the mark that stands at each place, in the cell of the byte before it;
        0 where there is none."""
        found = np.zeros(len(places), np.int64)
        for width in self._codes:
            found[self._standing(piece, places, width, edges=range(width))] = width
        return found

    def widths_before(self, piece: Piece, places: Ints) -> Ints:
        """The same for the mark that ends at each place, in the cell of the byte after it."""
        found = np.zeros(len(places), np.int64)
        for width in self._codes:
            stands = self._standing(piece, places - width, width, edges=range(1, width + 1))
            found[stands] = width
        return found

    def _standing(self, piece: Piece, at: Ints, width: int, edges: range) -> Ints:
        """At which of the places, by their number, a mark of so many bytes begins."""
        if width > 1 and piece.ascii:
            return NOWHERE
        chosen = np.flatnonzero(self._leads[width].take(piece.data.take(at, mode="clip")))
        at = at.take(chosen)
        good = at >= 0
        if width > 1:
            value = piece.data.take(at, mode="clip").astype(np.int64)
            for place in range(1, width):
                value = (value << 8) | piece.data.take(at + place, mode="clip")
            codes = self._codes[width]
            nearest = np.minimum(np.searchsorted(codes, value), len(codes) - 1)
            good &= codes.take(nearest) == value
        for place in edges:
            good &= ~piece.edge.take(at + place, mode="clip")
        return chosen[good]


def _passing(data: Bytes, starts: Ints, lengths: Ints, check: Check) -> Bools:
    """Which of the candidates, of so many bytes from `starts` on, satisfy `check`."""
    good = np.zeros(len(starts), bool)
    for length in np.flatnonzero(np.bincount(lengths)).tolist():
        chosen = np.flatnonzero(lengths == length)
        some = starts.take(chosen)
        columns = np.empty((length, len(some)), np.uint8)
        for place, column in enumerate(columns):
            data.take(some + place, out=column, mode="clip")
        good[chosen] = check.passes(upper(columns).T)
    return good
