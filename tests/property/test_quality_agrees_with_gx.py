"""The streaming engine against stock Great Expectations on pandas: same suites, same answers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.exchange_tables import table
from fakes.quality_case import rule, suite_of
from weir.contracts.dataset import FieldType
from weir.quality.evaluation import evaluate
from weir.quality.suite import read_suite
from weir.storage.parquet import TableReader, write_parquet

FIELDS = {
    "s": FieldType.STRING,
    "s2": FieldType.STRING,
    "i": FieldType.INTEGER,
    "i2": FieldType.INTEGER,
    "n": FieldType.DECIMAL,
    "n2": FieldType.DECIMAL,
    "d": FieldType.DATE,
    "d2": FieldType.DATE,
    "t": FieldType.TIMESTAMP,
    "t2": FieldType.TIMESTAMP,
    "b": FieldType.BOOLEAN,
    "whole": FieldType.DATE,
}
"""`whole` has no nulls: pandas cannot find the least of date objects with one missing."""
Answer = tuple[bool, int | None, int | None]
"""Verdict, unexpected rows, and the rows the rule looked at; None where stock GX does not count."""


def stock(data: pa.Table, expectations: Sequence[dict[str, Any]]) -> list[Answer]:
    """What Great Expectations on pandas says, decimals loaded as doubles as pandas users do."""
    import great_expectations as gx

    frame = pd.DataFrame({name: _pandas(data[name], expectations) for name in data.column_names})
    batch = _stock_table().get_batch({"dataframe": frame})
    # Its results come in another order, so each expectation carries its place along.
    placed = [{**one, "meta": {"place": place}} for place, one in enumerate(expectations)]
    results = batch.validate(gx.ExpectationSuite(**suite_of(placed)), result_format="BASIC").results
    answers: list[Answer] = []
    for result in sorted(results, key=lambda result: result.expectation_config.meta["place"]):
        assert result.exception_info["raised_exception"] is False, "stock GX could not answer"
        counted = result.result.get("element_count") is not None
        looked = None
        if counted and "null" not in result.expectation_config.type:
            looked = result.result["element_count"] - (result.result.get("missing_count") or 0)
        answers.append(
            (
                bool(result.success),
                result.result["unexpected_count"] if counted else None,
                looked if "pair" not in result.expectation_config.type else None,
            )
        )
    return answers


@cache
def _stock_table() -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("stock").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("all")


def streamed(data: pa.Table, expectations: Sequence[dict[str, Any]]) -> list[Answer]:
    """What the streaming engine says, row groups and all."""
    sink = io.BytesIO()
    write_parquet(data.to_batches(), data.schema, sink)
    suite = read_suite(suite_of(expectations), offered=data.column_names, granted=data.column_names)
    checked = evaluate(suite, TableReader(pa.BufferReader(sink.getvalue())), limit_rows=1000)
    return [
        (
            one.passed,
            one.unexpected_rows if one.rule.form.rows else None,
            one.evaluated_rows
            if one.rule.form.rows and "null" not in one.rule.type and "pair" not in one.rule.type
            else None,
        )
        for one in checked
    ]


def _pandas(column: pa.ChunkedArray, expectations: Sequence[dict[str, Any]]) -> pd.Series[Any]:
    """A column as pandas users load it: dates as objects, but as instants where pairs are compared,
    for pandas cannot compare a date object with a missing one."""
    pairs = any("pair" in expectation["type"] for expectation in expectations)
    if pa.types.is_decimal(column.type):
        # not Arrow's own cast, which is off by a last digit for 99.99
        return pd.Series([None if x is None else float(x) for x in column.to_pylist()], dtype=float)
    if pa.types.is_date(column.type) and pairs:
        return pd.to_datetime(column.to_pandas())
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("ns", tz="UTC")).to_pandas()
    return column.to_pandas()


TEXTS = st.sampled_from(["", "a", "ab", "ab\n", "A1", "510903", "５１", "船山区", "a b", "x" * 40])
WHOLE = st.integers(-5, 5)
EXACT = st.sampled_from(
    [Decimal(x) for x in ("-2", "-0.1", "0", "0.1", "0.3", "1.5", "2", "99.99")]
)
DAYS = st.dates(date(2024, 2, 27), date(2024, 3, 2))
INSTANTS = st.sampled_from([datetime(2024, 3, 1, h, tzinfo=UTC) for h in (0, 1, 23)])
BOUNDS = st.sampled_from([-3, 0, 1, 2, 0.1, 0.3, "0.3", 1.5, 99.99, 0.00005])
KINDS = {"s": TEXTS, "i": WHOLE, "n": EXACT, "d": DAYS, "t": INSTANTS, "b": st.booleans()}
MOSTLY = st.sampled_from([0, 0.5, 0.75, 0.9, 1, None])


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """A small table; now and then a column holds nulls alone, or the table nothing."""
    cells = [
        DAYS
        if name == "whole"
        else st.none() | KINDS[name[0]]
        if draw(st.integers(0, 9))
        else st.none()
        for name in FIELDS
    ]
    rows = draw(st.lists(st.tuples(*cells), max_size=12))
    return table(
        FIELDS, [*rows, *draw(st.lists(st.sampled_from(rows or [()]), max_size=3))] if rows else []
    )


def _bounds(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> dict[str, Any]:
    low, high = sorted(
        (draw(values), draw(values)),
        key=lambda v: (float(v) if not isinstance(v, str) or v == "0.3" else 0, str(v)),
    )
    ends = draw(st.sampled_from(["both", "min", "max"]))
    kwargs = {"min_value": low} if ends != "max" else {}
    kwargs |= {"max_value": high} if ends != "min" else {}
    for strict in ("strict_min", "strict_max"):
        if draw(st.booleans()):
            kwargs[strict] = True
    return kwargs


NUMBERS = ("i", "n")
DATES = st.sampled_from(["2024-02-28", "2024-02-29", "2024-03-01"])
TIMES = st.sampled_from(["2024-03-01T00:00:00+00:00", "2024-03-01T09:00:00+08:00"])


@st.composite
def expectations(draw: st.DrawFn) -> dict[str, Any]:
    """Any supported expectation but pairs, on a column it suits."""
    kind = draw(st.sampled_from(sorted(MAKERS)))
    made: dict[str, Any] = MAKERS[kind](draw)
    mostly = draw(MOSTLY)
    return (
        rule(kind, **made)
        if mostly is None or kind in NO_MOSTLY
        else rule(kind, mostly=mostly, **made)
    )


def _between(draw: st.DrawFn) -> dict[str, Any]:
    column, bounds = draw(
        st.sampled_from([("i", BOUNDS), ("n", BOUNDS), ("d", DATES), ("t", TIMES)])
    )
    return {"column": column, **_bounds(draw, bounds)}


def _extreme(draw: st.DrawFn) -> dict[str, Any]:
    column, bounds = draw(
        st.sampled_from([("i", BOUNDS), ("n", BOUNDS), ("whole", DATES), ("t", TIMES)])
    )
    return {"column": column, **_bounds(draw, bounds)}


def _mean(draw: st.DrawFn) -> dict[str, Any]:
    return {"column": draw(st.sampled_from(NUMBERS)), **_bounds(draw, BOUNDS)}


def _any_column(draw: st.DrawFn) -> dict[str, Any]:
    return {"column": draw(st.sampled_from(sorted(FIELDS)))}


def _set(draw: st.DrawFn) -> dict[str, Any]:
    column, values = draw(
        st.sampled_from(
            [
                ("s", TEXTS),
                ("i", WHOLE),
                ("n", st.sampled_from([0, 2, 0.1, 0.3, 99.99, 5])),
                ("b", st.booleans()),
            ]
        )
    )
    return {"column": column, "value_set": draw(st.lists(values, min_size=1, max_size=4))}


def _compound(draw: st.DrawFn) -> dict[str, Any]:
    columns = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=2, max_size=3, unique=True))
    how = st.sampled_from(["all_values_are_missing", "any_value_is_missing", "never"])
    return {"column_list": columns, "ignore_row_if": draw(how)}


def _regex(draw: st.DrawFn) -> dict[str, Any]:
    patterns = [
        "^a",
        "b$",
        "^ab$",
        "^[0-9]{6}$",
        "[^a-z]",
        "^$",
        "山|a b",
        r"^.b\Z",
        "^(?:a|A)[0-9]?$",
    ]
    return {"column": "s", "regex": draw(st.sampled_from(patterns))}


def _lengths(draw: st.DrawFn) -> dict[str, Any]:
    return {"column": "s", **_bounds(draw, st.integers(0, 6))}


MAKERS = {
    "expect_column_values_to_not_be_null": _any_column,
    "expect_column_values_to_be_null": _any_column,
    "expect_column_values_to_be_unique": _any_column,
    "expect_compound_columns_to_be_unique": _compound,
    "expect_column_values_to_match_regex": _regex,
    "expect_column_values_to_be_in_set": _set,
    "expect_column_values_to_be_between": _between,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_table_row_count_to_be_between": lambda draw: _bounds(draw, st.integers(0, 12)),
    "expect_column_to_exist": _any_column,
    "expect_table_columns_to_match_set": lambda draw: {
        "column_set": draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, unique=True)),
        "exact_match": draw(st.booleans()),
    },
    "expect_column_mean_to_be_between": _mean,
    "expect_column_min_to_be_between": _extreme,
    "expect_column_max_to_be_between": _extreme,
    "expect_column_distinct_values_to_be_in_set": _set,
}
NO_MOSTLY = {
    kind for kind in MAKERS if "table" in kind or "exist" in kind or "column_m" in kind
} | {"expect_column_distinct_values_to_be_in_set"}
OFTEN = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@OFTEN
@given(data=tables(), suite=st.lists(expectations(), min_size=1, max_size=8))
def test_verdicts_and_counts_are_those_of_stock_gx(
    data: pa.Table, suite: list[dict[str, Any]]
) -> None:
    """Whatever the table and the suite, no answer differs."""
    assert streamed(data, suite) == stock(data, suite)


PAIRS = [("i", "i2"), ("n", "n2"), ("i", "n"), ("n", "i"), ("d", "d2"), ("t", "t2")]
IGNORED = ["both_values_are_missing", "either_value_is_missing", "neither"]


@OFTEN
@given(
    data=tables(),
    columns=st.sampled_from(PAIRS),
    how=st.sampled_from(IGNORED),
    or_equal=st.booleans(),
    mostly=MOSTLY,
)
def test_pairs_are_compared_as_stock_gx_compares_them(
    data: pa.Table, columns: tuple[str, str], how: str, mostly: float | None, *, or_equal: bool
) -> None:
    """Numbers with numbers, dates with dates, instants with instants, and the nulls between."""
    kwargs = {"or_equal": or_equal, "ignore_row_if": how, "mostly": mostly}
    one = rule(
        "expect_column_pair_values_a_to_be_greater_than_b",
        column_A=columns[0],
        column_B=columns[1],
        **{name: value for name, value in kwargs.items() if value is not None},
    )
    assert streamed(data, [one]) == stock(data, [one])


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_severity_changes_no_figure(severity: str) -> None:
    """Critical rules remember their rows and warnings do not; both count the same."""
    data = table(FIELDS, [("a", *[None] * 11), ("b", *[None] * 11), ("a", *[None] * 11)])
    suite = [
        rule("expect_column_values_to_match_regex", severity, column="s", regex="a"),
        rule("expect_column_values_to_be_unique", severity, column="s"),
    ]
    assert streamed(data, suite) == [(False, 1, 3), (False, 2, 3)] == stock(data, suite)
