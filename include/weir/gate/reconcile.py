"""Finish what was begun: the gate's one worker, at start and from then on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from functools import partial
from importlib import import_module

import structlog

from weir.clock import civil_date
from weir.errors import WeirError
from weir.gate.canary_watch import CanaryWatch
from weir.gate.credentials import Credentials
from weir.gate.delisting import Delister
from weir.gate.incident_watch import IncidentWatch
from weir.gate.key_upkeep import KeyUpkeep
from weir.gate.ports import GatePorts
from weir.gate.publisher import Publisher
from weir.gate.release_store import Release, ReleaseStore
from weir.model import ReleaseState, ScenarioId
from weir.policy.lapse import lapses

log = structlog.get_logger()


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

    def run_once(self) -> int:
        """One pass; returns how many pieces of work could not be finished.

        A scenario whose release cannot be settled now is left for the next pass, with all that was
        requested after it: a later release must not overtake one that is half-done.
        """
        self._try("policy", self._say_what_lapsed)
        failures = self._try("credentials", self._credentials.enforce)
        failures += self._try("access keys", self._keys.run)
        failures += self._try("incidents", self._incidents.run)
        failures += self._try("delistings", self._delister.obey)
        failures += self._try("delisted", self._delister.sweep)
        stuck: set[ScenarioId] = set()
        try:
            waiting = self._releases.open()
        except WeirError as error:
            log.warning("work_postponed", work="releases", code=error.code)
            return failures + 1
        for release in waiting:
            if release.scenario not in stuck and self._try(
                release.release_id, partial(self._settle, release)
            ):
                stuck.add(release.scenario)
        if not waiting:
            failures += self._try("canaries", self._look_for_canaries)
        return failures + len(stuck)

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

    def _try(self, work: str, do: Callable[[], object]) -> int:
        """1 where `do` has to be tried again, else 0."""
        try:
            do()
        except WeirError as error:
            log.warning("work_postponed", work=work, code=error.code)
            return 1
        return 0


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
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _work(self) -> None:
        # Great Expectations takes seconds to import: now, rather than inside the first verdict.
        import_module("weir.quality.evaluation")
        while not self._stopping.is_set():
            self._wanted.clear()
            try:
                self._reconciler.run_once()
            except Exception as error:  # noqa: BLE001 - told by its type: its text may hold a value
                log.error("pass_failed", error=type(error).__name__)  # noqa: TRY400 - as above
            self._wanted.wait(self._interval_seconds)
