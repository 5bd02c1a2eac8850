"""Destroy what was kept for a term when that is over: the key first, then what it sealed.

The order is: the intent, in one transaction with its audit record; the key, for what it sealed can
be opened by nobody from then on; the objects; the outcome, in one transaction with its record. An
attempt that is cut short is taken up by the next one, which finds what is left. Evidence is not
kept here: of audit records, certificates and reports nothing is ever touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from enum import StrEnum
from functools import cache
from uuid import UUID

import structlog

from weir.contracts.plan import Plan
from weir.errors import IntegrityError, RefusedError
from weir.evidence.actions import Action
from weir.evidence.audit import Initiator, Legal, Target
from weir.gate.ports import GatePorts
from weir.gate.records import About, Recorder
from weir.gate.release_store import ReleaseStore
from weir.gate.retention_store import RetentionStore, listing
from weir.gate.standing_store import StandingStore
from weir.gate.stop_store import stops_in_force
from weir.gate.turns import own_turn
from weir.model import ReleaseId, ReleaseState
from weir.policy.machines.incident import OPEN
from weir.policy.order import suspensions_in_force
from weir.policy.retention import (
    ARTICLE,
    DisputedScope,
    Holds,
    Lot,
    LotKind,
    held_by,
    of_scenarios,
    over_at,
)
from weir.storage.objects import QUARANTINE, SNAPSHOTS, STAGING, ObjectInfo

log = structlog.get_logger()

TURN = "retention"
AT_ONCE = 100
"""Lots that one call destroys: it answers within seconds, and what is left is due at the next."""

_BUCKETS = {
    LotKind.SNAPSHOT: SNAPSHOTS,
    LotKind.QUARANTINE: QUARANTINE,
    LotKind.STAGING: STAGING,
}
_ACTIONS = {
    LotKind.SNAPSHOT: Action.SNAPSHOT_DESTROYED,
    LotKind.QUARANTINE: Action.QUARANTINE_DESTROYED,
    LotKind.STAGING: Action.STAGING_DESTROYED,
}
_DEPTH = {LotKind.SNAPSHOT: 3, LotKind.QUARANTINE: 3, LotKind.STAGING: 2}
"""How many parts of an object's key name its lot: scenario, run, and dataset where it is sealed."""


class DisposalPoint(StrEnum):
    """The instants between two effects of a destruction, in order."""

    INTENT_KEPT = "intent_kept"
    KEY_DESTROYED = "key_destroyed"
    OBJECTS_REMOVED = "objects_removed"


def _no_fault(point: DisposalPoint) -> None:
    del point


