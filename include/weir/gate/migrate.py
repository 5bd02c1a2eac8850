"""Bring the database `weir` to this version's tables."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from weir.evidence.database import upgrade
from weir.gate.tables import SCHEMA

DATABASE = "weir"


def migrate(engine: Engine) -> None:
    """Create or upgrade the schemas `governance` and `evidence`, in one transaction; safe to call
    again and at once."""
    upgrade(engine, DATABASE, Path(__file__).parent / "migrations", schema=SCHEMA)
