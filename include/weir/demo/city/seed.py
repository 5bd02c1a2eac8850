"""Puts the demo city on an exchange database, and changes it on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog
from psycopg2.sql import SQL, Identifier

from weir.contracts.dataset import Dataset
from weir.contracts.loader import ContractFiles, names_in
from weir.demo.city import bills, firms, people, registers, visits
from weir.demo.city.faults import PlantedFaults
from weir.demo.city.load import Table, conninfo, execute, make_table
from weir.errors import ContractError
from weir.settings import ROOT

DEFAULT_SEED = 510_900
DRIFT_COLUMN = "social_insurance_no"

log = structlog.get_logger()


def seed_city(
    dsn: str, *, rows: int, seed: int = DEFAULT_SEED, datasets: Sequence[Dataset] | None = None
) -> PlantedFaults:
    """Make the city's tables in the database at `dsn`, replacing those of an earlier city.

    Electricity bills, water bills and visits get `rows` rows each, the population a quarter
    (500 at least), the enterprises a tenth (200 at least). The same `rows` and `seed` give the
    same city. `datasets` is what the catalogue lists: by default the contracts of this
    repository. Returns what was planted.
    """
    if rows < 1:
        raise ContractError("rows_invalid", "a city has one row at least", where={"rows": rows})
    planted = PlantedFaults()
    listed = _repository_datasets() if datasets is None else datasets
    for table in _tables(rows, seed, listed, planted):
        made = make_table(conninfo(dsn), table)
        log.info("city_table_made", table=table.name, rows=made)
    return planted


def drift(dsn: str, dataset: str) -> None:
    """Let the provider of `dataset` add a column without a word: its contract no longer fits."""
    statement = SQL("ALTER TABLE {} ADD COLUMN {} text").format(
        Identifier(dataset.replace("-", "_")), Identifier(DRIFT_COLUMN)
    )
    execute(conninfo(dsn), statement)


def _tables(
    rows: int, seed: int, datasets: Sequence[Dataset], planted: PlantedFaults
) -> Iterator[Table]:
    residents = people.settle(max(500, rows // 4), seed)
    enterprises = firms.register(max(200, rows // 10), seed)
    yield Table(
        name=people.TABLE,
        batches=people.population(residents, seed, planted),
        indexed=("resident_id",),
    )
    yield Table(
        name=firms.TABLE,
        batches=firms.registration(enterprises, residents, seed, planted),
        indexed=("uscc",),
    )
    yield Table(
        name=bills.ELECTRICITY,
        batches=bills.electricity(rows, enterprises, seed, planted),
        indexed=("bill_id",),
    )
    yield Table(name=bills.WATER, batches=bills.water(rows, seed, planted), indexed=("bill_id",))
    yield Table(
        name=visits.TABLE,
        batches=visits.visits(rows, residents, seed, planted),
        indexed=("visit_id",),
    )
    yield Table(
        name=registers.PENALTIES,
        batches=registers.penalties(max(50, rows // 100), enterprises, seed, planted),
        indexed=("decision_no",),
    )
    yield Table(
        name=registers.CASES,
        batches=registers.undisclosed_cases(max(20, rows // 1000), residents, seed, planted),
        indexed=("case_no",),
    )
    yield Table(
        name=registers.CONSENTS,
        batches=registers.consents(residents, enterprises, seed, planted),
        indexed=("consent_id", "subject_id"),
    )
    yield Table(
        name=registers.CATALOGUE, batches=registers.catalogue(datasets), indexed=("dataset",)
    )


def _repository_datasets() -> list[Dataset]:
    folder = ROOT / "contracts"
    files = ContractFiles(folder, ROOT / "policy", ROOT / "expectations")
    return [files.dataset(name).require() for name in names_in(folder / "datasets", ".yaml")]
