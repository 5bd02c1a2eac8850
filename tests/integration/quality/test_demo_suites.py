"""The suites of the demo datasets, each against its dataset contract."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from weir.contracts.dataset import Dataset
from weir.contracts.plan import ARROW_TYPE
from weir.demo.city import seed
from weir.demo.city.faults import Fault, PlantedFaults
from weir.model import Column
from weir.quality.evaluation import evaluate
from weir.quality.rows import gather
from weir.quality.suite import Suite, read_suite
from weir.settings import ROOT
from weir.storage.parquet import TableReader, schema_of, write_parquet

CONTRACTS = sorted((ROOT / "contracts" / "datasets").glob("*.yaml"))


def test_every_suite_belongs_to_a_dataset() -> None:
    """No suite lies about that nothing names."""
    named = {yaml.safe_load(path.read_text(encoding="utf-8"))["suite"] for path in CONTRACTS}
    assert {path.stem for path in (ROOT / "expectations").glob("*.json")} == named


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda path: path.stem)
def test_a_suite_fits_the_columns_and_types_of_its_dataset(contract: Path) -> None:
    """Every expectation can be evaluated over the whole dataset; an empty one lacks only rows."""
    dataset = Dataset.model_validate(yaml.safe_load(contract.read_text(encoding="utf-8")))
    path = ROOT / "expectations" / f"{dataset.suite}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["name"] == dataset.suite
    suite = read_suite(document, offered=tuple(dataset.fields), granted=tuple(dataset.fields))
    assert suite.not_granted == ()
    schema = schema_of(
        [Column(name=name, type=ARROW_TYPE[field.type]) for name, field in dataset.fields.items()]
    )
    sink = io.BytesIO()
    write_parquet([], schema, sink)
    checked = evaluate(suite, TableReader(pa.BufferReader(sink.getvalue())), limit_rows=0)
    failed = [one.rule.type for one in checked if not one.passed]
    assert failed == ["expect_table_row_count_to_be_between"]
    keys = {one.columns for one in suite.rules if one.type == "expect_column_values_to_be_unique"}
    assert tuple(dataset.key) in keys


def test_the_suites_find_what_is_planted_in_the_demo_city_and_tolerate_it() -> None:
    """Every repeated key, missing or negative value is a bad row; together they stay few."""
    planted = PlantedFaults()
    for one in seed._tables(20_000, seed.DEFAULT_SEED, [], planted):
        path = ROOT / "contracts" / "datasets" / f"{one.name.replace('_', '-')}.yaml"
        if not path.exists():  # the catalogue has no contract
            continue
        table, suite = _table_and_suite(one.batches, path)
        limit_rows = int(suite.tolerance * table.rows)
        checked = evaluate(suite, table, limit_rows=limit_rows)
        failing = [one for one in checked if not one.passed and one.bad is not None]
        bad = gather(failing, table)
        faults = planted.as_mapping().get(one.name, {})
        expected = (Fault.DUPLICATE_KEY, Fault.MISSING_VALUE, Fault.NEGATIVE_VALUE)
        assert len(bad) == sum(faults.get(fault, 0) for fault in expected), one.name
        assert len(bad) <= limit_rows
        blocked = [one.rule.name for one in checked if not one.passed and not one.rule.form.rows]
        assert blocked == []


def _table_and_suite(
    batches: Iterable[pa.RecordBatch], contract: Path
) -> tuple[TableReader, Suite]:
    dataset = Dataset.model_validate(yaml.safe_load(contract.read_text(encoding="utf-8")))
    document = json.loads((ROOT / "expectations" / f"{dataset.suite}.json").read_text("utf-8"))
    first, *others = batches
    sink = io.BytesIO()
    write_parquet([first, *others], first.schema, sink)
    suite = read_suite(document, offered=tuple(dataset.fields), granted=first.schema.names)
    return TableReader(pa.BufferReader(sink.getvalue())), suite
