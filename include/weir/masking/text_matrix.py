"""Between Arrow strings and byte matrices: values of one length are the rows of one matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.masking.siv import Bytes

_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
_GROUP_BYTES, _GROUP_CHARS, _CHAR_BITS = 5, 8, 5


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
    grouped = padded.reshape(rows, groups, _GROUP_BYTES)
    number = np.zeros((rows, groups), np.uint64)
    for place in range(_GROUP_BYTES):
        number = (number << np.uint64(8)) | grouped[:, :, place]
    chars = np.empty((rows, groups, _GROUP_CHARS), np.uint8)
    for place in range(_GROUP_CHARS):
        shift = np.uint64(_CHAR_BITS * (_GROUP_CHARS - 1 - place))
        chars[:, :, place] = _ALPHABET[(number >> shift) & np.uint64(31)]
    return chars.reshape(rows, groups * _GROUP_CHARS)[:, : -(-width * 8 // _CHAR_BITS)]


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
