"""What a sound contract compiles to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes.sample_contracts import Data, aggregate_data, contract_data, sample_bundle
from weir.contracts.compile import compile_plan
from weir.contracts.dataset import FieldType
from weir.contracts.grading import highest, measured_grade
from weir.contracts.plan import ConsentClause, PlannedJoin
from weir.model import Column, Grade


def test_the_fields_of_an_input_come_by_name_whatever_their_order_in_the_file() -> None:
    """Order of keys is not in the digest, so it cannot be in the plan either."""
    data = contract_data()
    fields = data["scenario"]["inputs"][0]["fields"]
    data["scenario"]["inputs"][0]["fields"] = dict(reversed(fields.items()))
    plan, reversed_plan = compile_plan(sample_bundle()), compile_plan(sample_bundle(data=data))
    assert reversed_plan == plan
    assert [field.source for field in plan.inputs[0].fields] == [
        "capital",
        "industry",
        "registered_on",
        "uscc",
    ]


def test_the_right_column_of_a_join_is_not_repeated() -> None:
    """The product holds the joined column once, with both origins."""
    plan = compile_plan(sample_bundle())
    assert plan.joins == (
        PlannedJoin(
            left_dataset="firms", left_column="firm", right_dataset="bills", right_column="customer"
        ),
    )
    firm = next(field for field in plan.output if field.name == "firm")
    assert firm.origin == ("firms.uscc", "bills.customer")
    assert "customer" not in {field.name for field in plan.output}


def test_the_product_has_exactly_the_masked_columns_in_order() -> None:
    """Input by input, by field name, with the types that the masks give; nothing dropped."""
    assert compile_plan(sample_bundle()).output_columns == (
        Column(name="capital_band", type="string"),
        Column(name="industry", type="string"),
        Column(name="registered_on", type="date32[day]"),
        Column(name="firm", type="string"),
        Column(name="days", type="int64"),
        Column(name="remark", type="string"),
        Column(name="usage", type="decimal128(18, 4)"),
    )


def test_a_dropped_field_is_pulled_and_does_not_leave() -> None:
    """`drop` keeps a field for checks: in the snapshot, not in the product."""
    plan = compile_plan(sample_bundle())
    bill_id = next(field for field in plan.inputs[1].fields if field.source == "bill_id")
    assert bill_id.output is None
    assert Column(name="bill_id", type="string") in plan.inputs[1].snapshot_columns


def test_measures_have_the_types_of_their_functions() -> None:
    """Counts are whole, sums and extremes keep the type, means are floating."""
    plan = compile_plan(sample_bundle(data=aggregate_data()))
    assert plan.output_columns == (
        Column(name="district", type="string"),
        Column(name="read_on", type="date32[day]"),
        Column(name="average", type="double"),
        Column(name="meters", type="int64"),
        Column(name="most", type="decimal128(18, 4)"),
        Column(name="rows", type="int64"),
        Column(name="total", type="decimal128(18, 4)"),
    )
    total = plan.output[-1]
    assert (total.origin, total.transformation) == (("pipes.usage",), "sum(keep)")


def test_three_inputs_joined_in_a_chain_keep_one_column() -> None:
    """A column that stands for two others carries the origin of all three."""
    data = contract_data()
    data["datasets"]["pipes"]["fields"]["owner"] = {"title": "户主", "type": "string"}
    data["scenario"]["inputs"].append(
        {"dataset": "pipes", "fields": {"owner": {"mask": {"method": "token"}}}}
    )
    data["scenario"]["joins"].append({"left": "bills.customer", "right": "pipes.owner"})
    firm = next(one for one in compile_plan(sample_bundle(data=data)).output if one.name == "firm")
    assert firm.origin == ("firms.uscc", "bills.customer", "pipes.owner")
    assert firm.grade is Grade.GENERAL_4


def test_consent_is_asked_of_this_recipient_for_this_purpose() -> None:
    """The clause names register, recipient, purpose and the age of minors."""
    plan = compile_plan(sample_bundle())
    assert plan.inputs[0].consent == ConsentClause(
        subject_field="uscc",
        register_table="register",
        recipient="town-bank",
        purpose="信贷",
        born_on=None,
        minor_age_years=14,
    )


def test_a_plan_is_valid_until_the_first_agreement_is_over_in_shanghai() -> None:
    """The last day counts in full, in Asia/Shanghai."""
    plan = compile_plan(sample_bundle())
    assert plan.valid_until == datetime(2027, 2, 28, 16, tzinfo=UTC)


@pytest.mark.article("第十三条")
def test_a_prohibited_dataset_compiles() -> None:
    """Its DAG stands, so that the refusal is seen; policy says no."""

    def prohibit(data: Data) -> None:
        data["datasets"]["firms"]["open_type"] = "prohibited"

    assert compile_plan(sample_bundle(prohibit)).inputs[0].dataset.open_type == "prohibited"


def test_the_longest_name_makes_a_bucket_that_a_store_takes() -> None:
    """A bucket name has 63 characters at most."""

    def lengthen(data: Data) -> None:
        data["scenario"]["scenario"] = "a" * 48

    assert len(compile_plan(sample_bundle(lengthen)).release_bucket) <= 63


def test_limits_on_rows_are_the_same_however_they_are_listed() -> None:
    """Values come sorted and once."""

    def limit(data: Data) -> None:
        data["scenario"]["inputs"][0]["rows"] = {"industry": ["C", "A", "C"]}

    assert compile_plan(sample_bundle(limit)).inputs[0].rows == {"industry": ("A", "C")}


@pytest.mark.parametrize(
    ("mask", "grade"),
    [
        ({"method": "keep"}, 3),
        ({"method": "redact"}, 3),
        ({"method": "token"}, 3),
        ({"method": "region", "to": "county"}, 3),
        ({"method": "region", "to": "city"}, 2),
        ({"method": "partial"}, 2),
        ({"method": "surname"}, 2),
        ({"method": "pseudonym"}, 2),
    ],
)
def test_a_mask_lowers_a_grade_by_one_at_most(mask: Data, grade: int) -> None:
    """Only what takes detail away for good lowers it."""

    def edit(data: Data) -> None:
        data["datasets"]["firms"]["fields"]["industry"]["grade"] = 3
        data["scenario"]["inputs"][0]["fields"]["industry"]["mask"] = mask

    output = compile_plan(sample_bundle(edit)).output
    assert next(one.grade for one in output if one.name == "industry") == grade


@pytest.mark.parametrize("grade", [Grade.IMPORTANT, Grade.CORE])
def test_important_and_core_data_are_never_lowered(grade: Grade) -> None:
    """Only the department that named them can."""
    assert measured_grade(grade, "sum") is grade


@pytest.mark.article("第四条")
def test_the_highest_grade_wins() -> None:
    """A product is graded by its most sensitive column (GB/T 43697-2024)."""
    plan = compile_plan(sample_bundle())
    assert plan.grade is Grade.GENERAL_3
    assert highest([]) is Grade.GENERAL_1


def test_an_ungraded_field_counts_as_the_highest_general_grade() -> None:
    """Nothing passes for harmless because nobody graded it."""

    def ungrade(data: Data) -> None:
        del data["datasets"]["firms"]["fields"]["industry"]["grade"]

    assert compile_plan(sample_bundle(ungrade)).grade is Grade.GENERAL_4


def test_types_of_planned_fields_follow_source_and_mask() -> None:
    """A planned field knows what comes in and what goes out."""
    capital = compile_plan(sample_bundle()).inputs[0].fields[0]
    assert (capital.type, capital.output_type) == (FieldType.DECIMAL, FieldType.STRING)
