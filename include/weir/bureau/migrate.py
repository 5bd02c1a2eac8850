"""Bring the database `bureau` to this version's tables."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from weir.evidence.database import transaction

DATABASE = "bureau"
_LOCK = 0x42555245


def migrate(engine: Engine) -> None:
    """Create or upgrade the tables, in one transaction; safe to call again and at once."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with transaction(engine, DATABASE) as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
