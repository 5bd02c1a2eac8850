from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from fakes.gate_city import GateCity
from fakes.memory_provisioner import MemoryProvisioner
from fakes.memory_store import MemoryStore
from fakes.small_city import SmallCity
from weir.gate.migrate import migrate
from weir.storage.objects import STAGING
from weir.storage.provisioning import gate_policy


@pytest.fixture
def engine(postgres_database: str) -> Iterator[Engine]:
    """A migrated database."""
    engine = create_engine(postgres_database, pool_pre_ping=True)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def memory() -> MemoryStore:
    """The whole store, in memory."""
    store = MemoryStore()
    store.ensure_bucket(STAGING)
    return store


@pytest.fixture
def gate(engine: Engine, memory: MemoryStore, tmp_path: Path) -> GateCity:
    """A gate that sees the store in memory through its own policy."""
    provisioner = MemoryProvisioner(memory)
    credential = provisioner.ensure_user("weir-gate", None, None, gate_policy())
    return GateCity(
        city=SmallCity(tmp_path / "city"),
        engine=engine,
        admin=memory,
        store=provisioner.sign_in(credential),
        provisioner=provisioner,
    )
