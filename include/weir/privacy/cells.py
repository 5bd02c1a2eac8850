"""The cells of an Arrow column as bytes, without a copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]

PIECE_BYTES = 3 << 18
_MANY = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """UTF-8 text of cells: cell `i` is `data[offsets[i]:offsets[i + 1]]`."""

    data: npt.NDArray[np.uint8]
    offsets: Ints

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def of(cls, array: pa.Array) -> Cells:
        """The cells of a string or binary array, slices included. A null cell may hold bytes."""
        if pa.types.is_string(array.type) or pa.types.is_binary(array.type):
            kind: Any = np.int32
        elif pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type):
            kind = np.int64
        else:
            raise TypeError(f"no text: {array.type}")
        _, offsets, data = array.buffers()
        if len(array) == 0 or data is None:
            return cls(data=np.zeros(0, np.uint8), offsets=np.zeros(len(array) + 1, np.int64))
        ends = np.frombuffer(offsets, kind)[array.offset : array.offset + len(array) + 1]
        first, last = int(ends[0]), int(ends[-1])
        return cls(
            data=np.frombuffer(data, np.uint8)[first:last], offsets=ends.astype(np.int64) - first
        )

    @classmethod
    def joined(cls, texts: list[bytes]) -> Cells:
        offsets = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(text) for text in texts], out=offsets[1:])
        return cls(data=np.frombuffer(b"".join(texts), np.uint8), offsets=offsets)

    def text(self, cell: int) -> bytes:
        return self.bytes_of(cell).tobytes()

    def bytes_of(self, cell: int) -> npt.NDArray[np.uint8]:
        return self.data[self.offsets[cell] : self.offsets[cell + 1]]

    def lengths(self) -> Ints:
        return np.diff(self.offsets)

    def holding(self, places: Ints) -> Ints:
        """The cell that each byte place lies in."""
        width = common_width(self.offsets) if len(places) * _MANY > len(self) else 0
        if width:
            return places // width
        return np.asarray(np.searchsorted(self.offsets, places, side="right") - 1, np.int64)

    def pieces(self) -> Iterator[tuple[int, Cells]]:
        """These cells in runs of about `PIECE_BYTES`, each with the number of its first cell.

        Temporary arrays stay small, and in the processor's cache. A larger cell is a piece alone.
        """
        first = 0
        while first < len(self):
            limit = self.offsets[first] + PIECE_BYTES
            last = int(np.searchsorted(self.offsets, limit, side="right")) - 1
            last = min(max(last, first + 1), len(self))
            yield first, self._between(first, last)
            first = last

    def taken(self, cells: Ints) -> pa.Array:
        """The chosen cells, ascending, as a large_binary array."""
        return self.array() if len(cells) == len(self) else self.array().take(pa.array(cells))

    def array(self, kind: pa.DataType | None = None) -> pa.Array:
        """All cells as an array of a string or binary type (large_binary), without a check."""
        kind = kind or pa.large_binary()
        small = pa.types.is_string(kind) or pa.types.is_binary(kind)
        offsets = np.ascontiguousarray(self.offsets, np.int32 if small else np.int64)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self.data)]
        return pa.Array.from_buffers(kind, len(self), buffers)

    def _between(self, first: int, last: int) -> Cells:
        start, end = self.offsets[first], self.offsets[last]
        return Cells(data=self.data[start:end], offsets=self.offsets[first : last + 1] - start)


def common_width(offsets: Ints) -> int:
    """The bytes of each cell between these, where all have as many; 0 where they differ or have
    none."""
    width = int(offsets[1] - offsets[0]) if len(offsets) > 1 else 0
    return width if bool(np.all(offsets[1:] - offsets[:-1] == width)) else 0


def distinct(numbers: Ints) -> Ints:
    """The numbers without repeats, ascending. They mostly are ascending, so sorting costs least."""
    if not bool(np.all(numbers[1:] >= numbers[:-1])):
        numbers = np.sort(numbers)
    new = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=new[1:])
    return numbers[new]
