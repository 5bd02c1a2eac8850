"""What one field is, and why: header words, values and identifiers weighed against each other.

Identifiers found in most cells decide what a field is; then the words of its header, then the
shape of its values. Nothing found is outvoted in the grade: the highest that any gives wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from weir.contracts.dataset import Classification, FieldType
from weir.contracts.grading import highest
from weir.model import Grade, Reason
from weir.privacy.classification.header import HEAD, HeaderReading, read_header
from weir.privacy.classification.lexicon import (
    Concept,
    Identifying,
    Subject,
    concept,
    concept_of_entity,
)
from weir.privacy.classification.profile import ColumnProfile
from weir.privacy.entities import BY_NAME

STANDARD = "GB/T 43697-2024"
_MOST = 0.5
_PLAIN = 0.8
_SHAPED = 0.7
_TELLING = 0.5

_BY_SHAPE: tuple[tuple[str, str], ...] = (
    ("organisation", "enterprise_name"),
    ("region_code", "region"),
    ("region_name", "region"),
    ("address", "address"),
    ("name", "person_name"),
    ("sex", "sex"),
    ("date", "time"),
    ("long", "free_text"),
)
"""Shapes of values in the order in which they are asked, with the concept each stands for."""

_ENTERPRISE_CONTACT = Grade.GENERAL_2


class Confidence(StrEnum):
    """How much of a decision a person still has to look at."""

    SURE = "sure"
    LIKELY = "likely"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDecision:
    """What a field is taken to be. `classification` is None where nothing tells: a person has to
    say, and until then it is graded as the highest of general data."""

    column: str
    position: int
    title: str
    type: FieldType
    nullable: bool
    classification: Classification | None
    subject: Subject
    identifying: Identifying
    sensitive: bool
    grade: Grade
    confidence: Confidence
    entities: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of a column: its name as given and as it may be shown, how many cells hold
    each type of identifier beyond chance, its values, the catalogue's title for it, and the types
    that stand in its very name."""

    name: str
    shown: str
    position: int
    found: Mapping[str, int]
    profile: ColumnProfile
    title: str = ""
    in_name: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """One source of a decision. `sure` up to 1."""

    concept: Concept
    sure: float
    reason: Reason


def decide(evidence: Evidence) -> FieldDecision:
    """The decision on one field, with a reason for each of its grounds."""
    header = _header(evidence)
    grounds = sorted(_grounds(evidence, header), key=lambda one: -one.sure)
    main = grounds[0] if grounds else None
    held = [one for one in map(concept_of_entity, evidence.found) if one is not None]
    if main is not None:
        held.append(main.concept)
    subject = _subject(header, main, held)
    grade, why = _grade(evidence, grounds, subject)
    entities = tuple(sorted(evidence.found))
    known = [BY_NAME[name] for name in entities if name in BY_NAME]
    profile = evidence.profile
    return FieldDecision(
        column=evidence.shown,
        position=evidence.position,
        title=main.concept.title if main else "",
        type=FieldType.STRING if entities else profile.field_type,
        nullable=profile.nullable,
        classification=_classification(main, subject),
        subject=subject,
        identifying=_identifying(held),
        sensitive=bool(main and main.concept.sensitive) or any(one.sensitive for one in known),
        grade=grade,
        confidence=_confidence(main, grounds),
        entities=entities,
        reasons=(*(one.reason for one in grounds), *why),
    )


def prevailing(found: Mapping[str, int], values: int) -> Iterator[str]:
    """The types that tell what a field is: those that at least half of its values hold."""
    return (kind for kind, cells in found.items() if cells >= _MOST * values)


def _header(evidence: Evidence) -> HeaderReading | None:
    read = [read_header(name) for name in (evidence.title, evidence.name) if name]
    return max(filter(None, read), key=lambda one: one.strength, default=None)


