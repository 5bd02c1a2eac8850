"""What watches over the integration tests sees a change that leaves no record, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, create_engine, delete, insert

from fakes.sample_statements import NOW
from weir.clock import FixedClock
from weir.errors import IntegrityError
from weir.evidence.actions import Action
from weir.evidence.audit import Initiator, Target, new_record
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE, migrate
from weir.gate.tables import contracts
from written_tables import Writes

ROW = {"contract_digest": "0" * 64, "bundle": b"{}", "kept_at": datetime(2026, 11, 23, tzinfo=UTC)}


@pytest.fixture
def engine(make_postgres_database: Callable[[], str]) -> Iterator[Engine]:
    engine = create_engine(make_postgres_database())
    migrate(engine)
    yield engine
    engine.dispose()


def test_a_change_without_a_record_is_seen(engine: Engine, writes: Writes) -> None:
    """Any table that is no evidence itself, by whatever statement; where nothing changed, none."""
    for statement in (insert(contracts).values(ROW), delete(contracts), delete(contracts)):
        with transaction(engine, DATABASE) as connection:
            connection.execute(statement)
    assert writes.unrecorded == [frozenset({"contracts"})] * 2
    writes.unrecorded.clear()


def test_what_is_undone_or_recorded_or_not_ours_is_let_be(engine: Engine, writes: Writes) -> None:
    """A refused change leaves nothing; a test's own writes are its own affair."""
    record = new_record(
        FixedClock(NOW),
        Action.RELEASE_REQUESTED,
        initiator=Initiator(type="service", id="the-test", role="gate"),
        target=Target(kind="release", name="x"),
        service="gate",
    )
    twice = pytest.raises(IntegrityError)
    with twice, transaction(engine, DATABASE) as connection:
        connection.execute(insert(contracts).values(ROW))
        connection.execute(insert(contracts).values(ROW))
    with transaction(engine, DATABASE) as connection:
        connection.execute(insert(contracts).values(ROW))
        append(connection, record)
    with engine.begin() as connection:
        connection.execute(delete(contracts))
    assert writes.unrecorded == []
    assert "contracts" in writes.seen