class Destroyer:
    """Raises `UnavailableError` when a store or the database does not answer: what was begun is
    ended by the next call. `at` is called at each point; tests kill the process there."""

    def __init__(self, ports: GatePorts, at: Callable[[DisposalPoint], None] = _no_fault) -> None:
        self._ports = ports
        self._store = RetentionStore(ports.engine)
        self._releases = ReleaseStore(ports.engine)
        self._standings = StandingStore(ports.engine, ports.bureau_key)
        self._recorder = Recorder(ports.clock, ports.signing_key.public.key_id)
        self._at = at

    def due(self, disputes: Collection[DisputedScope]) -> tuple[Lot, ...]:
        """What is kept beyond its term, the oldest first, what is held among it.

        Of a release that was delisted the staged copy is due at once.
        """
        plan_of, holds = cache(self._plan), self._holds(disputes)
        now = self._ports.clock.now()
        pack = self._ports.contracts.pack(now)
        delisted = {
            (one.scenario, one.run_id) for one in self._releases.in_state(ReleaseState.DELISTED)
        }
        due = []
        for lot in self._lots():
            plan = plan_of(lot.scenario)
            if now >= over_at(lot.newest_at, plan, pack):
                cause = "term_over"
            elif lot.kind is LotKind.STAGING and (lot.scenario, lot.run_id) in delisted:
                cause = "release_delisted"
            else:
                continue
            due.append(replace(lot, cause=cause, held_by=held_by(lot.scenario, plan, holds)))
        return tuple(sorted(due, key=lambda lot: (lot.newest_at, lot.kind, lot.prefix)))

    def destroy(self, disputes: Collection[DisputedScope], by: Initiator) -> tuple[Lot, ...]:
        """Destroy what is due and not held, at most `AT_ONCE` lots, after what an earlier call left
        under way; returns the lots that are gone now."""
        with own_turn(self._ports.engine, TURN):
            gone, holds = [], self._holds(disputes)
            for intent_id, lot in self._store.under_way():
                # What has been begun is stopped too by what came up since.
                if not held_by(lot.scenario, self._plan(lot.scenario), holds):
                    self._finish(lot, intent_id, by, reconciled=True)
                    gone.append(lot)
            for lot in self.due(disputes):
                if lot.held_by or len(gone) >= AT_ONCE:
                    continue
                intent = self._recorder.intent(
                    _ACTIONS[lot.kind], self._about(lot), _told(lot), by=by
                )
                self._store.begin(lot, intent)
                self._finish(lot, intent.id, by, reconciled=False)
                gone.append(lot)
        return tuple(gone)

    def _finish(self, lot: Lot, intent_id: UUID, by: Initiator, *, reconciled: bool) -> None:
        self._at(DisposalPoint.INTENT_KEPT)
        if lot.kind is not LotKind.STAGING:
            self._destroy_key(f"{lot.kind}/{lot.prefix}")
        self._at(DisposalPoint.KEY_DESTROYED)
        bucket = _BUCKETS[lot.kind]
        for info in list(self._ports.store.list(bucket, f"{lot.prefix}/")):
            self._ports.store.remove(bucket, info.key)
        self._at(DisposalPoint.OBJECTS_REMOVED)
        outcome = self._recorder.outcome(
            _ACTIONS[lot.kind],
            self._about(lot),
            _told(lot),
            intent_id=intent_id,
            reconciled=reconciled,
            by=by,
        )
        self._store.end(outcome)
        log.info(
            "lot_destroyed",
            kind=lot.kind.value,
            scenario=lot.scenario,
            run=lot.run_id,
            cause=lot.cause,
            objects=lot.objects,
        )

    def _destroy_key(self, key_id: str) -> None:
        try:
            self._ports.keys.destroy(key_id)
        except IntegrityError as error:
            # A worker names its quarantine: what has no name of a key was sealed under none.
            if error.code != "key_id_malformed":
                raise

    def _lots(self) -> Iterator[Lot]:
        for kind, bucket in _BUCKETS.items():
            found: dict[tuple[str, ...], list[ObjectInfo]] = defaultdict(list)
            for info in self._ports.store.list(bucket):
                *folders, _ = info.key.split("/")
                if folders:
                    found[tuple(folders[: _DEPTH[kind]])].append(info)
            for place, objects in found.items():
                yield Lot(
                    kind=kind,
                    prefix="/".join(place),
                    scenario=place[0],
                    run_id=place[1] if len(place) > 1 else "",
                    cause="",
                    objects=len(objects),
                    listing_sm3=listing(objects),
                    newest_at=max(one.modified_at for one in objects),
                )

    def _holds(self, disputes: Collection[DisputedScope]) -> Holds:
        named = {one.scope for one in disputes if one.scope_kind == "release"}
        releases = [self._releases.find(ReleaseId(name)) for name in sorted(named)]
        scenario_of: dict[str, str] = {one.release_id: one.scenario for one in releases if one}
        return Holds(
            orders=suspensions_in_force(self._standings.orders(), self._ports.clock.now()),
            stops=stops_in_force(self._ports.engine, OPEN),
            disputes=of_scenarios(disputes, scenario_of),
        )

    def _plan(self, scenario: str) -> Plan | None:
        if scenario not in self._ports.contracts.names():
            return None
        try:
            return self._ports.contracts.plan(scenario)
        except RefusedError:
            return None

    def _about(self, lot: Lot) -> About:
        plan = self._plan(lot.scenario)
        return About(
            target=Target(
                kind=lot.kind.value, name=lot.prefix.rsplit("/", 1)[-1], version=lot.run_id
            )
            if lot.kind is not LotKind.STAGING
            else Target(kind=lot.kind.value, name=lot.scenario, version=lot.run_id),
            legal=Legal(
                article=ARTICLE,
                scenario=lot.scenario,
                contract_digest=plan.contract_digest if plan else "",
            ),
            # Not the record's run: what goes at its term is no news of the run.
        )


def _told(lot: Lot) -> dict[str, str | int]:
    return {
        "bucket": _BUCKETS[lot.kind],
        "prefix": lot.prefix,
        "cause": lot.cause,
        "objects": lot.objects,
        "listing": lot.listing_sm3,
    }
