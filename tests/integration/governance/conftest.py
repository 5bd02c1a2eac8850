from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from fakes.both_services import Served, serve_bureau, serve_gate, serve_intake

Serve = Callable[..., Served]


@pytest.fixture
def serve(make_postgres_database: Callable[[], str], tmp_path: Path) -> Iterator[Serve]:
    """Makes the gate or the bureau over a database of its own, or the intake, which has none."""
    with ExitStack() as opened:

        def make(name: str, **told: Any) -> Served:
            if name == "intake":
                return serve_intake(tmp_path, **told)
            engine = create_engine(make_postgres_database())
            opened.callback(engine.dispose)
            if name == "gate":
                return serve_gate(engine, tmp_path, **told)
            return serve_bureau(engine, **told)

        yield make
