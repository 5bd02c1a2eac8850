"""The identifiers of one text, character by character: what detection means.

`weir.privacy.kernel` finds the same in whole columns; a property test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from weir.privacy.cues import DENIAL_REACH, Cues
from weir.privacy.entities import ENTITIES, Entity
from weir.privacy.normal_form import NormalForm
from weir.privacy.shapes import GAPS, Phrase, Runs, Search

_FLAGS = re.IGNORECASE | re.ASCII
_WITHOUT_GAPS = str.maketrans("", "", GAPS)

Span = tuple[int, int]


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
        self._types = tuple(_Type(entity) for entity in self.entities)

    def find(self, text: str, header: str = "") -> tuple[Finding, ...]:
        """Every identifier in `text`, in order of place; of types that match the same span only
        the first by rank. Identifiers within longer ones of another type are found too.

        `header` is that of the column which `text` is a cell of: a cue in it holds for the cell.
        """
        header = self.normal_form.text(header)
        if not self.normal_form.applies(text):
            return tuple(sorted(self._matches(text, header)))
        normal = self.normal_form.traced(text)
        return tuple(
            Finding(start=start, end=end, entity=match.entity)
            for match in sorted(self._matches(normal.text, header))
            for start, end in [normal.source_span(match.start, match.end)]
        )

    def _matches(self, text: str, header: str) -> Iterator[Finding]:
        taken: set[Span] = set()
        for kind in self._types:
            for span in kind.spans(text, header):
                if span not in taken:
                    taken.add(span)
                    yield Finding(start=span[0], end=span[1], entity=kind.entity.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """A regular expression; its first group is the match, of what `plain` matches too."""

    regex: re.Pattern[str]
    plain: str
    weak: bool
    spaced: bool = False


def _patterns(shape: Runs | Search | Phrase) -> Iterator[_Pattern]:
    match shape:
        case Runs():
            # Looking ahead, so that matches of a form may overlap.
            for form in shape.forms:
                plain = shape.regex_of(form)
                regex = re.compile(f"(?=({plain}))", _FLAGS)
                yield _Pattern(regex=regex, plain=plain, weak=form.weak, spaced=form.spaced)
        case Search():
            regex = re.compile(f"({shape.regex})", _FLAGS)
            yield _Pattern(regex=regex, plain=shape.regex, weak=False)
        case Phrase():
            for body, weak in ((shape.body, False), (shape.weak_body, True)):
                if body:
                    regex = re.compile(f"({body})", _FLAGS)
                    yield _Pattern(regex=regex, plain=body, weak=weak)


class _Type:
    """One type of identifier in texts of normal form."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self._cues = Cues(entity.cues)
        self._denials = Cues(entity.denials, DENIAL_REACH) if entity.denials else None
        patterns = tuple(_patterns(entity.shape))
        self._strong = tuple(pattern for pattern in patterns if not pattern.weak)
        self._weak = tuple(pattern for pattern in patterns if pattern.weak)
        self._any_strong, self._any_weak = _any_of(self._strong), _any_of(self._weak)

    def spans(self, text: str, header: str) -> list[Span]:
        """Where the type is found. What lies within a longer match of the type is part of it."""
        found: set[Span] = set()
        cued = self._cues.stand_in(header)
        if self._any_strong.search(text):
            found.update(
                span
                for span in self._shaped(text, self._strong)
                if cued or not self._denied(text, header, span[0])
            )
        if self._weak and self._any_weak.search(text) and (cued or self._cues.stand_anywhere(text)):
            found.update(
                span
                for span in self._shaped(text, self._weak)
                if cued or self._cues.stand_before(text, span[0])
            )
        outermost: list[Span] = []
        for span in sorted(found, key=lambda span: (span[0], -span[1])):
            if not outermost or span[1] > outermost[-1][1]:
                outermost.append(span)
        return outermost

    def _denied(self, text: str, header: str, place: int) -> bool:
        """Whether what stands at `place` is something else, by the words before it."""
        if self._denials is None or self._cues.stand_before(text, place):
            return False
        return self._denials.stand_in(header) or self._denials.stand_before(text, place)

    def _shaped(self, text: str, patterns: Sequence[_Pattern]) -> Iterator[Span]:
        """What has one of the shapes and passes the check."""
        for pattern in patterns:
            for match in pattern.regex.finditer(text):
                characters = match[1].translate(_WITHOUT_GAPS) if pattern.spaced else match[1]
                if self._passes(characters):
                    yield match.span(1)

    def _passes(self, text: str) -> bool:
        if self.entity.check is None:
            return True
        candidate = np.frombuffer(text.upper().encode("utf-8", "surrogateescape"), np.uint8)
        return bool(self.entity.check.passes(candidate[None, :])[0])


def _any_of(patterns: Sequence[_Pattern]) -> re.Pattern[str]:
    """Tells quickly that a text holds none."""
    return re.compile("|".join(pattern.plain for pattern in patterns) or "(?!)", _FLAGS)
