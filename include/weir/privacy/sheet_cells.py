"""The cells of one sheet of a workbook, some rows at a time.

A sheet may leave out what is empty, and name two cells a million rows apart: only rows and columns
that hold a value count, and memory grows with neither.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import pyarrow as pa

from weir.errors import RefusedError
from weir.privacy.workbook_xml import (
    LocalNames,
    Pieces,
    SharedTexts,
    date_text,
    fed,
    number_text,
    parser_of,
    unescaped,
)

FIRST_ROWS = 10
_BATCH_CELLS = 1 << 20
_BATCH_BYTES = 1 << 25
_MOST_CELLS = 200_000_000
_MOST_BYTES = 8 << 30
_MOST_COLUMNS = 16_384
_DIGITS = "0123456789"
_BESIDE = {
    "headerFooter": "页眉页脚 headers and footers",
    "dataValidation": "数据验证 data validation",
    "hyperlink": "超链接 hyperlinks",
    "conditionalFormatting": "条件格式 conditional formats",
    "rPh": "拼音注音 phonetic guides",
}

Value = str | int | None
"""A text, or the place of a shared one."""


class WiderSheetError(Exception):
    """A later row has a value in another column than those before: `columns` are all of them."""

    def __init__(self, columns: Sequence[int]) -> None:
        self.columns = columns
        super().__init__()


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """What the cells of a workbook are read by."""

    shared: SharedTexts
    dates: frozenset[str]
    from_1904: bool


class SheetCells:
    """Reads one sheet. What it counts is whole after the last batch."""

    def __init__(self, formats: Formats, where: dict[str, str], columns: Sequence[int]) -> None:
        """`columns` are those known to hold a value, from 1; none where none is known yet."""
        self.rows = 0
        self.first_rows: list[int] = []
        self.formulas = 0
        self.without_result = 0
        self.beside: set[str] = set()
        self._formats = formats
        self._bytes_each = formats.shared.bytes_each
        self._where = where
        self._known = tuple(columns)
        self._used = dict.fromkeys(columns)
        self._wider = False
        self._ready: deque[tuple[dict[int, list[Value]], int]] = deque()
        self._columns: dict[int, list[Value]] = {}
        self._batch_rows = 0
        self._batch_bytes = 0
        self._bytes = 0
        self._names = LocalNames()
        self._letters: dict[str, int] = {}
        self._row_number = 0
        self._row_filled = False
        self._column = 0
        self._type = ""
        self._style = ""
        self._value = ""
        self._formula = False
        self._inside = False
        self._pieces = Pieces()

    def batches(self, part: IO[bytes]) -> Iterator[pa.RecordBatch]:
        """The rows that hold a value, as text, in columns called by their letters.

        Raises `WiderSheetError` at the end where the columns of the first batch were not all,
        `RefusedError` (code `workbook_too_large`) where the cells or their text are beyond measure,
        ValueError and expat's own error where the sheet is broken.
        """
        parser = parser_of(self._start, self._end, self._text)
        for _ in fed(parser, part):
            while self._ready and not self._wider:
                yield self._batch(*self._ready.popleft())
        self._end_row()
        self._cut()
        if self._wider:
            raise WiderSheetError(sorted(self._used))
        while self._ready:
            yield self._batch(*self._ready.popleft())

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = self._names[name]
        if kind == "c":
            place = attributes.get("r", "").rstrip(_DIGITS)
            self._column = self._letters.get(place) or self._column_of(place)
            self._type = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._value = ""
            self._formula = False
        elif kind == "v":
            self._inside = True
        elif kind == "row":
            self._end_row()
            self._row_number = int(attributes.get("r", self._row_number + 1))
            self._column = 0
        elif kind == "f":
            self._formula = True
        elif kind == "t":
            self._pieces.start(kind)
        elif kind in _BESIDE:
            self.beside.add(_BESIDE[kind])
            self._pieces.start(kind)

    def _text(self, text: str) -> None:
        if self._inside:
            self._value += text
        else:
            self._pieces.add(text)

    def _end(self, name: str) -> None:
        kind = self._names[name]
        if kind == "v":
            self._inside = False
        elif kind == "c":
            self._end_cell()
        elif kind in {"t", "rPh"}:
            self._pieces.end(kind)
        elif kind == "is":
            self._value += self._pieces.take()

    def _end_cell(self) -> None:
        if self._formula:
            self.formulas += 1
            self.without_result += not self._value
        if not self._value:
            return
        value = self._read(self._value)
        cells = self._columns.get(self._column)
        if cells is None:
            cells = self._new_column()
        missing = self._batch_rows - len(cells)
        if missing < 0:  # the same cell once more: neither value is lost
            self._end_row()
            cells = self._columns.setdefault(self._column, [])
            missing = self._batch_rows - len(cells)
        if missing:
            cells.extend([None] * missing)
        cells.append(value)
        self._row_filled = True
        self._batch_bytes += self._bytes_each[value] if type(value) is int else len(str(value))

    def _read(self, value: str) -> str | int:
        if self._type == "s":
            place = int(value)
            if not 0 <= place < len(self._bytes_each):
                raise ValueError("no such shared text")
            return place
        if self._type == "n":
            if self._style in self._formats.dates:
                return date_text(value, from_1904=self._formats.from_1904)
            return value if value.isdecimal() else number_text(value)
        if self._type == "b":
            return "true" if value == "1" else "false"
        return unescaped(value) if self._type == "str" else value

    def _new_column(self) -> list[Value]:
        if self._column not in self._used:
            self._used[self._column] = None
            self._wider = bool(self._known)
        return self._columns.setdefault(self._column, [])

    def _end_row(self) -> None:
        if not self._row_filled:
            return
        self._row_filled = False
        self._batch_rows += 1
        self.rows += 1
        if len(self.first_rows) < FIRST_ROWS:
            self.first_rows.append(self._row_number)
        full = self._batch_rows * len(self._used) >= _BATCH_CELLS and self._batch_rows >= FIRST_ROWS
        if full or self._batch_bytes >= _BATCH_BYTES:
            self._cut()

    def _cut(self) -> None:
        self._bytes += self._batch_bytes
        if self.rows * len(self._used) > _MOST_CELLS or self._bytes > _MOST_BYTES:
            raise RefusedError(
                "workbook_too_large",
                f"{self.rows} rows in {len(self._used)} columns and {self._bytes} bytes of text "
                f"so far; {_MOST_CELLS} cells or {_MOST_BYTES} bytes are read at most",
                where=self._where,
                remedy="remove what stands far from the table, or export the sheet as CSV",
            )
        if self._batch_rows and not self._wider:
            self._known = self._known or tuple(sorted(self._used))
            self._ready.append((self._columns, self._batch_rows))
        self._columns = {}
        self._batch_rows = self._batch_bytes = 0

    def _batch(self, columns: dict[int, list[Value]], rows: int) -> pa.RecordBatch:
        arrays = []
        for place in self._known:
            cells = columns.pop(place, [])
            cells.extend([None] * (rows - len(cells)))
            arrays.append(self._formats.shared.of(cells))
        return pa.RecordBatch.from_arrays(arrays, names=[str(place) for place in self._known])

    def _column_of(self, letters: str) -> int:
        """The column of those letters; without any the next one."""
        column = 0 if letters else self._column + 1
        for letter in letters.upper():
            if not "A" <= letter <= "Z":
                raise ValueError("no such cell")
            column = column * 26 + ord(letter) - ord("A") + 1
        if column > _MOST_COLUMNS:
            raise ValueError("no such column")
        if letters:
            self._letters[letters] = column
        return column
