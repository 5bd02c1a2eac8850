"""Regions, dates, segments and the check digits of cards, against other arithmetic."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.geodata import GEOCODE_DATA

from weir.privacy import check_digits, island_checks, segments, validity
from weir.privacy.check_digits import Check
from weir.privacy.regions import were_regions

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def passes(check: Check, text: str) -> bool:
    return bool(check.passes(np.frombuffer(text.encode(), np.uint8)[None, :])[0])


def known(code: int, year: int) -> bool:
    return bool(were_regions(np.array([code]), np.array([year]))[0])


@pytest.mark.parametrize(
    ("code", "year"),
    [(110105, 2024), (510903, 1950), (441900, 1990), (440524, 1880), (110103, 1985)],
)
def test_a_code_can_be_given_out_until_its_end(code: int, year: int) -> None:
    """Counties, cities without counties, and what was abolished later."""
    assert known(code, year)


@pytest.mark.parametrize(
    ("code", "year"), [(110103, 2015), (110199, 1990), (990101, 1990), (0, 1990), (510000, 1990)]
)
def test_a_code_that_never_was_or_was_abolished_before_is_none(code: int, year: int) -> None:
    """崇文区 ended in 2010; nobody born in 2015 has its code."""
    assert not known(code, year)


@given(st.integers(1900, 2049), st.integers(0, 13), st.integers(0, 32))
def test_dates_are_those_of_the_calendar(year: int, month: int, day: int) -> None:
    """Leap days included, with marks and without."""
    try:
        real = bool(dt.date(year, month, day))
    except ValueError:
        real = False
    assert passes(validity.BIRTH_DATE, f"{year}{month:02}{day:02}") == real
    assert passes(validity.BIRTH_DATE, f"{year}-{month}-{day}") == real
    assert passes(validity.BIRTH_DATE, f"{year}年{month:02}月{day:02}日") == real


@given(st.sampled_from(LETTERS), st.integers(0, 999_999))
def test_hong_kong_numbers_have_exactly_one_check_digit(letter: str, number: int) -> None:
    """Bare or in brackets of either width, which agree."""
    body = f"{letter}{number:06}"
    right = [c for c in "0123456789A" if passes(island_checks.HONG_KONG, body + c)]
    assert len(right) == 1
    for form in ("{}({})", "{}（{}）", "{}({}）"):
        assert passes(island_checks.HONG_KONG, form.format(body, right[0]))


@given(st.sampled_from(LETTERS), st.sampled_from("1289ABCD"), st.integers(0, 9_999_999))
def test_taiwan_numbers_have_exactly_one_check_digit(first: str, second: str, number: int) -> None:
    """Citizens, residents of the new numbering and of the old."""
    body = f"{first}{second}{number:07}"
    assert sum(passes(island_checks.TAIWAN, body + c) for c in "0123456789") == 1


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8))
def test_organisation_codes_have_exactly_one_check_character(body: str) -> None:
    """With a hyphen or without (GB 11714)."""
    (right,) = [c for c in "0123456789X" if passes(check_digits.ORGANISATION_CODE, body + c)]
    assert passes(check_digits.ORGANISATION_CODE, f"{body}-{right}")


@given(st.text("0123456789", min_size=14, max_size=14))
def test_registration_numbers_follow_mod_11_10(body: str) -> None:
    """ISO 7064 written out by hand (GS 15)."""
    rest = 10
    for digit in body:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    right = str((11 - rest) % 10)
    found = [c for c in "0123456789" if passes(check_digits.REGISTRATION_NUMBER, body + c)]
    assert found == [right]


def test_area_codes_are_those_of_the_numbering_plan() -> None:
    """Every area that libphonenumber has a place for."""
    places = {key[2:] for key in GEOCODE_DATA if key.startswith("86")}
    areas = {p[:2] for p in places if p[0] == "2" or p[:2] == "10"}
    areas |= {p[:3] for p in places if p[0] in "3456789" and len(p) >= 3}
    assert len(areas) > 200
    assert [area for area in areas if not passes(segments.AREA_CODE, f"0{area}-2345678")] == []


@pytest.mark.parametrize("area", ["0125", "0345", "0600", "0980", "026"])
def test_area_codes_that_are_not_assigned_are_none(area: str) -> None:
    """They begin no number."""
    assert not passes(segments.AREA_CODE, f"{area}-2345678")


def test_segments_are_those_of_persons() -> None:
    """With a country code or without; 154 and 144 are nobody's telephone."""
    for start in ("", "86", "0086"):
        assert passes(segments.MOBILE_SEGMENT, f"{start}13900009021")
        assert not passes(segments.MOBILE_SEGMENT, f"{start}15400009021")
        assert not passes(segments.MOBILE_SEGMENT, f"{start}14400009021")
    assert passes(segments.MOBILE_SEGMENT, "139-0000-9021")
