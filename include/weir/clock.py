"""The one source of time. Instants are UTC; calendar rules read the date in Asia/Shanghai."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present instant, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still: replay and tests."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant.astimezone(UTC)


def civil_date(instant: datetime) -> date:
    """The calendar date that rules see at `instant`, in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI).date()
