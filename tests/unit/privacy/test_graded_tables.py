"""Tables as offices keep and publish them, held to what a data officer makes of their columns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.graded_tables import GradedTable, graded_tables
from weir.contracts.dataset import Classification
from weir.privacy.classification.decision import FieldDecision
from weir.privacy.classification.lexicon import Subject
from weir.privacy.classification.survey import survey
from weir.privacy.names.detector import names_detector

_KINDS = {
    Classification.PERSON_IDENTITY: "PI",
    Classification.PERSON_CONTACT: "PC",
    Classification.PERSON_ATTRIBUTE: "PA",
    Classification.PERSON_PROPERTY: "PP",
    Classification.PERSON_HEALTH: "PH",
    Classification.ENTERPRISE_IDENTITY: "EI",
    Classification.ENTERPRISE_OPERATION: "EO",
    Classification.PUBLIC_SERVICE: "PS",
    Classification.REGION: "RG",
    Classification.TIME: "TM",
    Classification.FREE_TEXT: "FT",
    None: "??",
}
_SUBJECTS = {Subject.PERSON: "p", Subject.ENTERPRISE: "e", Subject.NONE: "-"}
_KNOWN = {("双公示 英文", "permit_content"), ("双公示 英文", ""), ("地名库", "")}
"""Where the model takes a word of a text for a person; "" is the table as a whole."""


def every_table() -> Iterator[GradedTable]:
    for file in ("public.txt", "persons.txt", "more.txt"):
        yield from graded_tables(file)


def short(field: FieldDecision) -> str:
    """A decision in the notation of the files."""
    sensitive = "!" if field.sensitive else ""
    kind = _KINDS[field.classification]
    return f"{kind} {_SUBJECTS[field.subject]}{int(field.grade)}{sensitive}"


@pytest.mark.parametrize("table", [*every_table()], ids=lambda table: table.name)
def test_columns_are_graded_as_a_data_officer_would(table: GradedTable) -> None:
    """Every column, and whom the rows are about and the grade of the whole."""
    batch = table.batch()
    found = survey(batch.schema, [batch], name="t", detector=names_detector())
    wrong = {
        header: short(field)
        for header, expected, field in zip(table.headers, table.expected, found.fields, strict=True)
        if "*" not in expected
        and short(field) not in expected
        and (table.name, header) not in _KNOWN
    }
    assert wrong == {}
    if (table.name, "") not in _KNOWN:
        assert found.subject in table.subjects
        assert int(found.grade) in table.grades


def test_the_tables_are_many_and_their_numbers_valid() -> None:
    """A table that lost its rows would agree with anything."""
    tables = list(every_table())
    assert len(tables) > 60
    assert all(table.rows for table in tables)
    assert len({table.name for table in tables}) == len(tables)
