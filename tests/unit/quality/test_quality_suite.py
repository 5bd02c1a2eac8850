"""Reading suites: strict, and without Great Expectations."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

from fakes.quality_case import rule, suite_of
from weir.errors import ContractError, QualityError
from weir.quality.suite import TOLERANCE, Severity, Suite, read_suite
from weir.settings import ROOT

NOT_NULL = "expect_column_values_to_not_be_null"


def read(document: dict[str, Any], granted: tuple[str, ...] = ("id", "usage")) -> Suite:
    return read_suite(document, offered=("id", "usage"), granted=granted)


def test_severity_is_the_native_field_and_blocks_unless_stated() -> None:
    """A suite written without a word on severity is as strict as Great Expectations means it."""
    bare = {"type": NOT_NULL, "kwargs": {"column": "id"}}
    suite = read(suite_of([bare, rule(NOT_NULL, "warning", column="usage")]))
    assert [one.severity for one in suite.rules] == [Severity.CRITICAL, Severity.WARNING]
    assert suite.tolerance == 0


def test_rules_are_split_by_what_was_granted() -> None:
    """A rule over several columns needs them all; a rule on the table needs none."""
    pair = rule("expect_compound_columns_to_be_unique", column_list=["id", "usage"])
    count = rule("expect_table_row_count_to_be_between", min_value=1)
    suite = read(suite_of([pair, count, rule(NOT_NULL, column="id")]), granted=("id",))
    assert [one.name for one in suite.rules] == [
        "expect_table_row_count_to_be_between()",
        f"{NOT_NULL}(id)",
    ]
    assert [one.name for one in suite.not_granted] == [
        "expect_compound_columns_to_be_unique(id, usage)"
    ]


def test_a_suite_that_would_check_nothing_is_refused() -> None:
    """Passing because nothing was looked at is no pass."""
    with pytest.raises(QualityError, match="suite_checks_nothing"):
        read(suite_of([rule(NOT_NULL, column="usage")]), granted=("id",))


def test_an_unknown_expectation_is_refused_with_its_name_and_a_remedy() -> None:
    """The remedy lists what is supported."""
    with pytest.raises(ContractError) as refusal:
        read(suite_of([rule("expect_column_values_to_be_dateutil_parseable", column="id")]))
    assert refusal.value.code == "expectation_unsupported"
    assert refusal.value.where["expectation"] == "expect_column_values_to_be_dateutil_parseable"
    assert NOT_NULL in refusal.value.remedy


@pytest.mark.parametrize(
    "argument",
    [
        {"row_condition": 'col("usage") > 1', "condition_parser": "great_expectations"},
        {"result_format": "COMPLETE"},
        {"catch_exceptions": True},
        {"windows": []},
        {"mostly": {"$PARAMETER": "share"}},
    ],
)
def test_arguments_that_would_change_what_is_judged_or_told_are_refused(
    argument: dict[str, Any],
) -> None:
    """Row conditions and parameters are not supported; result formats could carry cells."""
    with pytest.raises(ContractError, match="expectation_unsupported"):
        read(suite_of([{"type": NOT_NULL, "kwargs": {"column": "id", **argument}}]))


def test_a_column_that_the_dataset_does_not_have_is_refused() -> None:
    """A misspelt column is not one that was not granted."""
    with pytest.raises(ContractError, match="usgae") as refusal:
        read(suite_of([rule(NOT_NULL, column="usgae")]))
    assert refusal.value.code == "suite_column_unknown"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"name": 1, "expectations": [rule(NOT_NULL, column="id")]},
        {"name": "x", "expectations": []},
        {"name": "x", "expectations": {}},
        {"name": "x", "expectations": [None]},
        {"name": "x", "expectations": [{"type": NOT_NULL}]},
        {"name": "x", "expectations": [{"type": NOT_NULL, "kwargs": {}}]},
        {"name": "x", "expectations": [rule(NOT_NULL, column=["a", 1])]},
        {"name": "x", "expectations": [rule(NOT_NULL, "fatal", column="id")]},
        {"name": "x", "expectations": [{**rule(NOT_NULL, column="id"), "serverity": "info"}]},
        {"name": "x", "expectations": [rule(NOT_NULL, column="id")], "data_asset_type": "t"},
    ],
)
def test_a_misshapen_suite_is_refused(document: dict[str, Any]) -> None:
    """Nothing is guessed and no key is overlooked."""
    with pytest.raises(ContractError, match="suite_invalid"):
        read(document)


@pytest.mark.parametrize("share", ["-0.1", "1.01", "NaN", "Infinity", "a few", "", 0.01, None, 1])
def test_a_tolerance_that_is_no_share_is_refused(share: object) -> None:
    """Text only: a float has no exact form to be signed."""
    document = {**suite_of([rule(NOT_NULL, column="id")]), "meta": {TOLERANCE: share}}
    with pytest.raises(ContractError, match="suite_invalid"):
        read(document)


@pytest.mark.parametrize("share", ["0", "0.005", "1"])
def test_a_tolerance_is_read_exactly(share: str) -> None:
    """As the decimal it is written as."""
    assert read(suite_of([rule(NOT_NULL, column="id")], share)).tolerance == Decimal(share)


def test_hostile_names_are_told_short() -> None:
    """A refusal repeats no more of a hostile suite than a line holds."""
    with pytest.raises(ContractError) as refusal:
        read(suite_of([rule("x" * 1_000_000, column="id")]))
    assert len(str(refusal.value)) < 2000
    with pytest.raises(ContractError) as refusal:
        read(suite_of([rule(NOT_NULL, column="y" * 1_000_000)]))
    assert len(str(refusal.value)) < 2000


def test_the_stage_is_imported_without_great_expectations() -> None:
    """Its import takes seconds, which belong to the run that needs it."""
    code = "import sys, weir.quality.check; sys.exit('great_expectations' in sys.modules)"
    environment = {"PYTHONPATH": str(ROOT / "include")}
    done = subprocess.run([sys.executable, "-c", code], check=False, env=environment)
    assert done.returncode == 0
