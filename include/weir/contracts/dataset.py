"""Dataset contracts: what the exchange platform offers, field by field, with grades (第五条)."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from weir.model import Grade

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=48)]
"""Identifiers of contracts: they become bucket, DAG and file names."""

ColumnName = Annotated[str, StringConstraints(pattern=r"^[\w]+$", min_length=1, max_length=63)]
"""Column names, Chinese ones included; no quotes, dots, slashes or spaces."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


def _iso_day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date.fromisoformat(value)
    if isinstance(value, date):
        return value
    raise ValueError("a date of the calendar is written as 2026-03-01")


Day = Annotated[date, BeforeValidator(_iso_day)]
"""A calendar date; text other than ISO 8601's extended form is refused, Unix seconds included."""


def _whole(value: object) -> object:
    # An enumeration takes whatever is equal to a value of its own: 1.0, and true.
    if isinstance(value, bool | float):
        raise ValueError("a grade is a whole number from 1 to 6")  # noqa: TRY004 - pydantic's form
    return value


class Contract(BaseModel):
    """What every contract file shares: unknown keys are refused, values cannot change."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class FieldType(StrEnum):
    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOLEAN = "boolean"


class OpenType(StrEnum):
    """开放类型 of the catalogue (第十三条)."""

    UNCONDITIONAL = "unconditional"  # 无条件开放
    CONDITIONAL = "conditional"  # 有条件开放
    PROHIBITED = "prohibited"  # 不予开放


class Classification(StrEnum):
    """What a field is about. A field without one cannot be used."""

    PERSON_IDENTITY = "person_identity"
    PERSON_CONTACT = "person_contact"
    PERSON_PROPERTY = "person_property"
    PERSON_HEALTH = "person_health"
    PERSON_ATTRIBUTE = "person_attribute"
    ENTERPRISE_IDENTITY = "enterprise_identity"
    ENTERPRISE_OPERATION = "enterprise_operation"
    PUBLIC_SERVICE = "public_service"
    REGION = "region"
    TIME = "time"
    FREE_TEXT = "free_text"


class DatasetField(Contract):
    """One field of a dataset.

    `entities` lists the identifier types (of `weir.privacy`) that the catalogue knows the field to
    hold; the scan refuses any other. `decimal` fields carry 18 digits, 4 of them after the point.
    """

    title: Text
    type: FieldType
    nullable: bool = True
    classification: Classification | None = None
    grade: Annotated[Grade | None, BeforeValidator(_whole)] = None
    sensitive: bool = False
    entities: tuple[str, ...] = ()


class PostgresTable(Contract):
    kind: Literal["postgres"] = "postgres"
    table: ColumnName
    schema_: ColumnName = Field(default="public", alias="schema")


class Subject(Contract):
    """Whose data it is: the field that identifies them, and for persons their date of birth."""

    kind: Literal["person", "enterprise"]
    field: ColumnName
    born_on: ColumnName | None = None


class Dataset(Contract):
    """contracts/datasets/<dataset>.yaml"""

    dataset: Name
    title: Text
    provider: Name
    open_type: OpenType
    source: PostgresTable
    key: tuple[ColumnName, ...] = Field(min_length=1)
    subject: Subject | None = None
    suite: Name
    fields: dict[ColumnName, DatasetField] = Field(min_length=1)
