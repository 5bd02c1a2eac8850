"""Methods that keep a value's place and give up its precision: dates, numbers, regions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from weir.errors import LeakError

_REGION_CODE = r"^[0-9]{6}([0-9]{3}|[0-9]{6})?$"
_REGION_DIGITS = {"province": 2, "city": 4, "county": 6}
_INT64 = np.iinfo(np.int64)
_MAX_DECIMAL_DIGITS = 18


def truncate_date(
    dates: pa.Array, *, to: Literal["month", "quarter", "year", "decade"]
) -> pa.Array:
    """The first day of the month, quarter, year or decade, as date32.

    A timestamp is read as the calendar date of Asia/Shanghai.
    """
    if pa.types.is_timestamp(dates.type):
        local = pc.local_timestamp(pc.cast(dates, pa.timestamp("us", tz="Asia/Shanghai")))
        dates = pc.cast(pc.floor_temporal(local, unit="day"), pa.date32())
    if to == "decade":
        return pc.floor_temporal(dates, multiple=10, unit="year")
    return pc.floor_temporal(dates, unit=to)


def bin_number(numbers: pa.Array, *, edges: Sequence[float]) -> pa.Array:
    """The half-open interval that holds each number: `<20`, `[20,30)`, `>=30`.

    Takes int64 and decimals of up to 18 digits and compares exactly. No other type is taken:
    floats could hold NaN, which lies in no interval.
    """
    units, scale = _units(numbers)
    exact = [Decimal(repr(edge)) for edge in edges]
    bounds = [
        min(max(math.ceil(edge.scaleb(scale)), int(_INT64.min)), int(_INT64.max)) for edge in exact
    ]
    place = np.searchsorted(np.array(bounds, np.int64), units, side="right")
    texts = [_plain(edge) for edge in exact]
    labels = pa.array(
        [
            f"<{texts[0]}",
            *(f"[{low},{high})" for low, high in pairwise(texts)),
            f">={texts[-1]}",
        ]
    )
    return labels.take(pa.array(place, mask=numbers.is_null().to_numpy(zero_copy_only=False)))


def region(codes: pa.Array, *, to: Literal["province", "city", "county"]) -> pa.Array:
    """The leading digits of GB/T 2260 codes (6 digits, or 9 and 12 of GB/T 10114).

    Anything else, a name of a place or an address above all, raises `LeakError`
    (`region_code_malformed`): its beginning would not be a region.
    """
    wrong = pc.sum(pc.invert(pc.match_substring_regex(codes, _REGION_CODE))).as_py()
    if wrong:
        raise LeakError(
            "region_code_malformed",
            "values to be cut to a region are not GB/T 2260 codes",
            where={"distinct_values": wrong},
            article="第十四条",
            remedy="let the dataset's suite quarantine them, or drop the field",
        )
    return pc.utf8_slice_codeunits(codes, 0, _REGION_DIGITS[to])


def _units(numbers: pa.Array) -> tuple[npt.NDArray[np.int64], int]:
    """The numbers as integers of 10^-scale; what stands in place of a null is arbitrary."""
    kind = numbers.type
    if pa.types.is_int64(kind):
        return pc.fill_null(numbers, 0).to_numpy(), 0
    if pa.types.is_decimal128(kind) and kind.precision <= _MAX_DECIMAL_DIGITS:
        halves = np.frombuffer(numbers.buffers()[1], np.dtype("<i8")).reshape(-1, 2)
        return halves[numbers.offset : numbers.offset + len(numbers), 0], kind.scale
    raise LeakError(
        "bin_type_unsupported",
        "only int64 and decimals of up to 18 digits are put into intervals",
        remedy="state the field as integer or decimal in its dataset contract",
    )


def _plain(edge: Decimal) -> str:
    """`20`, `0.5`: no exponent, no trailing zero, no negative zero."""
    text = format(edge.normalize() + 0, "f")
    return "0" if text == "-0" else text
