"""The stretch of the calendar that a report tells of: civil dates of Asia/Shanghai, half open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from weir.clock import SHANGHAI, civil_date
from weir.errors import ContractError

FIRST_YEAR, LAST_YEAR = 2000, 2998
"""Years whose instants an audit record can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Every day from `first_day` on, up to but without `until`."""

    first_day: date
    until: date

    @property
    def begins_at(self) -> datetime:
        return _midnight(self.first_day)

    @property
    def ends_at(self) -> datetime:
        return _midnight(self.until)

    @property
    def label(self) -> str:
        """What files are called by: `20261001-20261101`."""
        return f"{self.first_day:%Y%m%d}-{self.until:%Y%m%d}"

    def holds(self, instant: datetime | None) -> bool:
        return instant is not None and self.begins_at <= instant < self.ends_at


def period_of(first_day: str, until: str, now: datetime) -> Period:
    """The period between two dates as people write them.

    Raises `ContractError`: code `period_malformed` for what is no date, `period_empty` where it
    ends before it has begun, `period_to_come` where nothing of it has happened yet.
    """
    period = Period(first_day=_day(first_day, "from"), until=_day(until, "until"))
    if period.until <= period.first_day:
        raise ContractError(
            "period_empty",
            "the period holds no day: it ends on the day before `until`",
            where={"from": first_day, "until": until},
            remedy="give as `until` the day after its last one",
        )
    return _begun(period, now)


def year_of(year: int, now: datetime) -> Period:
    """A calendar year; errors as for `period_of`."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _malformed("year")
    return _begun(Period(first_day=date(year, 1, 1), until=date(year + 1, 1, 1)), now)


def _begun(period: Period, now: datetime) -> Period:
    if period.begins_at > now:
        raise ContractError(
            "period_to_come",
            "nothing of the period has happened yet",
            where={"from": period.first_day.isoformat(), "today": civil_date(now).isoformat()},
            remedy="report on days that have come; check the clock",
        )
    return period


def _day(written: str, option: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written, re.ASCII):
        raise _malformed(option)
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise _malformed(option) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _malformed(option)
    return day


def _malformed(option: str) -> ContractError:
    return ContractError(
        "period_malformed",
        f"--{option} is no date that a report can begin or end on",
        where={"option": option},
        remedy=f"write it as 2026-03-01, within the years {FIRST_YEAR} to {LAST_YEAR}",
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
