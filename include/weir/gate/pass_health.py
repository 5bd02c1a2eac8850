"""Which of the worker's passes fail, since when and how often: for the probe and for the page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from weir.errors import GateUnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingPass:
    """A pass that has failed `times` times in a row, the last time with `error`: a code, or the
    type of an error that nobody foresaw. Neither holds a value."""

    name: str
    error: str
    since: datetime
    times: int


@dataclass(slots=True)
class _Failure:
    error: str
    began: float
    times: int = 0


class PassHealth:
    """What became of each pass when it was last made. Safe to share between threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._failures: dict[str, _Failure] = {}
        self._lock = threading.Lock()

    def passed(self, name: str) -> None:
        with self._lock:
            self._failures.pop(name, None)

    def failed(self, name: str, error: str) -> None:
        with self._lock:
            held = self._failures.setdefault(name, _Failure(error, self._monotonic()))
            held.error, held.times = error, held.times + 1

    def failing(self, now: datetime) -> tuple[FailingPass, ...]:
        """The passes that failed when they were last made, by name."""
        with self._lock:
            return tuple(
                FailingPass(
                    name=name,
                    error=held.error,
                    since=now - timedelta(seconds=int(self._monotonic() - held.began)),
                    times=held.times,
                )
                for name, held in sorted(self._failures.items())
            )

    def check(self, now: datetime) -> None:
        """Raise `GateUnavailableError` (code `worker_failing`) while any pass fails."""
        if failing := self.failing(now):
            raise GateUnavailableError(
                "worker_failing",
                "work of the gate fails again and again",
                where={
                    one.name: f"{one.error}, {one.times} times since {one.since.isoformat()}"
                    for one in failing
                },
                remedy="read the gate's log for work_postponed and pass_failed",
            )
