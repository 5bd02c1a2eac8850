"""Uniqueness of keys: hashes in the common pass, then exact values for the few that repeat.

64-bit hashes of all keys are kept, 8 bytes a row. Keys whose hash occurs twice are grouped by
their real values in a second pass over the key's columns, so that a collision is never taken for a
duplicate; that pass holds the distinct repeated keys, not the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from weir.quality.conditions import key_rows, values
from weir.storage.sealed_table import TableReader

_MERGE_EVERY_BATCHES = 16
_HASH, _ROW, _MEMBERS, _FIRST = "__hash__", "__row__", "__members__", "__first__"


@dataclass(slots=True, kw_only=True)
class Keys:
    """A tally of duplicates: `value` counts every row whose key occurs more than once.

    `ignore_row_if` leaves rows out as Great Expectations does; nulls in the others are equal.
    """

    rule: str
    columns: Sequence[str]
    ignore_row_if: str
    schema: pl.Schema
    table_rows: int
    _hashes: npt.NDArray[np.uint64] = field(init=False)
    _hashed: int = 0
    _suspects: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.UInt64))
    _groups: pl.DataFrame = field(default_factory=pl.DataFrame)

    def __post_init__(self) -> None:
        self._hashes = np.empty(self.table_rows, np.uint64)

    def parts(self) -> Sequence[pl.Expr]:
        return (self._hash().filter(self.considered()).implode(),)

    def add(self, parts: Sequence[pl.Series], first_row: int) -> None:
        del first_row
        found = parts[0].item().to_numpy()
        self._hashes[self._hashed : self._hashed + len(found)] = found
        self._hashed += len(found)

    def settle(self, table: TableReader) -> None:
        """After the pass over all rows: find the keys that really repeat."""
        hashes, self._hashes = self._hashes[: self._hashed], np.empty(0, np.uint64)
        hashes.sort()
        self._suspects = pl.Series(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
        groups: list[pl.DataFrame] = []
        for rows in self._suspicious(table) if len(self._suspects) else ():
            members = pl.len().cast(pl.Int64).alias(_MEMBERS)
            groups.append(
                rows.group_by(self.columns).agg(members, pl.col(_ROW).min().alias(_FIRST))
            )
            if len(groups) > _MERGE_EVERY_BATCHES:
                groups = [self._merged(groups)]
        if groups:
            self._groups = self._merged(groups).filter(pl.col(_MEMBERS) > 1)

    def value(self) -> int:
        return int(self._groups[_MEMBERS].sum()) if len(self._groups) else 0

    @property
    def rows(self) -> int:
        """Rows too many: all members of a repeated key but its first."""
        return self.value() - len(self._groups)

    def ordinals(self, table: TableReader) -> npt.NDArray[np.int64]:
        """The rows too many, ascending; reads the key's columns once more."""
        found = [np.empty(0, np.int64)]
        if len(self._groups):
            for rows in self._suspicious(table):
                repeated = rows.join(self._groups, on=self.columns, nulls_equal=True)
                later = repeated.filter(pl.col(_ROW) != pl.col(_FIRST))
                found.append(later[_ROW].sort().to_numpy())
        return np.concatenate(found)

    def _hash(self) -> pl.Expr:
        return pl.struct(values(self.schema, column) for column in self.columns).hash()

    def considered(self) -> pl.Expr:
        return key_rows(self.columns, self.ignore_row_if, self.schema)

    def _suspicious(self, table: TableReader) -> Iterator[pl.DataFrame]:
        """The keys of rows whose hash repeats, batch by batch, with their ordinals."""
        first_row = 0
        for batch in table.batches(columns=list(self.columns)):
            frame = pl.DataFrame(batch).with_columns(
                values(self.schema, column) for column in self.columns
            )
            ordinals = pl.int_range(first_row, first_row + batch.num_rows, dtype=pl.Int64)
            yield frame.with_columns(ordinals.alias(_ROW)).filter(
                self.considered() & self._hash().is_in(self._suspects.implode())
            )
            first_row += batch.num_rows

    def _merged(self, groups: Sequence[pl.DataFrame]) -> pl.DataFrame:
        return (
            pl.concat(groups)
            .group_by(self.columns)
            .agg(pl.col(_MEMBERS).sum(), pl.col(_FIRST).min())
        )
