"""Figures over a table that grow batch by batch: all of them in one pass over the rows.

A tally says what it needs of one batch as Polars expressions, each giving a single value; `scan`
evaluates those of all tallies together. Memory is bounded by the batch, but for `BadRows` (8 bytes
per kept row, up to its limit) and the key hashes of `weir.quality.keys` (8 bytes per row).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from weir.errors import QualityError, WeirError
from weir.quality.suite import ARTICLE
from weir.storage.sealed_table import TableReader

_BREAKS = (Exception, pl.exceptions.PanicException)
"""A panic in Polars' core is no `Exception`; its text, too, may quote cells."""


class Tally(Protocol):
    """A figure in the making. `rule` is the expectation to name if it fails."""

    @property
    def rule(self) -> str: ...

    def parts(self) -> Sequence[pl.Expr]:
        """What one batch contributes; each expression gives one value (lists are imploded)."""
        ...

    def add(self, parts: Sequence[pl.Series], first_row: int) -> None:
        """Take in a batch whose first row has this ordinal."""
        ...

    def value(self) -> Any: ...


@dataclass(slots=True, kw_only=True)
class Count:
    """How many rows `mask` marks."""

    rule: str
    mask: pl.Expr
    rows: int = 0

    def parts(self) -> Sequence[pl.Expr]:
        return (self.mask.sum(),)

    def add(self, parts: Sequence[pl.Series], first_row: int) -> None:
        del first_row
        self.rows += parts[0].item()

    def value(self) -> int:
        return self.rows


@dataclass(slots=True, kw_only=True)
class BadRows:
    """How many rows `mask` marks, and which, as long as they are no more than `limit`."""

    rule: str
    mask: pl.Expr
    limit: int
    rows: int = 0
    _ordinals: list[npt.NDArray[np.int64]] = field(default_factory=list)

    def parts(self) -> Sequence[pl.Expr]:
        return (self.mask.arg_true().implode(),)

    def add(self, parts: Sequence[pl.Series], first_row: int) -> None:
        marked = parts[0].item()
        self.rows += len(marked)
        if self.rows > self.limit:
            self._ordinals.clear()
        elif len(marked):
            self._ordinals.append(marked.to_numpy().astype(np.int64) + first_row)

    def value(self) -> int:
        return self.rows

    def ordinals(self, table: TableReader) -> npt.NDArray[np.int64]:
        """The marked rows, ascending; only to be asked while `rows` is within `limit`."""
        del table
        return np.concatenate([np.empty(0, np.int64), *self._ordinals])


@dataclass(slots=True, kw_only=True)
class Mean:
    """The mean of the non-null cells as a double, from their exact sum; None without any.

    `whole` says that the cells are integers, whose sum may leave 64 bits.
    """

    rule: str
    cells: pl.Expr
    whole: bool
    rows: int = 0
    total: Fraction = Fraction(0)

    def parts(self) -> Sequence[pl.Expr]:
        wide = self.cells.cast(pl.Int128) if self.whole else self.cells
        return wide.sum(), self.cells.count()

    def add(self, parts: Sequence[pl.Series], first_row: int) -> None:
        del first_row
        self.total += Fraction(parts[0].item())
        self.rows += parts[1].item()

    def value(self) -> float | None:
        return float(self.total / self.rows) if self.rows else None


@dataclass(slots=True, kw_only=True)
class Extreme:
    """The least or greatest non-null cell; None without any.

    A decimal is given as a double: Great Expectations compares it with double bounds, and of 0.1
    and the double 0.1 the decimal is the smaller one.
    """

    rule: str
    cells: pl.Expr
    end: Literal["min", "max"]
    best: Any = None

    def parts(self) -> Sequence[pl.Expr]:
        return (self.cells.min() if self.end == "min" else self.cells.max(),)

    def add(self, parts: Sequence[pl.Series], first_row: int) -> None:
        del first_row
        found = parts[0].item()
        if self.best is None:
            self.best = found
        elif found is not None:
            self.best = min(self.best, found) if self.end == "min" else max(self.best, found)

    def value(self) -> Any:
        return float(self.best) if isinstance(self.best, Decimal) else self.best


@dataclass(slots=True, kw_only=True)
class DistinctOutside:
    """How many distinct values lie among the cells that `mask` marks, by 64-bit hash."""

    rule: str
    cells: pl.Expr
    mask: pl.Expr
    _seen: npt.NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))

    def parts(self) -> Sequence[pl.Expr]:
        return (self.cells.filter(self.mask).hash().unique().implode(),)

    def add(self, parts: Sequence[pl.Series], first_row: int) -> None:
        del first_row
        self._seen = np.union1d(self._seen, parts[0].item().to_numpy())

    def value(self) -> int:
        return len(self._seen)


def scan(table: TableReader, columns: Sequence[str], tallies: Sequence[Tally]) -> int:
    """Feed every row of `columns` to the tallies, and say how many rows there were.

    Raises `QualityError` (`quality_engine_error`) naming the rule that could not be computed;
    what went wrong is named by its type only, for such messages quote cells.
    """
    parts = [tally.parts() for tally in tallies]
    flat = [part.alias(str(at)) for at, part in enumerate(part for own in parts for part in own)]
    rows = 0
    for batch in table.batches(columns=list(columns)):
        frame = pl.DataFrame(batch)
        rule = ""
        try:
            found = iter(frame.select(flat).get_columns())
            for tally, own in zip(tallies, parts, strict=True):
                rule = tally.rule
                tally.add([next(found) for _ in own], rows)
        except _BREAKS as error:
            raise engine_error(rule or _breaking(frame, tallies), error) from None
        rows += batch.num_rows
    return rows


def _breaking(frame: pl.DataFrame, tallies: Sequence[Tally]) -> str:
    """The rule of the first tally that fails on its own."""
    for tally in tallies:
        try:
            frame.select(part.alias(str(at)) for at, part in enumerate(tally.parts()))
        except _BREAKS:
            return tally.rule
    return "all"


@contextmanager
def answering_for(rule: str) -> Iterator[None]:
    """Turn whatever breaks inside into the engine error of this rule; our own errors pass."""
    try:
        yield
    except WeirError:
        raise
    except _BREAKS as error:
        raise engine_error(rule, error) from None


def engine_error(rule: str, error: BaseException) -> QualityError:
    """The refusal for a check that broke instead of answering."""
    return QualityError(
        "quality_engine_error",
        "the expectation could not be computed, so nothing is known",
        where={"expectation": rule, "cause": type(error).__name__},
        article=ARTICLE,
        remedy="correct the expectation or the engine; the data was not judged",
    )
