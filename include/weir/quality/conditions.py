"""What each row expectation asks of a row, as Polars expressions.

The names and the meaning are those of Great Expectations' map metrics on pandas: nulls are passed
over (NaN counts as null), duplicates all count, a comparison with null fails. One condition serves
to count rows and to pick them for quarantine. Where pandas would compare a value with something of
another type, here is a refusal instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import polars as pl

from weir.errors import ContractError
from weir.quality.regex import UnsupportedPatternError, rust_pattern
from weir.quality.suite import ARTICLE

_EXACT = 2**53
"""Great Expectations reads numeric bounds as doubles; beyond this they are no longer exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`bad` marks the rows that break the expectation, `considered` those it looks at at all."""

    bad: pl.Expr
    considered: pl.Expr


def values(schema: pl.Schema, column: str) -> pl.Expr:
    """The cells of a column, with NaN as null."""
    expression = pl.col(column)
    return expression.fill_nan(None) if schema[column].is_float() else expression


def condition(
    metric: str, domain: Mapping[str, Any], value: Mapping[str, Any], schema: pl.Schema
) -> Condition:
    """The condition of a map metric (its name without suffix) in a table of this schema.

    Raises `ContractError` (`expectation_unsuited`) where the arguments do not fit the column.
    """
    if metric == "column_pair_values.a_greater_than_b":
        return _pair(domain, value, schema)
    column = domain["column"]
    cells, kind = values(schema, column), schema[column]
    match metric:
        case "column_values.nonnull":
            return Condition(bad=cells.is_null(), considered=_every_row())
        case "column_values.null":
            return Condition(bad=cells.is_not_null(), considered=_every_row())
        case "column_values.match_regex":
            good = _matches(cells, kind, column, value["regex"])
        case "column_values.in_set":
            good = cells.is_in(members(kind, column, value["value_set"]).implode())
        case "column_values.between":
            good = _between(cells, kind, column, value)
        case "column_values.value_length.between":
            if kind != pl.String:
                raise unsuited("only text has a length", column, kind)
            good = _between(cells.str.len_chars(), pl.Int64(), column, value)
        case _:
            raise KeyError(metric)
    return Condition(bad=(~good).fill_null(value=False), considered=cells.is_not_null())


def key_rows(columns: Sequence[str], ignore_row_if: str, schema: pl.Schema) -> pl.Expr:
    """The rows that a uniqueness expectation compares."""
    nulls = [values(schema, column).is_null() for column in columns]
    return ~_missing(nulls, ignore_row_if)


def members(kind: pl.DataType, column: str, value_set: Sequence[object]) -> pl.Series:
    """A value set in the type of its column."""
    try:
        if kind == pl.String and all(isinstance(member, str) for member in value_set):
            return pl.Series(value_set, dtype=pl.String)
        if kind == pl.Boolean and all(isinstance(member, bool) for member in value_set):
            return pl.Series(value_set, dtype=pl.Boolean)
        if kind.is_numeric() and all(_is_number(member) for member in value_set):
            exact = [Decimal(str(member)) for member in value_set]
            if kind.is_integer():
                # A fraction equals no integer, so it may be left out of the set.
                return pl.Series([int(x) for x in exact if x == int(x)], dtype=kind)
            if kind.is_decimal():
                fitting = [x for x in exact if _fits(x, kind)]
                return pl.Series(fitting, dtype=kind)
            return pl.Series([float(x) for x in exact], dtype=kind)
    except (ValueError, OverflowError, TypeError, pl.exceptions.PolarsError):
        pass
    raise unsuited("the value set is not of the column's type", column, kind)


def unsuited(what: str, column: str, kind: pl.DataType) -> ContractError:
    return ContractError(
        "expectation_unsuited",
        what,
        where={"column": column, "type": str(kind)},
        article=ARTICLE,
        remedy="correct the expectation, or the type in the dataset contract",
    )


def _pair(domain: Mapping[str, Any], value: Mapping[str, Any], schema: pl.Schema) -> Condition:
    first, second = domain["column_A"], domain["column_B"]
    kinds = schema[first], schema[second]
    a, b = values(schema, first), values(schema, second)
    if all(kind.is_numeric() for kind in kinds):
        if any(kind.is_decimal() for kind in kinds) and not any(kind.is_float() for kind in kinds):
            a, b = (x.cast(pl.Decimal(38, _scale(kinds))) for x in (a, b))
    elif kinds[0] != kinds[1] or kinds[0] == pl.Boolean:
        raise unsuited(f"cannot be compared with {second}", first, kinds[0])
    good = a >= b if value.get("or_equal") else a > b
    considered = ~_missing([a.is_null(), b.is_null()], domain["ignore_row_if"])
    return Condition(bad=considered & ~good.fill_null(value=False), considered=considered)


def _missing(nulls: Sequence[pl.Expr], ignore_row_if: str) -> pl.Expr:
    match ignore_row_if:
        case "all_values_are_missing" | "both_values_are_missing":
            return pl.all_horizontal(nulls)
        case "any_value_is_missing" | "either_value_is_missing":
            return pl.any_horizontal(nulls)
        case _:
            return ~_every_row()


def _every_row() -> pl.Expr:
    return pl.repeat(value=True, n=pl.len())


def _matches(cells: pl.Expr, kind: pl.DataType, column: str, regex: str) -> pl.Expr:
    if kind != pl.String:
        raise unsuited("only text can match a pattern", column, kind)
    try:
        return cells.str.contains(rust_pattern(regex))
    except UnsupportedPatternError as error:
        raise unsuited(f"the pattern cannot be used: {error}", column, kind) from None


def _between(cells: pl.Expr, kind: pl.DataType, column: str, value: Mapping[str, Any]) -> pl.Expr:
    lower, upper = value.get("min_value"), value.get("max_value")
    if (
        lower is not None
        and upper is not None
        and (type(lower) is not type(upper) or lower > upper)
    ):
        raise unsuited("min_value is above max_value, or of another type", column, kind)
    good = pl.lit(value=True)
    if lower is not None:
        strict = bool(value.get("strict_min"))
        bound = _bound(lower, kind, column, up=not strict)
        good = (cells > bound) if strict else (cells >= bound)
    if upper is not None:
        strict = bool(value.get("strict_max"))
        bound = _bound(upper, kind, column, up=strict)
        good = good & ((cells < bound) if strict else (cells <= bound))
    return good


def _bound(bound: object, kind: pl.DataType, column: str, *, up: bool) -> pl.Expr:
    """A bound in the column's type. One finer than the type is rounded, up or down, to the step
    that divides its values alike."""
    if kind == pl.Date and type(bound) is date:
        return pl.lit(bound)
    if isinstance(kind, pl.Datetime) and isinstance(bound, datetime) and bound.tzinfo is not None:
        return pl.lit(bound.astimezone(UTC), dtype=kind)
    if kind.is_numeric() and _is_number(bound) and abs(float(bound)) <= _EXACT:  # type: ignore[arg-type]  # a number, by the line itself
        if kind.is_float():
            return pl.lit(bound, dtype=kind)
        exact = Decimal(str(bound))
        rounding = ROUND_CEILING if up else ROUND_FLOOR
        if kind.is_integer():
            return pl.lit(int(exact.to_integral_value(rounding)), dtype=pl.Int64)
        scale = _scale([kind])
        return pl.lit(exact.quantize(Decimal(1).scaleb(-scale), rounding), pl.Decimal(38, scale))
    raise unsuited("the bound is not of the column's type", column, kind)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _scale(kinds: Sequence[pl.DataType]) -> int:
    return max(kind.scale for kind in kinds if isinstance(kind, pl.Decimal))


def _fits(number: Decimal, kind: pl.DataType) -> bool:
    step = Decimal(1).scaleb(-_scale([kind]))
    return number % step == 0
