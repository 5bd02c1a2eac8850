"""What one field is, and why: header words, values and identifiers weighed against each other.

Identifiers found in most cells decide what a field is; then the words of its header, then the
shape of its values. Nothing found is outvoted in the grade: the highest that any gives wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from weir.contracts.dataset import Classification, FieldType
from weir.contracts.grading import highest
from weir.model import Grade, Reason
from weir.privacy.classification.fit import fitting
from weir.privacy.classification.header import HEAD, HeaderReading, read_header
from weir.privacy.classification.lexicon import (
    Concept,
    Identifying,
    Subject,
    concept,
    concept_of_entity,
)
from weir.privacy.classification.profile import ColumnProfile
from weir.privacy.classification.weighing import counted
from weir.privacy.entities import BY_NAME

STANDARD = "GB/T 43697-2024"
_MOST = 0.5
_PLAIN = 0.8
_SHAPED = 0.7
_FITTING = 0.75
"""Above that of a shape, below that of the head of a header."""

_BY_MODEL = 0.2
_TELLING = 0.5
_CREDIT_CODE, _FIRM = "CN_USCC", "ORGANISATION"
OF_ORGANISATIONS = frozenset({"ADDRESS", "ORGANISATION", "CN_LANDLINE", "CN_SERVICE_NUMBER"})
"""Types that may be an organisation's as well as a person's."""

_OF_MODEL = 0.85
"""How sure a column of names is that a model alone tells."""

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
    say, and until then it is graded as the highest of general data.

    `concept` is what the lexicon calls it, `role` tells that whoever is named acts for an
    organisation. `weighed` are the types that count; `entities` are all that were found."""

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
    concept: str = ""
    role: bool = False
    weighed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of a column: its name as given and as it may be shown, how many cells hold
    each type of identifier beyond chance, its values, the catalogue's title for it, and the types
    that stand in its very name. `by_chance` are the cells put down to chance; `names_sought`
    tells that a model looked for names: what looks like one by its surname alone is none then."""

    name: str
    shown: str
    position: int
    found: Mapping[str, int]
    profile: ColumnProfile
    title: str = ""
    in_name: tuple[str, ...] = ()
    by_chance: Mapping[str, int] = field(default_factory=dict)
    names_sought: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """One source of a decision. `sure` up to 1."""

    concept: Concept
    sure: float
    reason: Reason


def decide(evidence: Evidence) -> FieldDecision:
    """The decision on one field, with a reason for each of its grounds."""
    header = _header(evidence)
    found, outweighed = counted(evidence.found, evidence.profile, header)
    entities = tuple(sorted(evidence.found))
    evidence = replace(evidence, found=found)
    grounds = sorted(_grounds(evidence, header), key=lambda one: -one.sure)
    grounds = _person_first(grounds, found)
    main = grounds[0] if grounds else None
    held = [one for one in map(concept_of_entity, evidence.found) if one is not None]
    if main is not None:
        held.append(main.concept)
    subject = _subject(header, main, held)
    grade, why = _grade(evidence, grounds, subject)
    known = [BY_NAME[name] for name in found if name in BY_NAME]
    profile = evidence.profile
    return FieldDecision(
        column=evidence.shown,
        position=evidence.position,
        title=main.concept.title if main else "",
        type=FieldType.STRING if found else profile.field_type,
        nullable=profile.nullable,
        classification=_classification(main, subject),
        subject=subject,
        identifying=_identifying(held),
        sensitive=bool(main and main.concept.sensitive) or any(one.sensitive for one in known),
        grade=grade,
        confidence=_confidence(main, grounds),
        entities=entities,
        reasons=(
            *(one.reason for one in grounds),
            *outweighed,
            *_put_down_to_chance(evidence),
            *why,
        ),
        concept=main.concept.concept if main else "",
        role=header is not None and header.role,
        weighed=tuple(sorted({*found, *_in_name(evidence)})),
    )


def _put_down_to_chance(evidence: Evidence) -> Iterator[Reason]:
    for kind, cells in sorted(evidence.by_chance.items()):
        yield Reason(
            code="hits_by_chance",
            what=f"{cells} of {evidence.profile.filled} values look like {kind}; "
            "chance explains them",
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
            share = cells / filled
            sure = 1 + share if entity in BY_NAME else share * _OF_MODEL
            yield _Ground(concept=of_entity, sure=sure, reason=told)
    if header is not None:
        told = Reason(
            code="by_header", what=f"the header says {header.word} ({header.concept.title})"
        )
        yield _Ground(concept=header.concept, sure=header.strength, reason=told)
    if not any(prevailing(evidence.found, filled)):
        yield from _by_fit(evidence.profile)
    for shape, name in _BY_SHAPE:
        share = evidence.profile.share(shape)
        by_surname = evidence.names_sought and shape == "name"
        if by_surname and evidence.found.get("PERSON_NAME", 0) < _BY_MODEL * filled:
            continue
        if share >= _PLAIN:
            told = Reason(
                code="by_shape", what=f"{share:.0%} of the values looked at have the shape {shape}"
            )
            yield _Ground(concept=concept(name), sure=share * _SHAPED, reason=told)
            return


def _by_fit(profile: ColumnProfile) -> Iterator[_Ground]:
    for kind, hits in profile.fits.items():
        of_kind = concept_of_entity(kind)
        if of_kind is not None and fitting(kind, hits, profile.sampled):
            told = Reason(
                code="by_fit",
                what=f"{hits} of {profile.sampled} values looked at may be {kind} as a whole, "
                "which chance does not explain",
            )
            yield _Ground(concept=of_kind, sure=_FITTING, reason=told)


def _person_first(grounds: Sequence[_Ground], found: Mapping[str, int]) -> list[_Ground]:
    """A number that fits a firm's by its shape is a person's where the header says so: the number
    of a disability certificate is a resident ID and two digits, as that of a taxpayer is."""
    said = [
        one
        for one in grounds
        if one.reason.code == "by_header"
        and one.sure >= HEAD
        and one.concept.subject is Subject.PERSON
        and one.concept.identifying is Identifying.DIRECT
    ]
    if not said or _CREDIT_CODE in found or grounds[0].concept.subject is not Subject.ENTERPRISE:
        return list(grounds)
    return [*said, *(one for one in grounds if one not in said)]


def _grade(
    evidence: Evidence, grounds: Sequence[_Ground], subject: Subject
) -> tuple[Grade, list[Reason]]:
    if not grounds:
        # An identifier in some cells does not tell what the others are.
        kinds = (*evidence.found, *_in_name(evidence))
        by_kind = [entity_grade(kind) for kind in kinds]
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
    for name in (*evidence.found, *_in_name(evidence)):
        if name == _FIRM and grounds[0].concept.subject is Subject.ENTERPRISE:
            continue
        of_firm = subject is Subject.ENTERPRISE and name in OF_ORGANISATIONS
        grades[name] = (
            min(entity_grade(name), _ENTERPRISE_CONTACT) if of_firm else entity_grade(name)
        )
    grade = highest(grades.values())
    by = "、".join(name for name, one in grades.items() if one == grade)
    return grade, [
        Reason(code="graded", what=f"{GRADES[grade]}: {by}", article=STANDARD),
    ]


def _in_name(evidence: Evidence) -> Iterator[str]:
    """What stands in the column's name; a model's guess counts where the names are values."""
    return (kind for kind in evidence.in_name if kind in BY_NAME or not evidence.name)


def entity_grade(name: str) -> Grade:
    """The least grade of a field that holds this type; what no table tells of is graded as the
    highest of general data."""
    if name in BY_NAME:
        return BY_NAME[name].grade
    of_entity = concept_of_entity(name)
    return of_entity.grade if of_entity is not None else Grade.GENERAL_4


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
    # What a model takes most values for, and their shape: two grounds for one meaning.
    backed = told.count(main.concept) > 1
    return Confidence.SURE if (main.sure >= HEAD or backed) and agreed else Confidence.LIKELY
