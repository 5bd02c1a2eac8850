"""Small exchange tables, and the inputs that a contract would plan over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import psycopg2
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from psycopg2.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from weir.contracts.dataset import Dataset, FieldType
from weir.contracts.masks import Keep
from weir.contracts.plan import ARROW_TYPE, ConsentClause, PlannedField, PlannedInput
from weir.model import Column, Grade, RunContext, RunId, ScenarioId
from weir.storage.parquet import schema_of

TODAY = date(2026, 11, 23)
CONTEXT = RunContext(
    scenario=ScenarioId("firm-credit"),
    run_id=RunId("manual__2026-11-23T14:20:00+00:00"),
    as_of=datetime(2026, 11, 23, 14, 20, tzinfo=UTC),
)
RECIPIENT, PURPOSE = "health-planning-institute", "医疗资源规划"

S, I, N, D, T, B = (  # noqa: E741 one letter per type keeps the tables below readable
    FieldType.STRING,
    FieldType.INTEGER,
    FieldType.DECIMAL,
    FieldType.DATE,
    FieldType.TIMESTAMP,
    FieldType.BOOLEAN,
)
SQL_TYPES = {
    S: "text",
    I: "bigint",
    N: "numeric(18,4)",
    D: "date",
    T: "timestamptz",
    B: "boolean",
}
REGISTER = {
    "consent_id": I,
    "subject_id": S,
    "recipient": S,
    "purpose": S,
    "granted_on": D,
    "expires_on": D,
    "withdrawn_on": D,
    "by_guardian": B,
}


def table(fields: Mapping[str, FieldType], rows: Sequence[Sequence[Any]] = ()) -> pa.Table:
    """A table of `fields` from rows of Python values."""
    schema = schema_of([Column(name=n, type=ARROW_TYPE[kind]) for n, kind in fields.items()])
    columns = list(zip(*rows, strict=True)) or [()] * len(fields)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema)


def consents(*rows: Mapping[str, Any]) -> pa.Table:
    """A consent register; what a row leaves out is a consent in force without end."""
    defaults = {
        "recipient": RECIPIENT,
        "purpose": PURPOSE,
        "granted_on": date(2026, 1, 1),
        "by_guardian": False,
    }
    full = [{"consent_id": i, **defaults, **row} for i, row in enumerate(rows)]
    return table(REGISTER, [[row.get(name) for name in REGISTER] for row in full])


def planned(
    name: str,
    fields: Mapping[str, FieldType],
    *,
    key: Sequence[str],
    pulled: Sequence[str] | None = None,
    rows: Mapping[str, tuple[str, ...]] | None = None,
    consent: ConsentClause | None = None,
) -> PlannedInput:
    """The plan to pull `pulled` (or all) of the dataset `name` whose contract states `fields`."""
    dataset = Dataset.model_validate(
        {
            "dataset": name,
            "title": f"数据集 {name}",
            "provider": "health-commission",
            "open_type": "conditional",
            "source": {"table": name.replace("-", "_")},
            "key": list(key),
            "suite": name,
            "fields": {n: {"title": n, "type": kind} for n, kind in fields.items()},
        }
    )
    return PlannedInput(
        dataset=dataset,
        fields=tuple(_field(n, fields[n]) for n in (pulled or fields)),
        rows=rows or {},
        consent=consent,
    )


def consent_of(subject_field: str, *, born_on: str | None = None) -> ConsentClause:
    return ConsentClause(
        subject_field=subject_field,
        register_table="consent_register",
        recipient=RECIPIENT,
        purpose=PURPOSE,
        born_on=born_on,
        minor_age_years=14,
    )


def load(dsn: str, tables: Mapping[str, pa.Table]) -> None:
    """Make `tables` in the database at `dsn`, in the types the demo city uses."""
    by_arrow = {ARROW_TYPE[kind]: sql for kind, sql in SQL_TYPES.items()} | {"double": "float8"}
    uri = make_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)
    for name, data in tables.items():
        columns = SQL(", ").join(
            SQL("{} {}").format(Identifier(f.name), SQL(by_arrow[str(f.type)])) for f in data.schema
        )
        execute(dsn, SQL("CREATE TABLE {} ({})").format(Identifier(name), columns))
        if data.num_rows:
            with dbapi.connect(uri) as connection, connection.cursor() as cursor:
                cursor.adbc_ingest(name, data, mode="append")
                connection.commit()


def execute(dsn: str, statement: Any) -> None:
    """Run one statement in its own transaction."""
    uri = make_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg2.connect(uri)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        connection.commit()


def _field(name: str, kind: FieldType) -> PlannedField:
    return PlannedField(
        source=name,
        title=name,
        type=kind,
        nullable=True,
        classification=None,
        grade=Grade.GENERAL_3,
        sensitive=False,
        entities=(),
        mask=Keep(method="keep"),
        output=name,
        output_type=kind,
    )
