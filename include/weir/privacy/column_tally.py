"""What a scan counts in one column, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from weir.privacy.chance import (
    FEWEST_DISTINCT,
    NumberColumn,
    Tries,
    explained_by_chance,
    likelier_by_chance,
    strays_among_listed,
)
from weir.privacy.column_scan import LeafScan, NotScanned, scan_column
from weir.privacy.column_text import condensed, is_number
from weir.privacy.detector import Detector
from weir.privacy.entities import BY_NAME
from weir.privacy.key_values import by_key
from weir.privacy.names.tally import NameTally
from weir.privacy.reading import Reading

Ints = npt.NDArray[np.int64]

_SAMPLE_ROWS = 1024
_LONGEST_NUMBER = 40


class ColumnTally:
    """Counts of one column. Memory does not grow with its rows.

    Cues in its `name` count; `computed` tells that the column is a sum, a mean or a count. `names`
    weighs the names in it, where that is asked for.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        name: str = "",
        computed: bool = False,
        names: NameTally | None = None,
    ) -> None:
        self.rows = 0
        self.names = names
        self.rows_not_scanned = 0
        self.cells: Counter[str] = Counter()
        self._detector = detector
        self._name = name
        self._computed = computed
        self._typed = True
        self._digits_only = True
        self._distinct = 0
        self._scanned_values = 0
        self._of_length = np.zeros(_LONGEST_NUMBER + 1, np.int64)
        self._shaped: Counter[str] = Counter()
        self._hits: Counter[str] = Counter()

    def add(self, column: pa.Array, beside: pa.Array | None = None) -> None:
        """Scan every cell of `column`. `beside` is the column to its left, whose cells may say
        what the values are."""
        for key, part in by_key(column, beside, self._detector):
            self._add(part, f"{self._name}\n{key}" if key else self._name)

    def _add(self, column: pa.Array, header: str) -> None:
        self.rows += len(column)
        scans = list(scan_column(header, column, self._detector))
        missed = [scan.rows() for scan in scans if isinstance(scan, NotScanned)]
        searched = [scan for scan in scans if isinstance(scan, LeafScan)]
        missed += [s.rows_holding(s.found.unresolved) for s in searched if len(s.found.unresolved)]
        self.rows_not_scanned += len(np.unique(np.concatenate(missed))) if missed else 0
        held = {number for scan in searched for number in scan.found.held()}
        for number in sorted(held):
            name = self._detector.entities_covered[number]
            self._count(name, [(scan, scan.found.cells(number)) for scan in searched])
        for scan in searched:
            self._shaped.update(scan.found.shaped)
            self._note_numbers(scan.leaf.values, scan.reading)
            if self.names is not None:
                self.names.add(scan.reading)

    def _count(self, name: str, held: list[tuple[LeafScan, Ints]]) -> None:
        """Count the rows in which one of the texts beside the scans stands."""
        held = [(scan, texts) for scan, texts in held if len(texts)]
        if len(held) == 1:
            ((scan, texts),) = held
            rows = scan.count_holding(texts)
        else:
            every = [scan.rows_holding(texts) for scan, texts in held]
            rows = len(np.unique(np.concatenate(every))) if every else 0
        if rows:
            self.cells[name] += rows
            self._hits[name] += sum(len(texts) for _, texts in held)

    @property
    def rows_scanned(self) -> int:
        return self.rows - self.rows_not_scanned

    def by_chance(
        self, listed: Collection[str] = (), *, advising: Collection[str] | None = None
    ) -> Iterator[str]:
        """The types found that the column may well show by chance, beside those `listed`.

        With `advising`, the types that its header speaks of, a few numbers are weighed as well.
        """
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
            few = advising is not None and name not in advising
            of_numbers = self._digits_only and (
                explained_by_chance(entity, column, tries)
                or (few and likelier_by_chance(entity, tries))
            )
            if of_numbers or strays_among_listed(entity, self._scanned_values, of_listed, tries):
                yield name

    def _note_numbers(self, values: pa.Array, reading: Reading) -> None:
        """Keep the lengths of the numbers, for as long as there is nothing but numbers."""
        text = reading.text
        self._scanned_values += len(text) - text.null_count
        if not self._digits_only:
            return
        if not is_number(values.type):
            self._typed = False
            self._digits_only = _is_digits(text)
        elif self._distinct < FEWEST_DISTINCT:
            self._distinct += _count_distinct(values)
        if self._digits_only:
            signs = pc.starts_with(text, "-").cast(pa.int8())
            digits = pc.subtract(pc.binary_length(text), signs).drop_null()
            lengths = np.minimum(digits.to_numpy(), _LONGEST_NUMBER)
            self._of_length += np.bincount(lengths, minlength=_LONGEST_NUMBER + 1)


def _is_digits(text: pa.Array) -> bool:
    if pa.types.is_binary(text.type) or pa.types.is_large_binary(text.type):
        return False
    return pc.all(pc.ascii_is_decimal(text)).as_py() is not False


def _count_distinct(numbers: pa.Array) -> int:
    """The distinct numbers, or enough of them."""
    for some in (numbers.slice(0, _SAMPLE_ROWS), numbers):
        count = int(pc.count_distinct(condensed(some)).as_py())
        if count >= FEWEST_DISTINCT:
            break
    return count
