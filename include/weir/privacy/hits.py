"""What bulk detection finds, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields

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
    def none(cls) -> Hits:
        return cls(**{field.name: np.zeros(0, np.int64) for field in fields(cls)})

    @classmethod
    def joined(cls, parts: list[Hits]) -> Hits:
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

    def ordered(self) -> Hits:
        """The same in order of cell and place."""
        return self.where(np.lexsort((self.entity, self.end, self.start, self.cell)))

    def where(self, chosen: npt.NDArray[np.bool_] | Ints) -> Hits:
        """The hits at `chosen`, a mask or places."""
        return Hits(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def moved(self, cells: int) -> Hits:
        """The same, `cells` further down the column."""
        return Hits(entity=self.entity, cell=self.cell + cells, start=self.start, end=self.end)
