"""A database with the evidence tables, and what fills them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine

from fakes.stage_values import NOW
from weir.clock import FixedClock
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Target, new_record
from weir.evidence.tables import create_all


@pytest.fixture
def engine(postgres_database: str) -> Iterator[Engine]:
    """An engine on a fresh database with empty evidence tables."""
    engine = create_engine(postgres_database)
    with engine.begin() as connection:
        create_all(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def record() -> Callable[..., AuditRecord]:
    """Makes audit records, each with an id of its own."""

    def make(name: str = "electricity-bills") -> AuditRecord:
        return new_record(
            FixedClock(NOW),
            Action.SNAPSHOT_TAKEN,
            initiator=Initiator(type="service", id="weir-worker", role="operator"),
            target=Target(kind="dataset", name=name),
            service="worker",
            run_id="run-1",
            data={"rows_in": 1000},
        )

    return make
