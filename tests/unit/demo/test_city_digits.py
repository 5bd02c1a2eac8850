"""Check digits against published examples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from weir.demo.city import canary
from weir.demo.city.digits import (
    Chars,
    decimal,
    luhn_check,
    organisation_check,
    resident_check,
    uscc_check,
)


def characters(text: str) -> Chars:
    return np.frombuffer(text.encode(), np.uint8)[None, :]


@pytest.mark.parametrize(
    ("check", "whole"),
    [
        (resident_check, "11010519491231002X"),
        (resident_check, "440524188001010014"),
        (resident_check, canary.RESIDENT_ID),
        (uscc_check, "91350100M000100Y43"),
        (uscc_check, "91110108551385082Q"),
        (uscc_check, canary.USCC),
        (organisation_check, "551385082"),
        (organisation_check, canary.USCC[8:17]),
        (luhn_check, "4111111111111111"),
        (luhn_check, "79927398713"),
    ],
)
def test_a_check_digit_completes_its_identifier(
    check: Callable[[Chars], Chars], whole: str
) -> None:
    """The last character follows from those before it."""
    assert check(characters(whole[:-1])).tobytes().decode() == whole[-1]


def test_columns_are_checked_row_by_row() -> None:
    """Many rows give what each alone gives."""
    rows = decimal(np.arange(10**8, 10**8 + 500) * 7_919, 17)
    together = resident_check(rows)
    assert [together[i].tobytes() for i in range(500)] == [
        resident_check(rows[i : i + 1]).tobytes() for i in range(500)
    ]


def test_numbers_are_written_with_leading_zeros() -> None:
    """Width is kept."""
    assert decimal(np.array([7, 123_456]), 6).tobytes() == b"000007123456"
