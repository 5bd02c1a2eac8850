"""What is known of the recall of the gate's own scan."""

from __future__ import annotations

from collections.abc import Collection

from weir.privacy.evaluation.evaluate import Evaluation
from weir.privacy.evaluation.measured import measured
from weir.release.recall import NOT_EVALUATED, EntityRecall, Recall, StatedRecall

_OURS = "weir"


def stated_recall(covered: Collection[str], found: Evaluation | None = None) -> StatedRecall:
    """The kept figures for the types that a scan covered; `not evaluated` where they are of
    another entity table than the one in use."""
    found = found or measured()
    if found is None:
        return NOT_EVALUATED
    (scores,) = [tool.scores for tool in found.tools if tool.tool == _OURS]
    known = [one for one in scores if one.entity in covered and one.held]
    return Recall(
        benchmark=found.benchmark,
        entity_table=found.entity_table,
        entities=tuple(
            EntityRecall(
                entity=one.entity,
                cells=one.held,
                found=one.found,
                # Cut, not rounded: a bound must not rise by how it is written.
                at_least=f"{int(one.recall.bounds[0] * 10_000) / 10_000:.4f}",
            )
            for one in known
        ),
        not_measured=tuple(sorted(set(covered) - {one.entity for one in known})),
    )
