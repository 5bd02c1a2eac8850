"""Check digits and other arithmetic that an identifier's characters must satisfy.

Each check takes a matrix of `uint8`, one candidate per row in upper-case ASCII (UTF-8 where a
form has Han characters), all rows of one length and already of the right shape, and returns one
bool per row. Text and bulk detection call the same functions; in bulk a matrix lies in memory
column by column, so that work on a column is work on a vector.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`chance` is the share of well-shaped random candidates that pass; 1 where passing says
    nothing against chance, as of the segments of mobile numbers. `proves` tells that what passes is
    the identifier, as a check digit does and a table of area codes does not."""

    name: str
    passes: Callable[[Bytes], Bools]
    chance: float
    proves: bool = True


_ZERO = ord("0")
_NINE = ord("9")
_POWERS = 10 ** np.arange(9, dtype=np.int32)[::-1]

_RESIDENT_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], np.int32)
_RESIDENT_DIGITS = np.frombuffer(b"10X98765432", np.uint8)
FIRST_YEAR, END_YEAR = 1800, 2050
"""Nobody whom the table will meet is born outside these."""

_DAYS = np.zeros((2, 100), np.int32)
_DAYS[:, 1:13] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
_DAYS[1, 2] = 29
_LEAP = np.array([y % 4 == 0 and (y % 100 != 0 or y % 400 == 0) for y in range(END_YEAR)])

_USCC_DIGITS = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", np.uint8)
_USCC_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)], np.int32)
_USCC_VALUES = np.zeros(256, np.int32)
_USCC_VALUES[_USCC_DIGITS] = np.arange(31)

_VALUES = np.zeros(256, np.int32)
"""Digits and letters by GB 11714: A is 10."""
_VALUES[_ZERO : _NINE + 1] = np.arange(10)
_VALUES[ord("A") : ord("Z") + 1] = np.arange(10, 36)
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2], np.int32)
_ORGANISATION_DIGITS = np.frombuffer(b"0123456789X", np.uint8)

_VIN_DIGITS = np.frombuffer(b"0123456789X", np.uint8)
_VIN_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2], np.int32)
_VIN_VALUES = np.zeros(256, np.int32)
_VIN_VALUES[np.frombuffer(b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ", np.uint8)] = [
    *range(10),
    *(1, 2, 3, 4, 5, 6, 7, 8),
    *(1, 2, 3, 4, 5, 7, 9),
    *(2, 3, 4, 5, 6, 7, 8, 9),
]
_MODEL_YEAR = np.zeros(256, bool)
_MODEL_YEAR[np.frombuffer(b"123456789ABCDEFGHJKLMNPRSTVWXY", np.uint8)] = True

_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], np.int32)
_LARGEST_OCTET = 255
_FEWEST_PLATE_DIGITS = 2


def _resident_id(candidates: Bytes) -> Bools:
    """GB 11643: a calendar date at 7 to 14 and ISO 7064 MOD 11-2 over all."""
    values = digits_of(candidates[:, :17])
    dated = is_date(values[:, 6:10], values[:, 10:12], values[:, 12:14])
    digits = _RESIDENT_DIGITS[weighted(values, _RESIDENT_WEIGHTS) % 11]
    return np.asarray(dated & (digits == candidates[:, 17]))


def digits_of(candidates: Bytes) -> Ints:
    """The characters as numbers, where they are digits."""
    digits = candidates.astype(np.int32)
    digits -= _ZERO
    return digits


def number_of(digits: Ints) -> Ints:
    """The digits of each row, nine at most, as one number."""
    return weighted(digits, _POWERS[-digits.shape[1] :])


def weighted(values: Ints, weights: Ints) -> Ints:
    """For each row the sum of its values times `weights`."""
    # What NumPy has for products of matrices of integers takes several times as long.
    return np.asarray(np.einsum("ij,j->i", values, weights))


def looked_up(table: Ints, candidates: Bytes) -> Ints:
    """What the table has for each character, column by column where the candidates are."""
    return table.take(candidates.T).T


def is_date(years: Ints, months: Ints, days: Ints) -> Bools:
    return is_day(number_of(years), number_of(months), number_of(days))


