"""Months and days as the law counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from weir.contracts.calendar import add_months, end_of
from weir.errors import ContractError


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2026, 3, 1), 24, date(2028, 3, 1)),
        (date(2028, 2, 29), -3, date(2027, 11, 29)),
        (date(2026, 5, 31), -3, date(2026, 2, 28)),
        (date(2024, 5, 31), -3, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
        (date(9998, 6, 1), 24, date(9999, 12, 31)),
        (date(9997, 12, 31), 24, date(9999, 12, 31)),
        (date(1, 2, 1), -3, date(1, 1, 1)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, months: int, result: date) -> None:
    """民法典 第二百零二条: without a corresponding day the last of the month."""
    assert add_months(day, months) == result


def test_a_day_ends_at_midnight_in_shanghai() -> None:
    """The instant is given in UTC, eight hours behind."""
    assert end_of(date(2028, 2, 29)) == datetime(2028, 2, 29, 16, tzinfo=UTC)
    assert end_of(date(2026, 12, 31)) == datetime(2026, 12, 31, 16, tzinfo=UTC)


def test_the_last_day_of_the_calendar_is_refused_by_its_field() -> None:
    """9999-12-31 has no next day; the day before it has."""
    assert end_of(date(9999, 12, 30)) == datetime(9999, 12, 30, 16, tzinfo=UTC)
    with pytest.raises(ContractError) as refusal:
        end_of(date.max, "ends_on")
    assert refusal.value.code == "term_beyond_calendar"
    assert refusal.value.where == {"field": "ends_on"}
