"""Cells in other encodings than UTF-8, each by itself: columns of bytes hold what they like."""

from __future__ import annotations

import codecs

import pyarrow as pa

from weir.privacy.cells import Cells

_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FIRST_NON_ASCII = 0x80
_SAMPLE_BYTES = 1 << 16
_NO_DIGITS = bytes(byte for byte in range(256) if byte not in b"0123456789")
_ESCAPED = (0xDC80, 0xDD00)


def as_utf8(values: pa.Array) -> pa.Array:
    """`values` (string or binary) with every cell in UTF-8 that is in GB 18030 or UTF-16.

    A cell that is in no encoding, such as UTF-8 cut off, stays as it is. Where digits came or went
    with the other encoding, the bytes as they stand follow on a line of their own: a byte order
    mark before plain digits hides none.
    """
    if _is_plain(values):
        return values
    cells = values.cast(pa.large_binary()).to_pylist()
    return pa.array([cell and _recoded(cell) for cell in cells], pa.large_binary())


def _is_plain(values: pa.Array) -> bool:
    """Whether every cell is UTF-8 without a zero byte."""
    data = Cells.of(values).data
    if not len(data):
        return True
    if data.min() == 0:
        return False
    if data.max() < _FIRST_NON_ASCII:
        return True
    try:
        Cells.of(values).array(pa.large_string()).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _recoded(cell: bytes) -> bytes:
    try:
        read = cell.decode(_guess(cell)).encode()
    except UnicodeError:
        return cell
    same_digits = read.translate(None, _NO_DIGITS) == cell.translate(None, _NO_DIGITS)
    return read if same_digits else read + b"\n" + cell


def _guess(cell: bytes) -> str:
    """The encoding that `cell` looks like."""
    if cell.startswith(_BYTE_ORDER_MARKS):
        return "utf-16"
    if len(cell) % 2 == 0 and b"\0" in cell:
        half = len(cell) // 4
        if cell[1::2].count(0) > half:
            return "utf-16-le"
        if cell[0::2].count(0) > half:
            return "utf-16-be"
    sample = cell[:_SAMPLE_BYTES]
    text = sample.decode("utf-8", "surrogateescape")
    broken = sum(_ESCAPED[0] <= ord(character) < _ESCAPED[1] for character in text)
    high = sum(byte >= _FIRST_NON_ASCII for byte in sample)
    return "gb18030" if broken * 2 > high else "utf-8"
