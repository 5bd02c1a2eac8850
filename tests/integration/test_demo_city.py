"""The demo city on a real PostgreSQL: what it promises, counted by other means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2
import pytest
from sqlalchemy.engine import make_url

from fakes.memory_keys import MemoryKeys
from fakes.memory_store import MemoryStore
from weir.contracts.compile import compile_plan
from weir.contracts.dataset import Dataset
from weir.contracts.loader import ContractFiles, load_bundle, names_in
from weir.demo.city import canary
from weir.demo.city.faults import Fault, PlantedFaults
from weir.demo.city.seed import DRIFT_COLUMN, drift, seed_city
from weir.demo.embedded.postgres import PostgresServer
from weir.errors import ContractError, ExchangeUnavailableError, SchemaDriftError
from weir.exchange.drift import check_shape
from weir.exchange.postgres import PostgresSource
from weir.exchange.pull import pull
from weir.model import RunContext, RunId, ScenarioId, Snapshot
from weir.privacy.check_digits import RESIDENT_ID, USCC
from weir.settings import ROOT
from weir.storage.objects import SNAPSHOTS

ROWS = 20_000
TODAY = date(2026, 11, 23)
MINOR_ALONE = (
    "NOT by_guardian AND expires_on IS NULL AND withdrawn_on IS NULL"
    f" AND granted_on <= '{TODAY}' AND EXISTS (SELECT FROM population p"
    " WHERE p.resident_id = subject_id AND p.birth_date >= '2012-11-23')"
)
DATASETS = names_in(ROOT / "contracts" / "datasets", ".yaml")


@dataclass(frozen=True)
class City:
    """A seeded city."""

    dsn: str
    planted: PlantedFaults

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        uri = make_url(self.dsn).set(drivername="postgresql")
        with (
            closing(psycopg2.connect(uri.render_as_string(hide_password=False))) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(query)
            return list(cursor.fetchall())

    def count(self, table: str, where: str) -> int:
        return int(self.ask(f"SELECT count(*) FROM {table} AS t WHERE {where}")[0][0])

    def texts(self, table: str, column: str) -> Any:
        """A column of texts of 18 characters as a table of ASCII codes."""
        values = [row[0] for row in self.ask(f"SELECT {column} FROM {table}")]
        return np.frombuffer("".join(values).encode(), np.uint8).reshape(len(values), 18)


@pytest.fixture(scope="module")
def city(postgres_server: PostgresServer) -> Iterator[City]:
    postgres_server.ensure_role("test_owner", "test-owner-password")
    postgres_server.ensure_database("test_city", "test_owner")
    dsn = postgres_server.url("test_city", "test_owner", "test-owner-password")
    yield City(dsn, seed_city(dsn, rows=ROWS))
    postgres_server.drop_database("test_city")


def dataset(name: str) -> Dataset:
    folders = (ROOT / "contracts", ROOT / "policy", ROOT / "expectations")
    return ContractFiles(*folders).dataset(name).require()


@pytest.mark.parametrize("name", DATASETS)
def test_each_table_has_the_shape_of_its_contract(city: City, name: str) -> None:
    """The city and the dataset contracts agree column by column."""
    contract = dataset(name)
    with PostgresSource(city.dsn).reading() as reading:
        check_shape(contract, reading.columns(contract.source))


@pytest.mark.article("第五条")
def test_the_catalogue_lists_every_field_of_every_contract(city: City) -> None:
    """One row per field, with its grade."""
    listed = city.ask("SELECT dataset, field, grade FROM catalogue ORDER BY 1, 2")
    assert listed == sorted(
        (name, field, int(known.grade) if known.grade else None)
        for name in DATASETS
        for field, known in dataset(name).fields.items()
    )


def test_rows_scale_as_asked(city: City) -> None:
    """Bills and visits have the rows asked for, people a quarter, firms a tenth."""
    tables = ("electricity_bills", "water_bills", "medical_visits")
    assert {city.count(table, "true") for table in tables} == {ROWS}
    assert city.count("population", "true") == ROWS // 4
    assert city.count("enterprise_registration", "true") == ROWS // 10


@pytest.mark.parametrize(
    ("table", "fault", "where"),
    [
        ("electricity_bills", Fault.NEGATIVE_VALUE, "usage_kwh < 0"),
        ("water_bills", Fault.NEGATIVE_VALUE, "usage_m3 < 0"),
        ("medical_visits", Fault.NEGATIVE_VALUE, "cost_yuan < 0"),
        ("enterprise_registration", Fault.NEGATIVE_VALUE, "registered_capital < 0"),
        ("electricity_bills", Fault.MISSING_VALUE, "usage_kwh IS NULL"),
        ("water_bills", Fault.MISSING_VALUE, "usage_m3 IS NULL"),
        ("medical_visits", Fault.MISSING_VALUE, "visited_on IS NULL"),
        ("enterprise_registration", Fault.MISSING_VALUE, "status IS NULL"),
        ("population", Fault.MISSING_VALUE, "full_name IS NULL"),
        *(
            (table, Fault.LATE_ROW, "updated_at < '2020-01-01'")
            for table in (
                "population",
                "enterprise_registration",
                "electricity_bills",
                "water_bills",
                "medical_visits",
                "penalties",
            )
        ),
        *(
            (table, Fault.HIDDEN_IDENTIFIER, "remark ~ '[0-9０-９]{5}|@'")
            for table in ("electricity_bills", "medical_visits", "penalties")
        ),
        ("consent_register", Fault.EXPIRED_CONSENT, f"expires_on <= '{TODAY}'"),
        ("consent_register", Fault.WITHDRAWN_CONSENT, f"withdrawn_on <= '{TODAY}'"),
        ("consent_register", Fault.FUTURE_CONSENT, f"granted_on > '{TODAY}'"),
        (
            "consent_register",
            Fault.MINOR_WITHOUT_GUARDIAN,
            MINOR_ALONE,
        ),
    ],
)
def test_the_inventory_counts_what_is_there(
    city: City, table: str, fault: Fault, where: str
) -> None:
    """Each planted fault can be found in the table as often as the inventory says."""
    assert city.count(table, where) == city.planted.rows(table, fault)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("electricity_bills", "bill_id"),
        ("water_bills", "bill_id"),
        ("medical_visits", "visit_id"),
        ("enterprise_registration", "uscc"),
    ],
)
def test_duplicate_keys_are_counted_as_repeats(city: City, table: str, key: str) -> None:
    """Rows less distinct keys are the rows that repeat one."""
    ((repeats,),) = city.ask(f"SELECT count(*) - count(DISTINCT {key}) FROM {table}")
    assert repeats == city.planted.rows(table, Fault.DUPLICATE_KEY) > 0


@pytest.mark.parametrize(
    ("table", "column", "check"),
    [
        ("population", "resident_id", RESIDENT_ID),
        ("medical_visits", "resident_id", RESIDENT_ID),
        ("enterprise_registration", "uscc", USCC),
        ("electricity_bills", "customer_uscc", USCC),
        ("penalties", "uscc", USCC),
    ],
)
def test_check_digits_are_right_but_where_planted(
    city: City, table: str, column: str, check: Any
) -> None:
    """The recognisers' own arithmetic finds exactly the planted wrong ones."""
    wrong = int((~check.passes(city.texts(table, column))).sum())
    planted = city.planted.rows(table, Fault.BAD_CHECK_DIGIT)
    # A firm whose code another row repeats is not in its own table with its own code.
    assert abs(wrong - planted) <= city.planted.rows(table, Fault.DUPLICATE_KEY)


