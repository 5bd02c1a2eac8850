"""A suite against a table: Great Expectations judges, on figures from the streaming engine.

Results are BOOLEAN_ONLY: no sample, no observed value. What Great Expectations would let pass in
silence is refused here: an exception it kept in `exception_info`, a figure that is missing (it
takes that for vacuously true), a verdict that its own figures contradict.

This module imports Great Expectations, which takes seconds: import it where it is used.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "False"  # read when the library is imported

import great_expectations as gx
from great_expectations.core import ExpectationSuite
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.validator.validator import Validator

from weir.errors import ContractError, WeirError
from weir.quality.engine import Owner, StreamingEngine
from weir.quality.keys import Keys
from weir.quality.suite import ARTICLE, Rule, Severity, Suite
from weir.quality.tallies import BadRows, engine_error
from weir.storage.sealed_table import TableReader

_UNEXPECTED = "{}.unexpected_count"
_FILTERED = "{}.filtered_row_count"
_NONNULL = "column_values.nonnull"
_OVER_NULLS = (_NONNULL, "column_values.null")
_ROW_COUNT = "table.row_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A rule and what became of it.

    A table rule looks at all rows and has no unexpected ones. `bad` holds the bad rows of a
    critical row rule, None of any other.
    """

    rule: Rule
    passed: bool
    evaluated_rows: int
    unexpected_rows: int
    bad: BadRows | Keys | None


def evaluate(suite: Suite, table: TableReader, *, limit_rows: int) -> tuple[Checked, ...]:
    """Evaluate every rule of `suite`, in its order, over all rows of `table`.

    Bad rows are remembered up to `limit_rows` per critical row rule. Raises `ContractError`
    (`suite_invalid`, `expectation_unsuited`) for what cannot be evaluated at all, `QualityError`
    (`quality_engine_error`) when the evaluation cannot be trusted; errors of reading pass through.
    """
    runtime = {"result_format": "BOOLEAN_ONLY", "catch_exceptions": False}
    with _quietly():
        expectations = [_parse(rule, suite.name) for rule in suite.rules]
        needs = [_needs(expectation, runtime) for expectation in expectations]
        engine = StreamingEngine(table, _owners(suite, expectations, needs), limit_rows=limit_rows)
        validator = Validator(execution_engine=engine, data_context=_context())
        try:
            results = validator.graph_validate(
                configurations=[expectation.configuration for expectation in expectations],
                runtime_configuration=runtime,
            )
        except WeirError:
            raise
        except Exception as error:  # noqa: BLE001  # its message may quote cells
            raise engine_error("all", error) from None
    if len(results) != len(suite.rules) or engine.rows != table.rows:
        raise engine_error("all", LookupError())
    return tuple(
        _checked(rule, expectation, result, engine, need)
        for rule, expectation, result, need in zip(
            suite.rules, expectations, results, needs, strict=True
        )
    )


def _context() -> Any:
    """A context that keeps nothing, builds no site and draws no progress bar."""
    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )


def _parse(rule: Rule, suite: str) -> Any:
    try:
        (expectation,) = ExpectationSuite(name=suite, expectations=[dict(rule.config)]).expectations
    except Exception as error:  # noqa: BLE001  # pydantic's, marshmallow's and its own
        raise ContractError(
            "suite_invalid",
            "Great Expectations does not accept this expectation",
            where={"suite": suite, "expectation": rule.name, "cause": type(error).__name__},
            article=ARTICLE,
            remedy="correct its arguments by the documentation of Great Expectations 1.24",
        ) from None
    return expectation


def _needs(expectation: Any, runtime: Mapping[str, Any]) -> dict[str, object]:
    """The metrics that the expectation's verdict rests on: their ids by name."""
    needed = expectation.get_validation_dependencies(runtime_configuration=dict(runtime))
    return {name: metric.id for name, metric in needed.metric_configurations.items()}


def _owners(
    suite: Suite, expectations: Sequence[Any], needs: Sequence[Mapping[str, object]]
) -> dict[object, Owner]:
    owners: dict[object, Owner] = {}
    for rule, expectation, need in zip(suite.rules, expectations, needs, strict=True):
        for metric in need.values():
            owners.setdefault(metric, Owner(rule=rule.name, keep_rows=False))
        if rule.form.rows and rule.severity is Severity.CRITICAL:
            marking = need[_UNEXPECTED.format(expectation.map_metric)]
            owners[marking] = Owner(rule=rule.name, keep_rows=True)
    return owners


def _checked(
    rule: Rule, expectation: Any, result: Any, engine: StreamingEngine, need: Mapping[str, object]
) -> Checked:
    asked, answered = expectation.configuration, result.expectation_config
    same = answered.type == asked.type and answered.kwargs == asked.kwargs
    if not same or _raised(result.exception_info):
        raise engine_error(rule.name, RuntimeError())
    passed = bool(result.success)
    if not rule.form.rows:
        return Checked(
            rule=rule,
            passed=passed,
            evaluated_rows=engine.rows,
            unexpected_rows=0,
            bad=None,
        )
    figures: dict[str, int] = {
        name: engine.values[metric] for name, metric in need.items() if metric in engine.values
    }
    if len(figures) != len(need):
        raise engine_error(rule.name, LookupError())
    marking = _UNEXPECTED.format(expectation.map_metric)
    unexpected, evaluated = figures[marking], figures[_ROW_COUNT]
    if _FILTERED.format(expectation.map_metric) in figures:
        evaluated = figures[_FILTERED.format(expectation.map_metric)]
    elif expectation.map_metric not in _OVER_NULLS:
        evaluated -= figures[_UNEXPECTED.format(_NONNULL)]
    lenient = unexpected > 0 and expectation.mostly < 1
    if not 0 <= unexpected <= evaluated <= engine.rows or (
        not lenient and passed is not (unexpected == 0)
    ):
        raise engine_error(rule.name, ArithmeticError())
    return Checked(
        rule=rule,
        passed=passed,
        evaluated_rows=evaluated,
        unexpected_rows=unexpected,
        bad=engine.marked[need[marking]] if rule.severity is Severity.CRITICAL else None,
    )


def _raised(exception_info: object) -> bool:
    """Whether any level of GX's record (one per metric, or one in all) tells of an exception."""
    if not isinstance(exception_info, Mapping):
        return False
    return bool(exception_info.get("raised_exception")) or any(
        _raised(inner) for inner in exception_info.values()
    )


@contextmanager
def _quietly() -> Iterator[None]:
    """Nothing of Great Expectations' own logging, which quotes cells, gets out."""
    logger, silence = logging.getLogger("great_expectations"), logging.NullHandler()
    propagated = logger.propagate
    logger.propagate = False
    logger.addHandler(silence)
    try:
        yield
    finally:
        logger.removeHandler(silence)
        logger.propagate = propagated
