"""Decisions, orders, audit records and lineage events."""

from __future__ import annotations

from alembic import op

from weir.bureau.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No earlier form was ever deployed, so the first revision is the tables as they stand; from the
    # first release on, each change of theirs is a revision of its own.
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    """What the bureau received is not destroyed by software: there is no way back."""
    raise NotImplementedError("received evidence is kept; restore a backup instead")
