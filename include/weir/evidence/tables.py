"""The operator's evidence on PostgreSQL: the outbox and the history of runs.

The gate's migrations create these tables in schema `evidence`; `create_all` serves tests and
throw-away databases.
"""

from __future__ import annotations

import re

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import CreateSchema

from weir.errors import ContractError
from weir.evidence.database import CONSTRAINT_NAMES

SCHEMA = "evidence"
metadata = MetaData(schema=SCHEMA, naming_convention=CONSTRAINT_NAMES)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("dedup_id", Text, nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("delivered_at", DateTime(timezone=True)),
    Column("rejected_at", DateTime(timezone=True)),
    Column("rejection", Text),
    CheckConstraint("kind in ('audit', 'lineage')", name="kind"),
    Index("outbox_pending_ix", "kind", "seq", postgresql_where=text("delivered_at is null")),
)
"""`body` is what the receiver gets, byte for byte. `dedup_id` is an audit record's id, a lineage
event's SM3. A row the receiver refuses stays, with the code of the refusal."""

run_stages = Table(
    "run_stages",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("scenario", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason_code", Text, nullable=False, server_default=""),
    Column("reason_what", Text, nullable=False, server_default=""),
    Column("article", Text, nullable=False, server_default=""),
    Column("remedy", Text, nullable=False, server_default=""),
    Column("rows_in", BigInteger, nullable=False, server_default="0"),
    Column("rows_out", BigInteger, nullable=False, server_default="0"),
    Column("rows_quarantined", BigInteger, nullable=False, server_default="0"),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Index("run_stages_run_ix", "scenario", "run_id", "seq"),
)
"""One row per attempt of a stage; of several the last one speaks."""

APPENDED = "kind, dedup_id, body"
"""What whoever adds to the outbox says; the rest is the database's and the deliverer's."""
_STAGE = ", ".join(column.name for column in run_stages.columns if column.name != "seq")


def create_all(connection: Connection) -> None:
    """Make schema and tables where they are missing."""
    connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
    metadata.create_all(connection)


def worker_grants(role: str) -> tuple[str, ...]:
    """SQL that lets `role` add evidence and read run history: it can alter nothing, and cannot
    read what it put into the outbox."""
    name = quoted_role(role)
    return (
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {name}",
        *adding_grants(outbox, APPENDED, name),
        *adding_grants(run_stages, _STAGE, name),
        f"GRANT SELECT ON {SCHEMA}.run_stages TO {name}",
    )


def adding_grants(table: Table, columns: str, name: str) -> tuple[str, ...]:
    """SQL that lets the quoted role `name` add rows of `columns` to `table`, whatever it was let
    do there before.

    A role that may write the column of the table's sequence can take the numbers that come next,
    and nobody else can add a row until they are used up: the gate could register no order.
    """
    return (
        f"REVOKE ALL ON {table.fullname} FROM {name}",
        f"GRANT INSERT ({columns}) ON {table.fullname} TO {name}",
    )


def deliverer_grants(role: str) -> tuple[str, ...]:
    """SQL that lets `role` read the outbox and mark what became of a row, and nothing else."""
    name = quoted_role(role)
    return (
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {name}",
        f"GRANT SELECT, UPDATE (delivered_at, rejected_at, rejection) ON {SCHEMA}.outbox TO {name}",
    )


def quoted_role(role: str) -> str:
    """A database role's name as SQL writes it; anything else raises `ContractError`."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role):
        raise ContractError(
            "role_name_malformed",
            "a database role is named in lower-case letters, digits and underscores",
        )
    return f'"{role}"'
