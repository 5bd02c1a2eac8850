"""Disclosure: distinct units are counted, small groups go, and the gate finds any that stayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from fakes.memory_store import MemoryStore
from weir.contracts.compile import compile_plan
from weir.contracts.loader import load_bundle
from weir.contracts.plan import Plan
from weir.contracts.scenario import Aggregate, Disclosure, Measure
from weir.disclosure.assess import assess_disclosure, recheck_disclosure
from weir.errors import IntegrityError
from weir.model import Column, RunContext, RunId, ScenarioId, StagedProduct
from weir.settings import ROOT
from weir.storage.objects import STAGING
from weir.storage.table import open_table, write_table

CONTEXT = RunContext(
    scenario=ScenarioId("sme-credit"), run_id=RunId("r1"), as_of=datetime(2026, 11, 23, tzinfo=UTC)
)
RULE = Disclosure(unit="who", k=5, quasi_identifiers=("where",), max_suppressed_share=0.5)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A compiled plan under a rule of k 5."""
    bundle = load_bundle("sme-credit", ROOT / "contracts", ROOT / "policy", ROOT / "expectations")
    return replace(compile_plan(bundle), disclosure=RULE, aggregate=None)


@pytest.fixture
def store() -> MemoryStore:
    """An object store with a staging bucket."""
    store = MemoryStore()
    store.ensure_bucket(STAGING)
    return store


METADATA = {"weir.attribution": "来源：遂宁市"}


def staged(
    store: MemoryStore, tmp_path: Path, who: Sequence[str | None], where: Sequence[str | None]
) -> StagedProduct:
    """A staged product of two columns."""
    batch = pa.record_batch(
        {"who": pa.array(who, pa.string()), "where": pa.array(where, pa.string())}
    )
    data, rows = write_table(
        [batch],
        batch.schema,
        store=store,
        bucket=STAGING,
        key="p.parquet",
        scratch=tmp_path,
        metadata=METADATA,
    )
    columns = tuple(Column(name=name, type="string") for name in ("who", "where"))
    return StagedProduct(data=data, rows=rows, columns=columns)


def test_one_person_in_twenty_rows_counts_once(
    plan: Plan, store: MemoryStore, tmp_path: Path
) -> None:
    """Twenty rows of one person are a group of one, and go."""
    who = ["same"] * 20 + [f"p{n}" for n in range(30)]
    where = ["a"] * 20 + ["b"] * 30
    kept, verdict = assess_disclosure(
        plan,
        staged(store, tmp_path, who, where),
        CONTEXT,
        store=store,
        scratch=tmp_path,
    )
    assert verdict.verdict.passed
    assert (verdict.rows_suppressed, kept.rows, verdict.k_found) == (20, 30, 30)
    with open_table(kept.data, store=store, scratch=tmp_path) as table:
        assert {row for batch in table.batches() for row in batch["where"].to_pylist()} == {"b"}
        assert table.metadata == METADATA


def test_missing_values_form_a_group_and_missing_units_do_not_count(
    plan: Plan, store: MemoryStore, tmp_path: Path
) -> None:
    """A null quasi-identifier is a value of its own; a null unit is nobody."""
    who: list[str | None] = [f"p{n}" for n in range(6)] + [None] * 6
    where: list[str | None] = [None] * 6 + ["a"] * 6
    kept, verdict = assess_disclosure(
        plan, staged(store, tmp_path, who, where), CONTEXT, store=store, scratch=tmp_path
    )
    assert verdict.verdict.passed
    assert (kept.rows, verdict.rows_suppressed) == (6, 6)


def test_too_much_suppression_is_refused(plan: Plan, store: MemoryStore, tmp_path: Path) -> None:
    """Where most rows would go, the contract's groups are too fine: the answer is no."""
    who = [f"p{n}" for n in range(10)]
    _, verdict = assess_disclosure(
        plan,
        staged(store, tmp_path, who, who),
        CONTEXT,
        store=store,
        scratch=tmp_path,
    )
    assert [reason.code for reason in verdict.verdict.reasons] == ["too_much_suppressed"]


def test_subjects_without_a_rule_are_refused(
    plan: Plan, store: MemoryStore, tmp_path: Path
) -> None:
    """Data of subjects never leaves without a disclosure rule."""
    bare = replace(plan, disclosure=None)
    _, verdict = assess_disclosure(
        bare, staged(store, tmp_path, ["a"], ["b"]), CONTEXT, store=store, scratch=tmp_path
    )
    assert {reason.code for reason in verdict.verdict.reasons} == {"disclosure_rule_missing"}


