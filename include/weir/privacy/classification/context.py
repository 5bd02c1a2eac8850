"""What a field means in its table: an address is a firm's where the rows are about firms.

Fields are decided one by one first. Their table then tells whose contact data are, and what to
make of fields that say nothing by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from weir.contracts.dataset import Classification, FieldType
from weir.contracts.grading import highest
from weir.model import Grade, Reason
from weir.privacy.classification.decision import (
    GRADES,
    OF_ORGANISATIONS,
    STANDARD,
    Confidence,
    FieldDecision,
    entity_grade,
)
from weir.privacy.classification.lexicon import Identifying, Subject, concept

_MEASURED = (FieldType.INTEGER, FieldType.DECIMAL, FieldType.BOOLEAN)
_FACILITY = "facility"


def subject_of(fields: Sequence[FieldDecision]) -> Subject:
    """Whom the rows are about: a person wherever one is named for their own sake; else a firm
    wherever one is named; else whoever is."""
    direct = [field for field in fields if field.identifying is Identifying.DIRECT]
    persons = [field for field in direct if field.subject is Subject.PERSON and not field.role]
    firms = [field for field in direct if field.subject is Subject.ENTERPRISE]
    sure_firms = any(field.confidence is Confidence.SURE for field in firms)
    for field in persons:
        supposed = field.confidence is not Confidence.SURE and sure_firms
        if field.classification in _IDENTITY and not supposed:
            return Subject.PERSON
    if firms:
        return Subject.ENTERPRISE
    facility = any(field.concept == _FACILITY for field in fields)
    named = [
        field
        for field in direct
        if field.subject is Subject.PERSON
        and not _supposed_in_text(field)
        and not (facility and concept(field.concept).among_firms)
    ]
    return Subject.PERSON if named else Subject.NONE


_IDENTITY = (Classification.PERSON_IDENTITY, Classification.PERSON_HEALTH)


def in_their_table(fields: Sequence[FieldDecision]) -> tuple[FieldDecision, ...]:
    """The same decisions, with what their table tells of them."""
    subject = subject_of(fields)
    of_facilities = subject is Subject.NONE and any(f.concept == _FACILITY for f in fields)
    if subject is Subject.ENTERPRISE or of_facilities:
        fields = tuple(_of_firm(field) for field in fields)
    told = sum(field.classification is not None for field in fields)
    if (
        3 * told >= len(fields)
        and subject is not Subject.PERSON
        and not any(map(_of_person, fields))
    ):
        fields = tuple(_of_nobody(field) for field in fields)
    return tuple(fields)


def _supposed_in_text(field: FieldDecision) -> bool:
    """Whether nothing but a model says that a text names somebody."""
    return field.classification is Classification.FREE_TEXT and set(field.weighed) <= {
        "PERSON_NAME",
        *OF_ORGANISATIONS,
    }


def _of_person(field: FieldDecision) -> bool:
    return (
        field.subject is Subject.PERSON
        and not field.role
        and not _supposed_in_text(field)
        and field.classification is not Classification.FREE_TEXT
    )


def _of_firm(field: FieldDecision) -> FieldDecision:
    meant = concept(field.concept) if field.concept else None
    if meant is None or not meant.among_firms or field.role:
        return field
    if field.subject is not Subject.PERSON or not set(field.weighed) <= {
        *OF_ORGANISATIONS,
        "PERSON_NAME",
    }:
        return field
    instead = concept(meant.among_firms)
    by_person = [entity_grade(kind) for kind in field.weighed if kind == "PERSON_NAME"]
    grade = highest([instead.grade, *by_person])
    return replace(
        field,
        title=instead.title,
        classification=instead.classification,
        subject=instead.subject,
        identifying=instead.identifying,
        sensitive=False,
        grade=grade,
        concept=instead.concept,
        reasons=(*_before_grade(field), *_why(grade, "the rows are about organisations")),
    )


def _of_nobody(field: FieldDecision) -> FieldDecision:
    """What says nothing by itself, in a table that is about no person."""
    if field.classification is not None or field.weighed:
        return field
    grade = Grade.GENERAL_1 if field.type in _MEASURED else Grade.GENERAL_2
    return replace(
        field,
        classification=Classification.PUBLIC_SERVICE,
        grade=grade,
        reasons=(*_before_grade(field), *_why(grade, "no field of the table is about a person")),
    )


def _before_grade(field: FieldDecision) -> Iterator[Reason]:
    return (one for one in field.reasons if one.code not in {"graded", "grade_unknown"})


def _why(grade: Grade, what: str) -> Iterator[Reason]:
    yield Reason(code="by_table", what=what)
    yield Reason(code="graded", what=GRADES[grade], article=STANDARD)
