"""What is wrong with the city's data, on purpose, and how much of it there is."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]


class Fault(StrEnum):
    """A planted fault; counted in rows of a table."""

    BAD_CHECK_DIGIT = "bad_check_digit"
    DUPLICATE_KEY = "duplicate_key"
    MISSING_VALUE = "missing_value"
    NEGATIVE_VALUE = "negative_value"
    LATE_ROW = "late_row"
    HIDDEN_IDENTIFIER = "hidden_identifier"
    MINOR_WITHOUT_GUARDIAN = "minor_without_guardian"
    WITHDRAWN_CONSENT = "withdrawn_consent"
    EXPIRED_CONSENT = "expired_consent"
    FUTURE_CONSENT = "future_consent"
    REPEATED_PERSON = "repeated_person"
    CANARY = "canary"


class PlantedFaults:
    """The inventory: rows per table and fault. `DUPLICATE_KEY` counts the rows that repeat another
    row's key; a hidden identifier of the canary counts as both."""

    def __init__(self) -> None:
        self._rows: Counter[tuple[str, Fault]] = Counter()

    def add(self, table: str, fault: Fault, rows: int) -> None:
        self._rows[table, fault] += rows

    def rows(self, table: str, fault: Fault) -> int:
        return self._rows[table, fault]

    def as_mapping(self) -> Mapping[str, Mapping[str, int]]:
        """Table, fault, rows; without zeros."""
        found: dict[str, dict[str, int]] = {}
        for (table, fault), rows in sorted(self._rows.items()):
            if rows:
                found.setdefault(table, {})[fault] = rows
        return found


class FaultyRows:
    """Which rows of one table carry which fault: at most one each, and only in odd places.

    A share below one row plants one all the same, but none in a table of under a thousand rows:
    there it would be more than a few per mille.
    """

    def __init__(self, seed: int, table: str, rows: int, per_mille: Mapping[Fault, float]) -> None:
        wanted = {
            fault: max(1, round(rows * share / 1000)) if rows >= _FEWEST_ROWS else 0
            for fault, share in per_mille.items()
        }
        places = randomness(seed, table, -1).choice(
            rows // 2, size=sum(wanted.values()), replace=False
        )
        self._rows: dict[Fault, npt.NDArray[np.int64]] = {}
        for fault, count in wanted.items():
            mine, places = places[:count], places[count:]
            self._rows[fault] = np.sort(mine * 2 + 1)

    @property
    def kinds(self) -> tuple[Fault, ...]:
        return tuple(self._rows)

    def among(self, fault: Fault, start: int, stop: int) -> Bools:
        """Which of the rows from `start` to before `stop` carry `fault`."""
        chosen = np.zeros(stop - start, np.bool_)
        rows = self._rows[fault]
        chosen[rows[(rows >= start) & (rows < stop)] - start] = True
        return chosen


_FEWEST_ROWS = 1000


def randomness(seed: int, table: str, part: int) -> np.random.Generator:
    """The random numbers of one part of one table: its own, and the same for the same seed."""
    return np.random.default_rng([seed, zlib.crc32(table.encode()), part + 1])


def happens(rng: np.random.Generator, rows: int, share: float) -> Bools:
    """Which of `rows` rows something happens to, `share` of them on average."""
    return np.asarray(rng.random(rows) < share)
