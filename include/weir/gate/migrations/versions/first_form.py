"""Decisions, orders, releases, credentials; and the evidence tables beside them."""

from __future__ import annotations

from alembic import op

from weir.evidence import tables as evidence
from weir.gate.tables import INCIDENT_FIGURES, metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing was ever deployed before this revision, so it may follow the tables as they stand;
    # once a release has shipped, a change of theirs is a revision of its own.
    evidence.create_all(op.get_bind())
    metadata.create_all(op.get_bind())
    op.execute(INCIDENT_FIGURES)


def downgrade() -> None:
    """Governance records are not destroyed by software: there is no way back."""
    raise NotImplementedError("governance records are kept; restore a backup instead")
