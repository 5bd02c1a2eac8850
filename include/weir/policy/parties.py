"""For whom somebody acts, as guards of machines ask it."""

from __future__ import annotations

from collections.abc import Iterator

from weir.model import Reason
from weir.policy.machine import Situation


def of_another_operator(situation: Situation, operator: str, article: str) -> Iterator[Reason]:
    """The reason against an act of somebody who does not act for `operator`."""
    if situation.by.org != operator:
        yield Reason(
            code="operator_other",
            what=f"this concerns {operator}, for whom the caller does not act",
            article=article,
            remedy="let that operator's own people do it",
        )
