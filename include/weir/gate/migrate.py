"""Bring the database `weir` to this version's tables."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.schema import CreateSchema

from weir.evidence.database import transaction
from weir.gate.tables import SCHEMA

DATABASE = "weir"
_LOCK = 0x57454952


def migrate(engine: Engine) -> None:
    """Create or upgrade the schemas `governance` and `evidence`, in one transaction.

    Safe to call from several processes at once, and on a database that is up to date.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with transaction(engine, DATABASE) as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
