"""Vectorised matching of run-shaped identifiers over the bytes of many cells at once.

The letters and digits of a piece fall into maximal runs. A form takes the runs of its first
length, then drops those whose next mark, next run, character classes and check digit do not fit:
each step is one array operation over the candidates that are left, and few are left after the
first. Nothing is done cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from weir.privacy.check_digits import Check
from weir.privacy.pieces import (
    NOWHERE,
    Bools,
    Bytes,
    Ints,
    Piece,
    Spans,
    character_table,
    upper,
)
from weir.privacy.shapes import Form, Mark, Run

_LENGTH_BITS = 16


class RunMatcher:
    """Finds the identifiers written in `forms` in pieces."""

    def __init__(self, forms: Iterable[Form], apart_from: str, check: Check | None) -> None:
        forms = tuple(forms)
        self._forms = [_FormMatcher(form, apart_from) for form in forms]
        self._spaced = [_SpacedMatcher(form, check) for form in forms if form.spaced]
        self._check = check

    def match(self, piece: Piece) -> Spans:
        parts = []
        found = [spans for form in self._forms for spans in [form.match(piece)] if len(spans[0])]
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
            keys = np.unique(starts << _LENGTH_BITS | (ends - starts))
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
        self._tables = [character_table(allowed) for allowed in run.positions]
        self._check = check

    def match(self, piece: Piece) -> Spans:
        chains = piece.chains
        length = len(self._tables)
        if chains is None:
            return Spans.none()
        first, last = chains.of_length(length)
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
    """Finds one form in pieces."""

    def __init__(self, form: Form, apart_from: str) -> None:
        self._apart_from = character_table(frozenset(apart_from)) if apart_from else None
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
            return NOWHERE, NOWHERE
        runs = piece.of_length(self._first.shortest, self._first.longest)
        runs = runs[
            character_table(self._first.positions[0]).take(piece.data.take(piece.starts.take(runs)))
        ]
        if not len(runs):
            return NOWHERE, NOWHERE
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
                    return NOWHERE, NOWHERE
                at = piece.starts.take(runs + number)
                good = character_table(allowed).take(piece.data.take(at + place))
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


def _passing(data: Bytes, starts: Ints, lengths: Ints, check: Check) -> Bools:
    """Which of the candidates, of so many bytes from `starts` on, satisfy `check`."""
    good = np.zeros(len(starts), bool)
    for length in np.unique(lengths):
        chosen = np.flatnonzero(lengths == length)
        windows = np.lib.stride_tricks.sliding_window_view(data, int(length))
        good[chosen] = check.passes(upper(windows[starts[chosen]]))
    return good