def test_resident_ids_are_distinct_and_tell_birth_and_sex(city: City) -> None:
    """Every ID carries its owner's birth date and an odd number for men."""
    assert city.ask("SELECT count(*) - count(DISTINCT resident_id) FROM population") == [(0,)]
    contradicts = (
        "substr(resident_id, 7, 8) <> to_char(birth_date, 'YYYYMMDD')"
        " OR (substr(resident_id, 17, 1)::int % 2 = 1) <> (sex = '男')"
    )
    assert city.count("population", contradicts) == 0


def test_what_refers_to_someone_refers_to_a_resident_or_a_firm(city: City) -> None:
    """Visits, representatives and cases are of residents, bills and penalties of firms."""
    of_resident = (
        "NOT EXISTS (SELECT FROM population p WHERE p.resident_id = t.resident_id"
        " AND (p.birth_date, p.sex, p.district) = (t.birth_date, t.sex, t.district))"
    )
    assert city.count("medical_visits", of_resident) == 0
    named = (
        "NOT EXISTS (SELECT FROM population p WHERE p.resident_id = t.{}"
        " AND coalesce(p.full_name, t.{}) = t.{})"
    )
    legal = named.format("legal_rep_id", "legal_rep_name", "legal_rep_name")
    assert city.count("enterprise_registration", legal) == 0
    assert city.count("undisclosed_cases", named.format("resident_id", *["full_name"] * 2)) == 0
    hidden_by_repeats = city.planted.rows("enterprise_registration", Fault.DUPLICATE_KEY)
    ((strangers,),) = city.ask(
        "SELECT count(DISTINCT customer_uscc) FROM electricity_bills b WHERE NOT EXISTS"
        " (SELECT FROM enterprise_registration e WHERE e.uscc = b.customer_uscc)"
    )
    assert strangers == hidden_by_repeats


