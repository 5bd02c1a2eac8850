"""The governance store on PostgreSQL: decisions, orders, releases, credentials, verdicts, notices.

The gate alone writes here. Signed statements are kept as the bytes that were signed; the other
columns only find them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
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
    CheckConstraint("action in ('suspend', 'resume')", name="action"),
    Index("orders_scope_ix", "scope_kind", "scope", "issued_at"),
)
"""Every order ever received; which of them stop anything follows from their own instants."""

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

contracts = Table(
    "contracts",
    metadata,
    Column("contract_digest", Text, primary_key=True),
    Column("bundle", LargeBinary, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
)
"""Each contract that a verdict was taken on, in canonical form, once."""

verdicts = Table(
    "verdicts",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("audit_id", Uuid, nullable=False, unique=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("scenario", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("release_id", Text, nullable=False),
    Column("contract_digest", Text, ForeignKey(contracts.c.contract_digest)),
    Column("made_under", Text, nullable=False),
    Column("approvers", ARRAY(Text), nullable=False),
    Column("decision_digest", Text, ForeignKey(decisions.c.decision_digest)),
    Column("orders", ARRAY(Text), nullable=False),
    Column("pack", Text, nullable=False),
    Column("acknowledge_lapsed", Boolean, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("outcome_code", Text, nullable=False),
    CheckConstraint("outcome in ('published', 'refused')", name="outcome"),
    Index("verdicts_at_ix", "at", "seq"),
)
"""What became of each attempt at a release, with all that the policy was asked at `at`: enough to
ask it again. `reasons` are what it answered, none for a yes; `outcome_code` may name what the bytes
were refused for. `contract_digest` is empty where the contract itself did not hold."""

notices = Table(
    "notices",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("article", Text, nullable=False),
    Column("addressee", Text, nullable=False),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("audit_id", Uuid, nullable=False, unique=True),
    Index("notices_ends_on_ix", "ends_on"),
)
"""Each notice once, whoever asks how often for those that are due."""

cases = case_tables(metadata)
"""The operator's procedures."""
