"""The bureau's own database: what it decided and what it received.

Nothing here is written by the operator's processes except through the bureau's own endpoints.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    cast,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from weir.evidence.database import CONSTRAINT_NAMES
from weir.governance.tables import case_tables

metadata = MetaData(naming_convention=CONSTRAINT_NAMES)

catalogues = Table(
    "catalogues",
    metadata,
    Column("sm3", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
)
"""Every version of the catalogue that a decision was taken by, in canonical form."""

decisions = Table(
    "decisions",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("scenario", Text, nullable=False),
    Column("demand", Text, nullable=False),
    Column("catalogue", Text, ForeignKey("catalogues.sm3"), nullable=False),
    Column("contract_digest", Text, nullable=False),
    Column("decision_digest", Text, nullable=False, unique=True),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("valid_until", DateTime(timezone=True), nullable=False),
    Column("bundle", LargeBinary, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    CheckConstraint("outcome in ('agreed', 'refused')", name="outcome"),
    Index("decisions_scenario_ix", "scenario", "seq"),
)
"""`bundle` is the contract as it was decided, in canonical form; the latest decision counts.
`demand` is the case it answered."""

revocations = Table(
    "revocations",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("revocation_id", Text, nullable=False, unique=True),
    Column("scenario", Text, nullable=False),
    Column("decision_digest", Text, nullable=False, unique=True),
    Column("ground", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("notice", Text, nullable=False),
    Column("revoked_by", Text, nullable=False),
    Column("revoked_at", DateTime(timezone=True), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""A decision is taken back once."""

orders = Table(
    "orders",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("order_id", Text, nullable=False, unique=True),
    Column("stop", Text),
    Column("action", Text, nullable=False),
    Column("scope_kind", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    CheckConstraint("action in ('suspend', 'resume', 'close', 'delist')", name="action"),
    CheckConstraint(
        "(stop is null) = (scope_kind in ('drill', 'release'))",
        name="stop",
    ),
    UniqueConstraint("stop", "action"),
    Index("orders_scope_ix", "scope_kind", "scope", "seq"),
)
"""`stop` is the case that the order is a move of."""

terminations = Table(
    "terminations",
    metadata,
    Column("agreement", Text, primary_key=True),
    Column("termination_id", Text, nullable=False, unique=True),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("effective_at", DateTime(timezone=True), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)

scopes = Table(
    "scopes",
    metadata,
    Column("scope_kind", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
)
"""What an order may name: whatever the bureau has decided on, by any outcome."""

audit_records = Table(
    "audit_records",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("seq", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("origin", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("sm3", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("phase", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    CheckConstraint("origin in ('operator', 'bureau')", name="origin"),
    Index("audit_records_run_ix", "scenario", "run_id", "seq"),
    Index("audit_records_occurred_at_ix", "occurred_at"),
    Index("audit_records_action_ix", "action", "seq"),
)
"""`body` holds the record as it came; the columns after `received_at` repeat what is searched by.
`origin` tells records received from the operator from those of the bureau's own acts."""

record_json = cast(func.convert_from(audit_records.c.body, "UTF8"), JSONB)
"""A record by its fields, for what no column repeats."""

lineage_events = Table(
    "lineage_events",
    metadata,
    Column("sm3", Text, primary_key=True),
    Column("seq", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("event_time", DateTime(timezone=True), nullable=False),
    Column("event_type", Text, nullable=False),
    Column("run_uuid", Uuid, nullable=False),
    Column("job_namespace", Text, nullable=False),
    Column("job_name", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Index("lineage_events_scenario_ix", "scenario", "seq"),
)
"""`scenario` is the parent job's name; empty for an event that names no parent."""

cases = case_tables(metadata)
"""The bureau's procedures: demands and what follows from them."""
