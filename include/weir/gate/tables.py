"""The governance store on PostgreSQL: decisions, orders, releases, consumer credentials.

The gate alone writes here. Signed statements are kept as the bytes that were signed; the other
columns only find them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from weir.evidence.database import CONSTRAINT_NAMES
from weir.governance.tables import case_tables

SCHEMA = "governance"
metadata = MetaData(schema=SCHEMA, naming_convention=CONSTRAINT_NAMES)

decisions = Table(
    "decisions",
    metadata,
    Column("decision_digest", Text, primary_key=True),
    Column("scenario", Text, nullable=False),
    Column("contract_digest", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("valid_until", DateTime(timezone=True), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("outcome in ('agreed', 'refused')", name="outcome"),
    Index("decisions_scenario_ix", "scenario", "contract_digest", "decided_at"),
)
"""Of several decisions over one contract digest the one decided last speaks."""

orders = Table(
    "orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("action", Text, nullable=False),
    Column("scope_kind", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("action in ('suspend', 'resume', 'close')", name="action"),
    Index("orders_scope_ix", "scope_kind", "scope", "issued_at"),
)
"""Every order ever received; which of them stop anything follows from their own instants."""

terminations = Table(
    "terminations",
    metadata,
    Column("termination_id", Text, primary_key=True),
    Column("agreement", Text, nullable=False),
    Column("effective_at", DateTime(timezone=True), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
)
"""Every notice ever received; an agreement is over from the first of its effective instants on."""

releases = Table(
    "releases",
    metadata,
    Column("release_id", Text, primary_key=True),
    Column("scenario", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("manifest_key", Text, nullable=False),
    Column("manifest_sm3", Text, nullable=False),
    Column("manifest_size_bytes", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("intent_id", Uuid),
    Column("reason_code", Text, nullable=False, server_default=""),
    Column("reason_what", Text, nullable=False, server_default=""),
    Column("article", Text, nullable=False, server_default=""),
    Column("remedy", Text, nullable=False, server_default=""),
    Column("rows", BigInteger, nullable=False, server_default=text("0")),
    Column("objects", Integer, nullable=False, server_default=text("0")),
    Column("certificate_sm3", Text, nullable=False, server_default=""),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True)),
    CheckConstraint(
        "state in ('requested', 'checking', 'published', 'refused')",
        name="state",
    ),
    CheckConstraint(
        "(state = 'published') = (published_at is not null)",
        name="published_at",
    ),
    UniqueConstraint("scenario", "run_id", "manifest_sm3"),
    Index(
        "releases_open_ix",
        "requested_at",
        postgresql_where=text("state in ('requested', 'checking')"),
    ),
)
"""`intent_id` is the audit record that opened an attempt; it is empty while none is open."""

credentials = Table(
    "credentials",
    metadata,
    Column("use_agreement", Text, primary_key=True),
    Column("user_name", Text, nullable=False, unique=True),
    Column("access_key", Text, nullable=False),
    Column("data_user", Text, nullable=False),
    Column("scenarios", ARRAY(Text), nullable=False),
    Column("datasets", ARRAY(Text), nullable=False),
    Column("providers", ARRAY(Text), nullable=False),
    Column("operation_agreements", ARRAY(Text), nullable=False),
    Column("valid_until", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("intent_id", Uuid),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint(
        "state in ('issuing', 'active', 'disabling', 'disabled', 'enabling', 'void')",
        name="state",
    ),
)
"""What a credential may reach is kept beside it, so that an order cuts it even after the contract
file is gone. Secrets are never kept."""

cases = case_tables(metadata)
"""The operator's procedures."""
