"""Finds the most likely labels of many stretches of text at once.

A linear chain over characters: each gets a score per tag, from a table of weights, and each step
from tag to tag another. All scores are whole numbers, so that a text's labels do not depend on
the texts beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from weir.privacy.names import features
from weir.privacy.names.lexicon import Lexicon
from weir.privacy.names.symbols import Ints, Stream, Symbols, pieces_of

TAGS = ("O", "B-P", "I-P", "E-P", "B-A", "I-A", "B-O", "I-O")
_KIND_OF_FIRST = np.array([-1, 0, -1, -1, 1, -1, 2, -1])
_CONTINUES = np.array([False, False, True, True, False, True, False, True])
_SHORTEST = np.array([2, 4, 3])
LONGEST_SEGMENT = 160
_AT_ONCE = 1 << 13
_SYMBOLS_AT_ONCE = 1 << 19
_MARGIN = 16
"""More than any feature looks beyond a segment, names of regions around its ends included."""

_ROW = np.dtype((np.void, 16))

NEVER = -(1 << 20)
_AFTER = {
    "O": {"O", "B-P", "B-A", "B-O"},
    "B-P": {"I-P", "E-P"},
    "I-P": {"I-P", "E-P"},
    "E-P": {"O", "B-P", "B-A", "B-O"},
    "B-A": {"I-A"},
    "I-A": {"O", "B-P", "B-A", "B-O", "I-A"},
    "B-O": {"I-O"},
    "I-O": {"O", "B-P", "B-A", "B-O", "I-O"},
}
ALLOWED = np.array([[tag in _AFTER[before] for tag in TAGS] for before in TAGS])
LAST_ALLOWED = np.array([tag not in {"B-P", "I-P", "B-A", "B-O"} for tag in TAGS])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """`table`: scores by feature and tag; `steps`: by tag and next tag."""

    table: npt.NDArray[np.int16]
    steps: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Stretches of a stream, in symbols, with the number of their kind."""

    kinds: Ints
    starts: Ints
    ends: Ints


class Tagger:
    def __init__(self, weights: Weights, lexicon: Lexicon) -> None:
        self._table = np.ascontiguousarray(weights.table, np.int16)
        self._steps = np.where(ALLOWED, weights.steps, NEVER).astype(np.int32)
        self._lexicon = lexicon

    def find(self, stream: Stream) -> Spans:
        """Every name, address and organisation, in order of place."""
        starts, ends = stream.segments(LONGEST_SEGMENT)
        long = ends - starts > 1
        starts, ends = starts[long], ends[long]
        tags = np.zeros(len(stream.symbols) + 1, np.uint8)
        first = 0
        while first < len(starts):
            last = int(np.searchsorted(starts, starts[first] + _SYMBOLS_AT_ONCE))
            self._tag(stream.symbols, starts[first:last], ends[first:last], tags)
            first = last
        return _spans(tags)

    def _tag(self, symbols: Symbols, starts: Ints, ends: Ints, tags: npt.NDArray[np.uint8]) -> None:
        """Write the tags of segments that follow one another."""
        begin = max(int(starts[0]) - _MARGIN, 0)
        around = slice(begin, int(ends[-1]) + _MARGIN)
        starts, ends = starts - begin, ends - begin
        scores = self._scores(symbols[around], int(starts[0]), int(ends[-1]))
        order = np.argsort(starts - ends, kind="stable")
        self._decode(scores, starts[order], (ends - starts)[order], tags[around])

    def _scores(self, symbols: Symbols, start: int, end: int) -> npt.NDArray[np.int16]:
        traits = self._lexicon.traits(symbols)
        scores = np.zeros((len(symbols), len(TAGS)), np.int16)
        rows = self._table.view(_ROW)[:, 0]
        for first, last in pieces_of(end - start, _AT_ONCE):
            here = scores[start + first : start + last]
            for places in features.places(symbols, traits, start + first, start + last):
                here += rows.take(places).view(np.int16).reshape(-1, len(TAGS))
        return scores

    def _decode(
        self,
        scores: npt.NDArray[np.int16],
        starts: Ints,
        lengths: Ints,
        tags: npt.NDArray[np.uint8],
    ) -> None:
        """Viterbi over all segments, the longest first; those at an end drop out of the rest."""
        steps = self._steps
        best = scores[starts].T + steps[0][:, None]
        history = [best]
        for place in range(1, int(lengths[0])):
            active = int(np.searchsorted(-lengths, -place))
            before = best[:, :active]
            best = before[0] + steps[0][:, None]
            for tag in range(1, len(TAGS)):
                np.maximum(best, before[tag] + steps[tag][:, None], out=best)
            best += scores[starts[:active] + place].T
            history.append(best)
        current = np.zeros(len(starts), np.int64)
        finish = np.where(LAST_ALLOWED, 0, NEVER)[:, None]
        ended = 0
        for place in range(int(lengths[0]) - 1, -1, -1):
            best = history[place]
            active = best.shape[1]
            back = best[:, :ended] + steps.T[current[:ended]].T
            current[:ended] = back.argmax(axis=0)
            current[ended:active] = (best[:, ended:] + finish).argmax(axis=0)
            ended = active
            tags[starts[:active] + place] = current[:active]


def _spans(tags: npt.NDArray[np.uint8]) -> Spans:
    starts = np.flatnonzero(_KIND_OF_FIRST[tags] >= 0)
    stops = np.flatnonzero(~_CONTINUES[tags])
    ends = stops[np.searchsorted(stops, starts, side="right")]
    kinds = _KIND_OF_FIRST[tags[starts]]
    long = ends - starts >= _SHORTEST[kinds]
    return Spans(kinds=kinds[long], starts=starts[long], ends=ends[long])
