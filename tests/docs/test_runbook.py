"""The runbook knows what can happen, and nothing that cannot."""

from __future__ import annotations

import re

from docs.code_facts import error_codes, outages_and_reasons
from docs.pages import page

RUNBOOK = page("docs/runbook.md")
CODE = re.compile(r"`([a-z0-9_]+)`")
NOTES = {
    "hits_by_chance",
    "identifier_in_header",
    "catalogue_disagrees",
    "by_header",
    "by_fit",
    "by_shape",
    "by_table",
    "by_values",
    "formulas_by_result",
    "formulas_without_result",
    "grade_unknown",
    "graded",
    "header_found_below",
    "header_of_two_rows",
    "header_may_be_data",
    "highest_wins",
    "identifying_together",
    "large_scale_personal",
    "names_outweighed",
    "no_rows",
    "personal_information",
    "read_as_encoding",
    "read_with_delimiter",
    "sheet_hidden",
    "workbook_parts_not_scanned",
}
"""Reasons that refuse nothing: notes of a scan, and grounds of a proposed grade."""


def _rows() -> list[list[str]]:
    """Every row but those about Airflow's own states."""
    _, *tables = RUNBOOK.tables
    return [row for table in tables for row in table[1:]]


def _codes() -> list[str]:
    return [code for row in _rows() for code in CODE.findall(row[0])]


def test_every_code_of_the_runbook_exists() -> None:
    """What an operator is told to look for can be seen."""
    assert _codes()
    assert set(_codes()) <= error_codes()


def test_every_outage_and_every_reason_of_a_verdict_has_its_line() -> None:
    """Whoever adds one says what to do about it."""
    told = {*_codes(), *NOTES, ""}
    missing = {code: path.name for code, path in outages_and_reasons() if code not in told}
    assert missing == {}


def test_every_line_says_what_it_means_and_what_to_do() -> None:
    """Four cells: what is seen, what it means, what to do, how to see that it is over."""
    for row in _rows():
        seen, meaning, do, _over = row
        assert seen
        assert meaning
        assert do


def test_other_documents_leave_errors_to_the_runbook() -> None:
    """Operations links to it and keeps no table of its own."""
    operations = page("docs/operations.md")
    assert "runbook.md" in operations.links
    assert not any(table[0][0] == "you see" for table in operations.tables)
