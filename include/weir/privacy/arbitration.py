"""Which of several hits in one place Presidio reports."""

from __future__ import annotations

import numpy as np

from weir.privacy.hits import ScoredHits


def arbitrated(hits: ScoredHits) -> ScoredHits:
    """`hits` without those of score 0, and without those that lie within another of their type
    with an equal or higher score, in order of cell and place: Presidio's rule."""
    hits = hits.where(hits.score > 0)
    if len(hits) == 0:
        return hits
    order = np.lexsort((-hits.score, -hits.end, hits.start, hits.entity, hits.cell))
    hits = hits.where(order)
    opens = np.ones(len(hits), bool)
    opens[1:] = (np.diff(hits.cell) != 0) | (np.diff(hits.entity) != 0)
    group = np.cumsum(opens) - 1
    # Groups ascend, so the furthest end so far, of this group alone, is one running maximum.
    reach = np.maximum.accumulate(group * (int(hits.end.max()) + 1) + hits.end)
    within = np.zeros(len(hits), bool)
    within[1:] = ~opens[1:] & (reach[1:] == reach[:-1])
    kept = np.ones(len(hits), bool)
    for number in np.unique(group[within]).tolist():
        first, last = np.searchsorted(group, [number, number + 1])
        kept[first:last] = _kept(hits, range(first, last))
    return hits.where(kept).ordered()


def _kept(hits: ScoredHits, group: range) -> list[bool]:
    """For hits of one cell and type in order of start, longer ones first: which are reported."""
    starts, ends, scores = (
        part[group.start : group.stop].tolist() for part in (hits.start, hits.end, hits.score)
    )
    active: list[int] = []
    kept = []
    for hit, (start, end, score) in enumerate(zip(starts, ends, scores, strict=True)):
        active = [other for other in active if ends[other] >= start]
        inside = any(end <= ends[other] and score <= scores[other] for other in active)
        kept.append(not inside)
        if not inside:
            active.append(hit)
    return kept
