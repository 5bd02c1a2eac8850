"""What bulk detection finds, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Identifiers in a column, as arrays of equal length.

    `entity` indexes the kernel's `entities`, `cell` the array searched; `start` and `end` are
    byte places within the cell.
    """

    entity: Ints
    cell: Ints
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.cell)

    @classmethod
    def none(cls) -> Self:
        return cls(**{field.name: np.zeros(0, np.int64) for field in fields(cls)})

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """`parts` one after another."""
        parts = [part for part in parts if len(part)]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.none()
        return cls(
            **{
                field.name: np.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(cls)
            }
        )

    def ordered(self) -> Self:
        """The same in order of cell and place."""
        return self.where(np.lexsort((self.entity, self.end, self.start, self.cell)))

    def where(self, chosen: npt.NDArray[np.bool_] | Ints) -> Self:
        """The hits at `chosen`, a mask or places."""
        chosen_of = {field.name: getattr(self, field.name)[chosen] for field in fields(self)}
        return replace(self, **chosen_of)

    def moved(self, cells: int) -> Self:
        """The same, `cells` further down the column."""
        return replace(self, cell=self.cell + cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredHits(Hits):
    """Hits with Presidio's confidence in each."""

    score: npt.NDArray[np.float64]
