"""What a number must satisfy beyond its check digit: real regions, real dates, places on earth.

Checks as `weir.privacy.check_digits` has them.
"""

from __future__ import annotations

import math

import numpy as np

from weir.privacy.check_digits import (
    ORGANISATION_CODE,
    REGISTRATION_NUMBER,
    RESIDENT_ID,
    USCC,
    Check,
    digits_of,
    is_date,
    is_day,
    number_of,
)
from weir.privacy.pieces import Bools, Bytes, Ints
from weir.privacy.regions import are_prefectures, are_provinces, were_regions

_CENTURY = (1, 9)
_NATIONAL = 10
_FIRST_BIRTH_YEAR = 1900
_EAST, _NORTH = range(73, 136), range(3, 54)
_ZERO, _NINE = ord("0"), ord("9")
_LARGE = 10**9


def both(*checks: Check) -> Check:
    """All of `checks`, the last looked at first. It is the check digit among them that chance is
    reckoned by."""

    def passes(candidates: Bytes) -> Bools:
        good = np.ones(len(candidates), bool)
        for check in reversed(checks):
            if good.all():
                good = check.passes(candidates)
            else:
                left = np.flatnonzero(good)
                good[left] = check.passes(candidates.T.take(left, axis=1).T)
        return good

    return Check(
        name="+".join(check.name for check in checks),
        passes=passes,
        chance=math.prod(check.chance for check in checks),
        proves=any(check.proves for check in checks),
    )


def _resident_region(candidates: Bytes) -> Bools:
    codes = number_of(digits_of(candidates[:, :6]))
    return were_regions(codes, number_of(digits_of(candidates[:, 6:10])))


def _resident_15(candidates: Bytes) -> Bools:
    """GB 11643-1989: a region and a date of the last century, without a check digit."""
    digits = digits_of(candidates)
    years = np.empty((len(digits), 4), np.int32)
    years[:, :2], years[:, 2:] = _CENTURY, digits[:, 6:8]
    real = were_regions(number_of(digits[:, :6]), number_of(years))
    return np.asarray(real & is_date(years, digits[:, 8:10], digits[:, 10:12]))


def _foreign_resident(candidates: Bytes) -> Bools:
    """The card of 2023 (18 digits, GB 11643) and that before: a country, a place and a date."""
    if candidates.shape[1] == 18:  # noqa: PLR2004 — the lengths of the two numbers
        of_province = are_provinces(number_of(digits_of(candidates[:, 1:3])))
        return np.asarray(of_province & RESIDENT_ID.passes(candidates))
    digits = digits_of(candidates[:, 3:])
    place = are_prefectures(number_of(digits[:, :4]))
    year, month, day = (number_of(digits[:, k : k + 2]) for k in (4, 6, 8))
    return np.asarray(place & (is_day(1900 + year, month, day) | is_day(2000 + year, month, day)))


def _registrar(candidates: Bytes) -> Bools:
    """The region of who keeps the register: a county, a city, a province or the nation."""
    codes = number_of(digits_of(candidates[:, :6]))
    return np.asarray(were_regions(codes, np.zeros_like(codes)) | _whole_province(codes))


def _uscc_province(candidates: Bytes) -> Bools:
    province = number_of(digits_of(candidates[:, 2:4]))
    return np.asarray(are_provinces(province) | (province == _NATIONAL))


def _whole_province(codes: Ints) -> Bools:
    province = codes // 10_000
    known = are_provinces(province) | (province == _NATIONAL)
    return np.asarray(known & (codes % 10_000 == 0))


def _taxpayer(candidates: Bytes) -> Bools:
    """A region before an organisation code, or a resident ID before two digits."""
    if candidates.shape[1] == 15:  # noqa: PLR2004 — the lengths of the two numbers
        return np.asarray(_registrar(candidates) & ORGANISATION_CODE.passes(candidates[:, 6:]))
    return np.asarray(RESIDENT.passes(candidates[:, :18]))


def _disability(candidates: Bytes) -> Bools:
    """A resident ID before the category and the level of the disability."""
    return RESIDENT.passes(candidates[:, :18])


def _birth_date(candidates: Bytes) -> Bools:
    """A date or a month of the last or this century, in digits or with marks between."""
    year, month, day = _numbers(candidates, 3)
    digits = (candidates >= _ZERO) & (candidates <= _NINE)
    numbers = digits[:, 0] + (digits[:, 1:] & ~digits[:, :-1]).sum(1)
    undated = numbers == 2  # noqa: PLR2004 — a year and a month
    for length in (8, 6):
        if candidates.shape[1] == length:
            plain = numbers == 1
            whole = year if length == 8 else year * 100 + 1  # noqa: PLR2004 — with the day
            year = np.where(plain, whole // 10_000, year)
            month = np.where(plain, whole // 100 % 100, month)
            day = np.where(plain, whole % 100, day)
    day = np.where(undated, 1, day)
    return np.asarray(is_day(year, month, day) & (year >= _FIRST_BIRTH_YEAR))


def _coordinates(candidates: Bytes) -> Bools:
    """Longitude and latitude in either order, within the country's bounds."""
    one, _, two, _ = _numbers(candidates, 4)
    return np.asarray((_east(one) & _north(two)) | (_north(one) & _east(two)))


def _east(degrees: Ints) -> Bools:
    return np.asarray((degrees >= _EAST.start) & (degrees < _EAST.stop))


def _north(degrees: Ints) -> Bools:
    return np.asarray((degrees >= _NORTH.start) & (degrees < _NORTH.stop))


def _numbers(candidates: Bytes, count: int) -> list[Ints]:
    """The first `count` numbers of each row, whatever stands between; long ones are cut short."""
    numbers = np.zeros((count + 1, len(candidates)), np.int64)
    which = np.full(len(candidates), -1)
    inside = np.zeros(len(candidates), bool)
    rows = np.arange(len(candidates))
    for column in candidates.T:
        digit = (column >= _ZERO) & (column <= _NINE)
        which += digit & ~inside
        inside = digit
        place = np.minimum(which[digit], count)
        value = numbers[place, rows[digit]] * 10 + (column[digit] - _ZERO)
        numbers[place, rows[digit]] = np.minimum(value, _LARGE)
    return list(numbers[:count])


_ANY_RESIDENT = Check(name="gb2260", passes=_resident_region, chance=0.3, proves=False)
RESIDENT = both(RESIDENT_ID, _ANY_RESIDENT)
RESIDENT_15 = Check(name="gb2260+date", passes=_resident_15, chance=3e-4, proves=False)
FOREIGN_RESIDENT = Check(name="place+date", passes=_foreign_resident, chance=3e-3)
REGISTRATION = both(
    REGISTRATION_NUMBER, Check(name="registrar", passes=_registrar, chance=1, proves=False)
)
CREDIT_CODE = both(USCC, Check(name="province", passes=_uscc_province, chance=1, proves=False))
TAXPAYER = Check(name="taxpayer", passes=_taxpayer, chance=1 / 11)
DISABILITY = Check(name="gb11643+gb2260", passes=_disability, chance=1e-3)
PREFECTURE = Check(
    name="prefecture",
    passes=lambda candidates: are_prefectures(number_of(digits_of(candidates[:, :4]))),
    chance=1,
    proves=False,
)
BIRTH_DATE = Check(name="date", passes=_birth_date, chance=1, proves=False)
COORDINATES = Check(name="coordinates", passes=_coordinates, chance=1, proves=False)
