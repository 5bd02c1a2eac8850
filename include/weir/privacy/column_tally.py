"""What a scan counts in one column, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from weir.privacy.chance import (
    NumberColumn,
    Tries,
    explained_by_chance,
    strays_among_listed,
)
from weir.privacy.column_text import condensed, is_number, is_text, text_of
from weir.privacy.detector import Detector
from weir.privacy.entities import BY_NAME

Ints = npt.NDArray[np.int64]

_SAMPLE_ROWS = 1024
_LONGEST_NUMBER = 40


class ColumnTally:
    """Counts of one column. Memory does not grow with its rows.

    `computed` tells that the column is a sum, a mean or a count.
    """

    def __init__(self, detector: Detector, *, computed: bool = False) -> None:
        self.rows = 0
        self.rows_not_scanned = 0
        self.cells: Counter[str] = Counter()
        self._detector = detector
        self._computed = computed
        self._typed = True
        self._digits_only = True
        self._distinct = 0
        self._scanned_values = 0
        self._of_length = np.zeros(_LONGEST_NUMBER + 1, np.int64)
        self._shaped: Counter[str] = Counter()
        self._hits: Counter[str] = Counter()

    def add(self, column: pa.Array) -> None:
        """Scan every cell of `column`, equal ones once."""
        self.rows += len(column)
        values, repeats = self._values(condensed(column))
        text = text_of(values)
        if text is None:
            self.rows_not_scanned += len(column)
            return
        self._scanned_values += len(text) - text.null_count
        found = self._detector.search(text)
        for name, values_with in found.cells.items():
            cells = len(values_with) if repeats is None else int(repeats[values_with].sum())
            if cells:
                self.cells[name] += cells
                self._hits[name] += len(values_with)
        self._shaped.update(found.shaped)
        self._note_numbers(values.type, text)

    @property
    def rows_scanned(self) -> int:
        return self.rows - self.rows_not_scanned

    def by_chance(self, listed: Collection[str] = ()) -> Iterator[str]:
        """The types found that the column may well show by chance, beside those `listed`."""
        column = NumberColumn(typed=self._typed, computed=self._computed, distinct=self._distinct)
        of_listed = sum(self._hits[name] for name in listed)
        for name, hits in self._hits.items():
            entity = BY_NAME.get(name)
            if entity is None or name in listed:
                continue
            lengths = [n for n in entity.shape.number_lengths if n <= _LONGEST_NUMBER]
            tries = Tries(
                of_length=int(self._of_length[lengths].sum()),
                shaped=self._shaped[name],
                hits=hits,
            )
            if (self._digits_only and explained_by_chance(entity, column, tries)) or (
                strays_among_listed(entity, self._scanned_values, of_listed, tries)
            ):
                yield name

    def _values(self, column: pa.Array) -> tuple[pa.Array, Ints | None]:
        """The distinct values and how often each occurs, or the column itself where the effort
        would not pay."""
        if not isinstance(column, pa.DictionaryArray):
            if not self._worth_encoding(column):
                return column, None
            column = column.dictionary_encode()
        places = column.indices.drop_null().to_numpy(zero_copy_only=False)
        return column.dictionary, np.bincount(places, minlength=len(column.dictionary))

    def _worth_encoding(self, column: pa.Array) -> bool:
        kind = column.type
        if not (is_text(kind) or is_number(kind) or pa.types.is_primitive(kind)):
            return False
        if not is_text(kind) or self._detector.reads_values_one_by_one:
            return True
        sample = column.slice(0, _SAMPLE_ROWS)
        return bool(pc.count_distinct(sample).as_py() * 2 <= len(sample))

    def _note_numbers(self, kind: pa.DataType, text: pa.Array) -> None:
        """Keep the lengths of the numbers, for as long as there is nothing but numbers."""
        if not self._digits_only:
            return
        if not is_number(kind):
            self._typed = False
            self._digits_only = _is_digits(text)
        if self._digits_only:
            digits = pc.ascii_ltrim(text, characters="-").drop_null()
            lengths = np.minimum(pc.binary_length(digits).to_numpy(), _LONGEST_NUMBER)
            self._of_length += np.bincount(lengths, minlength=_LONGEST_NUMBER + 1)
            self._distinct += len(digits)


def _is_digits(text: pa.Array) -> bool:
    if pa.types.is_binary(text.type) or pa.types.is_large_binary(text.type):
        return False
    return pc.all(pc.ascii_is_decimal(text)).as_py() is not False
