"""The SQL of a pull. Names and values are quoted by psycopg2, never pasted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from psycopg2.sql import SQL, Composable, Composed, Identifier, Literal

from weir.contracts.dataset import FieldType, PostgresTable
from weir.contracts.plan import ConsentClause, PlannedInput
from weir.exchange.consent import adult_if_born_before
from weir.exchange.source import SourceColumn

_PULLED = {
    FieldType.STRING: "{}::text",
    FieldType.INTEGER: "{}::bigint",
    # Ten-thousandths. ADBC writes a numeric out as text, which took a third of a pull's time.
    FieldType.DECIMAL: "({} * 10000)::bigint",
    FieldType.DATE: "{}::date",
    FieldType.TIMESTAMP: "{}::timestamptz",
    FieldType.BOOLEAN: "{}::boolean",
}

# What a type of PostgreSQL can hold and a snapshot cannot. NaN compares above every number, and
# infinity beyond every date. ADBC would wrap an infinite date into a wrong one without a word.
_UNREPRESENTABLE = {
    FieldType.DECIMAL: "abs({0}) >= 100000000000000 OR {0} <> round({0}, 4)",
    FieldType.DATE: "NOT {0} BETWEEN '0001-01-01' AND '9999-12-31'",
    FieldType.TIMESTAMP: "{0} < '0001-01-01 00:00:00Z' OR {0} >= '10000-01-01 00:00:00Z'",
}

COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(o.typname, t.typname)
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type o ON t.typtype = 'd' AND o.oid = t.typbasetype
WHERE n.nspname = %s AND c.relname = %s AND c.relkind = ANY ('{r,p,v,m,f}')
AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""


_SCANNED = {
    FieldType.INTEGER: "{}::bigint",
    # No identifier has 38 digits, and NaN compares above every number.
    FieldType.DECIMAL: "CASE WHEN abs({0}) < 1e38 THEN trunc({0}) END",
    FieldType.BOOLEAN: "{}::boolean",
}
_SCANNED_NATIVE = {"bytea": "{}", "real": "{}::float8", "double precision": "{}::float8"}


def guarded(planned: PlannedInput) -> list[str]:
    """The pulled columns whose values `count_with_consent` examines, in the order it tells them."""
    return [field.source for field in planned.fields if field.type in _UNREPRESENTABLE]


def count_granted(planned: PlannedInput) -> Composed:
    """One row: how many rows the row filter grants, consent or not."""
    return SQL("SELECT count(*) FROM {} AS t WHERE {}").format(
        _table(planned.dataset.source), _row_filter(planned)
    )


def count_with_consent(planned: PlannedInput, as_of: date) -> Composed:
    """One row: how many rows may be pulled, then one number per column of `guarded`."""
    kinds = {field.source: field.type for field in planned.fields}
    figures: list[Composable] = [SQL("count(*)")]
    figures += (
        SQL("count(*) FILTER (WHERE {})").format(
            SQL(_UNREPRESENTABLE[kinds[name]]).format(_column(name))
        )
        for name in guarded(planned)
    )
    return SQL("SELECT {} FROM {} AS t WHERE {} AND {}").format(
        SQL(", ").join(figures),
        _table(planned.dataset.source),
        _row_filter(planned),
        _consent(planned, as_of),
    )


def rows(planned: PlannedInput, as_of: date) -> Composed:
    """The pull: granted columns of granted rows with consent, in an order that is total up to
    rows that are equal in everything pulled. Decimals come as whole numbers of ten-thousandths;
    where `count_with_consent` found a value that is none, the statement fails."""
    fields = [
        SQL("{} AS {}").format(SQL(_PULLED[f.type]).format(_column(f.source)), Identifier(f.source))
        for f in planned.fields
    ]
    return SQL("SELECT {} FROM {} AS t WHERE {} AND {} ORDER BY {}").format(
        SQL(", ").join(fields),
        _table(planned.dataset.source),
        _row_filter(planned),
        _consent(planned, as_of),
        SQL(", ").join(_order(planned)),
    )


def everything(table: PostgresTable, columns: Sequence[SourceColumn]) -> Composed:
    """Every row in `columns`: of numbers what stands before the point, all else as text or bytes.
    Text holds whatever the type does, infinite dates included."""
    cells = [
        SQL("{} AS {}").format(SQL(_scanned(one)).format(_column(one.name)), Identifier(one.name))
        for one in columns
    ]
    return SQL("SELECT {} FROM {} AS t").format(SQL(", ").join(cells), _table(table))


def _scanned(column: SourceColumn) -> str:
    if column.type in _SCANNED:
        return _SCANNED[column.type]
    return _SCANNED_NATIVE.get(column.native, "{}::text")


def _table(table: PostgresTable) -> Identifier:
    return Identifier(table.schema_, table.table)


def _column(name: str) -> Identifier:
    return Identifier("t", name)


def _row_filter(planned: PlannedInput) -> Composable:
    # The values are untyped literals, so that the source reads each as its column's own type.
    tests = [
        SQL("{} IN ({})").format(_column(name), SQL(", ").join(map(Literal, values)))
        for name, values in planned.rows.items()
    ]
    return SQL(" AND ").join(tests) if tests else SQL("true")


def _order(planned: PlannedInput) -> Iterator[Composable]:
    kinds = {name: field.type for name, field in planned.dataset.fields.items()}
    pulled = [field.source for field in planned.fields]
    for name in dict.fromkeys([*planned.dataset.key, *pulled]):
        by_code_point = kinds[name] is FieldType.STRING
        yield _column(name) + SQL(' COLLATE "C"') if by_code_point else _column(name)


def _consent(planned: PlannedInput, as_of: date) -> Composable:
    clause = planned.consent
    if clause is None:
        return SQL("true")
    return SQL(
        "EXISTS (SELECT 1 FROM {register} AS c WHERE c.subject_id = {subject}"
        " AND c.recipient = {recipient} AND c.purpose = {purpose}"
        " AND c.granted_on <= {day}"
        " AND (c.expires_on IS NULL OR c.expires_on > {day})"
        " AND (c.withdrawn_on IS NULL OR c.withdrawn_on > {day})"
        " AND {age})"
    ).format(
        register=Identifier(clause.register_schema, clause.register_table),
        subject=_column(clause.subject_field),
        recipient=Literal(clause.recipient),
        purpose=Literal(clause.purpose),
        day=_day(as_of),
        age=_age(clause, as_of),
    )


def _age(clause: ConsentClause, as_of: date) -> Composable:
    """Of age, or consented by a guardian; an unknown birth date counts as under age."""
    if clause.born_on is None:
        return SQL("true")
    return SQL("({} < {} OR c.by_guardian)").format(
        _column(clause.born_on), _day(adult_if_born_before(as_of, clause.minor_age_years))
    )


def _day(day: date) -> Composable:
    return SQL("{}::date").format(Literal(day.isoformat()))
