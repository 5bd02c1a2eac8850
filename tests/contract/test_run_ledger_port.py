"""One suite for the run ledger: the fake of the tests and the one on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, select

from fakes.memory_ledger import MemoryLedger
from fakes.stage_values import CONTEXT, NOW
from weir.clock import FixedClock
from weir.errors import IntegrityError, StoreUnavailableError
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Target, new_record, to_bytes
from weir.evidence.ledger import RunLedger, StageResult
from weir.evidence.outbox import lineage_bytes
from weir.evidence.run_ledger import SqlRunLedger
from weir.evidence.tables import create_all, outbox, run_stages


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A ledger, and what it kept: stages, audit bodies, lineage bodies."""

    ledger: RunLedger
    kept: Callable[[], tuple[int, list[bytes], list[bytes]]]


@pytest.fixture(params=["fake", "postgres"])
def seen(request: pytest.FixtureRequest) -> Iterator[Seen]:
    if request.param == "fake":
        fake = MemoryLedger()
        yield Seen(ledger=fake, kept=lambda: (len(fake.stages), fake.audit, fake.lineage))
        return
    engine = create_engine(request.getfixturevalue("postgres_database"))
    with engine.begin() as connection:
        create_all(connection)
    yield Seen(ledger=SqlRunLedger(engine), kept=lambda: _read(engine))
    engine.dispose()


@pytest.fixture(params=["fake", "postgres"])
def away(request: pytest.FixtureRequest) -> RunLedger:
    """A ledger whose database does not answer."""
    if request.param == "fake":
        fake = MemoryLedger()
        fake.down = True
        return fake
    return SqlRunLedger(create_engine("postgresql+psycopg2://worker:x@127.0.0.1:1/weir"))


def _read(engine: Engine) -> tuple[int, list[bytes], list[bytes]]:
    with engine.begin() as connection:
        stages = connection.execute(select(func.count()).select_from(run_stages)).scalar_one()
        rows = connection.execute(select(outbox.c.kind, outbox.c.body).order_by(outbox.c.seq)).all()
    bodies: dict[str, list[bytes]] = {"audit": [], "lineage": []}
    for row in rows:
        bodies[row.kind].append(row.body)
    return stages, bodies["audit"], bodies["lineage"]


def record(**changes: Any) -> AuditRecord:
    values: dict[str, Any] = {
        "initiator": Initiator(type="service", id="weir-worker", role="operator"),
        "target": Target(kind="dataset", name="firms"),
        "service": "worker",
    }
    return new_record(FixedClock(NOW), Action.SNAPSHOT_TAKEN, **(values | changes))


RESULT = StageResult(
    stage="pull", subject="firms", started_at=NOW, finished_at=NOW, outcome="success"
)
EVENTS: list[dict[str, Any]] = [{"eventType": "START"}, {"eventType": "COMPLETE", "inputs": []}]


def test_a_stage_its_record_and_its_events_are_kept(seen: Seen) -> None:
    """As the bytes that will be delivered, in order."""
    one = record()
    seen.ledger.record(CONTEXT, RESULT, audit=one, lineage=EVENTS)
    assert seen.kept() == (1, [to_bytes(one)], [lineage_bytes(event) for event in EVENTS])


def test_an_intent_is_kept_alone(seen: Seen) -> None:
    """Before the effect there is no stage to tell of."""
    intent = record(phase="intent", outcome="unknown")
    seen.ledger.intend(CONTEXT, intent)
    assert seen.kept() == (0, [to_bytes(intent)], [])


def test_an_event_told_again_is_kept_once(seen: Seen) -> None:
    """A retry that tells the same event does not double it."""
    for _ in range(2):
        seen.ledger.record(CONTEXT, RESULT, audit=record(), lineage=EVENTS)
    stages, audit, events = seen.kept()
    assert (stages, len(audit), len(events)) == (2, 2, 2)


@pytest.mark.parametrize("fault", ["same id", "malformed record", "malformed event"])
def test_what_cannot_be_kept_whole_is_not_kept_at_all(seen: Seen, fault: str) -> None:
    """Neither stage nor record nor event."""
    first = record()
    seen.ledger.intend(CONTEXT, first)
    audit, events = record(), list(EVENTS)
    if fault == "same id":
        audit = first
    elif fault == "malformed record":
        audit = record(service="a\x00b")
    else:
        events.append({"share": float("nan")})
    with pytest.raises((IntegrityError, ValueError)):
        seen.ledger.record(CONTEXT, RESULT, audit=audit, lineage=events)
    assert seen.kept() == (0, [to_bytes(first)], [])


def test_a_database_that_is_away_may_come_back(away: RunLedger) -> None:
    """The stage is tried again; nothing is taken for kept."""
    with pytest.raises(StoreUnavailableError):
        away.record(CONTEXT, RESULT, audit=record())
    with pytest.raises(StoreUnavailableError):
        away.intend(CONTEXT, record())
