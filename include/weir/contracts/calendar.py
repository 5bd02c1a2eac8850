"""Calendar arithmetic as the law counts: by dates in Asia/Shanghai, ends included."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta

from weir.clock import SHANGHAI


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later (or earlier, when negative).

    Where that month has no such day, its last day (民法典 第二百零二条).
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def end_of(day: date) -> datetime:
    """The instant at which `day` is over in Asia/Shanghai, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
