"""Check digits against independent arithmetic written out by hand."""

from __future__ import annotations

import datetime as dt
import ipaddress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from weir.privacy import check_digits
from weir.privacy.check_digits import Check

USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def passes(check: Check, text: str) -> bool:
    return bool(check.passes(np.frombuffer(text.encode(), np.uint8)[None, :])[0])


@given(st.integers(10**16, 10**17 - 1), st.sampled_from("0123456789X"))
def test_resident_ids_follow_gb_11643(body: int, last: str) -> None:
    """The date is real and the weighted sum of all 18 characters is 1 modulo 11."""
    text = f"{body}{last}"
    weights = [2 ** (17 - place) % 11 for place in range(18)]
    values = [10 if c == "X" else int(c) for c in text]
    try:
        year = dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14])).year
    except ValueError:
        year = 0
    whole = sum(w * v for w, v in zip(weights, values, strict=True)) % 11 == 1
    assert passes(check_digits.RESIDENT_ID, text) == (whole and 1800 <= year < 2050)


@given(st.dates(dt.date(1800, 1, 1), dt.date(2049, 12, 31)), st.integers(0, 999))
def test_every_real_date_has_exactly_one_check_character(day: dt.date, serial: int) -> None:
    """Leap days included."""
    body = f"510903{day:%Y%m%d}{serial:03}"
    assert sum(passes(check_digits.RESIDENT_ID, body + c) for c in "0123456789X") == 1


@given(st.text(USCC_CHARACTERS, min_size=17, max_size=17))
def test_uscc_codes_have_exactly_one_check_character(body: str) -> None:
    """Powers of three modulo 31 (GB 32100)."""
    total = sum(USCC_CHARACTERS.index(c) * 3**place for place, c in enumerate(body))
    right = USCC_CHARACTERS[-total % 31]
    assert [c for c in USCC_CHARACTERS if passes(check_digits.USCC, body + c)] == [right]


@given(st.text("0123456789", min_size=13, max_size=19))
def test_luhn_catches_every_single_wrong_digit(body: str) -> None:
    """Exactly one last digit is right, and changing any digit breaks the number."""
    (right,) = [c for c in "0123456789" if passes(check_digits.LUHN, body + c)]
    whole = body + right
    for place, digit in enumerate(whole):
        other = str((int(digit) + 1) % 10)
        assert not passes(check_digits.LUHN, whole[:place] + other + whole[place + 1 :])


@given(
    st.lists(
        st.integers(0, 999).map(str) | st.sampled_from(["00", "01", "007"]), min_size=4, max_size=4
    )
)
def test_octets_are_what_the_standard_library_takes(octets: list[str]) -> None:
    """Up to 255, without leading zeros."""
    text = ".".join(octets)
    try:
        ipaddress.IPv4Address(text)
        right = True
    except ValueError:
        right = False
    assert passes(check_digits.OCTETS, text) == right


def test_a_matrix_is_judged_row_by_row() -> None:
    """Each row has its own answer."""
    rows = np.frombuffer(b"41111111111111114111111111111112", np.uint8).reshape(2, 16)
    assert check_digits.LUHN.passes(rows).tolist() == [True, False]
