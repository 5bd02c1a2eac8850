"""Arrow columns from arrays, without a Python object per cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from weir.demo.city.digits import Chars, Ints
from weir.demo.city.faults import Bools

TODAY = date(2026, 11, 23)
"""The day on which the city stands still, so that one seed always gives one city."""

CHUNK_ROWS = 100_000
_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US


def chunks(rows: int) -> Iterator[tuple[int, int]]:
    """Row numbers, first and end, of the parts that a table of `rows` is made in."""
    for start in range(0, rows, CHUNK_ROWS):
        yield start, min(rows, start + CHUNK_ROWS)


def day(value: date) -> int:
    """Days since 1970."""
    return (value - date(1970, 1, 1)).days


def texts(characters: Chars) -> pa.Array:
    """A table of ASCII codes as texts of one length."""
    rows, width = characters.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    data = pa.py_buffer(np.ascontiguousarray(characters))
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), data)


def chosen(
    words: Sequence[str], choice: npt.NDArray[np.integer], missing: Bools | None = None
) -> pa.Array:
    """The words at the places `choice`, null where `missing`."""
    return pa.array(words, pa.string()).take(pa.array(choice, mask=missing))


def glued(*parts: pa.Array | str) -> pa.Array:
    """Texts side by side; null where any is."""
    return pc.binary_join_element_wise(*parts, "")


def decimals(ten_thousandths: Ints, missing: Bools | None = None) -> pa.Array:
    """Numbers given in ten-thousandths as decimal(18,4)."""
    words = np.empty((len(ten_thousandths), 2), np.int64)
    words[:, 0] = ten_thousandths
    words[:, 1] = ten_thousandths >> 63
    present = None if missing is None else pa.array(~missing).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(words), [present, pa.py_buffer(words)])


def dates(days: npt.NDArray[np.integer], missing: Bools | None = None) -> pa.Array:
    return pa.array(days.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def updated(days: npt.NDArray[np.integer], late: Bools, rng: np.random.Generator) -> pa.Array:
    """Instants within the given days; where `late`, in 2018."""
    when = np.where(late, day(date(2018, 5, 1)), days).astype(np.int64) * _DAY_US
    when += rng.integers(0, 86_400, len(days)) * _SECOND_US
    return pa.array(when, pa.int64()).cast(pa.timestamp("us", tz="UTC"))


def overlaid(column: pa.Array, where: Bools, values: Sequence[str | None]) -> pa.Array:
    """`column` with `values`, in order, in the rows `where`."""
    return pc.replace_with_mask(column, pa.array(where), pa.array(values, column.type))
