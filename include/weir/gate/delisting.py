"""Take a release from consumers, exactly once and whole, wherever a process dies (第二十三条).

The order is: the intent, in one transaction with its audit record; the signed tombstone, put once;
`latest.json`, conditionally, to the newest earlier release or to none; every file of the release
but certificate and tombstone; the outcome, in one transaction with its audit record. Each step
finds what an earlier attempt has done, so that a rerun begins at the top.
"""

from __future__ import annotations

import structlog

from weir.crypto.sm3 import sm3_hex
from weir.errors import IntegrityError
from weir.evidence.actions import Action
from weir.evidence.audit import Initiator
from weir.gate.bucket import ReleaseBucket
from weir.gate.delisting_store import DelistingOrder, DelistingStore
from weir.gate.ports import FaultPoint, GatePorts
from weir.gate.records import BUREAU, Recorder, about_release
from weir.gate.release_store import Release, ReleaseStore
from weir.gate.standing_store import StandingStore
from weir.gate.turns import turn
from weir.governance.attempts import initiator_of
from weir.model import Principal, ReleaseState, Role
from weir.policy.machines.release import RELEASE
from weir.policy.order import Order
from weir.release.tombstone import Tombstone

_BUREAU = Principal(id="weir-bureau", role=Role.BUREAU_DIRECTOR, org="bureau")
_ARTICLE = RELEASE.move("delist").article
log = structlog.get_logger()


class Delister:
    """Orders delistings and carries them out.

    Raises `UnavailableError` when a store or the database does not answer: the release stays
    `delisting`, and the next call goes on from there.
    """

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports
        self._releases = ReleaseStore(ports.engine)
        self._delistings = DelistingStore(ports.engine, ports.clock)
        self._standings = StandingStore(ports.engine, ports.bureau_key)
        self._recorder = Recorder(ports.clock, ports.signing_key.public.key_id)
        # What an earlier process of this gate had under way when it was killed.
        self._swept = False

    def by_operator(self, release: Release, by: Principal, ground: str) -> Release:
        """Delist of the operator's own accord: its review found a product that must not be there.

        Raises `AuthorisationError` (code `move_out_of_order`) unless the release is published.
        """
        wanted = DelistingOrder(
            ordered_by="operator",
            ground=ground,
            article=_ARTICLE,
            person=by.id,
            ordered_at=self._ports.clock.now(),
        )
        return self._order(release, wanted, by, initiator_of(by))

    def obey(self) -> int:
        """Begin what the bureau has ordered; returns how many delistings were begun."""
        begun = 0
        for order in self._standings.orders():
            if order.action == "delist":
                release = self._releases.find(order.scope)
                if release and release.state is ReleaseState.PUBLISHED:
                    self._order(release, _wanted(order), _BUREAU, BUREAU)
                    begun += 1
        return begun

    def settle(self, release: Release) -> None:
        """Finish a delisting that was begun, unless another process is at it."""
        with turn(self._ports.engine, f"publish:{release.scenario}") as mine:
            if mine:
                held = self._releases.find(release.release_id)
                if held and held.state is ReleaseState.DELISTING:
                    self._settle(held)

    def sweep(self) -> None:
        """Clear, once, the folders of delisted releases: a process that was publishing one when
        it lost its turn may have written into it before it was killed."""
        if self._swept:
            return
        for release in self._releases.in_state(ReleaseState.DELISTED):
            self._bucket(release).clear(release.release_id)
        self._swept = True

    def _order(
        self, release: Release, wanted: DelistingOrder, by: Principal, initiator: Initiator
    ) -> Release:
        intent = self._recorder.intent(
            Action.RELEASE_DELISTED,
            about_release(
                release.release_id, release.scenario, release.run_id, article=wanted.article
            ),
            {
                "release_id": release.release_id,
                "certificate": release.certificate_sm3,
                "order_id": wanted.order_id,
                "ground": sm3_hex(wanted.ground.encode()),
            },
            by=initiator,
        )
        pack = self._ports.contracts.pack(self._ports.clock.now())
        return self._delistings.order(release.release_id, wanted, by, pack, intent)

    def _settle(self, release: Release) -> None:
        ports, wanted = self._ports, self._delistings.find(release.release_id)
        ports.at(FaultPoint.DELISTING_KEPT)
        bucket = self._bucket(release)
        resumed = bucket.tombstone(release.release_id) is not None
        _, tombstone_sm3 = bucket.bury(self._tombstone(release, wanted))
        ports.at(FaultPoint.BURIED)
        newest = self._releases.newest_published(release.scenario)
        bucket.point_away(
            release.scenario,
            release.release_id,
            bucket.certificate(newest.release_id) if newest else None,
            ports.clock.now(),
        )
        ports.at(FaultPoint.POINTED_AWAY)
        removed = bucket.clear(release.release_id)
        ports.at(FaultPoint.CLEARED)
        outcome = self._recorder.outcome(
            Action.RELEASE_DELISTED,
            about_release(
                release.release_id, release.scenario, release.run_id, article=wanted.article
            ),
            {
                "release_id": release.release_id,
                "certificate": release.certificate_sm3,
                "order_id": wanted.order_id,
                "tombstone": tombstone_sm3,
            },
            intent_id=release.intent_id,
            reconciled=resumed,
        )
        if self._delistings.close(release.release_id, release.intent_id, outcome):
            log.info(
                "release_delisted",
                release=release.release_id,
                scenario=release.scenario,
                objects=removed,
            )

    def _tombstone(self, release: Release, wanted: DelistingOrder) -> Tombstone:
        envelope = self._standings.order_envelope(wanted.order_id) if wanted.order_id else None
        if wanted.order_id and envelope is None:
            raise IntegrityError(
                "order_missing",
                "the order to delist this release is not kept",
                where={"release": release.release_id},
                article=wanted.article,
                remedy="restore the gate's database; the bureau keeps its orders too",
            )
        return Tombstone(
            scenario=release.scenario,
            release_id=release.release_id,
            manifest_sm3=release.manifest.sm3,
            certificate_sm3=release.certificate_sm3,
            ordered_by=wanted.ordered_by,
            ground=wanted.ground,
            article=wanted.article,
            order=envelope.to_json() if envelope else {},
            delisted_at=self._ports.clock.now(),
        )

    def _bucket(self, release: Release) -> ReleaseBucket:
        return ReleaseBucket(
            store=self._ports.store,
            bucket=f"release-{release.scenario}",
            key=self._ports.signing_key,
        )


def _wanted(order: Order) -> DelistingOrder:
    return DelistingOrder(
        ordered_by="bureau",
        ground=order.ground,
        article=order.article,
        order_id=order.order_id,
        ordered_at=order.issued_at,
    )
