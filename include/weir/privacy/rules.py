"""The identifiers of one text, character by character: what detection means.

`weir.privacy.kernel` finds the same in whole columns; a property test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from weir.privacy.entities import ENTITIES, Entity
from weir.privacy.normal_form import NormalForm


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """An identifier at `text[start:end]`, in characters of the text as given."""

    start: int
    end: int
    entity: str


class Rules:
    """Detection by `entities`, of a text at a time."""

    def __init__(self, entities: Sequence[Entity] = ENTITIES) -> None:
        self.entities = tuple(sorted(entities, key=lambda entity: entity.rank))
        self.normal_form = NormalForm(
            mark for entity in self.entities for mark in entity.shape.marks
        )
        self._patterns = tuple(
            re.compile(entity.shape.regex, re.IGNORECASE | re.ASCII) for entity in self.entities
        )

    def find(self, text: str) -> tuple[Finding, ...]:
        """Every identifier in `text`, in order of place; of types that match the same span only
        the first by rank. Identifiers within longer ones are found too."""
        if not self.normal_form.applies(text):
            return tuple(sorted(self._matches(text)))
        normal = self.normal_form.traced(text)
        return tuple(
            Finding(start=start, end=end, entity=match.entity)
            for match in sorted(self._matches(normal.text))
            for start, end in [normal.source_span(match.start, match.end)]
        )

    def _matches(self, text: str) -> Iterator[Finding]:
        taken: set[tuple[int, int]] = set()
        for entity, pattern in zip(self.entities, self._patterns, strict=True):
            for match in pattern.finditer(text):
                if match.span() not in taken and _passes(entity, match.group()):
                    taken.add(match.span())
                    yield Finding(start=match.start(), end=match.end(), entity=entity.name)


def _passes(entity: Entity, text: str) -> bool:
    if entity.check is None:
        return True
    candidate = np.frombuffer(text.upper().encode("utf-8", "surrogateescape"), np.uint8)
    return bool(entity.check.passes(candidate[None, :])[0])
