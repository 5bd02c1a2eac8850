"""The one source of time. Instants are UTC; calendar rules read the date in Asia/Shanghai."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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


class ForwardClock:
    """A clock that nobody turns back: where `clock` jumps backwards, this one goes on as time
    passes, so that what has expired stays so."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        with self._lock:
            told, ticks = self._clock.now(), self._monotonic()
            if self._last is not None:
                before, ticks_before = self._last
                told = max(told, before + timedelta(seconds=ticks - ticks_before))
            self._last = (told, ticks)
            return told


def beijing_time(instant: datetime) -> str:
    """`instant` as people read it: in Asia/Shanghai, and said to be."""
    try:
        return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} 北京时间"
    except OverflowError:
        return instant.isoformat()  # the calendar's last day ends earlier here


def civil_date(instant: datetime) -> date:
    """The calendar date that rules see at `instant`, in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI).date()
