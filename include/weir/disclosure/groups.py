"""How many distinct units each group of quasi-identifiers holds, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from weir.contracts.plan import Plan
from weir.contracts.scenario import Disclosure
from weir.storage.parquet import TableReader

_GROUP = ["__group_0__", "__group_1__"]
"""Two 64-bit hashes stand for the quasi-identifiers of a row, nulls included."""
_UNIT = "__unit__"
_UNITS = "__units__"
_ROWS = "__rows__"
_PLACE = "__place__"

ROWS_PER_PASS = 1_000_000
"""A larger table is read several times, each time for another share of its groups."""
COMPACT_ROWS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The groups of a product by its quasi-identifiers.

    `kept_units` is the smallest number of units in a group of at least k, `small_units` in one of
    fewer; 0 where there is no such group. The small groups are counted, not listed: there may be
    as many as rows.
    """

    keys: tuple[str, ...]
    kept: pl.DataFrame
    kept_units: int
    small: int
    small_rows: int
    small_units: int

    def keep(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of `batch` that lie in kept groups, in their order."""
        places = (
            _hashed(_frame(batch.select(self.keys)), self.keys)
            .with_row_index(_PLACE)
            .join(self.kept, on=_GROUP, how="semi")
            .get_column(_PLACE)
            .sort()
        )
        return batch.take(pa.array(places.to_numpy()))


def count_units(plan: Plan, rule: Disclosure, table: TableReader) -> Groups:
    """The groups of a product under `rule`.

    An aggregate product counts its units itself, in the measure that `rule.unit` names; a group of
    it that stands in several rows counts by its smallest. Otherwise distinct units are counted: a
    person in twenty rows is one, a missing unit is none, and a missing quasi-identifier is a value
    of its own. Memory is bounded by `ROWS_PER_PASS` and by the groups that are kept, not by rows.
    """
    keys = rule.quasi_identifiers
    passes = max(1, -(-table.rows // ROWS_PER_PASS))
    count = _distinct_units if plan.aggregate is None else _stated_units
    counted = [
        _parted(count(_share(table, keys, rule.unit, one, passes)), rule) for one in range(passes)
    ]
    return Groups(
        keys=keys,
        kept=pl.concat([one.kept for one in counted]),
        kept_units=min((one.kept_units for one in counted if one.kept.height), default=0),
        small=sum(one.small for one in counted),
        small_rows=sum(one.small_rows for one in counted),
        small_units=min((one.small_units for one in counted if one.small), default=0),
    )


def _share(
    table: TableReader, keys: Sequence[str], unit: str, one: int, passes: int
) -> Iterator[pl.DataFrame]:
    """Group and unit of the rows of those groups whose turn it is."""
    for batch in table.batches([*keys, unit]):
        frame = _frame(batch)
        hashed = _hashed(frame, keys).with_columns(frame[unit].alias(_UNIT))
        yield hashed if passes == 1 else hashed.filter(pl.col(_GROUP[0]) % passes == one)


def _stated_units(frames: Iterator[pl.DataFrame]) -> pl.DataFrame:
    stated = [_no_group().with_columns(pl.lit(0, pl.Int64).alias(_UNITS))]
    for frame in frames:
        units = pl.col(_UNIT).cast(pl.Int64).fill_null(0).min().alias(_UNITS)
        stated.append(frame.group_by(_GROUP).agg(pl.len().cast(pl.Int64).alias(_ROWS), units))
    return pl.concat(stated).group_by(_GROUP).agg(pl.col(_ROWS).sum(), pl.col(_UNITS).min())


def _distinct_units(frames: Iterator[pl.DataFrame]) -> pl.DataFrame:
    rows = [_no_group()]
    pairs = [_no_group().select(*_GROUP, pl.lit(0, pl.UInt64).alias(_UNIT))]
    for frame in frames:
        rows.append(frame.group_by(_GROUP).agg(pl.len().cast(pl.Int64).alias(_ROWS)))
        # Two pairs whose hashes collide count as one, never as more.
        known = frame.filter(pl.col(_UNIT).is_not_null())
        pair = known.select(*_GROUP, _UNIT).hash_rows().alias(_UNIT)
        pairs.append(known.select(_GROUP).with_columns(pair).unique(_UNIT))
        if sum(part.height for part in (*rows[1:], *pairs[1:])) > COMPACT_ROWS:
            rows, pairs = [_added(rows)], [pl.concat(pairs).unique(_UNIT)]
    units = (
        pl.concat(pairs).unique(_UNIT).group_by(_GROUP).agg(pl.len().cast(pl.Int64).alias(_UNITS))
    )
    return _added(rows).join(units, on=_GROUP, how="left").with_columns(pl.col(_UNITS).fill_null(0))


def _added(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts).group_by(_GROUP).agg(pl.col(_ROWS).sum())


def _no_group() -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(_GROUP, pl.UInt64), _ROWS: pl.Int64})


def _parted(groups: pl.DataFrame, rule: Disclosure) -> Groups:
    large = pl.col(_UNITS) >= rule.k
    kept, small = groups.filter(large), groups.filter(~large)
    return Groups(
        keys=rule.quasi_identifiers,
        kept=kept.select(_GROUP),
        kept_units=_smallest(kept),
        small=small.height,
        small_rows=int(small[_ROWS].sum()),
        small_units=_smallest(small),
    )


def _smallest(groups: pl.DataFrame) -> int:
    smallest = groups[_UNITS].min()
    return smallest if isinstance(smallest, int) else 0


def _hashed(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    chosen = frame.select(keys)
    return pl.DataFrame(
        [chosen.hash_rows(seed=seed).alias(name) for seed, name in enumerate(_GROUP)]
    )


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()