def test_one_resident_comes_twenty_times(city: City) -> None:
    """Nobody else comes as often, so rows and persons can be told apart."""
    assert city.planted.rows("medical_visits", Fault.REPEATED_PERSON) == 20
    assert city.ask(
        "SELECT count(*) FROM medical_visits GROUP BY resident_id ORDER BY 1 DESC LIMIT 1"
    ) == [(20,)]


def test_the_canary_stands_in_every_table_about_someone(city: City) -> None:
    """Each of its values is somewhere, and the inventory counts its rows."""
    where = {
        "population": f"resident_id = '{canary.RESIDENT_ID}' AND mobile = '{canary.MOBILE}'"
        f" AND full_name = '{canary.FULL_NAME}' AND address = '{canary.ADDRESS}'",
        "enterprise_registration": f"uscc = '{canary.USCC}' AND email = '{canary.EMAIL}'"
        f" AND legal_rep_id = '{canary.RESIDENT_ID}'",
        "electricity_bills": f"customer_uscc = '{canary.USCC}' AND remark ~ '{canary.MOBILE}'",
        "medical_visits": f"resident_id = '{canary.RESIDENT_ID}' AND remark ~ '{canary.EMAIL}'",
        "penalties": f"enterprise_name = '{canary.ENTERPRISE_NAME}'",
        "undisclosed_cases": f"full_name = '{canary.FULL_NAME}'",
        "consent_register": f"subject_id IN ('{canary.RESIDENT_ID}', '{canary.USCC}')",
    }
    for table, condition in where.items():
        assert city.count(table, condition) == city.planted.rows(table, Fault.CANARY) > 0


def pulled(city: City, scenario: str, folder: Path) -> dict[str, Snapshot]:
    bundle = load_bundle(scenario, ROOT / "contracts", ROOT / "policy", ROOT / "expectations")
    plan = compile_plan(bundle)
    context = RunContext(
        scenario=ScenarioId(scenario),
        run_id=RunId("run-1"),
        as_of=datetime(2026, 11, 23, tzinfo=UTC),
    )
    store = MemoryStore()
    store.ensure_bucket(SNAPSHOTS)
    return {
        planned.dataset.dataset: pull(
            plan,
            planned,
            context,
            source=PostgresSource(city.dsn),
            store=store,
            keys=MemoryKeys(),
            scratch=folder,
        )
        for planned in plan.inputs
    }


