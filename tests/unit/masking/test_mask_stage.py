from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fakes.masking_case import MaskingCase
from fakes.sample_contracts import Data, contract_data, sample_bundle
from fakes.token_reader import revealed
from weir.contracts.compile import compile_plan
from weir.contracts.plan import Plan
from weir.errors import (
    ContractError,
    IntegrityError,
    LeakError,
    QualityError,
    StoreUnavailableError,
)
from weir.masking import assemble, engine
from weir.model import DatasetId, Reason, RunId, ScenarioId, Verdict
from weir.storage.parquet import schema_of
from weir.storage.table import open_table

FIRMS = DatasetId("firms")
BILLS = DatasetId("bills")


def plan_of(data: Data | None = None) -> Plan:
    """The compiled sample contract, or an edited one."""
    return compile_plan(sample_bundle(data=data))


def firms(*uscc: str | None) -> dict[str, list[object]]:
    """One row per firm."""
    n = len(uscc)
    return {
        "uscc": list(uscc),
        "industry": ["C13"] * n,
        "capital": [Decimal("0.05")] * n,
        "registered_on": [date(2020, 5, 6)] * n,
    }


def bills(*customers: str | None) -> dict[str, list[object]]:
    """One row per bill, its number in `days`."""
    n = len(customers)
    return {
        "bill_id": [f"b{i}" for i in range(n)],
        "customer": list(customers),
        "usage": [Decimal(i) for i in range(n)],
        "days": list(range(n)),
        "remark": [None] * n,
    }


@pytest.fixture
def case(tmp_path: Path) -> MaskingCase:
    """Three firms, five bills."""
    case = MaskingCase(plan_of(), tmp_path)
    case.put("firms", firms("A", "B", None))
    case.put("bills", bills("B", "A", "B", None, "C"))
    return case


def test_masked_inputs_join_on_equal_tokens(case: MaskingCase) -> None:
    """An inner join: strangers and missing keys drop out, one-to-many rows multiply."""
    product = case.product()
    assert sorted(product["days"].to_pylist()) == [0, 1, 2]
    by_day = dict(zip(product["days"].to_pylist(), product["firm"].to_pylist(), strict=True))
    found = [revealed(by_day[day], case.context.scenario, case.keys) for day in (0, 1, 2)]
    assert found == [b"B", b"A", b"B"]


