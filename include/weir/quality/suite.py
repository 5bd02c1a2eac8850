"""Expectation suites: standard Great Expectations 1.x JSON, one file per dataset.

    {"name": "water-bills",
     "meta": {"quarantine_tolerance": "0.01"},
     "expectations": [{"type": "expect_column_values_to_not_be_null",
                       "kwargs": {"column": "bill_id"},
                       "severity": "critical",
                       "description": "户表账单号必填"}]}

Severity is the standard field: `critical` (its default) blocks, `warning` and `info` are reported
only. `meta.quarantine_tolerance` is the share of rows, as text, that blocking row expectations may
put into quarantine before the dataset is refused; without it, "0". A bound with a fraction is best
written as text ("0.5"), which Great Expectations reads as a number and which has one exact form.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from weir.errors import ContractError, QualityError

ARTICLE = "第六条"
TOLERANCE = "quarantine_tolerance"


class Severity(StrEnum):
    """What a failure means, in the words of Great Expectations."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What one type of expectation may say. `rows` are types whose bad rows can be told apart."""

    title: str
    columns: tuple[str, ...] = ("column",)
    kwargs: frozenset[str] = frozenset()
    rows: bool = True


_BOUNDS = frozenset({"min_value", "max_value", "strict_min", "strict_max"})
_MOSTLY = frozenset({"mostly"})
_KEYS = {"type", "kwargs", "severity", "description", "meta", "notes", "id"}

FORMS: Mapping[str, Form] = {
    "expect_column_values_to_not_be_null": Form(title="必填", kwargs=_MOSTLY),
    "expect_column_values_to_be_null": Form(title="应为空", kwargs=_MOSTLY),
    "expect_column_values_to_be_unique": Form(title="唯一", kwargs=_MOSTLY),
    "expect_compound_columns_to_be_unique": Form(
        title="组合唯一", columns=("column_list",), kwargs=_MOSTLY | {"ignore_row_if"}
    ),
    "expect_column_values_to_match_regex": Form(title="符合格式", kwargs=_MOSTLY | {"regex"}),
    "expect_column_values_to_be_in_set": Form(title="属于代码集", kwargs=_MOSTLY | {"value_set"}),
    "expect_column_values_to_be_between": Form(title="在范围内", kwargs=_MOSTLY | _BOUNDS),
    "expect_column_value_lengths_to_be_between": Form(
        title="长度在范围内", kwargs=_MOSTLY | _BOUNDS
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": Form(
        title="前者大于后者",
        columns=("column_A", "column_B"),
        kwargs=_MOSTLY | {"or_equal", "ignore_row_if"},
    ),
    "expect_table_row_count_to_be_between": Form(
        title="行数在范围内", columns=(), kwargs=_BOUNDS, rows=False
    ),
    "expect_column_to_exist": Form(title="字段存在", rows=False),
    "expect_table_columns_to_match_set": Form(
        title="字段集合相符", columns=("column_set",), kwargs=frozenset({"exact_match"}), rows=False
    ),
    "expect_column_mean_to_be_between": Form(title="均值在范围内", kwargs=_BOUNDS, rows=False),
    "expect_column_min_to_be_between": Form(title="最小值在范围内", kwargs=_BOUNDS, rows=False),
    "expect_column_max_to_be_between": Form(title="最大值在范围内", kwargs=_BOUNDS, rows=False),
    "expect_column_distinct_values_to_be_in_set": Form(
        title="取值均属于代码集", kwargs=frozenset({"value_set"}), rows=False
    ),
}
"""The expectations that can be evaluated; a suite that names any other is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One expectation of a suite. `config` is its JSON as Great Expectations reads it."""

    type: str
    columns: tuple[str, ...]
    severity: Severity
    description: str
    config: Mapping[str, Any]

    @property
    def form(self) -> Form:
        return FORMS[self.type]

    @property
    def name(self) -> str:
        """Type and columns, as errors, reports and the quarantine name the rule."""
        return f"{self.type}({', '.join(self.columns)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite against one grant. `not_granted` are rules over fields that were not pulled."""

    name: str
    tolerance: Decimal
    rules: tuple[Rule, ...]
    not_granted: tuple[Rule, ...]