def is_day(year: Ints, month: Ints, day: Ints) -> Bools:
    """Whether it is in the calendar, leap days included, and in a year somebody is born in."""
    leap = _LEAP.take(year, mode="clip")
    length = _DAYS.take(month + _DAYS.shape[1] * leap.astype(np.int32))
    real = (day >= 1) & (day <= length)
    return np.asarray(real & (year >= FIRST_YEAR) & (year < END_YEAR))


def _uscc(candidates: Bytes) -> Bools:
    """GB 32100: powers of 3 modulo 31 over 31 characters."""
    sums = weighted(looked_up(_USCC_VALUES, candidates[:, :17]), _USCC_WEIGHTS)
    return np.asarray(_USCC_DIGITS[(31 - sums % 31) % 31] == candidates[:, 17])


def _luhn(candidates: Bytes) -> Bools:
    """ISO/IEC 7812-1, annex B."""
    values = (candidates[:, ::-1] - np.uint8(_ZERO)).astype(np.int32)
    return np.asarray((values[:, 0::2].sum(1) + _DOUBLED[values[:, 1::2]].sum(1)) % 10 == 0)


def _octets(candidates: Bytes) -> Bools:
    """RFC 6943, 3.1.1: decimal numbers up to 255 without leading zeros, between points."""
    octet = np.zeros(len(candidates), np.int32)
    begun = np.zeros(len(candidates), bool)
    good = np.ones(len(candidates), bool)
    for column in candidates.T:
        digit = (column >= _ZERO) & (column <= _NINE)
        good &= ~(digit & begun & (octet == 0))
        octet = np.where(digit, octet * 10 + (column.astype(np.int32) - _ZERO), 0)
        begun = digit
        good &= octet <= _LARGEST_OCTET
    return good


def _plate_serial(candidates: Bytes) -> Bools:
    """GA 36: a serial number is not made of letters alone; two digits at least."""
    digits = (candidates >= _ZERO) & (candidates <= _NINE)
    return np.asarray(digits.sum(1) >= _FEWEST_PLATE_DIGITS)


def _organisation_code(candidates: Bytes) -> Bools:
    """GB 11714: weights modulo 11 over digits and letters; a hyphen may stand before the last."""
    sums = weighted(looked_up(_VALUES, candidates[:, :8]), _ORGANISATION_WEIGHTS)
    return np.asarray(_ORGANISATION_DIGITS[(11 - sums % 11) % 11] == candidates[:, -1])


def _registration_number(candidates: Bytes) -> Bools:
    """GS 15-2006: ISO 7064 MOD 11,10 over 15 digits."""
    rest = np.full(len(candidates), 10, np.int32)
    for column in digits_of(candidates[:, :14]).T:
        rest = (rest + column) % 10
        rest = np.where(rest == 0, 10, rest) * 2 % 11
    return np.asarray((rest + digits_of(candidates[:, 14])) % 10 == 1)


def _vin(candidates: Bytes) -> Bools:
    """GB 16735: the ninth of 17 characters checks the rest; the tenth is the model year."""
    sums = weighted(looked_up(_VIN_VALUES, candidates), _VIN_WEIGHTS)
    checked = _VIN_DIGITS[sums % 11] == candidates[:, 8]
    return np.asarray(checked & _MODEL_YEAR[candidates[:, 9]])


RESIDENT_ID = Check(name="gb11643", passes=_resident_id, chance=0.003)
USCC = Check(name="gb32100", passes=_uscc, chance=1 / 31)
ORGANISATION_CODE = Check(name="gb11714", passes=_organisation_code, chance=1 / 11)
REGISTRATION_NUMBER = Check(name="gs15", passes=_registration_number, chance=1 / 10)
VIN = Check(name="gb16735", passes=_vin, chance=1 / 11)
LUHN = Check(name="luhn", passes=_luhn, chance=1 / 10)
OCTETS = Check(name="octets", passes=_octets, chance=1 / 2)
PLATE_SERIAL = Check(name="plate_serial", passes=_plate_serial, chance=1 / 2)
