"""Pulls under way: a large table takes longer than a request may."""

from __future__ import annotations

import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from weir.crypto.canonical import canonical_json
from weir.crypto.sm3 import sm3_hex
from weir.errors import IntakeUnavailableError, IntegrityError, RefusedError, WeirError
from weir.intake.taking import SnapshotOrder
from weir.model import Snapshot, to_json

AT_ONCE = 4
KEPT = 1024
"""Ended jobs whose answer is still told; beyond `WAITING` open ones nothing more is taken on."""
WAITING = 64

Job = Future[Snapshot]


class Jobs:
    """Runs `take` for each order, a few at once; the same order twice is one job.

    Nothing here outlives the process. A job that is lost with it has left either a whole snapshot,
    which asking again finds, or nothing. One that failed is tried anew when it is asked for again.
    """

    def __init__(self, take: Callable[[SnapshotOrder], Snapshot]) -> None:
        self._take = take
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="weir-intake")
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, order: SnapshotOrder) -> tuple[str, Job]:
        """The job of `order`, begun now unless it is under way or has ended well."""
        name = f"snap-{sm3_hex(canonical_json(to_json(order)))[:32]}"
        with self._lock:
            job = self._jobs.get(name)
            if job is None or (job.done() and job.exception() is not None):
                self._make_room()
                job = self._jobs[name] = self._pool.submit(self._run, order)
            self._jobs.move_to_end(name)
        return name, job

    def find(self, name: str) -> Job:
        """The job of that name, or `IntegrityError` (code `snapshot_unknown`)."""
        with self._lock:
            job = self._jobs.get(name)
        if job is None:
            raise IntegrityError(
                "snapshot_unknown",
                "the intake knows no such job: it may have been restarted",
                remedy="ask for the snapshot again",
            )
        return job

    def close(self) -> None:
        """Begin nothing more; what is under way ends."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _make_room(self) -> None:
        if sum(not job.done() for job in self._jobs.values()) >= WAITING:
            raise IntakeUnavailableError(
                "intake_busy",
                "the intake has as many pulls waiting as it takes on",
                where={"waiting": WAITING},
                remedy="ask again later",
            )
        while len(self._jobs) >= KEPT:
            ended = next(name for name, job in self._jobs.items() if job.done())
            del self._jobs[ended]

    def _run(self, order: SnapshotOrder) -> Snapshot:
        try:
            return self._take(order)
        except WeirError:
            raise
        except Exception as error:  # noqa: BLE001 - becomes a refusal without its text
            frame = traceback.extract_tb(error.__traceback__)[-1]
            raise RefusedError(
                "internal_error",
                f"{type(error).__name__} in the intake",
                where={"at": f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"},
                remedy="report the place named here; no snapshot was kept",
            ) from None
