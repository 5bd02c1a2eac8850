"""A product against its plan: the rescan after masking, and the gate's egress scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pyarrow as pa
import pytest

from fakes.sample_contracts import Data, aggregate_data, sample_bundle
from weir.contracts.compile import compile_plan
from weir.contracts.dataset import Classification
from weir.contracts.plan import Plan
from weir.model import Digest, ScanReport
from weir.privacy.detector import table_detector
from weir.privacy.scan import scan_product as scan_of

MOBILE = "13900009021"
NAMES = [f"{family}{given}" for family in "王李张刘" for given in ("建国", "秀英", "志强")]
DOORS = [f"遂宁市船山区凯旋路{number}号3栋2单元501室" for number in range(1, 13)]
USCC = "91350100M000100Y43"


def plan(edit: Callable[[Data], object] | None = None) -> Plan:
    return compile_plan(sample_bundle(edit))


def listed(name: str, *entities: str) -> Plan:
    """The sample plan, as if the catalogue listed a field of `firms` with `entities`."""
    whole = plan()
    firms, bills = whole.inputs
    fields = (replace(f, entities=entities) if f.source == name else f for f in firms.fields)
    return replace(whole, inputs=(replace(firms, fields=tuple(fields)), bills))


def scan_product(
    plan: Plan, batches: Iterable[pa.RecordBatch], *, rows_hint: int = 0, seed: str = "5e" * 32
) -> ScanReport:
    return scan_of(plan, batches, seed=Digest(seed), rows_hint=rows_hint)


def classified(name: str, classification: Classification) -> Plan:
    """The sample plan, as if the catalogue classified a field of `firms` so."""
    whole = plan()
    firms, bills = whole.inputs
    fields = (
        replace(f, classification=classification) if f.source == name else f for f in firms.fields
    )
    return replace(whole, inputs=(replace(firms, fields=tuple(fields)), bills))


def product(**columns: Sequence[object]) -> pa.RecordBatch:
    return pa.record_batch({name: pa.array(values) for name, values in columns.items()})


def test_a_masked_product_passes() -> None:
    """Tokens, bands and redacted text hold no identifier."""
    batch = product(
        firm=["T4QZ7M2K9WX3B8VN5HJ6C1RD0FGP"],
        remark=["电话<CN_MOBILE>，13****9021"],
        capital_band=["[0,0.1)"],
        usage=[1.5],
    )
    report = scan_product(plan(), [batch], rows_hint=1)
    assert report.verdict.passed
    assert (report.rows, report.cells) == (1, 4)
    assert report.grade == plan().grade


def test_an_identifier_in_a_masked_column_is_a_leak() -> None:
    """A masker that lets a value through is caught by the rescan."""
    report = scan_product(plan(), [product(remark=[f"电话{MOBILE}", None])])
    (reason,) = report.verdict.reasons
    assert (reason.code, reason.article) == ("identifier_in_product", "第十九条")
    assert reason.what == "remark holds CN_MOBILE in 1 cells"


def test_a_kept_column_may_hold_what_its_field_is_listed_with() -> None:
    """And nothing else, nor may a column that is masked."""
    kept = listed("industry", "IPV4")
    assert scan_product(kept, [product(industry=["10.1.2.3"])]).verdict.passed
    assert not scan_product(kept, [product(industry=[MOBILE])]).verdict.passed
    masked = listed("uscc", "CN_USCC")
    assert not scan_product(masked, [product(firm=[USCC])]).verdict.passed


def test_what_only_tells_something_of_somebody_is_no_leak() -> None:
    """A product of illnesses may name them; nobody is identified, and no report carries counts."""
    report = scan_product(plan(), [product(remark=["患者确诊：高血压", "男，汉族"])])
    assert report.verdict.passed
    assert report.fields[0].entities == {}


def test_a_column_of_two_fields_may_hold_what_both_allow() -> None:
    """Whose value it is cannot be told."""
    kept = listed("industry", "IPV4")
    firms, bills = kept.inputs
    both = [replace(field, output="industry") for field in bills.fields if field.source == "remark"]
    joined = replace(kept, inputs=(firms, replace(bills, fields=tuple(both))))
    assert not scan_product(joined, [product(industry=["10.1.2.3"])]).verdict.passed


def test_a_column_that_the_plan_does_not_have_may_hold_nothing() -> None:
    """Whatever made it."""
    assert not scan_product(plan(), [product(extra=[USCC])]).verdict.passed


def test_an_identifier_as_a_column_name_is_a_leak_and_is_not_repeated() -> None:
    """Names are content too: they are published."""
    report = scan_product(plan(), [product(**{f"客户{MOBILE}": ["x"]})])
    (reason,) = report.verdict.reasons
    assert reason.code == "identifier_in_product"
    assert MOBILE not in str(report)
    assert report.fields[0].column == "客户<CN_MOBILE>"


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", "x" * 5000, '"; DROP TABLE t; --', ""])
def test_hostile_column_names_are_made_printable(name: str) -> None:
    """One short line without control characters."""
    report = scan_product(plan(), [pa.record_batch([pa.array(["x"])], names=[name])])
    (field,) = report.fields
    assert len(field.column) <= 63
    assert field.column.isprintable()


def test_a_column_that_cannot_be_scanned_is_refused() -> None:
    """What was not looked at is not published."""
    spans = pa.array([(1, 2, 3)], pa.month_day_nano_interval())
    report = scan_product(plan(), [pa.record_batch({"remark": spans})])
    assert [reason.code for reason in report.verdict.reasons] == ["column_not_scanned"]
    assert report.not_scanned == ("remark",)
    assert report.cells == 0


def test_missing_rows_are_refused() -> None:
    """A scan of half a product says nothing of the other half."""
    report = scan_product(plan(), [product(remark=["x"])], rows_hint=2)
    assert [reason.code for reason in report.verdict.reasons] == ["rows_not_scanned"]
    assert scan_product(plan(), [], rows_hint=0).verdict.passed


def test_batches_are_added_up() -> None:
    """A product comes in pieces."""
    batches = (product(remark=[MOBILE, "x"]) for _ in range(3))
    report = scan_product(plan(), batches, rows_hint=6)
    assert report.rows == 6
    assert report.fields[0].entities == {"CN_MOBILE": 3}


def test_totals_are_not_called_telephone_numbers() -> None:
    """A sum of eleven digits is a sum; a measure may still hold no text identifier."""
    totals = compile_plan(sample_bundle(data=aggregate_data()))
    batch = product(
        district=["510903", "510904"], total=[13_912_345_678.5, 21.25], average=[1 / 3, 2 / 3]
    )
    report = scan_product(totals, [batch])
    assert report.verdict.passed
    assert [note.code for note in report.notes] == ["hits_by_chance"]
    smuggled = product(total=[13_900_009_021.0 + place for place in range(60)])
    assert not scan_product(totals, [smuggled]).verdict.passed


@pytest.mark.article("第十九条")
@pytest.mark.parametrize(
    ("column", "values", "kind"),
    [
        ("industry", NAMES, "PERSON_NAME"),
        ("remark", NAMES, "PERSON_NAME"),
        ("extra", NAMES, "PERSON_NAME"),
        ("remark", DOORS, "ADDRESS"),
        ("extra", DOORS, "ADDRESS"),
    ],
)
def test_a_column_of_names_or_addresses_is_a_leak(
    column: str, values: list[str], kind: str
) -> None:
    """Under whatever name it goes, kept, redacted or not planned; none of them is repeated."""
    report = scan_product(plan(), [product(**{column: values})])
    (reason,) = report.verdict.reasons
    assert (reason.code, reason.article) == ("identifier_in_product", "第十九条")
    assert reason.what == f"{column} holds {kind} in about 12 cells"
    assert not any(value in str(report) for value in values)


def test_a_kept_column_may_be_of_what_it_is_classified_for() -> None:
    """A firm's address is no person's; a name is one whatever the class says."""
    person = classified("industry", Classification.PERSON_IDENTITY)
    firm = classified("industry", Classification.ENTERPRISE_IDENTITY)
    for values in (NAMES, DOORS):
        assert scan_product(person, [product(industry=values)]).verdict.passed
    assert scan_product(firm, [product(industry=DOORS)]).verdict.passed
    assert not scan_product(firm, [product(industry=NAMES)]).verdict.passed
    free = classified("industry", Classification.FREE_TEXT)
    assert not scan_product(free, [product(industry=NAMES)]).verdict.passed


def test_names_that_are_masked_or_few_and_names_of_firms_are_no_leak() -> None:
    """What the surname method leaves, a text here and there, organisations."""
    masked = [f"{name[0]}**" for name in NAMES]
    some = [*(f"联系人{name}" for name in NAMES[:5]), *["已履行"] * 7]
    firms = [f"遂宁市{name[1:]}商贸有限公司" for name in NAMES]
    batch = product(firm=masked, remark=some, industry=firms)
    assert scan_product(plan(), [batch]).verdict.passed


def test_the_report_says_how_names_were_weighed() -> None:
    """The certificate repeats it: by column, from a bounded number of cells."""
    told = scan_product(plan(), [product(remark=["x"])]).detector
    assert told.startswith(f"{table_detector().name}; by column, from up to 4096 cells of each: ")
    assert "weir names model sm3:" in told
