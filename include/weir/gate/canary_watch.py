"""Canaries in what consumers hold already: an incident each, stopped at once (第十九条)."""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from weir.crypto.sm3 import sm3_hex
from weir.errors import IntegrityError
from weir.evidence.actions import Action
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.book import case_book
from weir.gate.migrate import DATABASE
from weir.gate.ports import GatePorts
from weir.gate.records import GATE, Recorder, about_release
from weir.gate.tables import canary_looks, releases
from weir.model import Principal, Role
from weir.policy.machines.incident import INCIDENT
from weir.release.manifest import DATA
from weir.release.verify import RELEASES
from weir.storage.parquet import TableReader
from weir.storage.scratch import scratch_folder

_GATE = Principal(id="weir-gate", role=Role.GATE, org="operator")
log = structlog.get_logger()


class CanaryWatch:
    """Looks at each published release once with each list of canaries: the gate looked before it
    published, with the list of that day, and a canary may have been planted or told of since.

    A release that holds one opens an incident, which is contained at once: nobody has to be awake
    for reads to end.
    """

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports
        self._book = case_book(ports)
        self._recorder = Recorder(ports.clock, ports.signing_key.public.key_id)

    def run(self) -> bool:
        """Look at one release that is still to be looked at, the first published first; returns
        whether it holds a canary.

        Raises `StoreUnavailableError` when database or object store do not answer, and
        `IntegrityError` for a release that cannot be read, once no other is left.
        """
        canaries = self._ports.canaries
        if not canaries.values:
            return False
        looked = select(canary_looks.c.release_id).where(canary_looks.c.canaries == canaries.sm3)
        query = (
            select(releases.c.release_id, releases.c.scenario, releases.c.run_id)
            .where(releases.c.state == "published", releases.c.release_id.not_in(looked))
            .order_by(releases.c.published_at)
        )
        with transaction(self._ports.engine, DATABASE) as connection:
            waiting = connection.execute(query).all()
        unreadable: IntegrityError | None = None
        for row in waiting:
            try:
                return self._look(row.release_id, row.scenario, row.run_id)
            except IntegrityError as error:  # one that is gone must not hide the others
                unreadable = error
        if unreadable is not None:
            raise unreadable
        return False

    def _look(self, release_id: str, scenario: str, run_id: str) -> bool:
        canaries, cells = self._ports.canaries.sm3, self._cells(release_id, scenario)
        if cells:
            self._stop(release_id, scenario, cells)
        looked = self._recorder.state(
            Action.CANARY_LOOKED,
            about_release(release_id, scenario, run_id, article=INCIDENT.article),
            {"release_id": release_id, "canaries": canaries, "cells": cells},
            by=GATE,
        )
        statement = insert(canary_looks).values(
            release_id=release_id, canaries=canaries, cells=cells, looked_at=looked.occurred_at
        )
        with transaction(self._ports.engine, DATABASE) as connection:
            if connection.execute(statement.on_conflict_do_nothing()).rowcount:
                append(connection, looked)
        return cells > 0

    def _cells(self, release_id: str, scenario: str) -> int:
        with scratch_folder(self._ports.scratch) as folder:
            path = folder / "published.parquet"
            self._ports.store.fetch(f"release-{scenario}", f"{RELEASES}/{release_id}/{DATA}", path)
            with path.open("rb") as source:
                batches = TableReader(source).batches()
                return sum(self._ports.canaries.cells_in(batch) for batch in batches)

    def _stop(self, release_id: str, scenario: str, cells: int) -> None:
        named = f"{release_id}:{self._ports.canaries.sm3}"
        case_id = f"canary-{sm3_hex(named.encode())[:24]}"
        facts = {
            "sign": "canary",
            "what": f"release {release_id} holds a canary in {cells} cells",
            "scope_kind": "scenario",
            "scope": scenario,
            "discovered_at": self._ports.clock.now().isoformat(),
        }
        measures = {"measures": "闸门自动停止提供 the gate stopped supply by itself"}
        # An earlier look may have been cut short between the two.
        held = self._book.find(INCIDENT.kind, case_id)
        if held is None:
            held = self._book.move(INCIDENT, case_id, "open", facts, _GATE)
        if held.state == "opened":
            self._book.move(INCIDENT, case_id, "contain", measures, _GATE)
        log.warning("canary_found", scenario=scenario, release=release_id, cells=cells)
