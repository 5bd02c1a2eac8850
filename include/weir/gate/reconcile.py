"""Finish what was begun: the gate's one worker, at start and from then on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from importlib import import_module

import pyarrow as pa
import structlog

from weir.clock import civil_date
from weir.errors import GateUnavailableError, WeirError
from weir.gate.canary_watch import CanaryWatch
from weir.gate.credentials import Credentials
from weir.gate.delisting import Delister
from weir.gate.incident_watch import IncidentWatch
from weir.gate.key_upkeep import KeyUpkeep
from weir.gate.pass_health import PassHealth
from weir.gate.platform_keys import PlatformKeyUpkeep
from weir.gate.ports import GatePorts
from weir.gate.publisher import Publisher
from weir.gate.release_store import Release, ReleaseStore
from weir.model import ReleaseState, ScenarioId
from weir.policy.lapse import lapses
from weir.privacy.names.finder import name_finder

log = structlog.get_logger()

_RELEASES = "releases"


class Reconciler:
    """Settles every open release, and every credential and published release that is not as the
    bureau's orders say.

    What a killed process left open is closed from what the store really holds; see
    `weir.gate.publisher`.
    """

    def __init__(self, ports: GatePorts, credentials: Credentials) -> None:
        self._releases = ReleaseStore(ports.engine)
        self._publisher = Publisher(ports)
        self._delister = Delister(ports)
        self._incidents = IncidentWatch(ports)
        self._canaries = CanaryWatch(ports)
        self._credentials = credentials
        self._ports = ports
        self._looked_on: date | None = None
        self._lapsed: set[str] = set()
        self._keys = KeyUpkeep(ports)
        self._platform_keys = PlatformKeyUpkeep(ports)
        self.health = PassHealth()

    def run_once(self) -> int:
        """One pass; returns how many pieces of work could not be finished.

        A scenario whose release cannot be settled now is left for the next pass, with all that was
        requested after it: a later release must not overtake one that is half-done.
        """
        self._make("policy", self._say_what_lapsed)
        failures = self._make("credentials", self._credentials.enforce)
        failures += self._make("access keys", self._keys.run)
        failures += self._make("platform keys", self._platform_keys.run)
        failures += self._make("incidents", self._incidents.run)
        failures += self._make("delistings", self._delister.obey)
        failures += self._make("delisted", self._delister.sweep)
        return failures + self._settle_all()

    def _settle_all(self) -> int:
        waiting: list[Release] = []
        error = self._try(_RELEASES, lambda: waiting.extend(self._releases.open()))
        unread = bool(error)
        stuck: set[ScenarioId] = set()
        for release in waiting:
            if release.scenario not in stuck and (
                failure := self._try(release.release_id, partial(self._settle, release))
            ):
                stuck.add(release.scenario)
                error = failure
        self._keep(_RELEASES, error)
        if not waiting and not unread:
            return self._make("canaries", self._look_for_canaries)
        return unread + len(stuck)

    def _look_for_canaries(self) -> None:
        if self._canaries.run():
            self._credentials.enforce()

    def _say_what_lapsed(self) -> None:
        """A warning for each policy pack that contracts name and that has lapsed (第二十四条), once
        in this process; looked for at its start and on each new day."""
        now = self._ports.clock.now()
        if self._looked_on == civil_date(now):
            return
        for lapse in lapses(self._ports.contracts.packs_named(), now):
            if lapse.pack not in self._lapsed:
                self._lapsed.add(lapse.pack)
                log.warning("policy_lapsed", pack=lapse.pack, since=lapse.since.isoformat())
        self._looked_on = civil_date(now)

    def _settle(self, release: Release) -> None:
        if release.state is ReleaseState.DELISTING:
            self._delister.settle(release)
        else:
            self._publisher.settle(release)

    def _make(self, name: str, do: Callable[[], object]) -> int:
        """1 where the pass has to be made again, else 0."""
        error = self._try(name, do)
        self._keep(name, error)
        return int(bool(error))

    def _keep(self, name: str, error: str) -> None:
        if error:
            self.health.failed(name, error)
        else:
            self.health.passed(name)

    def _try(self, work: str, do: Callable[[], object]) -> str:
        """What kept `do` from its end; empty where nothing did. A bug in one piece of work is no
        reason to leave the others undone."""
        try:
            do()
        except WeirError as error:
            log.warning("work_postponed", work=work, code=error.code)
            return error.code
        except Exception as error:  # noqa: BLE001 - told by its type: its text may hold a value
            log.error("pass_failed", work=work, error=type(error).__name__)  # noqa: TRY400 - as above
            return type(error).__name__
        return ""


def make_ready() -> None:
    """What a process has to be before it gives verdicts.

    Great Expectations takes seconds to import, and the model for names most of one to read: now,
    rather than inside the first verdict. A verdict's buffers go back to the system when they are
    freed: the gate is a small process that sometimes does a large piece of work.
    """
    import_module("weir.quality.evaluation")
    name_finder()
    pa.set_memory_pool(pa.system_memory_pool())


class Worker:
    """A thread that reconciles at start, when woken, and every `interval_seconds`."""

    def __init__(self, reconciler: Reconciler, interval_seconds: float) -> None:
        self._reconciler = reconciler
        self._interval_seconds = interval_seconds
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="weir-gate-worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look for work now."""
        self._wanted.set()

    def stop(self, timeout_seconds: float = 30.0) -> None:
        """Finish the pass under way, for at most `timeout_seconds`."""
        self._stopping.set()
        self._wanted.set()
        self._thread.join(timeout_seconds)

    @property
    def health(self) -> PassHealth:
        return self._reconciler.health

    def check(self, now: datetime) -> None:
        """Raise `GateUnavailableError` unless the worker works and what it does succeeds."""
        if not self._thread.is_alive():
            raise GateUnavailableError("worker_stopped", "the gate's worker has stopped")
        self.health.check(now)

    def _work(self) -> None:
        make_ready()
        while not self._stopping.is_set():
            self._wanted.clear()
            self._reconciler.run_once()
            self._wanted.wait(self._interval_seconds)
