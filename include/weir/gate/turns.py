"""Turns between processes. A turn ends with its connection: a killed process holds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from weir.evidence.database import transaction
from weir.gate.migrate import DATABASE


@contextmanager
def turn(engine: Engine, name: str) -> Iterator[bool]:
    """Whether it is this caller's turn at `name`; another one that has it is not waited for."""
    with transaction(engine, DATABASE) as connection:
        yield bool(
            connection.scalar(
                text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
                {"name": f"weir.gate:{name}"},
            )
        )


@contextmanager
def own_turn(engine: Engine, name: str) -> Iterator[None]:
    """The turn at `name`, waited for."""
    with transaction(engine, DATABASE) as connection:
        connection.execute(
            text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": f"weir.gate:{name}"},
        )
        yield
