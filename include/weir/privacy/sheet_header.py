"""Where the header of a sheet stands: below a title perhaps, and in two rows where groups of
columns have a name of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from weir.privacy.classification.header import HEAD, read_header
from weir.privacy.sheet_cells import FIRST_ROWS

_FILL = 0.5
_LONGEST = 40
_NUMBER = re.compile(r"[-+0-9.,%/: ]+")
_FEWEST_BELOW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetHeader:
    """The names of a sheet's columns, and the rows they stand in."""

    names: tuple[str, ...]
    rows: range

    @classmethod
    def of(cls, cells: pa.RecordBatch) -> SheetHeader:
        """Of the first rows of a sheet, which are not none."""
        shown = min(cells.num_rows, FIRST_ROWS)
        columns = [column.slice(0, shown).to_pylist() for column in cells.columns]
        rows = [[(column[row] or "").strip() for column in columns] for row in range(shown)]
        first = _first(rows)
        below = rows[first + 1] if first + 2 < len(rows) else []
        if _goes_on(rows[first], below):
            return cls(names=_joined(rows[first], below), rows=range(first, first + 2))
        return cls(names=tuple(rows[first]), rows=range(first, first + 1))


def _first(rows: Sequence[Sequence[str]]) -> int:
    """The first of the rows that has a short text in most columns and no number; else the first."""
    widest = best = 0
    for row, texts in enumerate(rows):
        named = [text for text in texts if 0 < len(text) <= _LONGEST]
        if any(_NUMBER.fullmatch(text) for text in named):
            continue
        if len(named) >= _FILL * len(texts) and len(named) > 2 * widest:
            widest, best = len(named), row
    return best


def _goes_on(above: Sequence[str], below: Sequence[str]) -> bool:
    """Whether the row below is part of the header: it names columns that the row above does not,
    and most of its words are what columns are called by."""
    words = [text for text in below if text]
    if len(words) < _FEWEST_BELOW or all(
        name or not word for name, word in zip(above, below, strict=True)
    ):
        return False
    if any(len(word) > _LONGEST or _NUMBER.fullmatch(word) for word in words):
        return False
    readings = map(read_header, words)
    known = sum(reading is not None and reading.strength >= HEAD for reading in readings)
    return known > _FILL * len(words)


def _joined(above: Sequence[str], below: Sequence[str]) -> tuple[str, ...]:
    """基本信息 above 姓名 and 身份证号: 基本信息.姓名, 基本信息.身份证号."""
    names, group = [], ""
    for name, word in zip(above, below, strict=True):
        group = name or (group if word else "")
        names.append(".".join(part for part in (group, word) if part))
    return tuple(names)
