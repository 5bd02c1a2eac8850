"""Calendar arithmetic as the law counts: by dates in Asia/Shanghai, ends included."""

from __future__ import annotations

import calendar
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta

from weir.clock import SHANGHAI
from weir.errors import ContractError


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later (or earlier, when negative).

    Where that month has no such day, its last day (民法典 第二百零二条). Beyond the calendar, the
    calendar's own last or first day.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        return date.max if months > 0 else date.min
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def end_of(day: date, field: str = "ends_on") -> datetime:
    """The instant at which `day` is over in Asia/Shanghai, in UTC.

    The calendar's last day never is: `ContractError` (code `term_beyond_calendar`) names the
    contract's `field` that holds it.
    """
    if day == date.max:
        raise ContractError(
            "term_beyond_calendar",
            f"{field} is the last day of the calendar, which no other follows",
            where={"field": field},
            remedy="state the day on which the term really ends",
        )
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
