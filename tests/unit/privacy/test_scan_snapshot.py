"""A snapshot against its catalogue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pyarrow as pa
import pytest

from fakes.memory_keys import MemoryKeys
from fakes.memory_store import MemoryStore
from fakes.sample_contracts import Data, sample_bundle
from weir.contracts.compile import compile_plan
from weir.errors import ClassificationError, IntegrityError
from weir.model import (
    DatasetId,
    Grade,
    ScanReport,
    ScenarioId,
    Snapshot,
    from_json,
    require,
    to_json,
)
from weir.privacy.scan import scan_snapshot
from weir.storage.sealed_table import write_sealed

MOBILE = "13900009021"
ID = "440524188001010014"
USCC = "91350100M000100Y43"
NAMES = [f"{family}{given}" for family in "王李张刘" for given in ("建国", "秀英", "志强")]
DOORS = [f"遂宁市船山区凯旋路{number}号3栋2单元501室" for number in range(1, 13)]

Edit = Callable[[Data], object]


def bills(remarks: list[str | None]) -> pa.RecordBatch:
    rows = len(remarks)
    return pa.record_batch(
        {
            "bill_id": pa.array([f"EB{place:08}" for place in range(rows)], pa.string()),
            "customer": pa.array([USCC] * rows, pa.string()),
            "days": pa.array(list(range(rows)), pa.int64()),
            "remark": pa.array(remarks, pa.string()),
            "usage": pa.array([1.5] * rows, pa.float64()).cast(pa.decimal128(18, 4)),
        }
    )


def scanned(batch: pa.RecordBatch, edit: Edit | None = None) -> ScanReport:
    store, keys = MemoryStore(), MemoryKeys()
    store.ensure_bucket("weir-snapshots")
    table = write_sealed(
        [batch],
        batch.schema,
        store=store,
        bucket="weir-snapshots",
        prefix="firm-credit/bills",
        key_id="firm-credit/bills",
        keys=keys,
        scratch=None,
    )
    snapshot = Snapshot(
        dataset=DatasetId("bills"),
        scenario=ScenarioId("firm-credit"),
        content=table.content,
        sealed=table.sealed,
        key_id=table.key_id,
        rows=table.rows,
        rows_without_consent=0,
        columns=(),
        taken_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC),
    )
    plan = compile_plan(sample_bundle(edit))
    planned = next(one for one in plan.inputs if one.dataset.dataset == "bills")
    return scan_snapshot(planned, snapshot, store=store, keys=keys, scratch=None)


def field(name: str, key: str, value: object) -> Edit:
    def edit(data: Data) -> None:
        data["datasets"]["bills"]["fields"][name][key] = value

    return edit


def test_a_snapshot_that_holds_what_its_catalogue_lists_passes() -> None:
    """Identifiers in the fields listed with them, and nowhere else."""
    report = scanned(bills([f"电话{MOBILE}", None, "已核实"]))
    assert report.verdict.passed
    assert (report.rows, report.cells) == (3, 15)
    assert {f.column: f.entities for f in report.fields if f.entities} == {
        "customer": {"CN_USCC": 3},
        "remark": {"CN_MOBILE": 1},
    }


def test_a_hidden_identifier_beyond_the_catalogue_refuses_the_snapshot() -> None:
    """One resident ID in a remark is more than the catalogue grades the field for."""
    report = scanned(bills([f"身份证{ID}住", *[None] * 999]))
    (reason,) = report.verdict.reasons
    assert (reason.code, reason.article) == ("field_exceeds_catalogue", "第五条")
    assert "bills.remark" in reason.what
    assert "CN_RESIDENT_ID in 1 of 1000 cells" in reason.what
    with pytest.raises(ClassificationError) as raised:
        require(report.verdict, ClassificationError, dataset="bills")
    assert raised.value.code == "field_exceeds_catalogue"


@pytest.mark.parametrize("missing", ["classification", "grade"])
def test_an_unclassified_field_refuses_the_snapshot(missing: str) -> None:
    """Whatever it holds (第五条)."""
    report = scanned(bills([None]), field("days", missing, None))
    (reason,) = report.verdict.reasons
    assert (reason.code, reason.article) == ("field_unclassified", "第五条")
    assert reason.what == f"bills.days has no {missing}"
    assert report.grade == (Grade.GENERAL_4 if missing == "grade" else Grade.GENERAL_3)


def test_a_column_that_the_plan_does_not_know_counts_as_unclassified() -> None:
    """A snapshot with more than was planned is refused, whatever made it."""
    batch = bills([None]).append_column("more", pa.array(["x"]))
    (reason,) = scanned(batch).verdict.reasons
    assert reason.code == "field_unclassified"
    assert reason.what == "bills.more has no classification and no grade"


def test_the_grade_is_the_highest_of_the_fields() -> None:
    """GB/T 43697: the highest input wins."""
    assert scanned(bills([None])).grade is Grade.GENERAL_3
    assert scanned(bills([None]), field("days", "grade", 4)).grade is Grade.GENERAL_4


def test_an_empty_and_a_null_only_snapshot_pass() -> None:
    """Nothing is found in nothing, and the report says how little was looked at."""
    assert scanned(bills([])).cells == 0
    report = scanned(bills([None, None]))
    assert report.verdict.passed
    assert [f.cells_scanned for f in report.fields] == [2] * 5


def test_identifiers_kept_as_numbers_are_found() -> None:
    """A column of mobile numbers is one, whatever its type."""
    batch = bills([None] * 200)
    numbers = pa.array([13_900_000_000 + place for place in range(200)])
    batch = batch.set_column(2, "days", numbers)
    (reason,) = scanned(batch).verdict.reasons
    assert reason.code == "field_exceeds_catalogue"
    assert "bills.days holds CN_MOBILE in 200 of 200" in reason.what


def test_a_field_may_tell_of_illnesses_if_it_is_graded_for_them() -> None:
    """Health is of grade 4 by default; a field of a lower grade that tells of it exceeds its."""
    remarks = bills(["患者确诊：高血压"])
    (reason,) = scanned(remarks, field("remark", "grade", 3)).verdict.reasons
    assert reason.code == "field_exceeds_catalogue"
    assert "HEALTH_TERM" in reason.what
    assert scanned(remarks, field("remark", "grade", 4)).verdict.passed


def test_chance_hits_among_numbers_are_notes() -> None:
    """Large random numbers are not called bank cards, and the report says what was weighed."""
    batch = bills([None] * 5000)
    numbers = pa.array([(62 * 10**14 + place * 1_234_567_891) for place in range(5000)])
    report = scanned(batch.set_column(2, "days", numbers))
    assert report.verdict.passed
    assert [note.code for note in report.notes] == ["hits_by_chance"]
    assert "CN_BANK_CARD" in report.notes[0].what


def test_no_value_appears_in_a_report() -> None:
    """Counts and names only."""
    report = scanned(bills([f"{ID}，{MOBILE}，a@b.com，川J12345"] * 3))
    assert len(report.verdict.reasons) == 3
    text = str(to_json(report))
    for value in (ID, MOBILE, "a@b.com", "川J12345", USCC):
        assert value not in text


def test_a_report_goes_through_json() -> None:
    """It crosses tasks as plain data."""
    report = scanned(bills([f"{ID}"]))
    assert from_json(ScanReport, to_json(report)) == report


def test_a_snapshot_whose_key_was_destroyed_cannot_be_scanned() -> None:
    """The errors of sealed tables pass through."""
    plan = compile_plan(sample_bundle())
    store, keys = MemoryStore(), MemoryKeys()
    store.ensure_bucket("weir-snapshots")
    batch = bills([None])
    table = write_sealed(
        [batch], batch.schema, store=store, bucket="weir-snapshots", prefix="p", key_id="k",
        keys=keys, scratch=None,
    )  # fmt: skip
    keys.destroy("k")
    snapshot = Snapshot(
        dataset=DatasetId("bills"), scenario=ScenarioId("firm-credit"), content=table.content,
        sealed=table.sealed, key_id="k", rows=1, rows_without_consent=0, columns=(),
        taken_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC),
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="key_missing"):
        scan_snapshot(plan.inputs[1], snapshot, store=store, keys=keys, scratch=None)


@pytest.mark.article("第五条")
def test_a_catalogue_that_says_less_than_the_data_is_noted_for_the_provider() -> None:
    """It refuses nothing; what the catalogue grades higher is no matter."""
    report = scanned(bills([None]), field("customer", "grade", 1))
    assert report.verdict.passed
    (note,) = [one for one in report.notes if one.code == "catalogue_disagrees"]
    assert note.article == "第五条"
    assert note.what.startswith("bills.customer: it is graded 1, and 2 is due")
    assert USCC not in note.what


def test_what_is_refused_already_is_not_noted_as_well() -> None:
    """An identifier beyond the catalogue is a reason, and one is enough."""
    report = scanned(bills([f"身份证{ID}住"]))
    assert [one.code for one in report.verdict.reasons] == ["field_exceeds_catalogue"]
    assert report.notes == ()


def of_values(values: list[str], classification: str, grade: int = 4) -> ScanReport:
    """A snapshot whose bills are numbered by `values`, under another class."""

    def edit(data: Data) -> None:
        data["datasets"]["bills"]["fields"]["bill_id"] |= {
            "classification": classification,
            "grade": grade,
        }

    batch = bills([None] * len(values))
    return scanned(batch.set_column(0, "bill_id", pa.array(values)), edit)


@pytest.mark.article("第五条")
@pytest.mark.parametrize(
    ("values", "kind", "classification"),
    [
        (NAMES, "PERSON_NAME", "public_service"),
        (NAMES, "PERSON_NAME", "enterprise_identity"),
        (NAMES, "PERSON_NAME", "region"),
        (DOORS, "ADDRESS", "region"),
        (DOORS, "ADDRESS", "time"),
    ],
)
def test_a_column_of_names_that_is_classified_as_something_else_refuses_the_snapshot(
    values: list[str], kind: str, classification: str
) -> None:
    """Whatever its name and its grade; the provider is told once, and no value."""
    report = of_values(values, classification)
    (reason,) = report.verdict.reasons
    assert (reason.code, reason.article) == ("field_exceeds_catalogue", "第五条")
    assert reason.what == (
        f"bills.bill_id holds {kind} in about 12 of 12 cells; classified as {classification}"
    )
    assert report.notes == ()
    assert not any(value in str(to_json(report)) for value in values)


@pytest.mark.parametrize(
    ("values", "classification"),
    [
        (NAMES, "person_identity"),
        (NAMES, "free_text"),
        (DOORS, "person_contact"),
        (DOORS, "enterprise_operation"),
        (DOORS, "public_service"),
        ([f"{name[0]}**" for name in NAMES], "public_service"),
        ([*NAMES[:5], *["已履行"] * 7], "public_service"),
        (["永兴镇双桥村", "仁里镇盐井村", "龙坪街道石桥社区"] * 4, "region"),
    ],
)
def test_names_where_the_class_has_them_and_few_anywhere_pass(
    values: list[str], classification: str
) -> None:
    """So do masked names, and villages by their town."""
    assert of_values(values, classification).verdict.passed


def test_a_column_of_firms_that_is_graded_too_low_is_noted() -> None:
    """The names of firms refuse nothing: they are weighed as the survey of a file weighs them."""
    firms = [f"遂宁市{name[1:]}商贸有限公司" for name in NAMES]
    report = of_values(firms, "public_service", grade=1)
    assert report.verdict.passed
    (note,) = [one for one in report.notes if one.code == "catalogue_disagrees"]
    assert note.what.startswith("bills.bill_id: it is graded 1, and ")
    assert "12 of 12 values are ORGANISATION" in note.what
