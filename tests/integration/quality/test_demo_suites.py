"""The suites of the demo datasets, each against its dataset contract."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from weir.contracts.dataset import Dataset
from weir.contracts.plan import ARROW_TYPE
from weir.model import Column
from weir.quality.evaluation import evaluate
from weir.quality.suite import read_suite
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