def test_a_side_too_large_to_be_held_beside_the_sort_is_joined_before(
    case: MaskingCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same product, byte for byte."""
    at_once = case.run()
    monkeypatch.setattr(assemble, "_SMALL_SIDE_BYTES", 0)
    assert case.run() == at_once


def test_what_the_file_is_to_say_stands_beside_the_rows(case: MaskingCase) -> None:
    """As given; it is no part of the schema."""
    case.metadata = {"weir.attribution": "来源：遂宁市"}
    with open_table(case.run().data, store=case.store, scratch=case.scratch) as table:
        assert table.metadata == case.metadata
        assert table.schema == schema_of(case.plan.output_columns)


def test_the_product_has_exactly_the_planned_schema(case: MaskingCase) -> None:
    """Names, types and order, and the reference tells them."""
    product = case.run()
    assert product.columns == case.plan.output_columns
    assert product.data.key == "firm-credit/r1/product.parquet"
    assert case.product().schema == schema_of(case.plan.output_columns)


def test_quarantined_rows_stay_out(case: MaskingCase) -> None:
    """By their place in the snapshot, across batches."""
    case.put("bills", bills("B", "A", "B", "A", "A", "B", "B"), bad=[0, 3, 6])
    assert sorted(case.product()["days"].to_pylist()) == [1, 2, 4, 5]


def test_a_snapshot_that_is_quarantined_whole_gives_an_empty_product(case: MaskingCase) -> None:
    """Empty, yet with its schema."""
    case.put("bills", bills("B", "A"), bad=[0, 1])
    product = case.product()
    assert product.num_rows == 0
    assert product.schema == schema_of(case.plan.output_columns)


def test_empty_snapshots_give_an_empty_product(case: MaskingCase) -> None:
    """A day without bills is no failure."""
    case.put("firms", firms())
    case.put("bills", bills())
    assert case.product().num_rows == 0


def test_the_order_of_the_source_is_gone_and_the_bytes_are_the_same(tmp_path: Path) -> None:
    """Any order of the same rows gives one product, sorted by all columns with nulls first."""
    digests = set()
    for turn, order in enumerate((["A", "B", "C"], ["C", "A", "B"], ["B", "C", "A"])):
        case = MaskingCase(plan_of(), tmp_path)
        case.put("firms", firms(*order))
        rows = bills(*order, *order)
        rows["days"] = [ord(str(who)) if who else None for who in rows["customer"]]
        rows["usage"] = [Decimal(1)] * 3 + [None] * 3
        case.context = replace(case.context, run_id=RunId(f"r{turn}"))
        case.put("bills", rows)
        digests.add(case.run().data.sm3)
        product = case.product()
    assert len(digests) == 1
    keys = [(name, "ascending", "at_start") for name in product.schema.names]
    assert product.equals(product.take(pc.sort_indices(product, keys)))


def test_nothing_that_was_to_be_hidden_is_in_the_product(case: MaskingCase) -> None:
    """Not in the rows, and not in the bytes of the file either."""
    secret = "91510903MA62KX7C8T"
    case.put("firms", firms(secret))
    case.put("bills", bills(secret, secret) | {"remark": ["电话13900009021", None]})

    def redact(texts: pa.Array) -> pa.Array:
        return pc.replace_substring_regex(texts, r"1[0-9]{10}", "<CN_MOBILE>")

    product = case.product(redact)
    assert sorted(map(str, product["remark"].to_pylist())) == ["None", "电话<CN_MOBILE>"]
    for row in product.to_pylist():
        assert re.fullmatch(r"[a-z2-7]{26,}", row["firm"])
        assert secret not in str(row)


def test_the_same_run_gives_the_same_bytes(case: MaskingCase) -> None:
    """A retried task stages the very same object."""
    assert case.run().data == case.run().data


def test_masking_leaves_nothing_in_the_scratch_folder(case: MaskingCase) -> None:
    """Neither after success nor after a refusal."""
    case.run()

    def broken(_: pa.Array) -> pa.Array:
        return pa.array([], pa.string())

    case.put("bills", bills("A") | {"remark": ["x"]})
    with pytest.raises(LeakError):
        case.run(broken)
    assert list(case.scratch.iterdir()) == []


def test_a_refused_or_absent_verdict_stops_the_stage(case: MaskingCase) -> None:
    """Masking does not begin on data that nobody vouched for."""
    failed = Verdict(reasons=(Reason(code="expectation_failed", what="too many"),))
    case.quality[BILLS] = replace(case.quality[BILLS], verdict=failed)
    with pytest.raises(QualityError) as refusal:
        case.run()
    assert refusal.value.code == "expectation_failed"
    del case.quality[BILLS]
    with pytest.raises(QualityError) as refusal:
        case.run()
    assert refusal.value.code == "quality_unchecked"


def _lost_snapshot(case: MaskingCase) -> None:
    del case.snapshots[BILLS]


def _foreign_snapshot(case: MaskingCase) -> None:
    case.snapshots[BILLS] = replace(case.snapshots[BILLS], scenario=ScenarioId("other"))


def _swapped_snapshot(case: MaskingCase) -> None:
    case.snapshots[BILLS] = replace(
        case.snapshots[FIRMS], dataset=BILLS, rows=case.snapshots[BILLS].rows
    )


def _miscounted_verdict(case: MaskingCase) -> None:
    case.quality[BILLS] = replace(case.quality[BILLS], rows_in=4)


def _lost_quarantine(case: MaskingCase) -> None:
    case.quality[BILLS] = replace(case.quality[BILLS], rows_quarantined=2)


def _quarantine_outside(case: MaskingCase) -> None:
    case.put("bills", bills("A", "B"), bad=[2])


def _quarantine_twice(case: MaskingCase) -> None:
    case.put("bills", bills("A", "B"), bad=[1, 1])


def _changed_bytes(case: MaskingCase) -> None:
    sealed = case.snapshots[BILLS].sealed
    case.store.put_bytes(sealed.bucket, sealed.key, b"other")


def _forgotten_key(case: MaskingCase) -> None:
    case.keys.destroy(case.snapshots[BILLS].key_id)


def _other_run(case: MaskingCase) -> None:
    case.context = replace(case.context, scenario=ScenarioId("other"))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (_lost_snapshot, "snapshot_missing"),
        (_foreign_snapshot, "snapshot_missing"),
        (_swapped_snapshot, "snapshot_differs"),
        (_miscounted_verdict, "quarantine_differs"),
        (_lost_quarantine, "quarantine_differs"),
        (_quarantine_outside, "quarantine_differs"),
        (_quarantine_twice, "quarantine_differs"),
        (_changed_bytes, "digest_mismatch"),
        (_forgotten_key, "key_missing"),
        (_other_run, "plan_of_other_scenario"),
    ],
)
def test_values_that_do_not_belong_together_are_refused(
    case: MaskingCase, fault: Callable[[MaskingCase], None], code: str
) -> None:
    """Nothing is staged from a snapshot, verdict or quarantine of another run."""
    fault(case)
    with pytest.raises(IntegrityError) as refusal:
        case.run()
    assert refusal.value.code == code
    assert list(case.store.list("weir-staging")) == []


def test_a_store_that_dies_while_staging_leaves_no_product(case: MaskingCase) -> None:
    """The write is the last thing, and it is whole or not there."""

    def die(action: str, bucket: str, key: str) -> None:
        if bucket == "weir-staging":
            raise StoreUnavailableError("store_unavailable", f"{action} {key}")

    case.store.before = die
    with pytest.raises(StoreUnavailableError):
        case.run()
    case.store.before = lambda _action, _bucket, _key: None
    assert list(case.store.list("weir-staging")) == []


def aggregate_plan(measures: Data, by: list[str]) -> Plan:
    """Bills grouped, without firms."""
    data = contract_data()
    data["scenario"]["inputs"] = data["scenario"]["inputs"][1:]
    data["scenario"]["joins"] = []
    data["scenario"]["aggregate"] = {"by": by, "measures": measures}
    data["scenario"]["disclosure"] = {
        "unit": "customers",
        "k": 5,
        "quasi_identifiers": by,
    }
    return plan_of(data)


def test_an_aggregate_counts_sums_and_averages_each_group(tmp_path: Path) -> None:
    """Exactly, whatever the function; a missing group value is a group."""
    plan = aggregate_plan(
        {
            "customers": {"function": "count_distinct", "of": "customer"},
            "rows": {"function": "count", "of": "usage"},
            "total": {"function": "sum", "of": "usage"},
            "average": {"function": "mean", "of": "usage"},
            "least": {"function": "min", "of": "usage"},
            "most": {"function": "max", "of": "usage"},
        },
        ["days"],
    )
    case = MaskingCase(plan, tmp_path)
    rows = bills("A", "A", "B", "C", None)
    rows["days"] = [7, 7, 7, None, None]
    rows["usage"] = [Decimal("0.1"), Decimal("0.2"), Decimal("0.4"), None, Decimal(9)]
    case.put("bills", rows)
    product = case.product()
    assert product.schema == schema_of(plan.output_columns)
    assert product.to_pylist() == [
        {
            "days": None,
            "average": 9.0,
            "customers": 1,
            "least": Decimal("9.0000"),
            "most": Decimal("9.0000"),
            "rows": 1,
            "total": Decimal("9.0000"),
        },
        {
            "days": 7,
            "average": pytest.approx(0.7 / 3),
            "customers": 2,
            "least": Decimal("0.1000"),
            "most": Decimal("0.4000"),
            "rows": 3,
            "total": Decimal("0.7000"),
        },
    ]


def test_a_sum_beyond_its_type_is_refused_without_its_value(tmp_path: Path) -> None:
    """The engine's own message would quote the number."""
    plan = aggregate_plan(
        {
            "customers": {"function": "count_distinct", "of": "customer"},
            "total": {"function": "sum", "of": "usage"},
        },
        ["days"],
    )
    case = MaskingCase(plan, tmp_path)
    rows = bills("A", "B")
    rows["days"] = [1, 1]
    rows["usage"] = [Decimal("99999999999999.9999")] * 2
    case.put("bills", rows)
    with pytest.raises(IntegrityError) as refusal:
        case.run()
    assert refusal.value.code == "query_failed"
    assert "9999" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_names_from_a_contract_never_become_sql(tmp_path: Path) -> None:
    """Chinese names, SQL words, and names that differ in what the engine would fold."""
    data = contract_data()
    fields = data["scenario"]["inputs"][1]["fields"]
    fields["usage"]["as"] = "用电量"
    fields["days"]["as"] = "select"
    fields["remark"]["as"] = "c0_0"
    case = MaskingCase(plan_of(data), tmp_path)
    case.put("firms", firms("A"))
    case.put("bills", bills("A", "A") | {"remark": ["一", "二"]})
    product = case.product()
    assert product.schema.names[-3:] == ["select", "c0_0", "用电量"]
    assert product["select"].to_pylist() == [0, 1]
    assert product["c0_0"].to_pylist() == ["一", "二"]


def test_a_column_name_with_quotes_passes_through(case: MaskingCase) -> None:
    """Even a name that no contract may state is data here."""
    hostile = 'x"; DROP TABLE t; --'
    renamed = tuple(
        replace(f, output=hostile) if f.source == "days" else f for f in case.plan.inputs[1].fields
    )
    output = tuple(replace(f, name=hostile) if f.name == "days" else f for f in case.plan.output)
    case.plan = replace(
        case.plan,
        inputs=(case.plan.inputs[0], replace(case.plan.inputs[1], fields=renamed)),
        output=output,
    )
    assert sorted(case.product()[hostile].to_pylist()) == [0, 1, 2]


def test_texts_that_engines_stumble_over_come_out_unchanged(case: MaskingCase) -> None:
    """NUL, quotes, line breaks, emoji, a megabyte."""
    odd = ["\x00", "'; --", "a\nb", "👨‍👩‍👧", "字" * 400_000, ""]
    case.put("bills", bills(*["A"] * len(odd)) | {"remark": odd})
    product = case.product()
    assert sorted(product["remark"].to_pylist()) == sorted(odd)


def test_three_inputs_are_joined_in_a_chain(tmp_path: Path) -> None:
    """The third hangs on a column that the product no longer shows."""
    data = contract_data()
    data["datasets"]["pipes"]["fields"]["owner"] = {
        "title": "户主",
        "type": "string",
        "classification": "enterprise_identity",
        "grade": 2,
    }
    data["scenario"]["inputs"].append(
        {
            "dataset": "pipes",
            "fields": {
                "owner": {"mask": {"method": "token"}},
                "district": {"mask": {"method": "region", "to": "city"}},
            },
        }
    )
    data["scenario"]["joins"].append({"left": "bills.customer", "right": "pipes.owner"})
    case = MaskingCase(plan_of(data), tmp_path)
    case.put("firms", firms("A", "B", "C"))
    case.put("bills", bills("A", "B", "A"))
    case.put("pipes", {"owner": ["A", "C", "A"], "district": ["510903", "510904", "520900"]})
    product = case.product()
    assert sorted(
        zip(product["days"].to_pylist(), product["district"].to_pylist(), strict=True)
    ) == [(0, "5109"), (0, "5209"), (2, "5109"), (2, "5209")]


def test_inputs_that_nothing_joins_are_never_multiplied(case: MaskingCase) -> None:
    """A lost join is a refusal, not a product of everything with everything."""
    case.plan = replace(case.plan, joins=())
    with pytest.raises(ContractError) as refusal:
        case.run()
    assert refusal.value.code == "plan_inconsistent"


def test_an_engine_without_memory_is_unavailable_and_quotes_nothing(
    case: MaskingCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit is told as a lack of room."""
    monkeypatch.setattr(engine, "ALLOWANCES", (engine.Allowance(memory_mb=1, threads=1),))
    with pytest.raises(StoreUnavailableError) as refusal:
        case.run()
    assert refusal.value.code == "scratch_exhausted"
    assert refusal.value.__cause__ is None


def test_a_statement_that_ran_out_of_memory_begins_again_with_more(
    case: MaskingCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The larger allowance gives the same product."""
    enough = case.run()
    small = engine.Allowance(memory_mb=1, threads=1)
    monkeypatch.setattr(engine, "ALLOWANCES", (small, *engine.ALLOWANCES))
    assert case.run() == enough


def test_the_engine_sees_its_own_folder_and_nothing_else(tmp_path: Path) -> None:
    """No other file, no network, no setting to change that."""
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside.csv").write_text("a\n1\n")
    for statement in (
        f"SELECT * FROM '{tmp_path / 'outside.csv'}'",
        "SELECT * FROM 'http://127.0.0.1:9/x.parquet'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
    ):
        with pytest.raises((IntegrityError, StoreUnavailableError)):
            list(engine.run_sql(statement, tmp_path / "inside"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inside", "outside.csv"]


def test_two_scenarios_give_one_firm_unrelated_tokens(tmp_path: Path) -> None:
    """Even over the same keystore and the same rows."""
    found = []
    for name in ("firm-credit", "other-credit"):
        plan = plan_of()
        scenario = plan.scenario.model_copy(update={"scenario": name})
        case = MaskingCase(replace(plan, scenario=scenario), tmp_path)
        case.put("firms", firms("A"))
        case.put("bills", bills("A"))
        found.append(case.product()["firm"][0].as_py())
    assert found[0] != found[1]
