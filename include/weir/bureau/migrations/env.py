"""Alembic's entry: runs on the connection that `weir.bureau.migrate` hands over."""

from __future__ import annotations

from alembic import context

from weir.bureau.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