def read_suite(
    document: Mapping[str, Any], *, offered: Collection[str], granted: Collection[str]
) -> Suite:
    """Read a suite's JSON. `offered` are the dataset's columns, `granted` those of the snapshot.

    Raises `ContractError`: `suite_invalid` for anything misshapen, `expectation_unsupported` for a
    type or argument that is not in `FORMS`, `suite_column_unknown` for a column that the dataset
    does not have. Raises `QualityError` (`suite_checks_nothing`) when no rule touches the grant.
    """
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise _invalid("a suite has a name", suite="")
    if unknown := set(document) - {"name", "expectations", "meta", "notes", "id"}:
        raise _invalid(f"unknown keys: {_names(unknown)}", suite=name)
    entries = document.get("expectations")
    if not isinstance(entries, list) or not entries:
        raise _invalid("a suite lists at least one expectation", suite=name)
    rules = tuple(_rule(entry, name, offered) for entry in entries)
    checked = tuple(rule for rule in rules if _is_granted(rule, granted))
    if not checked:
        raise QualityError(
            "suite_checks_nothing",
            "no expectation of the suite concerns a granted field",
            where={"suite": name, "expectations": len(rules)},
            article=ARTICLE,
            remedy="add an expectation on the table or on a granted field",
        )
    return Suite(
        name=name,
        tolerance=_tolerance(document.get("meta"), name),
        rules=checked,
        not_granted=tuple(rule for rule in rules if not _is_granted(rule, granted)),
    )


def _is_granted(rule: Rule, granted: Collection[str]) -> bool:
    return all(column in granted for column in rule.columns)


def _rule(entry: object, suite: str, offered: Collection[str]) -> Rule:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("kwargs"), Mapping):
        raise _invalid("an expectation is an object with type and kwargs", suite=suite)
    kind, kwargs = str(entry.get("type")), entry["kwargs"]
    form = FORMS.get(kind)
    if form is None:
        raise _unsupported("this expectation is not supported", suite, kind, _names(FORMS))
    if unknown := set(entry) - _KEYS:
        raise _invalid(f"unknown keys: {_names(unknown)}", suite=suite, expectation=kind)
    allowed = form.kwargs.union(form.columns)
    if unknown := set(kwargs) - allowed:
        what = f"these arguments are not supported: {_names(unknown)}"
        raise _unsupported(what, suite, kind, _names(allowed))
    if any(isinstance(value, Mapping) for value in kwargs.values()):
        raise _unsupported("suite parameters are not supported", suite, kind, "plain values")
    columns = tuple(_columns(form, kwargs, suite, kind))
    if absent := [column for column in columns if column not in offered]:
        raise ContractError(
            "suite_column_unknown",
            f"the dataset has no such column: {_names(absent)}",
            where={"suite": suite, "expectation": kind},
            article=ARTICLE,
            remedy="correct the suite, or the dataset contract",
        )
    try:
        severity = Severity(entry.get("severity", Severity.CRITICAL))
    except ValueError:
        raise _invalid(
            f"severity is one of {_names(list(Severity))}", suite=suite, expectation=kind
        ) from None
    return Rule(
        type=kind,
        columns=columns,
        severity=severity,
        description=str(entry.get("description") or ""),
        config=dict(entry),
    )


def _columns(form: Form, kwargs: Mapping[str, Any], suite: str, kind: str) -> Iterator[str]:
    for argument in form.columns:
        value = kwargs.get(argument)
        names: list[Any] = value if isinstance(value, list) else [value]
        if not names or not all(isinstance(name, str) and name for name in names):
            raise _invalid(f"{argument} names columns", suite=suite, expectation=kind)
        yield from names


def _tolerance(meta: object, suite: str) -> Decimal:
    text = meta.get(TOLERANCE, "0") if isinstance(meta, Mapping) else "0"
    try:
        share = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        share = Decimal("NaN")
    if share.is_nan() or not 0 <= share <= 1:
        raise _invalid(f'meta.{TOLERANCE} is a share as text, "0" to "1"', suite=suite)
    return share


def _names(names: Collection[str]) -> str:
    return ", ".join(sorted(str(name)[:80] for name in names))


def _invalid(what: str, **where: str) -> ContractError:
    return ContractError(
        "suite_invalid",
        what,
        where=where,
        article=ARTICLE,
        remedy="see weir.quality.suite for the form of a suite",
    )


def _unsupported(what: str, suite: str, kind: str, supported: str) -> ContractError:
    return ContractError(
        "expectation_unsupported",
        what,
        where={"suite": suite, "expectation": kind[:120]},
        article=ARTICLE,
        remedy=f"use one of: {supported}",
    )
