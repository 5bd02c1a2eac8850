"""What every source must do: one suite over the fake and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from fakes.exchange_tables import (
    PURPOSE,
    TODAY,
    B,
    D,
    I,
    N,
    S,
    T,
    consent_of,
    consents,
    load,
    planned,
    table,
)
from fakes.memory_source import MemorySource
from weir.contracts.dataset import PostgresTable
from weir.contracts.plan import PlannedInput
from weir.exchange.postgres import PostgresSource
from weir.exchange.source import Counts, Source
from weir.storage.parquet import schema_of

MakeSource = Callable[[Mapping[str, pa.Table]], Source]


@pytest.fixture(params=["memory", "postgres"])
def make_source(request: pytest.FixtureRequest) -> MakeSource:
    """Makes a source that holds the given tables."""
    if request.param == "memory":
        return MemorySource
    dsn: str = request.getfixturevalue("postgres_database")

    def make(tables: Mapping[str, pa.Table]) -> Source:
        load(dsn, tables)
        return PostgresSource(dsn)

    return make


def read(source: Source, plan: PlannedInput, as_of: date = TODAY) -> tuple[Counts, pa.Table]:
    with source.reading() as reading:
        counts = reading.count(plan, as_of)
        batches = list(reading.batches(plan, as_of))
    schema = schema_of(plan.snapshot_columns)
    assert all(batch.schema == schema for batch in batches)
    return counts, pa.Table.from_batches(batches, schema)


def test_a_table_is_described_in_its_own_order(make_source: MakeSource) -> None:
    """Each column with the field type that holds it; None for a type that none holds."""
    fields = {"编号": S, "n": I, "fee": N, "on": D, "at": T, "ok": B}
    wide = table(fields).append_column("ratio", pa.array([], pa.float64()))
    with make_source({"visits": wide}).reading() as reading:
        found = reading.columns(PostgresTable(table="visits"))
    assert [(c.name, c.type) for c in found] == [*fields.items(), ("ratio", None)]
    assert "double" in found[-1].native


def test_a_table_that_is_not_there_has_no_columns(make_source: MakeSource) -> None:
    """Absence is an answer; the stage makes a refusal of it."""
    with make_source({"visits": table({"n": I})}).reading() as reading:
        assert reading.columns(PostgresTable(table="Visits")) == ()


def test_every_type_arrives_as_the_snapshot_holds_it(make_source: MakeSource) -> None:
    """Extremes and nulls of each type; a null-only column keeps its type."""
    fields = {"id": S, "n": I, "fee": N, "on": D, "at": T, "ok": B, "remark": S}
    rows = [
        ("a", -(2**63), Decimal("-99999999999999.9999"), date(1, 1, 1), None, True, None),
        (
            "b",
            2**63 - 1,
            Decimal("0.0001"),
            date(9999, 12, 31),
            datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            False,
            None,
        ),
        (
            "c",
            0,
            Decimal("99999999999999.9999"),
            date(1970, 1, 1),
            datetime(1, 1, 1, tzinfo=UTC),
            None,
            None,
        ),
        ("d" * 300_000, None, None, None, datetime(2026, 11, 23, 8, tzinfo=UTC), None, None),
    ]
    visits = table(fields, rows)
    counts, found = read(make_source({"visits": visits}), planned("visits", fields, key=["id"]))
    assert counts.rows == 4
    assert not any(counts.unrepresentable.values())
    assert found.to_pylist() == visits.to_pylist()


def test_an_empty_table_gives_no_rows(make_source: MakeSource) -> None:
    """No rows are no error."""
    fields = {"id": S, "fee": N}
    counts, found = read(
        make_source({"visits": table(fields)}), planned("visits", fields, key=["id"])
    )
    assert (counts.rows, counts.rows_without_consent, found.num_rows) == (0, 0, 0)


def test_rows_come_by_key_and_then_by_what_is_pulled(make_source: MakeSource) -> None:
    """Texts by code point, nulls last; duplicates of a key have a fixed order too."""
    fields = {"id": S, "n": I, "remark": S}
    rows = [
        ("b", 2, "x"),
        ("一", 1, None),
        ("B", 9, None),
        ("b", None, "x"),
        ("b", 2, "X"),
        ("a", 1, "x"),
        (None, 1, "x"),
        ("b", 2, None),
        ("𠀀", 0, None),
        ("ａ", 0, None),
    ]
    _, found = read(
        make_source({"visits": table(fields, rows)}), planned("visits", fields, key=["id"])
    )
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        ("B", 9, None),
        ("a", 1, "x"),
        ("b", 2, "X"),
        ("b", 2, "x"),
        ("b", 2, None),
        ("b", None, "x"),
        ("一", 1, None),
        ("ａ", 0, None),
        ("𠀀", 0, None),
        (None, 1, "x"),
    ]


def test_the_key_orders_rows_that_do_not_show_it(make_source: MakeSource) -> None:
    """A key that is not granted is not pulled, and still decides the order."""
    fields = {"id": S, "n": I}
    source = make_source({"visits": table(fields, [("c", 1), ("a", 3), ("b", 2)])})
    _, found = read(source, planned("visits", fields, key=["id"], pulled=["n"]))
    assert found.to_pylist() == [{"n": 3}, {"n": 2}, {"n": 1}]


@pytest.mark.article("第二条", "第四条")
def test_only_granted_rows_are_counted_and_read(make_source: MakeSource) -> None:
    """Values of one field are alternatives, fields together narrow; a null is never granted."""
    fields = {"id": S, "district": S, "kind": S}
    rows = [
        ("1", "510903", "A"),
        ("2", "510904", "A"),
        ("3", "510981", "A"),
        ("4", "510903", "B"),
        ("5", None, "A"),
    ]
    plan = planned(
        "visits",
        fields,
        key=["id"],
        pulled=["id"],
        rows={"district": ("510903", "510904"), "kind": ("A",)},
    )
    counts, found = read(make_source({"visits": table(fields, rows)}), plan)
    assert (counts.rows, counts.rows_without_consent) == (2, 0)
    assert found["id"].to_pylist() == ["1", "2"]


@pytest.mark.parametrize(
    "value",
    ["'", "''; DROP TABLE visits; --", "\\", "\\'", "%s", "{0}", "$1", "\n", '"', "😀", "a\u0301"],
)
def test_a_hostile_filter_value_is_only_a_value(make_source: MakeSource, value: str) -> None:
    """Quotes, escapes and placeholders select the row that holds them."""
    fields = {"id": S, "district": S}
    source = make_source({"visits": table(fields, [("1", value), ("2", "510903")])})
    plan = planned("visits", fields, key=["id"], rows={"district": (value,)})
    _, found = read(source, plan)
    assert found["id"].to_pylist() == ["1"]


def test_a_name_that_is_a_keyword_is_only_a_name(make_source: MakeSource) -> None:
    """Keywords, upper case and Chinese serve as table and column names."""
    fields = {"select": S, "User": I, "身份": S}
    source = make_source({"order": table(fields, [("x", 1, "一")])})
    _, found = read(source, planned("order", fields, key=["select", "身份"]))
    assert found.to_pylist() == [{"select": "x", "User": 1, "身份": "一"}]


PERSON = {"id": S, "person": S, "born": D}
ADULT = date(1990, 1, 1)


@pytest.mark.article("第二十三条")
@pytest.mark.parametrize(
    ("consent", "covered"),
    [
        ({}, True),
        ({"granted_on": TODAY}, True),
        ({"granted_on": date(2026, 11, 24)}, False),
        ({"granted_on": None}, False),
        ({"expires_on": TODAY}, False),
        ({"expires_on": date(2026, 11, 24)}, True),
        ({"withdrawn_on": TODAY}, False),
        ({"withdrawn_on": date(2026, 11, 24)}, True),
        ({"recipient": "rural-commercial-bank"}, False),
        ({"purpose": PURPOSE + " "}, False),
        ({"by_guardian": None}, True),
        ({"subject_id": "someone else"}, False),
        ({"subject_id": None}, False),
    ],
)
def test_consent_covers_its_term_recipient_and_purpose(
    make_source: MakeSource, consent: dict[str, Any], *, covered: bool
) -> None:
    """From the day it is granted until the day before it ends, for this use alone."""
    source = make_source(
        {
            "visits": table(PERSON, [("1", "p", ADULT)]),
            "consent_register": consents({"subject_id": "p", **consent}),
        }
    )
    plan = planned("visits", PERSON, key=["id"], consent=consent_of("person", born_on="born"))
    counts, found = read(source, plan)
    assert found.num_rows == counts.rows == int(covered)
    assert counts.rows_without_consent == int(not covered)


@pytest.mark.article("第十九条")
@pytest.mark.parametrize(
    ("born", "by_guardian", "covered"),
    [
        (date(2012, 11, 22), False, True),
        (date(2012, 11, 23), False, False),
        (date(2012, 11, 23), True, True),
        (date(2026, 1, 1), None, False),
        (None, False, False),
        (None, True, True),
    ],
)
def test_a_minor_needs_a_guardians_consent(
    make_source: MakeSource, born: date | None, *, by_guardian: bool | None, covered: bool
) -> None:
    """Fourteen is completed the day after the birthday; an unknown birth date is no proof."""
    source = make_source(
        {
            "visits": table(PERSON, [("1", "p", born)]),
            "consent_register": consents({"subject_id": "p", "by_guardian": by_guardian}),
        }
    )
    plan = planned("visits", PERSON, key=["id"], consent=consent_of("person", born_on="born"))
    counts, found = read(source, plan)
    assert found.num_rows == counts.rows == int(covered)


def test_consents_neither_multiply_nor_void_each_other(make_source: MakeSource) -> None:
    """Several consents give a row once; a withdrawn one does not undo one given later."""
    source = make_source(
        {
            "visits": table(PERSON, [("1", "p", ADULT), ("2", "q", ADULT), ("3", None, ADULT)]),
            "consent_register": consents(
                {"subject_id": "p", "withdrawn_on": date(2026, 2, 1)},
                {"subject_id": "p", "granted_on": date(2026, 3, 1)},
                {"subject_id": "p", "granted_on": date(2026, 4, 1)},
            ),
        }
    )
    plan = planned("visits", PERSON, key=["id"], pulled=["id"], consent=consent_of("person"))
    counts, found = read(source, plan)
    assert found["id"].to_pylist() == ["1"]
    assert (counts.rows, counts.rows_without_consent) == (1, 2)


def test_rows_outside_the_filter_are_not_counted_as_lacking_consent(
    make_source: MakeSource,
) -> None:
    """What was never granted says nothing about consent."""
    source = make_source(
        {
            "visits": table(PERSON, [("1", "p", ADULT), ("2", "q", ADULT)]),
            "consent_register": consents(),
        }
    )
    plan = planned("visits", PERSON, key=["id"], rows={"id": ("1",)}, consent=consent_of("person"))
    counts, _ = read(source, plan)
    assert (counts.rows, counts.rows_without_consent) == (0, 1)


def test_a_scan_reads_every_row_in_every_column(make_source: MakeSource) -> None:
    """Without key, contract or consent; each cell holds what its text would."""
    fields = {"id": S, "n": I, "fee": N, "on": D, "ok": B}
    rows = [
        ("b", 13900009021, Decimal("13900009021.5000"), date(2026, 3, 1), True),
        (None, None, None, None, None),
        ("b", -1, Decimal("-0.5000"), date(1, 1, 1), False),
    ]
    visits = table(fields, rows)
    with make_source({"visits": visits}).reading() as reading:
        found = pa.Table.from_batches(list(reading.everything(PostgresTable(table="visits"))))
    assert found.column_names == list(fields)
    assert found["id"].to_pylist() == ["b", None, "b"]
    assert found["n"].to_pylist() == [13900009021, None, -1]
    assert [None if fee is None else int(fee) for fee in found["fee"].to_pylist()] == [
        13900009021,
        None,
        0,
    ]
    assert [str(on) for on in found["on"].to_pylist()] == ["2026-03-01", "None", "0001-01-01"]


def test_a_scan_of_an_empty_table_still_knows_its_columns(make_source: MakeSource) -> None:
    """One batch without rows."""
    with make_source({"visits": table({"id": S, "fee": N})}).reading() as reading:
        (batch,) = reading.everything(PostgresTable(table="visits"))
    assert (batch.schema.names, batch.num_rows) == (["id", "fee"], 0)
