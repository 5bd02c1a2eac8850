"""Bring the database `bureau` to this version's tables."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from weir.evidence.database import upgrade

DATABASE = "bureau"


def migrate(engine: Engine) -> None:
    """Create or upgrade the tables, in one transaction; safe to call again and at once."""
    upgrade(engine, DATABASE, Path(__file__).parent / "migrations")
