"""A running bureau over a fresh, migrated database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from sqlalchemy import Engine, create_engine

from bureau_server import DESK, BureauServer
from weir.bureau.migrate import migrate
from weir.evidence.tables import create_all


@pytest.fixture
def bureau(make_postgres_database: Callable[[], str]) -> Iterator[BureauServer]:
    """The real application behind a real socket."""
    engine = create_engine(make_postgres_database())
    migrate(engine)
    server = BureauServer(engine=engine)
    server.start()
    yield server
    server.stop()
    engine.dispose()


@pytest.fixture
def operator(make_postgres_database: Callable[[], str]) -> Iterator[Engine]:
    """The operator's database, apart from the bureau's, with empty evidence tables."""
    engine = create_engine(make_postgres_database())
    with engine.begin() as connection:
        create_all(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(bureau: BureauServer) -> Iterator[httpx.Client]:
    """A signed-in reviewer's browser."""
    with httpx.Client(base_url=bureau.url, auth=DESK, trust_env=False) as browser:
        yield browser
