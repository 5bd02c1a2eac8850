"""Trains the weights: a conditional random field by AdaGrad over batches of segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from weir.privacy.cells import Cells
from weir.privacy.names import features
from weir.privacy.names.labels import KINDS, Sentence
from weir.privacy.names.lexicon import Lexicon
from weir.privacy.names.symbols import Ints, Stream, pieces_of
from weir.privacy.names.tagger import (
    ALLOWED,
    LAST_ALLOWED,
    LONGEST_SEGMENT,
    TAGS,
    Weights,
)

Floats = npt.NDArray[np.float32]

_SEGMENTS_AT_ONCE = 1024
_RATE, _STEP_RATE, _DECAY = 0.25, 0.05, 2e-4
_BETWEEN_SUMS = 8
_SCALE, _MOST = 64, 127
_LEANING = 0.6
"""Towards names of persons: a missed one weighs more than a wrong one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Segments, the longest first. `rows` are the features of its characters; sorted by row,
    they are those at `order`, a new row beginning at each of `begins`."""

    rows: npt.NDArray[np.int32]
    gold: Ints
    starts: Ints
    lengths: Ints
    order: npt.NDArray[np.int32]
    begins: Ints
    touched: npt.NDArray[np.int32]


def batches(
    sentences: Sequence[Sentence], lexicon: Lexicon, rng: np.random.Generator
) -> list[Batch]:
    texts = [sentence.text.encode() for sentence in sentences]
    stream = Stream.of(Cells.joined(texts))
    if stream.kept is not None:
        raise ValueError("a sentence to learn from has no invisible characters")
    gold = _gold(sentences, len(stream.symbols))
    starts, ends = stream.segments(LONGEST_SEGMENT)
    starts, ends = starts[ends - starts > 1], ends[ends - starts > 1]
    traits = lexicon.traits(stream.symbols)
    inside = len(stream.symbols) - features.REACH
    rows = np.stack(
        list(features.places(stream.symbols, traits, features.REACH, inside)), axis=1
    ).astype(np.int32)
    shuffled = rng.permutation(len(starts))
    return [
        _batch(rows, gold, starts[some], ends[some])
        for first, last in pieces_of(len(starts), _SEGMENTS_AT_ONCE)
        for some in [shuffled[first:last]]
    ]


def _gold(sentences: Sequence[Sentence], size: int) -> Ints:
    gold = np.zeros(size, np.int64)
    place = features.REACH
    for sentence in sentences:
        for label in sentence.labels:
            kind = KINDS.index(label.kind)
            first, last = place + label.start, place + label.end
            begin = TAGS.index(("B-P", "B-A", "B-O")[kind])
            gold[first:last] = begin + 1
            gold[first] = begin
            if kind == 0:
                gold[last - 1] = TAGS.index("E-P")
        place += len(sentence.text) + features.REACH
    return gold


def _batch(rows: npt.NDArray[np.int32], gold: Ints, starts: Ints, ends: Ints) -> Batch:
    longest = np.argsort(starts - ends, kind="stable")
    starts, ends = starts[longest], ends[longest]
    lengths = ends - starts
    new = np.cumsum(lengths) - lengths
    where = np.arange(lengths.sum()) + np.repeat(starts - new, lengths)
    mine = rows[where - features.REACH]
    flat = mine.ravel()
    order = np.argsort(flat, kind="stable").astype(np.int32)
    ordered = flat[order]
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    return Batch(
        rows=mine,
        gold=gold[where],
        starts=new,
        lengths=lengths,
        order=order,
        begins=begins,
        touched=ordered[begins],
    )


class Crf:
    """Weights in training."""

    def __init__(self) -> None:
        self.table = np.zeros((1 << features.BITS, len(TAGS)), np.float32)
        self.steps = np.zeros((len(TAGS), len(TAGS)), np.float32)
        self._table_sum, self._steps_sum, self._sums = self.table * 0, self.steps * 0, 0
        self._table_seen = np.full_like(self.table, 1e-2)
        self._steps_seen = np.full_like(self.steps, 1e-2)

    def learn(
        self,
        all_batches: Sequence[Batch],
        rng: np.random.Generator,
        *,
        drop: float,
        summed: bool,
    ) -> None:
        """One pass. Each feature of a character is left out with probability `drop`; what the
        weights are on the way enters their mean where `summed`."""
        for turn, number in enumerate(rng.permutation(len(all_batches)).tolist(), 1):
            batch = all_batches[number]
            kept = (rng.random(batch.rows.shape, np.float32) >= drop).astype(np.float32)
            scores = np.einsum("nft,nf->nt", self.table[batch.rows], kept)
            share, step_share = self._expected(batch, scores)
            wrong = -share
            wrong[np.arange(len(wrong)), batch.gold] += 1
            each = wrong[batch.order // batch.rows.shape[1]] * kept.ravel()[batch.order][:, None]
            gradient = np.add.reduceat(each, batch.begins, axis=0)
            self._step(batch.touched, gradient)
            self._steps_seen += step_share**2
            self.steps += _STEP_RATE * step_share / np.sqrt(self._steps_seen)
            if summed and (turn % _BETWEEN_SUMS == 0 or turn == len(all_batches)):
                self._table_sum += self.table
                self._steps_sum += self.steps
                self._sums += 1

    def weights(self) -> Weights:
        """The mean weights, as whole numbers."""
        table, steps = self._table_sum / self._sums, self._steps_sum / self._sums
        steps[:, TAGS.index("B-P")] += _LEANING
        whole = np.clip(np.round(table * _SCALE), -_MOST, _MOST).astype(np.int16)
        return Weights(table=whole, steps=np.round(steps * _SCALE).astype(np.int32))

    def _step(self, touched: npt.NDArray[np.int32], gradient: Floats) -> None:
        weights = self.table[touched]
        gradient -= _DECAY * weights * _SEGMENTS_AT_ONCE
        seen = self._table_seen[touched] + gradient**2
        self._table_seen[touched] = seen
        self.table[touched] = weights + _RATE * gradient / np.sqrt(seen)

    def _expected(self, batch: Batch, scores: Floats) -> tuple[Floats, Floats]:
        """The share of each tag by character, and of each step: seen less expected."""
        moves = np.exp(self.steps) * ALLOWED
        odds = np.exp(scores - scores.max(axis=1, keepdims=True)) + 1e-20
        forward = [_shares(odds[batch.starts] * moves[0])]
        active = [len(batch.starts)]
        for place in range(1, int(batch.lengths[0])):
            count = int(np.searchsorted(-batch.lengths, -place))
            here = odds[batch.starts[:count] + place]
            forward.append(_shares((forward[-1][:count] @ moves) * here))
            active.append(count)
        share = np.zeros_like(scores)
        seen = np.zeros((len(TAGS), len(TAGS)), np.float64)
        expected = np.zeros((len(TAGS), len(TAGS)), np.float64)
        backward = np.zeros((0, len(TAGS)), np.float32)
        for place in range(len(forward) - 1, -1, -1):
            count = active[place]
            fresh = np.tile(LAST_ALLOWED.astype(np.float32), (count - len(backward), 1))
            backward = np.concatenate([backward, fresh])
            where = batch.starts[:count] + place
            share[where] = _shares(forward[place] * backward)
            if place:
                ahead = odds[where] * backward
                before = forward[place - 1][:count]
                total = ((before @ moves) * ahead).sum(axis=1, keepdims=True) + 1e-30
                expected += moves * (before.T @ (ahead / total))
                np.add.at(seen, (batch.gold[where - 1], batch.gold[where]), 1)
                backward = _shares(ahead @ moves.T)
        expected[0] += share[batch.starts].sum(axis=0)
        seen[0] += np.bincount(batch.gold[batch.starts], minlength=len(TAGS))
        return share, (seen - expected).astype(np.float32)


def _shares(values: Floats) -> Floats:
    return np.asarray(values / (values.sum(axis=1, keepdims=True) + 1e-30), np.float32)
