"""Detection in whole columns: exactly what `weir.privacy.rules` finds text by text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.allocator import keep_memory
from weir.privacy.cells import PIECE_BYTES, Cells
from weir.privacy.cues import DENIAL_REACH, Cues
from weir.privacy.entities import ENTITIES, Entity
from weir.privacy.han_words import ThreeByteText, Words, WordSets, ascii_letters
from weir.privacy.hits import Hits
from weir.privacy.normal_cells import NormalCells
from weir.privacy.normal_form import NormalForm
from weir.privacy.phrase_matcher import PhraseMatcher
from weir.privacy.pieces import Piece, Spans
from weir.privacy.run_matcher import RunMatcher
from weir.privacy.searcher import Searcher
from weir.privacy.shapes import Phrase, Runs, Search
from weir.privacy.surroundings import Surroundings

Ints = npt.NDArray[np.int64]

_WINDOW_BYTES = 8 * PIECE_BYTES
_OVERLAP_BYTES = 1024
_WORTH_TAKING = 0.8
"""Where words are in a larger share of cells, those without them are read too, and hold nothing."""

_LENGTH_BITS, _ENTITY_BITS = 16, 8


class Kernel:
    """Detection by `entities` over Arrow columns of text."""

    def __init__(self, entities: Sequence[Entity] = ENTITIES) -> None:
        self.entities = tuple(sorted(entities, key=lambda entity: entity.rank))
        self._normal_form = NormalForm(
            mark for entity in self.entities for mark in entity.shape.marks
        )
        self._cues = [Cues(entity.cues) for entity in self.entities]
        self._denials = {
            number: Cues(entity.denials, DENIAL_REACH)
            for number, entity in enumerate(self.entities)
            if entity.denials
        }
        self._denial_words = WordSets({n: cues.words for n, cues in self._denials.items()})
        self._runs: dict[int, RunMatcher] = {}
        self._weak_runs: dict[int, RunMatcher] = {}
        self._searches: dict[int, Searcher] = {}
        self._phrases: dict[int, PhraseMatcher] = {}
        self._weak_phrases: dict[int, PhraseMatcher] = {}
        words: dict[RunMatcher | PhraseMatcher, Sequence[str]] = {}
        for number, entity in enumerate(self.entities):
            match entity.shape:
                case Runs(forms=forms, apart_from=apart_from):
                    for matchers, weak in ((self._runs, False), (self._weak_runs, True)):
                        if chosen := [form for form in forms if form.weak is weak]:
                            matchers[number] = RunMatcher(chosen, apart_from, entity.check)
                    if number in self._weak_runs:
                        words[self._weak_runs[number]] = entity.cues
                case Search():
                    self._searches[number] = Searcher(entity.shape)
                case Phrase(body=body, weak_body=weak_body):
                    if body:
                        self._phrases[number] = PhraseMatcher(body, entity.shape.words)
                        words[self._phrases[number]] = entity.shape.words
                    if weak_body:
                        self._weak_phrases[number] = PhraseMatcher(weak_body, entity.cues)
                        words[self._weak_phrases[number]] = entity.cues
        self._words = Words(chain.from_iterable(words.values()))
        self._words_of = WordSets(words)
        keep_memory()

    def find(self, array: pa.Array, header: str = "") -> Hits:
        """Every identifier in a string or binary array, ordered by cell and place.

        Null cells hold nothing. Bytes that are no UTF-8 stand in no identifier. A cue in `header`,
        the name of the column, holds for every cell.
        """
        return self.survey(array, header)[0]

    def survey(self, array: pa.Array, header: str = "") -> tuple[Hits, Ints]:
        """`find`, and per entity how many values had its shape, check digits aside."""
        header = self._normal_form.text(header)
        headed = _Headed(
            cues=frozenset(n for n, cues in enumerate(self._cues) if cues.stand_in(header)),
            denials=frozenset(n for n, cues in self._denials.items() if cues.stand_in(header)),
        )
        parts = []
        shaped = np.zeros(len(self.entities), np.int64)
        for first, cells in Cells.of(array).pieces():
            hits, in_piece = self._find_in(cells, headed)
            parts.append(hits.moved(first))
            shaped += in_piece
        hits = Hits.joined(parts)
        if array.null_count and len(hits):
            valid = array.is_valid().to_numpy(zero_copy_only=False)
            hits = hits.where(valid[hits.cell])
        return hits, shaped

    def _find_in(self, cells: Cells, headed: _Headed) -> tuple[Hits, Ints]:
        text = ThreeByteText.of(cells)
        hits, shaped = self._find_plain(cells, text, headed)
        normal = NormalCells.of(cells, text, self._normal_form)
        if normal is None:
            return hits, shaped
        in_normal, shaped_too = self._find_plain(
            normal.cells, ThreeByteText.of(normal.cells), headed
        )
        unchanged = hits.where(~np.isin(hits.cell, normal.numbers))
        whole = Hits.joined([unchanged, normal.in_source(in_normal)])
        return whole.ordered(), shaped + shaped_too

    def _find_plain(
        self, cells: Cells, text: ThreeByteText | None, headed: _Headed
    ) -> tuple[Hits, Ints]:
        """What the bytes hold as they are, normal form aside."""
        found: dict[int, list[Spans]] = {}
        windows = _Windows(cells)
        for number, spans in chain(
            self._find_strong(windows, text, headed), self._find_by_words(windows, text, headed)
        ):
            if spans.shaped:
                found.setdefault(number, []).append(spans)
        shaped = np.zeros(len(self.entities), np.int64)
        outermost = []
        for number, parts in found.items():
            spans = Spans.joined(parts)
            shaped[number] = spans.shaped
            if len(spans.starts):
                outermost.append((number, _outermost(spans)))
        return _arbitrated(outermost, cells), shaped

    def _find_strong(
        self, windows: _Windows, text: ThreeByteText | None, headed: _Headed
    ) -> Iterator[tuple[int, Spans]]:
        """What needs no cue, or has it in the header."""
        cells = windows.cells
        matchers = [
            *self._runs.items(),
            *((n, matcher) for n, matcher in self._weak_runs.items() if n in headed.cues),
        ]
        for window in windows:
            for number, matcher in matchers:
                spans = window.kept(matcher.match(window.piece))
                if number in self._denials and number not in headed.cues and len(spans.starts):
                    spans = self._undenied(number, spans, cells, text, headed)
                yield number, spans
        for number, searcher in self._searches.items():
            yield number, searcher.match(cells)
        for number, phrases in self._weak_phrases.items():
            if number in headed.cues:
                yield number, phrases.match_everywhere(cells)

    def _undenied(
        self,
        number: int,
        spans: Spans,
        cells: Cells,
        text: ThreeByteText | None,
        headed: _Headed,
    ) -> Spans:
        """Those of `spans` that no word before them tells to be something else."""
        cues, denials = self._cues[number], self._denials[number]
        in_header = number in headed.denials
        possible = self._denial_words.possible(ascii_letters(cells.data), text)
        if not in_header and number not in possible:
            return spans
        around = Surroundings(cells, spans.starts, max(cues.window, denials.window))
        good = around.beside(cues, spans.starts)
        if not in_header:
            good |= ~around.beside(denials, spans.starts)
        return replace(spans, starts=spans.starts[good], ends=spans.ends[good])

    def _find_by_words(
        self, windows: _Windows, text: ThreeByteText | None, headed: _Headed
    ) -> Iterator[tuple[int, Spans]]:
        """What stands beside a cue or has words in it, in the cells that hold such words."""
        cells = windows.cells
        holding = self._words.held(cells, text)
        if not len(holding):
            return
        some, shift = cells, np.zeros(1, np.int64)
        if len(holding) < _WORTH_TAKING * len(cells):
            some = Cells.of(cells.taken(holding))
            windows, text = _Windows(some), ThreeByteText.of(some)
            shift = cells.offsets[holding] - some.offsets[:-1]

        def moved(spans: Spans) -> Spans:
            by = shift.take(some.holding(spans.starts), mode="clip")
            return replace(spans, starts=spans.starts + by, ends=spans.ends + by)

        possible = self._words_of.possible(ascii_letters(some.data), text)
        for number, phrases in self._phrases.items():
            if phrases in possible:
                yield number, moved(phrases.match(some, text))
        cued = [
            (number, matcher)
            for number, matcher in self._weak_runs.items()
            if number not in headed.cues and matcher in possible
        ]
        weak = [
            (number, window.kept(matcher.match(window.piece)))
            for window in windows
            for number, matcher in cued
        ]
        weak += [
            (number, phrases.match(some, text))
            for number, phrases in self._weak_phrases.items()
            if number not in headed.cues and phrases in possible
        ]
        weak = [(number, spans) for number, spans in weak if len(spans.starts)]
        if not weak:
            return
        places = np.concatenate([spans.starts for _, spans in weak])
        window = max(cues.window for cues in self._cues)
        surroundings = Surroundings(some, places, window)
        for number, spans in weak:
            yield number, moved(spans.where(surroundings.beside(self._cues[number], spans.starts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Headed:
    """The types of which a cue, and of which a denial, stands in the header of the column."""

    cues: frozenset[int]
    denials: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """A stretch of bytes; only matches that start in `own` count, its neighbours see the rest."""

    piece: Piece
    offset: int
    own: range
    whole: bool

    def kept(self, spans: Spans) -> Spans:
        if not len(spans.starts) or self.whole:
            return spans
        starts, ends = spans.starts + self.offset, spans.ends + self.offset
        kept = (starts >= self.own.start) & (starts < self.own.stop)
        return Spans(starts=starts[kept], ends=ends[kept], shaped=spans.shaped)


class _Windows:
    """The bytes of `cells` in stretches of bounded size: cells can be larger than memory likes.

    A single one, as there mostly is, is cut into runs once, however often it is asked for.
    """

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self._single: _Window | None = None

    def __iter__(self) -> Iterator[_Window]:
        size = len(self.cells.data)
        if size > _WINDOW_BYTES:
            for first in range(0, size, _WINDOW_BYTES):
                yield self._of(range(first, min(first + _WINDOW_BYTES, size)))
        elif size:
            self._single = self._single or self._of(range(size))
            yield self._single

    def _of(self, own: range) -> _Window:
        data, offsets = self.cells.data, self.cells.offsets
        start, end = max(own.start - _OVERLAP_BYTES, 0), min(own.stop + _OVERLAP_BYTES, len(data))
        edges = offsets[(offsets >= start) & (offsets <= end)] - start
        whole = len(own) == len(data)
        return _Window(piece=Piece(data[start:end], edges), offset=start, own=own, whole=whole)


def _outermost(spans: Spans) -> Spans:
    """The spans in order, without those that lie within a longer one."""
    starts, ends = spans.starts, spans.ends
    if bool(np.all((np.diff(starts) > 0) & (np.diff(ends) > 0))):
        return spans
    order = np.lexsort((-ends, starts))
    starts, ends = starts[order], ends[order]
    kept = ends > np.concatenate([[-1], np.maximum.accumulate(ends)[:-1]])
    return Spans(starts=starts[kept], ends=ends[kept], shaped=spans.shaped)


def _arbitrated(found: list[tuple[int, Spans]], cells: Cells) -> Hits:
    """The matches in order; of those with the same span only the first by rank."""
    if not found:
        return Hits.none()
    starts = np.concatenate([spans.starts for _, spans in found])
    ends = np.concatenate([spans.ends for _, spans in found])
    entities = np.concatenate([np.full(len(spans.starts), number) for number, spans in found])
    if len(found) > 1:
        # One key sorts as the three would, at a third of the price.
        keys = (starts << _LENGTH_BITS + _ENTITY_BITS) | (ends - starts << _ENTITY_BITS) | entities
        order = np.argsort(keys, kind="stable")
        spans_of = keys[order] >> _ENTITY_BITS
        order = order[np.concatenate([[True], spans_of[1:] != spans_of[:-1]])]
        starts, ends, entities = starts[order], ends[order], entities[order]
    holding = cells.holding(starts)
    first = cells.offsets[holding]
    return Hits(entity=entities, cell=holding, start=starts - first, end=ends - first)
