"""Where the catalogue says less of a field than its header and values do (第五条).

These are findings for the provider, who classifies and grades its data: they refuse nothing. What
the catalogue grades higher, or knows better, is its own decision and no finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weir.contracts.dataset import Classification, Dataset, DatasetField
from weir.contracts.plan import PlannedField
from weir.model import Grade, Reason
from weir.privacy.classification.decision import Confidence, FieldDecision
from weir.privacy.classification.lexicon import Subject
from weir.privacy.table_scan import ScannedColumn

_CATALOGUE = "第五条"


def disagreements(
    columns: Sequence[ScannedColumn], fields: Sequence[FieldDecision], dataset: Dataset
) -> Iterator[Reason]:
    """A reason for each field that `dataset` leaves out, grades lower, or does not mark."""
    for column, decided in zip(columns, fields, strict=True):
        listed = dataset.fields.get(column.name)
        name = f"{dataset.dataset}.{decided.column}"
        if listed is None:
            yield _reason(name, "it is not in the catalogue", "add the field to the catalogue")
        else:
            yield from field_disagreements(name, decided, listed)


def field_disagreements(
    name: str, decided: FieldDecision, listed: DatasetField | PlannedField
) -> Iterator[Reason]:
    """The same for one field; a decision that is not sure finds nothing."""
    if decided.confidence is not Confidence.SURE:
        return
    why = "; ".join(reason.what for reason in decided.reasons)
    if listed.grade is not None and _graded(listed.grade) < _graded(decided.grade):
        yield _reason(
            name,
            f"it is graded {int(listed.grade)}, and {int(decided.grade)} is due: {why}",
            "grade the field higher, or say why not",
        )
    if decided.sensitive and not listed.sensitive:
        yield _reason(
            name,
            f"it is not marked as sensitive personal information: {why}",
            "mark the field as sensitive, or say why not",
        )
    if listed.classification is not None and _is_personal(decided) and not _of_person(listed):
        yield _reason(
            name,
            f"it is classified as {listed.classification}, and is about persons: {why}",
            "classify the field as what it tells of a person",
        )


def names_expected(listed: Classification | None) -> frozenset[str]:
    """Of persons' names and addresses, those that most values of a field so classified may hold: an
    address can be a firm's or a public facility's, a name is a person's."""
    kind = listed or ""
    if kind.startswith("person_"):
        return frozenset({"PERSON_NAME", "ADDRESS"})
    if kind.startswith("enterprise_") or kind is Classification.PUBLIC_SERVICE:
        return frozenset({"ADDRESS"})
    return frozenset()


def _graded(grade: Grade) -> Grade:
    """What may be important data is its department's to name: here it counts as general 4."""
    return min(grade, Grade.GENERAL_4) if grade is Grade.IMPORTANT else grade


def _is_personal(decided: FieldDecision) -> bool:
    return (
        decided.subject is Subject.PERSON
        and decided.classification is not None
        and decided.classification.value.startswith("person_")
    )


def _of_person(listed: DatasetField | PlannedField) -> bool:
    kind = listed.classification
    return kind is Classification.FREE_TEXT or (kind or "").startswith("person_")


def _reason(name: str, what: str, remedy: str) -> Reason:
    return Reason(
        code="catalogue_disagrees", what=f"{name}: {what}", article=_CATALOGUE, remedy=remedy
    )
