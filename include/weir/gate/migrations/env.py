"""Alembic's entry: runs on the connection that `weir.gate.migrate` hands over."""

from __future__ import annotations

from alembic import context

from weir.gate.tables import SCHEMA, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
)
context.run_migrations()
