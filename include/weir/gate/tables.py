"""The governance store on PostgreSQL: statements, releases, reviews, credentials, verdicts.

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
    ForeignKeyConstraint,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

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

revocations = Table(
    "revocations",
    metadata,
    Column("revocation_id", Text, primary_key=True),
    Column("scenario", Text, nullable=False),
    Column("decision_digest", Text, nullable=False),
    Column("revoked_at", DateTime(timezone=True), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Index("revocations_scenario_ix", "scenario", "revoked_at"),
)
"""What the bureau took back; kept also where the decision has not arrived yet."""

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
    CheckConstraint("action in ('suspend', 'resume', 'close', 'delist')", name="action"),
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
    Column("certified_at", DateTime(timezone=True)),
    Column("requested_by", ARRAY(Text), nullable=False, server_default="{}"),
    Column("round", Integer, nullable=False, server_default=text("1")),
    Column("reviewers", Integer, nullable=False, server_default=text("0")),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True)),
    CheckConstraint(
        "state in ('requested', 'checking', 'in_review', 'reviewed', "
        "'published', 'delisting', 'delisted', 'refused')",
        name="state",
    ),
    CheckConstraint(
        "(state in ('published', 'delisting', 'delisted')) = (published_at is not null)",
        name="published_at",
    ),
    UniqueConstraint("scenario", "run_id", "manifest_sm3"),
    Index(
        "releases_open_ix",
        "requested_at",
        postgresql_where=text("state in ('requested', 'checking', 'reviewed', 'delisting')"),
    ),
    Index(
        "releases_published_ix",
        "scenario",
        "certified_at",
        postgresql_where=text("state = 'published'"),
    ),
)
"""`intent_id` is the audit record that opened an attempt; it is empty while none is open. A refused
release that is asked for again begins another `round`, in which earlier approvals do not count.
`requested_by` holds every person who ever asked for it."""

approvals = Table(
    "approvals",
    metadata,
    Column("release_id", Text, ForeignKey(releases.c.release_id), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("reviewer", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("org", Text, nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("words", Text, nullable=False),
    Column("manifest_sm3", Text, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
)
"""What reviewers said. A reviewer who approved and then rejects leaves the rejection."""

delistings = Table(
    "delistings",
    metadata,
    Column("release_id", Text, ForeignKey(releases.c.release_id), primary_key=True),
    Column("ordered_by", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("ordered_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("ordered_by in ('bureau', 'operator')", name="ordered_by"),
)
"""On which ground a release was taken from consumers: the bureau's order, or a person's act."""

credentials = Table(
    "credentials",
    metadata,
    Column("use_agreement", Text, primary_key=True),
    Column("environment", Text, primary_key=True),
    Column("user_name", Text, nullable=False, unique=True),
    Column("data_user", Text, nullable=False),
    Column("scenarios", ARRAY(Text), nullable=False),
    Column("datasets", ARRAY(Text), nullable=False),
    Column("providers", ARRAY(Text), nullable=False),
    Column("buckets", ARRAY(Text), nullable=False),
    Column("operation_agreements", ARRAY(Text), nullable=False),
    Column("valid_until", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("intent_id", Uuid),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint(
        "state in ('issuing', 'active', 'rotating', 'disabling', 'disabled', 'enabling', 'void')",
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
    Column("revocations", ARRAY(Text), nullable=False),
    Column("terminations", ARRAY(Text), nullable=False),
    Column("operator_stops", JSONB, nullable=False),
    Column("delisted", ARRAY(Text), nullable=False),
    Column("pack", Text, nullable=False),
    Column("acknowledge_lapsed", Boolean, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("outcome_code", Text, nullable=False),
    CheckConstraint("outcome in ('published', 'refused')", name="outcome"),
    Index("verdicts_at_ix", "at", "seq"),
    Index("verdicts_release_id_ix", "release_id"),
    Index("verdicts_refused_ix", "outcome_code", postgresql_where=text("outcome = 'refused'")),
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
    Column("settled_at", DateTime(timezone=True)),
    Index("notices_ends_on_ix", "ends_on"),
)
"""Each notice once, whoever asks how often for those that are due. One of a duty stands until the
duty is done, which settles it."""

reports = Table(
    "reports",
    metadata,
    Column("audit_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Index("reports_complete_ix", "kind", "first_day", postgresql_where=text("complete")),
)
"""The reports that were made of a period, and whether it was over by then; `about` is the provider
of a sector report."""

credential_keys = Table(
    "credential_keys",
    metadata,
    Column("access_key", Text, primary_key=True),
    Column("use_agreement", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("intent_id", Uuid),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("last_used", Text, nullable=False, server_default="unknown"),
    CheckConstraint("state in ('serving', 'removing')", name="state"),
    ForeignKeyConstraint(
        ["use_agreement", "environment"],
        [credentials.c.use_agreement, credentials.c.environment],
    ),
)
"""The access keys that the gate knows of. One that the store holds beside these is foreign; it is
here only while it is being removed."""

destructions = Table(
    "destructions",
    metadata,
    Column("intent_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("objects", Integer, nullable=False),
    Column("listing_sm3", Text, nullable=False),
    Column("newest_at", DateTime(timezone=True), nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("kind in ('snapshot', 'quarantine', 'staging')", name="kind"),
    Index(
        "destructions_open_ix",
        "kind",
        "prefix",
        unique=True,
        postgresql_where=text("ended_at is null"),
    ),
)
"""What was destroyed when its term was over; `ended_at` is empty while that is under way. The list
of what it was is kept as its SM3."""

drills = Table(
    "drills",
    metadata,
    Column("drill_id", Text, primary_key=True),
    Column("store_kind", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("completed_at", DateTime(timezone=True)),
    Column("milliseconds", BigInteger),
    Column("reads", BigInteger),
    Column("bound_seconds", Integer),
    Column("passed", Boolean),
    CheckConstraint("(completed_at is null) = (milliseconds is null)", name="completed"),
)
"""How long a credential went on reading after the bureau's order, drill by drill."""

canary_looks = Table(
    "canary_looks",
    metadata,
    Column("release_id", Text, ForeignKey(releases.c.release_id), primary_key=True),
    Column("canaries", Text, primary_key=True),
    Column("cells", BigInteger, nullable=False),
    Column("looked_at", DateTime(timezone=True), nullable=False),
)
"""Which published releases were looked at, with which list of canaries: its SM3, never a value."""

cases = case_tables(metadata)
"""The operator's procedures."""

FIGURES = ("sign", "scope_kind", "scope", "discovered_at", "affected_rows", "affected_subjects")
"""What an incident's facts hold beside words of people."""

incident_figures = Table(
    "incident_figures",
    MetaData(schema=SCHEMA),
    Column("case_id", Text),
    Column("state", Text),
    Column("facts", JSONB),
)
"""A view of incidents without words, for the role that makes reports."""

INCIDENT_FIGURES = (
    f"CREATE VIEW {SCHEMA}.incident_figures AS SELECT case_id, state, (SELECT "  # noqa: S608 - names of ours
    "coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(facts) WHERE key IN "
    f"{FIGURES}) AS facts FROM {SCHEMA}.cases WHERE kind = 'incident'"
)
