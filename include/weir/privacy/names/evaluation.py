"""How well names, addresses and organisations are found, on text nobody generated.

The sentences were written by hand, a style to each kind of document. A finding counts as right
only if its kind and both ends are; `overlap` also counts findings that share a character.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from weir.privacy.names.finder import name_finder
from weir.privacy.names.labels import KINDS, Label, Sentence, marked
from weir.privacy.names.word_lists import DATA

Find = Callable[[str], Sequence[Label]]

_Z = 1.959964
_RESAMPLES = 1000
_PLACES = frozenset(("ns", "m", "q", "eng", "f", "s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`hits` of `of`, with Wilson's bounds at 95 %."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        share, z = self.value, _Z**2 / self.of
        centre = share + z / 2
        half = _Z * math.sqrt(share * (1 - share) / self.of + z / (4 * self.of))
        return max((centre - half) / (1 + z), 0.0), min((centre + half) / (1 + z), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFigures:
    """What is measured of one kind. `f1_bounds` come of sentences drawn again (bootstrap)."""

    kind: str
    precision: Share
    recall: Share
    overlap_recall: Share
    f1: float
    f1_bounds: tuple[float, float]


def hand_written(part: str) -> tuple[Sentence, ...]:
    """The sentences of a part; the errors in those of `seen` were looked at, not of `unseen`."""
    made, style = [], ""
    for line in (DATA / f"{part}.txt").read_text("utf-8").splitlines():
        if line.startswith("# style "):
            style = line.removeprefix("# style ")
        elif line and not line.startswith("#"):
            made.append(marked(line, style))
    return tuple(made)


def evaluate(
    sentences: Sequence[Sentence] | None = None, find: Find | None = None, *, seed: int = 1
) -> tuple[KindFigures, ...]:
    """The figures of `find` (the shipped model) per kind over `sentences` (the unseen ones)."""
    sentences = hand_written("unseen") if sentences is None else sentences
    find = find or name_finder().labels
    found = [tuple(find(sentence.text)) for sentence in sentences]
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(sentences), (_RESAMPLES, len(sentences)))
    return tuple(_figures(kind, sentences, found, draws) for kind in KINDS)


def by_jieba(text: str) -> tuple[Label, ...]:
    """What jieba's tags alone say: `nr` is a person, `nt` an organisation, and a place word with
    the place words and numbers that follow it an address."""
    import rjieba

    labels: list[Label] = []
    start, address = 0, None
    for word, tag in (*rjieba.tag(text), ("", "")):
        if address is not None and tag not in _PLACES:
            labels.append(Label(start=address, end=start, kind="ADDRESS"))
            address = None
        if tag == "ns" and address is None:
            address = start
        end = start + len(word)
        if tag in {"nr", "nrfg", "nrt"}:
            labels.append(Label(start=start, end=end, kind="PERSON_NAME"))
        elif tag == "nt":
            labels.append(Label(start=start, end=end, kind="ORGANISATION"))
        start = end
    return tuple(labels)


def table(figures: Sequence[KindFigures]) -> Iterator[str]:
    """Lines for people to read."""
    for one in figures:
        parts = (("P", one.precision), ("R", one.recall), ("overlap R", one.overlap_recall))
        shares = "  ".join(
            f"{name} {share.value:.3f} [{share.bounds[0]:.3f}, {share.bounds[1]:.3f}]"
            for name, share in parts
        )
        low, high = one.f1_bounds
        yield f"{one.kind:<13} {shares}  F1 {one.f1:.3f} [{low:.3f}, {high:.3f}]  n={one.recall.of}"


def _figures(
    kind: str,
    sentences: Sequence[Sentence],
    found: Sequence[tuple[Label, ...]],
    draws: np.ndarray,
) -> KindFigures:
    rows = [
        _counts({x for x in s.labels if x.kind == kind}, {x for x in f if x.kind == kind})
        for s, f in zip(sentences, found, strict=True)
    ]
    counts = np.array(rows, np.int64).reshape(-1, 4)
    right, seen, wanted, touched = counts.sum(axis=0).tolist()
    drawn = counts[:, :3][draws].sum(axis=1)
    f1 = np.sort(2 * drawn[:, 0] / np.maximum(drawn[:, 1] + drawn[:, 2], 1))
    low, high = (float(f1[int(share * len(f1))]) for share in (0.025, 0.975))
    return KindFigures(
        kind=kind,
        precision=Share(hits=right, of=seen),
        recall=Share(hits=right, of=wanted),
        overlap_recall=Share(hits=touched, of=wanted),
        f1=2 * right / max(seen + wanted, 1),
        f1_bounds=(low, high),
    )


def _counts(wanted: set[Label], found: set[Label]) -> tuple[int, int, int, int]:
    touched = sum(any(x.start < w.end and w.start < x.end for x in found) for w in wanted)
    return len(wanted & found), len(found), len(wanted), touched
