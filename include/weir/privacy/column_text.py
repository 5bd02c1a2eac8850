"""Columns as text: what detection reads of a cell that is no text itself."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_UNSIGNED_LIMIT = 2.0**64
_LONG, _LONG_DIGITS = pa.int64(), 18
_LONGEST_DECIMAL = pa.decimal256(76, 0)


def is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def is_text(kind: pa.DataType) -> bool:
    """Whether cells of `kind` are text or bytes, read as they are."""
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def condensed(values: pa.Array) -> pa.Array:
    """`values` without what no identifier is written in, so that more of them are equal:

    of a number the digits before the point, of an instant its date in UTC.
    """
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    kind = values.type
    if pa.types.is_string_view(kind):
        return values.cast(pa.large_string())
    if pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        return values.cast(pa.large_binary())
    if pa.types.is_timestamp(kind):
        return values.cast(pa.timestamp(kind.unit)).cast(pa.date32(), safe=False)
    if pa.types.is_decimal(kind):
        whole = _LONG if kind.precision - kind.scale <= _LONG_DIGITS else _LONGEST_DECIMAL
        return values.cast(whole, safe=False)
    if pa.types.is_floating(kind):
        return _condensed_doubles(values.cast(pa.float64()))
    return values


def text_of(values: pa.Array) -> pa.Array | None:
    """Condensed `values` as a string or binary array; None for kinds that have no text (lists,
    structures). Dates and times are read in ISO 8601."""
    kind = values.type
    if is_text(kind):
        return values
    try:
        return values.cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _condensed_doubles(values: pa.Array) -> pa.Array:
    # What is no number, or is longer than any identifier, has none.
    whole = pc.abs(pc.trunc(values))
    return pc.if_else(pc.less(whole, _UNSIGNED_LIMIT), whole, None).cast(pa.uint64())
