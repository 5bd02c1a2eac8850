"""Great Expectations' metrics computed in streaming passes over record batches.

The engine takes a sealed or plain table instead of a data frame. Great Expectations parses the
suite, asks for metrics and gives the verdict; the engine answers all it asks in one pass, and in a
second, narrow one over keys that may repeat. It has no metric that returns cells: asked for the
unexpected values themselves, it answers with none.

This module imports Great Expectations, which takes seconds: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import polars as pl
from great_expectations.execution_engine import ExecutionEngine
from great_expectations.expectations.metrics.metric_provider import MetricProvider
from great_expectations.expectations.registry import get_metric_kwargs, register_metric

from weir.quality.conditions import condition, members, unsuited, values
from weir.quality.keys import Keys
from weir.quality.tallies import (
    BadRows,
    Count,
    DistinctOutside,
    Extreme,
    Mean,
    Tally,
    answering_for,
    engine_error,
    scan,
)
from weir.storage.sealed_table import TableReader

_ROWS = "table.row_count"
_COLUMNS = "table.columns"
_DISTINCT = "column.distinct_values.not_in_set"
_DISTINCT_COUNT = "column.distinct_values.not_in_set.count"
_UNEXPECTED = ".unexpected_count"
_FILTERED = ".filtered_row_count"
_CONDITIONS = (
    "column_values.nonnull",
    "column_values.null",
    "column_values.match_regex",
    "column_values.in_set",
    "column_values.between",
    "column_values.value_length.between",
    "column_pair_values.a_greater_than_b",
)
_AGGREGATES = ("column.mean", "column.min", "column.max", _DISTINCT_COUNT)
_UNIQUE = "column_values.unique"
_COMPOUND = "compound_columns.unique"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The rule that a metric belongs to. `keep_rows` asks which rows are bad."""

    rule: str
    keep_rows: bool


