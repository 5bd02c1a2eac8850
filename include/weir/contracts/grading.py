"""Grades of what comes out, by GB/T 43697-2024: the highest grade of what went in wins.

A mask that takes detail away for good lowers the grade of a field by one, but never below 1:
partial, surname, pseudonym, truncate_date, bin, and region where it cuts to province or city. The
others leave it: keep; redact, which leaves the text around what it found; token, which the holder
of the key can undo. A count, sum or mean lowers it by one as well; a minimum or maximum is the
value of one subject and does not. Important and core data (5, 6) are never lowered: only the
department that named them can. A field without a grade counts as 4; a scan will refuse it.

The standard lets masked data rank lower without saying by how much: the step of one is an
assumption of this project.
"""

from __future__ import annotations

from collections.abc import Iterable

from weir.contracts.masks import Mask, Region
from weir.contracts.plan import PlannedField
from weir.model import Grade

_LOWERING_MASKS = frozenset({"partial", "surname", "pseudonym", "truncate_date", "bin", "region"})
_LOWERING_FUNCTIONS = frozenset({"count", "count_distinct", "sum", "mean"})


def masked_grade(field: PlannedField) -> Grade:
    """The grade of a field after its mask."""
    grade = field.grade or Grade.GENERAL_4
    return lowered(grade) if _lowers(field.mask) else grade


def measured_grade(grade: Grade, function: str) -> Grade:
    """The grade of a measure over a column of `grade`."""
    return lowered(grade) if function in _LOWERING_FUNCTIONS else grade


def highest(grades: Iterable[Grade]) -> Grade:
    """The grade of data that hold all of these; general grade 1 for none."""
    return max(grades, default=Grade.GENERAL_1)


def lowered(grade: Grade) -> Grade:
    if grade in (Grade.GENERAL_1, Grade.IMPORTANT, Grade.CORE):
        return grade
    return Grade(grade - 1)


def _lowers(mask: Mask) -> bool:
    if isinstance(mask, Region):
        return mask.to != "county"
    return mask.method in _LOWERING_MASKS
