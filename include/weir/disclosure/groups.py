"""How many distinct units each group of quasi-identifiers holds, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from weir.contracts.plan import Plan
from weir.contracts.scenario import Disclosure

UNITS = "__units__"
ROWS = "__rows__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """One row per group: the quasi-identifiers, `__units__` distinct units and `__rows__` rows."""

    rule: Disclosure
    table: pl.DataFrame

    @property
    def kept(self) -> pl.DataFrame:
        """The groups of at least k units. A group whose units are unknown is not kept."""
        return self.table.filter(pl.col(UNITS) >= self.rule.k)

    @property
    def small(self) -> pl.DataFrame:
        return self.table.filter(~(pl.col(UNITS) >= self.rule.k).fill_null(value=False))

    def keep(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of `batch` that lie in kept groups, in their order."""
        return (
            _frame(batch)
            .join(
                self.kept.select(self.rule.quasi_identifiers),
                on=list(self.rule.quasi_identifiers),
                how="semi",
                nulls_equal=True,
                maintain_order="left",
            )
            .to_arrow(compat_level=pl.CompatLevel.oldest())
            .cast(batch.schema)
            .combine_chunks()
            .to_batches()
            or [batch.slice(0, 0)]
        )[0]


def count_units(plan: Plan, rule: Disclosure, batches: Iterable[pa.RecordBatch]) -> Groups:
    """The groups of a product under `rule`.

    An aggregate product counts its units itself, in the measure that `rule.unit` names; a group of
    it that stands in several rows counts by its smallest. Otherwise distinct units are counted: a
    person in twenty rows is one, a missing unit is none, and a missing quasi-identifier is a value
    of its own. Memory grows with the distinct pairs of group and unit, not with rows.
    """
    keys = list(rule.quasi_identifiers)
    if plan.aggregate is not None:
        parts = [
            _frame(batch)
            .group_by(keys)
            .agg(pl.col(rule.unit).fill_null(0).min().alias(UNITS), pl.len().alias(ROWS))
            for batch in batches
        ]
        merged = pl.concat(parts) if parts else _nothing(plan, keys)
        return Groups(
            rule=rule,
            table=merged.group_by(keys).agg(pl.col(UNITS).min(), pl.col(ROWS).sum()),
        )
    return Groups(rule=rule, table=_distinct(plan, rule, keys, batches))


def _distinct(
    plan: Plan, rule: Disclosure, keys: list[str], batches: Iterable[pa.RecordBatch]
) -> pl.DataFrame:
    rows: pl.DataFrame | None = None
    pairs: pl.DataFrame | None = None
    waiting: list[pl.DataFrame] = []
    for batch in batches:
        frame = _frame(batch.select(list(dict.fromkeys([*keys, rule.unit]))))
        counted = frame.group_by(keys).agg(pl.len().alias(ROWS))
        rows = counted if rows is None else _added(pl.concat([rows, counted]), keys)
        # A 64-bit hash stands for the unit: two units that collide count as one, never as more.
        waiting.append(
            frame.filter(pl.col(rule.unit).is_not_null())
            .select(*keys, pl.col(rule.unit).hash(seed=0).alias(UNITS))
            .unique()
        )
        if sum(part.height for part in waiting) > _COMPACT_ROWS:
            pairs = pl.concat([*([] if pairs is None else [pairs]), *waiting]).unique()
            waiting = []
    if rows is None:
        return _nothing(plan, keys)
    pairs = pl.concat([*([] if pairs is None else [pairs]), *waiting]).unique()
    units = pairs.group_by(keys).agg(pl.len().alias(UNITS))
    return rows.join(units, on=keys, how="left", nulls_equal=True).with_columns(
        pl.col(UNITS).fill_null(0)
    )


_COMPACT_ROWS = 1_000_000


def _added(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    return frame.group_by(keys).agg(pl.col(ROWS).sum())


def _nothing(plan: Plan, keys: list[str]) -> pl.DataFrame:
    del plan
    return pl.DataFrame(
        schema={**dict.fromkeys(keys, pl.String), UNITS: pl.UInt32, ROWS: pl.UInt32}
    )


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    if not isinstance(frame, pl.DataFrame):
        msg = "a record batch is a table"
        raise TypeError(msg)
    return frame