class StreamingEngine(ExecutionEngine):  # type: ignore[misc]  # Great Expectations comes untyped
    """An execution engine over one `TableReader`.

    `owners` names the rule behind a metric id, for errors, and says whose bad rows to remember, up
    to `limit_rows` each. After a run, `values` holds all metrics by id, `marked` the tallies that
    know bad rows, and `rows` is how many rows were read.
    """

    def __init__(
        self, table: TableReader, owners: Mapping[object, Owner], *, limit_rows: int
    ) -> None:
        super().__init__()
        self._table = table
        self._owners = owners
        self._limit_rows = limit_rows
        self._schema = pl.DataFrame(table.schema.empty_table()).schema
        self.values: dict[object, Any] = {}
        self.marked: dict[object, BadRows | Keys] = {}
        self.rows = 0

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[Any],
        metrics: Mapping[object, Any] | None = None,
        runtime_configuration: Mapping[str, Any] | None = None,
    ) -> dict[object, Any]:
        """The values of all metrics asked for, by metric id."""
        del metrics, runtime_configuration
        asked = sorted(metrics_to_resolve, key=lambda metric: str(metric.id))
        if not asked:
            return {}
        tallies: dict[object, Tally] = {}
        for metric in asked:
            owner = self._owners.get(metric.id, Owner(rule=metric.metric_name, keep_rows=False))
            with answering_for(owner.rule):
                tally = self._tally(metric, owner)
            if tally is not None:
                tallies[metric.id] = tally
        columns = {column for metric in asked for column in _columns(metric)}
        wanted = [name for name in self._schema.names() if name in columns]
        self.rows = scan(self._table, wanted or self._schema.names()[:1], list(tallies.values()))
        for tally in tallies.values():
            if isinstance(tally, Keys):
                with answering_for(tally.rule):
                    tally.settle(self._table)
        self.marked.update(
            (key, tally) for key, tally in tallies.items() if isinstance(tally, BadRows | Keys)
        )
        found = {
            metric.id: tallies[metric.id].value() if metric.id in tallies else self._plain(metric)
            for metric in asked
        }
        self.values.update(found)
        return found

    def _tally(self, metric: Any, owner: Owner) -> Tally | None:
        """What computes `metric`; None for what is known without looking at cells."""
        name = metric.metric_name
        domain, value = metric.metric_domain_kwargs, metric.metric_value_kwargs
        base = name.rpartition(".")[0]
        if base in (_UNIQUE, _COMPOUND):
            keys = self._keys(metric, owner.rule)
            counted = Count(rule=owner.rule, mask=keys.considered())
            return counted if name.endswith(_FILTERED) else keys
        if base in _CONDITIONS:
            asked = condition(base, domain, value, self._schema)
            if owner.keep_rows:
                return BadRows(rule=owner.rule, mask=asked.bad, limit=self._limit_rows)
            mask = asked.considered if name.endswith(_FILTERED) else asked.bad
            return Count(rule=owner.rule, mask=mask)
        if name in _AGGREGATES:
            return self._aggregate(name, domain["column"], value, owner.rule)
        return None

    def _keys(self, metric: Any, rule: str) -> Keys:
        domain = metric.metric_domain_kwargs
        return Keys(
            rule=rule,
            columns=_columns(metric),
            ignore_row_if=domain.get("ignore_row_if", "any_value_is_missing"),
            schema=self._schema,
            table_rows=self._table.rows,
        )

    def _aggregate(self, name: str, column: str, value: Mapping[str, Any], rule: str) -> Tally:
        cells, kind = values(self._schema, column), self._schema[column]
        if name == _DISTINCT_COUNT:
            allowed = members(kind, column, value["value_set"])
            outside = cells.is_not_null() & ~cells.is_in(allowed.implode())
            return DistinctOutside(rule=rule, cells=cells, mask=outside)
        if name == "column.mean":
            if not kind.is_numeric():
                raise unsuited("only numbers have a mean", column, kind)
            return Mean(rule=rule, cells=cells, whole=kind.is_integer())
        if not (kind.is_numeric() or kind.is_temporal()):
            raise unsuited("only numbers and times have a least and a greatest", column, kind)
        return Extreme(rule=rule, cells=cells, end="min" if name == "column.min" else "max")

    def _plain(self, metric: Any) -> Any:
        known = {_ROWS: self.rows, _COLUMNS: self._schema.names(), _DISTINCT: []}
        if metric.metric_name not in known:
            raise engine_error(metric.metric_name, NotImplementedError())
        return known[metric.metric_name]

    def get_batch_data_and_markers(self, batch_spec: object) -> NoReturn:
        """Not how this engine is fed: it is made with its table."""
        raise NotImplementedError

    def _refuse_row_condition(self, condition: object) -> NoReturn:
        raise NotImplementedError

    _comparison_condition_to_filter_clause = _refuse_row_condition
    _nullity_condition_to_filter_clause = _refuse_row_condition
    _and_condition_to_filter_clause = _refuse_row_condition
    _or_condition_to_filter_clause = _refuse_row_condition


class _AnsweredByEngine(MetricProvider):  # type: ignore[misc]  # as StreamingEngine
    """Tells Great Expectations that the engine computes a metric whole, from no other metric."""


def _columns(metric: Any) -> Sequence[str]:
    domain = metric.metric_domain_kwargs
    if "column_list" in domain:
        return list(domain["column_list"])
    return [domain[key] for key in ("column", "column_A", "column_B") if key in domain]


def _register() -> None:
    maps = (*_CONDITIONS, _UNIQUE)
    for name in (
        *(base + _UNEXPECTED for base in (*maps, _COMPOUND)),
        _COMPOUND + _FILTERED,
        "column_pair_values.a_greater_than_b" + _FILTERED,
        *(_ROWS, _COLUMNS, _DISTINCT, *_AGGREGATES),
    ):
        keys = get_metric_kwargs(name)
        register_metric(
            metric_name=name,
            metric_domain_keys=keys["metric_domain_keys"],
            metric_value_keys=keys["metric_value_keys"],
            execution_engine=StreamingEngine,
            metric_class=_AnsweredByEngine,
            metric_provider=None,
        )


_register()