def _grounds(evidence: Evidence, header: HeaderReading | None) -> Iterator[_Ground]:
    filled = evidence.profile.filled
    for entity in prevailing(evidence.found, filled):
        cells, of_entity = evidence.found[entity], concept_of_entity(entity)
        if of_entity is not None:
            told = Reason(code="by_values", what=f"{cells} of {filled} values are {entity}")
            yield _Ground(concept=of_entity, sure=1 + cells / filled, reason=told)
    if header is not None:
        told = Reason(
            code="by_header", what=f"the header says {header.word} ({header.concept.title})"
        )
        yield _Ground(concept=header.concept, sure=header.strength, reason=told)
    for shape, name in _BY_SHAPE:
        share = evidence.profile.share(shape)
        if share >= _PLAIN:
            told = Reason(
                code="by_shape", what=f"{share:.0%} of the values looked at have the shape {shape}"
            )
            yield _Ground(concept=concept(name), sure=share * _SHAPED, reason=told)
            return


def _grade(
    evidence: Evidence, grounds: Sequence[_Ground], subject: Subject
) -> tuple[Grade, list[Reason]]:
    if not grounds:
        # An identifier in some cells does not tell what the others are.
        kinds = (*evidence.found, *evidence.in_name)
        by_kind = [BY_NAME[kind].grade for kind in kinds if kind in BY_NAME]
        return highest([Grade.GENERAL_4, *by_kind]), [
            Reason(
                code="grade_unknown",
                what="nothing tells what the field is: graded as the highest of general data",
                article=STANDARD,
                remedy="say what it is",
            )
        ]
    grades = {one.concept.title: one.concept.grade for one in grounds[:1]}
    if subject is Subject.ENTERPRISE and grounds[0].concept.subject is Subject.PERSON:
        grades = {grounds[0].concept.title: min(grounds[0].concept.grade, _ENTERPRISE_CONTACT)}
    for ground in grounds[1:]:
        if ground.sure >= HEAD:
            grades[ground.concept.title] = ground.concept.grade
    for name in (*evidence.found, *evidence.in_name):
        grades[name] = BY_NAME[name].grade if name in BY_NAME else Grade.GENERAL_4
    grade = highest(grades.values())
    by = "、".join(name for name, one in grades.items() if one == grade)
    return grade, [
        Reason(code="graded", what=f"{GRADES[grade]}: {by}", article=STANDARD),
    ]


GRADES: Mapping[Grade, str] = {
    Grade.GENERAL_1: "一般1级 general 1",
    Grade.GENERAL_2: "一般2级 general 2",
    Grade.GENERAL_3: "一般3级 general 3",
    Grade.GENERAL_4: "一般4级 general 4",
    Grade.IMPORTANT: "疑似重要数据 possibly important, its department decides",
    Grade.CORE: "核心数据 core",
}


def _classification(main: _Ground | None, subject: Subject) -> Classification | None:
    if main is None:
        return None
    if subject is Subject.ENTERPRISE and main.concept.subject is Subject.PERSON:
        return Classification.ENTERPRISE_IDENTITY
    return main.concept.classification


def _identifying(held: Sequence[Concept]) -> Identifying:
    told = {one.identifying for one in held}
    strongest = (one for one in (Identifying.DIRECT, Identifying.QUASI) if one in told)
    return next(strongest, Identifying.NONE)


def _subject(
    header: HeaderReading | None, main: _Ground | None, held: Sequence[Concept]
) -> Subject:
    """Whose the field is; text that holds somebody's identifiers is theirs."""
    if main is None:
        return Subject.NONE
    if header is not None and main.concept == header.concept and header.subject is not Subject.NONE:
        return header.subject
    told = {one.subject for one in held}
    about = (one for one in (Subject.PERSON, Subject.ENTERPRISE) if one in told)
    return (
        main.concept.subject
        if main.concept.subject is not Subject.NONE
        else next(about, Subject.NONE)
    )


def _confidence(main: _Ground | None, grounds: Sequence[_Ground]) -> Confidence:
    if main is None:
        return Confidence.UNKNOWN
    told = [one.concept for one in grounds if one.sure >= _TELLING]
    families = {one.subject for one in told if one.subject is not Subject.NONE}
    agreed = len(families) <= 1
    return Confidence.SURE if main.sure >= HEAD and agreed else Confidence.LIKELY