@pytest.mark.parametrize("scenario", ["sme-credit", "clinic-planning"])
def test_nine_in_ten_rows_have_consent(city: City, scenario: str, tmp_path: Path) -> None:
    """The demo's scenarios pull most of their rows and visibly not all."""
    for snapshot in pulled(city, scenario, tmp_path).values():
        share = snapshot.rows / (snapshot.rows + snapshot.rows_without_consent)
        assert 0.86 < share < 0.94


def test_open_data_needs_no_consent(city: City, tmp_path: Path) -> None:
    """Water bills are about nobody and come whole."""
    (snapshot,) = pulled(city, "water-open", tmp_path).values()
    assert (snapshot.rows, snapshot.rows_without_consent) == (ROWS, 0)


def test_few_rows_stand_in_groups_of_fewer_than_five(postgres_database: str) -> None:
    """Even a small city has enough people and firms alike for k-anonymity with k = 5."""
    city = City(postgres_database, seed_city(postgres_database, rows=4_000))
    for unit, table, group in (
        ("uscc", "enterprise_registration", "registered_capital > 50, registered_capital > 500"),
        ("resident_id", "medical_visits", "floor(date_part('year', birth_date) / 10)"),
    ):
        ((small,),) = city.ask(
            "SELECT coalesce(sum(n), 0) FROM"
            f" (SELECT count(*) AS n FROM {table} GROUP BY district, {group}"
            f" HAVING count(DISTINCT {unit}) * 0.9 < 5) AS small"
        )
        assert small / city.count(table, "true") < 0.05


def test_a_provider_that_adds_a_column_is_noticed(city: City, tmp_path: Path) -> None:
    """Drift on demand stops the pull, and a new city is without it."""
    drift(city.dsn, "water-bills")
    with pytest.raises(SchemaDriftError, match=f"added: {DRIFT_COLUMN}"):
        pulled(city, "water-open", tmp_path)
    again = seed_city(city.dsn, rows=ROWS)
    assert again.as_mapping() == city.planted.as_mapping()
    assert pulled(city, "water-open", tmp_path)["water-bills"].rows == ROWS


def test_one_seed_is_one_city(postgres_database: str) -> None:
    """The same seed repeats every cell, another one does not."""
    digests = []
    for seed in (7, 7, 8):
        city = City(postgres_database, seed_city(postgres_database, rows=1200, seed=seed))
        digests.append(
            [
                city.ask(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
                for table in (
                    "population",
                    "medical_visits",
                    "electricity_bills",
                    "consent_register",
                )
            ]
        )
    assert digests[0] == digests[1]
    assert all(one != other for one, other in zip(digests[1], digests[2], strict=True))


@pytest.mark.parametrize("rows", [1, 2, 99, 1001])
def test_the_smallest_cities_stand(postgres_database: str, rows: int) -> None:
    """A city of any size has all its tables."""
    city = City(postgres_database, seed_city(postgres_database, rows=rows))
    assert city.count("medical_visits", "true") == rows
    assert city.count("population", "true") == 500
    assert city.count("enterprise_registration", "true") == 200


def test_no_rows_are_no_city(postgres_database: str) -> None:
    """The number is refused before anything is dropped."""
    with pytest.raises(ContractError, match="rows_invalid"):
        seed_city(postgres_database, rows=0)


def test_a_database_that_is_not_there_may_be_asked_again() -> None:
    """The error is of the kind that is retried, and tells no password."""
    with pytest.raises(ExchangeUnavailableError) as failed:
        seed_city("postgresql+psycopg2://owner:hush@127.0.0.1:1/exchange", rows=10)
    assert "hush" not in str(failed.value)
