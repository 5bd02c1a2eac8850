"""Cases and their moves on PostgreSQL: the same two tables in the gate's database and the bureau's.

A move is never changed or removed; a case's state and facts follow from its moves and are kept
beside them for reading.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTables:
    cases: Table
    moves: Table


def case_tables(metadata: MetaData) -> CaseTables:
    """The two tables in `metadata`, under its own schema."""
    cases = Table(
        "cases",
        metadata,
        Column("kind", Text, primary_key=True),
        Column("case_id", Text, primary_key=True),
        Column("state", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("facts", JSONB, nullable=False),
        Column("opened_at", DateTime(timezone=True), nullable=False),
        Column("changed_at", DateTime(timezone=True), nullable=False),
        Index("cases_state_ix", "kind", "state", "changed_at"),
    )
    moves = Table(
        "moves",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("kind", Text, nullable=False),
        Column("case_id", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("move", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("facts", JSONB, nullable=False),
        Column("by_id", Text, nullable=False),
        Column("by_role", Text, nullable=False),
        Column("by_org", Text, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("audit_id", Uuid, nullable=False, unique=True),
        ForeignKeyConstraint(["kind", "case_id"], [cases.c.kind, cases.c.case_id]),
        Index("moves_case_ix", "kind", "case_id", "version", unique=True),
    )
    return CaseTables(cases=cases, moves=moves)
