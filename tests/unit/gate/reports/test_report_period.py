"""Periods are civil dates of Asia/Shanghai, half open, and wrong ones are named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from weir.errors import ContractError
from weir.gate.reports.period import Period, period_of, year_of

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_a_period_begins_at_midnight_in_shanghai_and_ends_before_the_last_one() -> None:
    """Its last instant is in, its end is not."""
    period = period_of("2026-10-01", "2026-11-01", NOW)
    assert period.begins_at == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert period.holds(period.begins_at)
    assert period.holds(period.ends_at - timedelta(microseconds=1))
    assert not period.holds(period.ends_at)
    assert not period.holds(None)


@pytest.mark.parametrize(
    ("first_day", "until", "code"),
    [
        ("2026-10-01", "2026-10-01", "period_empty"),
        ("2026-10-02", "2026-10-01", "period_empty"),
        ("2026-02-29", "2026-03-01", "period_malformed"),
        ("20261001", "2026-11-01", "period_malformed"),
        ("２０２６-10-01", "2026-11-01", "period_malformed"),
        ("2026-10-01", "2026-11-01\n", "period_malformed"),
        ("0001-01-01", "2026-11-01", "period_malformed"),
        ("2026-10-01", "9999-12-31", "period_malformed"),
        ("2026-11-24", "2026-12-01", "period_to_come"),
    ],
)
def test_a_period_that_is_none_is_refused_by_name(first_day: str, until: str, code: str) -> None:
    """With a remedy, and without repeating what is no date."""
    with pytest.raises(ContractError) as refusal:
        period_of(first_day, until, NOW)
    assert refusal.value.code == code
    assert refusal.value.remedy


def test_today_belongs_to_the_calendar_of_shanghai() -> None:
    """At 00:30 there it is yesterday in UTC."""
    midnight = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    assert period_of("2026-12-01", "2026-12-02", midnight).first_day == date(2026, 12, 1)


def test_a_year_is_a_calendar_year() -> None:
    """From its first day to its last; one that has not begun is refused."""
    assert year_of(2025, NOW) == Period(first_day=date(2025, 1, 1), until=date(2026, 1, 1))
    for year, code in ((1999, "period_malformed"), (2027, "period_to_come")):
        with pytest.raises(ContractError) as refusal:
            year_of(year, NOW)
        assert refusal.value.code == code