def test_the_gate_finds_a_small_group_that_stayed(
    plan: Plan, store: MemoryStore, tmp_path: Path
) -> None:
    """The recheck counts the finished product itself and refuses any group below k."""
    product = staged(store, tmp_path, [f"p{n}" for n in range(9)], ["a"] * 5 + ["b"] * 4)
    with open_table(product.data, store=store, scratch=tmp_path) as table:
        verdict = recheck_disclosure(plan, table)
    assert [reason.code for reason in verdict.verdict.reasons] == ["too_few_units"]
    assert verdict.k_found == 4


def test_an_empty_product_passes(plan: Plan, store: MemoryStore, tmp_path: Path) -> None:
    """Nobody is singled out by no rows."""
    kept, verdict = assess_disclosure(
        plan, staged(store, tmp_path, [], []), CONTEXT, store=store, scratch=tmp_path
    )
    assert verdict.verdict.passed
    assert kept.rows == 0


def test_an_aggregate_counts_by_its_own_measure(
    plan: Plan, store: MemoryStore, tmp_path: Path
) -> None:
    """A group whose measure is below k, or unknown, goes."""
    aggregate = replace(
        plan,
        disclosure=RULE.model_copy(update={"unit": "households"}),
        aggregate=Aggregate(
            by=("where",),
            measures={"households": Measure(function="count_distinct", of="who")},
        ),
    )
    batch = pa.record_batch(
        {
            "where": pa.array(["a", "b", "c"], pa.string()),
            "households": pa.array([5, 4, None], pa.int64()),
        }
    )
    data, rows = write_table(
        [batch], batch.schema, store=store, bucket=STAGING, key="q.parquet", scratch=tmp_path
    )
    rule = aggregate.disclosure
    assert rule is not None
    loose = replace(aggregate, disclosure=rule.model_copy(update={"max_suppressed_share": 1.0}))
    kept, verdict = assess_disclosure(
        loose,
        StagedProduct(data=data, rows=rows, columns=()),
        CONTEXT,
        store=store,
        scratch=tmp_path,
    )
    assert (kept.rows, verdict.k_found) == (1, 5)


def test_the_policy_packs_k_holds_even_under_a_smaller_rule(
    plan: Plan, store: MemoryStore, tmp_path: Path
) -> None:
    """A rule below the pack's minimum, which no contract check lets through, is raised to it."""
    lax = replace(plan, disclosure=RULE.model_copy(update={"k": 2}))
    product = staged(store, tmp_path, [f"p{n}" for n in range(9)], ["a"] * 6 + ["b"] * 3)
    kept, verdict = assess_disclosure(lax, product, CONTEXT, store=store, scratch=tmp_path)
    assert (verdict.k_required, kept.rows) == (5, 6)


def test_a_product_without_subjects_needs_no_rule(
    plan: Plan, store: MemoryStore, tmp_path: Path
) -> None:
    """Household aggregates single nobody out; the verdict says that nothing was required."""
    inputs = tuple(
        replace(one, dataset=one.dataset.model_copy(update={"subject": None}))
        for one in plan.inputs
    )
    bare = replace(plan, disclosure=None, inputs=inputs)
    product = staged(store, tmp_path, ["a"], ["b"])
    kept, verdict = assess_disclosure(bare, product, CONTEXT, store=store, scratch=tmp_path)
    assert verdict.verdict.passed
    assert (verdict.k_required, kept) == (0, product)


def test_a_product_that_lacks_the_rules_columns_is_refused(
    plan: Plan, store: MemoryStore, tmp_path: Path
) -> None:
    """A rule that cannot be counted is not passed over."""
    rule = RULE.model_copy(update={"quasi_identifiers": ("elsewhere",)})
    product = staged(store, tmp_path, ["a"], ["b"])
    with pytest.raises(IntegrityError) as refusal:
        assess_disclosure(
            replace(plan, disclosure=rule), product, CONTEXT, store=store, scratch=tmp_path
        )
    assert refusal.value.code == "column_missing"


def test_a_refusal_quotes_no_value(plan: Plan, store: MemoryStore, tmp_path: Path) -> None:
    """Reasons speak of names and counts."""
    product = staged(store, tmp_path, [f"言谨之{n}" for n in range(10)], ["船山"] * 10)
    lone = replace(plan, disclosure=RULE.model_copy(update={"k": 11}))
    _, verdict = assess_disclosure(lone, product, CONTEXT, store=store, scratch=tmp_path)
    assert not verdict.verdict.passed
    assert "言谨之" not in str(verdict)
    assert "船山" not in str(verdict)
