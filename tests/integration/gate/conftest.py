from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import Engine, create_engine
from typer.testing import CliRunner

from bureau_server import BureauServer
from fakes.gate_city import GateCity
from fakes.memory_provisioner import MemoryProvisioner
from fakes.memory_store import MemoryStore
from fakes.people import UNBOUND, account_id, everybody, secret_of
from fakes.small_city import SmallCity
from weir.bureau.migrate import migrate as migrate_bureau
from weir.cli.app import app
from weir.contracts.catalogue import load_catalogue
from weir.gate.app import create_gate
from weir.gate.migrate import migrate
from weir.model import Role
from weir.runtime import adapters
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


@contextmanager
def serving(gate: GateCity) -> Iterator[str]:
    served = create_gate(gate.ports, everybody(), limits=UNBOUND, interval_seconds=0.2)
    server = uvicorn.Server(uvicorn.Config(served, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def bureau(gate: GateCity, make_postgres_database: Callable[[], str]) -> Iterator[BureauServer]:
    """The bureau whose key this gate has pinned, with the city's own catalogue."""
    engine = create_engine(make_postgres_database())
    migrate_bureau(engine)
    server = BureauServer(
        engine=engine,
        key=gate.city.bureau,
        clock=gate.clock,
        catalogue=load_catalogue(gate.city.folders[0]),
    )
    server.start()
    yield server
    server.stop()
    engine.dispose()


@pytest.fixture
def weir(
    gate: GateCity, bureau: BureauServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., str]]:
    """The command line as the bureau's director types it beside a running gate."""
    contracts, policy, expectations = gate.city.folders
    key = gate.city.root / "bureau.pem"
    key.write_bytes(gate.city.bureau.public.to_pem())
    with serving(gate) as gate_url:
        for name, value in {
            "GATE_URL": gate_url,
            "BUREAU_URL": bureau.url,
            "BUREAU_ACCOUNT": account_id(Role.BUREAU_DIRECTOR),
            "BUREAU_SECRET": secret_of(Role.BUREAU_DIRECTOR),
            "GATE_ACCOUNT": account_id(Role.BUREAU_DIRECTOR),
            "GATE_SECRET": secret_of(Role.BUREAU_DIRECTOR),
            "CONTRACTS_DIR": contracts,
            "POLICY_DIR": policy,
            "EXPECTATIONS_DIR": expectations,
            "BUREAU_PUBLIC_KEY": key,
        }.items():
            monkeypatch.setenv(f"WEIR_{name}", str(value))
        adapters.settings.cache_clear()

        def typed(*words: str) -> str:
            done = CliRunner().invoke(app, words)
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            assert done.exit_code == 0, done.output
            return done.output

        yield typed
    adapters.settings.cache_clear()
