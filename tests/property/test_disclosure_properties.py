"""Suppression agrees with a plain count, however the table is cut into passes."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.memory_store import MemoryStore
from fakes.sample_contracts import sample_bundle
from weir.contracts.compile import compile_plan
from weir.contracts.plan import Plan
from weir.contracts.scenario import Disclosure
from weir.disclosure import groups
from weir.disclosure.assess import assess_disclosure, recheck_disclosure
from weir.model import RunContext, RunId, ScenarioId, StagedProduct
from weir.storage.objects import STAGING
from weir.storage.table import open_table, write_table

CONTEXT = RunContext(
    scenario=ScenarioId("s"), run_id=RunId("r"), as_of=datetime(2026, 11, 23, tzinfo=UTC)
)
SCHEMA = pa.schema(
    [
        ("人", pa.string()),
        ("day", pa.date32()),
        ("size", pa.decimal128(18, 4)),
        ("open", pa.bool_()),
        ("n", pa.int64()),
    ]
)
ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from([f"p{n}" for n in range(12)]),
        st.none() | st.sampled_from([date(1960, 1, 1), date(2026, 1, 1)]),
        st.none() | st.sampled_from([Decimal("0.5"), Decimal(7)]),
        st.none() | st.booleans(),
        st.integers(0, 3),
    ),
    max_size=60,
)
QUASI = ("day", "size", "open")


@cache
def plan() -> Plan:
    """A plan whose policy pack asks for no more than its rule."""
    rule = Disclosure(unit="人", k=3, quasi_identifiers=QUASI, max_suppressed_share=1.0)
    sample = compile_plan(sample_bundle())
    parameters = sample.policy.parameters
    loose = parameters.model_copy(
        update={"min_k": parameters.min_k.model_copy(update={"value": 2})}
    )
    policy = sample.policy.model_copy(update={"parameters": loose})
    return replace(sample, disclosure=rule, aggregate=None, policy=policy)


@given(ROWS, st.integers(1, 30), st.integers(1, 30))
@settings(max_examples=120, deadline=None)
def test_exactly_the_rows_of_large_enough_groups_stay(
    rows: list[tuple[object, ...]], rows_per_pass: int, compact_rows: int
) -> None:
    """Distinct people per group, counted by hand; order, types and nulls survive."""
    people: dict[tuple[object, ...], set[object]] = defaultdict(set)
    for who, *rest in rows:
        people[tuple(rest[:3])] |= {who} - {None}
    kept = [row for row in rows if len(people[row[1:4]]) >= 3]
    small = {group for group, found in people.items() if len(found) < 3}

    table = pa.Table.from_pylist(
        [dict(zip(SCHEMA.names, row, strict=True)) for row in rows], schema=SCHEMA
    )
    store = MemoryStore()
    store.ensure_bucket(STAGING)
    with (
        tempfile.TemporaryDirectory() as name,
        patch.object(groups, "ROWS_PER_PASS", rows_per_pass),
        patch.object(groups, "COMPACT_ROWS", compact_rows),
    ):
        scratch = Path(name)
        data, count = write_table(
            table.to_batches(), SCHEMA, store=store, bucket=STAGING, key="p", scratch=scratch
        )
        product, verdict = assess_disclosure(
            plan(),
            StagedProduct(data=data, rows=count, columns=()),
            CONTEXT,
            store=store,
            scratch=scratch,
        )
        with open_table(product.data, store=store, scratch=scratch) as found:
            assert found.schema == SCHEMA
            after = [tuple(row.values()) for batch in found.batches() for row in batch.to_pylist()]
            assert recheck_disclosure(plan(), found).verdict.passed
        with open_table(data, store=store, scratch=scratch) as found:
            before = recheck_disclosure(plan(), found)

    assert after == kept
    assert verdict.rows_suppressed == product.rows_suppressed == len(rows) - len(kept)
    assert verdict.k_found == min(
        (len(found) for found in people.values() if len(found) >= 3), default=0
    )
    assert before.verdict.passed == (not small)
    assert before.groups == len(people)
    assert before.k_found == min((len(found) for found in people.values()), default=0)
