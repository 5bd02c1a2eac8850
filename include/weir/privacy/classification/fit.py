"""Types that a column shows by all of its values together, where no word tells what they are.

Nine characters that pass the check of an organisation code are nothing by themselves: one in eleven
does. Of four hundred values all do, or next to none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from weir.privacy.chance import unsurprising
from weir.privacy.check_digits import Check
from weir.privacy.entities import ENTITIES, Entity
from weir.privacy.shapes import Runs

_ALL_BUT_MISTYPED = 0.95
_WEAKEST_CHECK = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How a type is written, and what check it has to pass."""

    kind: str
    regex: re.Pattern[str]
    check: Check

    def fits(self, text: str) -> bool:
        if not self.regex.fullmatch(text):
            return False
        return bool(self.check.passes(np.frombuffer(text.upper().encode(), np.uint8)[None, :])[0])


def fits(text: str) -> Iterator[str]:
    """The types that all of `text` may be, cues aside."""
    if _any_form().fullmatch(text):
        yield from (form.kind for form in _forms() if form.fits(text))


def fitting(kind: str, hits: int, values: int) -> bool:
    """Whether so many values that fit, of those looked at, make the column one of `kind`, one of
    what `fits` gives."""
    form = next(form for form in _forms() if form.kind == kind)
    return hits >= _ALL_BUT_MISTYPED * values and not unsurprising(hits, values, form.check.chance)


@cache
def _forms() -> tuple[_Form, ...]:
    return tuple(one for entity in ENTITIES if (one := _checked(entity)) is not None)


@cache
def _any_form() -> re.Pattern[str]:
    """What any of the forms takes: most texts are none of them."""
    return re.compile("|".join(f"(?:{form.regex.pattern})" for form in _forms()), re.IGNORECASE)


def _checked(entity: Entity) -> _Form | None:
    """Of a type that counts beside a cue alone and has a check digit."""
    shape, check = entity.shape, entity.check
    if not isinstance(shape, Runs) or check is None or check.chance > _WEAKEST_CHECK:
        return None
    weak = [shape.regex_of(form) for form in shape.forms if form.weak]
    if not weak:
        return None
    regex = re.compile("|".join(weak), re.IGNORECASE | re.ASCII)
    return _Form(kind=entity.name, regex=regex, check=check)
