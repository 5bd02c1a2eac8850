"""Between Arrow strings and byte matrices: values of one length are the rows of one matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.masking.siv import Bytes

_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
_PAIRS = np.stack([np.repeat(_ALPHABET, 32), np.tile(_ALPHABET, 32)], axis=1).view(np.uint16)[:, 0]
"""Two characters for each number of ten bits."""
_GROUP_BYTES, _GROUP_PAIRS, _CHAR_BITS = 5, 4, 5
_ROWS_AT_ONCE = 4096
"""What is in between stays in the processor's own cache."""


def map_by_length(strings: pa.Array, kernel: Callable[[Bytes], Bytes]) -> pa.Array:
    """`kernel` over the UTF-8 bytes of `strings`, which hold no null, one length at a time.

    The kernel gives as many rows of ASCII as it takes; the result is in the order of `strings`.
    """
    places, results = [], []
    for place, matrix in _matrices(strings):
        places.append(place)
        results.append(strings_of(kernel(matrix)))
    if not results:
        return pa.array([], pa.string())
    order = np.empty(len(strings), np.int64)
    order[np.concatenate(places)] = np.arange(len(strings))
    return pa.concat_arrays(results).take(pa.array(order))


def base32(matrix: Bytes) -> Bytes:
    """Each row as RFC 4648 base32 in lower case, without padding."""
    rows, width = matrix.shape
    groups = -(-width // _GROUP_BYTES)
    padded = np.zeros((rows, groups * _GROUP_BYTES), np.uint8)
    padded[:, :width] = matrix
    pairs = np.empty((rows, groups * _GROUP_PAIRS), np.uint16)
    for start in range(0, rows, _ROWS_AT_ONCE):
        few = padded[start : start + _ROWS_AT_ONCE].reshape(-1, _GROUP_BYTES)
        pairs[start : start + _ROWS_AT_ONCE] = _pairs(few).reshape(-1, groups * _GROUP_PAIRS)
    return pairs.view(np.uint8)[:, : -(-width * 8 // _CHAR_BITS)]


def _pairs(groups: Bytes) -> npt.NDArray[np.uint16]:
    """Of each group of 40 bits its four pairs of characters, ten bits each."""
    first, middle, last = (
        groups[:, 0].astype(np.uint16) << 8 | groups[:, 1],
        groups[:, 2].astype(np.uint16),
        groups[:, 3].astype(np.uint16) << 8 | groups[:, 4],
    )
    pairs = np.empty((len(groups), _GROUP_PAIRS), np.uint16)
    pairs[:, 0] = _PAIRS[first >> 6]
    pairs[:, 1] = _PAIRS[(first & 0x3F) << 4 | middle >> 4]
    pairs[:, 2] = _PAIRS[(middle & 0x0F) << 6 | last >> 10]
    pairs[:, 3] = _PAIRS[last & 0x3FF]
    return pairs


def strings_of(matrix: Bytes) -> pa.Array:
    """The rows of a matrix of ASCII as strings."""
    rows, width = matrix.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    data = np.ascontiguousarray(matrix)
    return pa.Array.from_buffers(
        pa.string(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )


def _matrices(strings: pa.Array) -> Iterator[tuple[npt.NDArray[np.int64], Bytes]]:
    _, offset_buffer, data_buffer = strings.buffers()
    size = len(strings)
    if not size:
        return
    offsets = np.frombuffer(offset_buffer, np.int32)[strings.offset : strings.offset + size + 1]
    data = np.frombuffer(data_buffer or b"", np.uint8)
    lengths = np.diff(offsets)
    for length in np.unique(lengths):
        place = np.flatnonzero(lengths == length)
        if length:
            windows = np.lib.stride_tricks.sliding_window_view(data, length)
            yield place, windows[offsets[place]]
        else:
            yield place, np.zeros((len(place), 0), np.uint8)
