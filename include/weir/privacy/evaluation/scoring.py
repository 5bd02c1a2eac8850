"""Right, wrong and missed by cell, as precision, recall and F1 with bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from weir.privacy.evaluation.tables import Truth

Z_95 = 1.959964
"""Of the standard normal distribution: 95 % of it lie within."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of `of` cells, with Wilson's bounds at 95 %; of none nothing is known."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        square = Z_95**2 / self.of
        middle = (self.value + square / 2) / (1 + square)
        reach = Z_95 / (1 + square)
        reach *= sqrt(self.value * (1 - self.value) / self.of + square / (4 * self.of))
        return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Cells of one type: held in truth, found among these, and found where there is none."""

    entity: str
    held: int
    found: int
    false: int

    @property
    def recall(self) -> Share:
        return Share(hits=self.found, of=self.held)

    @property
    def precision(self) -> Share:
        return Share(hits=self.found, of=self.found + self.false)

    @property
    def f1(self) -> float:
        return _f1(self.precision.value, self.recall.value)

    @property
    def f1_bounds(self) -> tuple[float, float]:
        """Where precision and recall stand both at their lower bound, and both at their upper."""
        (low_p, high_p), (low_r, high_r) = self.precision.bounds, self.recall.bounds
        return _f1(low_p, low_r), _f1(high_p, high_r)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Of `cells` that hold what `truth` names: how many a tool says hold each type."""

    truth: Truth
    cells: int
    told: Mapping[str, int]


def scores(answers: Iterable[Answer], entities: Collection[str]) -> tuple[Score, ...]:
    """What a tool scored by its answers on every cell, for each of `entities` in order."""
    held: Counter[str] = Counter()
    right: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for answer in answers:
        for name in answer.truth:
            held[name] += answer.cells
        for name, cells in answer.told.items():
            (right if name in answer.truth else false)[name] += cells
    return tuple(
        Score(entity=name, held=held[name], found=right[name], false=false[name])
        for name in entities
    )


def together(of: Iterable[Score]) -> Score:
    """All types as one: every cell and type counts once."""
    summed: Counter[str] = Counter()
    for one in of:
        summed.update(held=one.held, found=one.found, false=one.false)
    return Score(entity="*", held=summed["held"], found=summed["found"], false=summed["false"])


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
