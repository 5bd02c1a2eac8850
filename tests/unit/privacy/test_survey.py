"""Tables surveyed: fields classified and graded with their grounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml

from docs.code_facts import outages_and_reasons
from fakes.sample_contracts import write_contracts
from weir.contracts.check import check_all
from weir.contracts.dataset import Classification, Dataset, FieldType, PostgresTable
from weir.contracts.loader import ContractFiles
from weir.model import Grade
from weir.privacy.classification.decision import Confidence, FieldDecision
from weir.privacy.classification.draft import TO_FILL, contract_name, draft_contract
from weir.privacy.classification.lexicon import Identifying, Subject
from weir.privacy.classification.survey import TableSurvey, survey
from weir.privacy.classification.text import GROUNDS, survey_text
from weir.privacy.entities import BY_NAME
from weir.settings import ROOT

MOBILE = "13900009021"
ID = "440524188001010014"
OTHER_ID = "11010519491231002X"
USCC = "91350100M000100Y43"

Columns = Mapping[str, Sequence[object]]


def surveyed(columns: Columns, dataset: Dataset | None = None) -> TableSurvey:
    batch = pa.RecordBatch.from_pydict(dict(columns))
    return survey(batch.schema, [batch], name="t", dataset=dataset)


def field(columns: Columns) -> FieldDecision:
    """The decision on the first column."""
    return surveyed(columns).fields[0]


def test_a_field_is_decided_by_header_and_values_together() -> None:
    """With every ground named, and no value."""
    found = field({"身份证号": [ID, OTHER_ID]})
    assert found.classification is Classification.PERSON_IDENTITY
    assert (found.subject, found.identifying) == (Subject.PERSON, Identifying.DIRECT)
    assert (found.sensitive, found.grade) == (True, Grade.GENERAL_4)
    assert found.confidence is Confidence.SURE
    assert found.entities == ("CN_RESIDENT_ID",)
    assert [reason.code for reason in found.reasons] == ["by_values", "by_header", "graded"]
    assert ID not in repr(found)


def test_identifiers_decide_against_the_header() -> None:
    """A column of resident IDs is one whatever it is called; a person has to look at it."""
    found = field({"订单号": [ID, OTHER_ID]})
    assert found.classification is Classification.PERSON_IDENTITY
    assert found.grade is Grade.GENERAL_4


def test_a_header_decides_where_no_value_does() -> None:
    """All cells empty: the meaning stays."""
    found = field({"诊断": pa.array([None, None], pa.string())})
    assert found.classification is Classification.PERSON_HEALTH
    assert (found.sensitive, found.grade) == (True, Grade.GENERAL_4)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["遂宁市船山区遂州中路12号", "安居区安居镇3组5号"], Classification.PERSON_CONTACT),
        (["遂宁某某商贸有限公司", "某某小学"], Classification.ENTERPRISE_IDENTITY),
        (["510903", "510904"], Classification.REGION),
        (["船山区", "安居区"], Classification.REGION),
        (["男", "女"], Classification.PERSON_ATTRIBUTE),
        (["2026-01-02", "2025/3/4"], Classification.TIME),
        (["用户反映家中停水已有三天，希望尽快安排人员上门处理"], Classification.FREE_TEXT),
    ],
)
def test_the_shape_of_values_decides_where_nothing_else_does(
    values: list[str], kind: Classification
) -> None:
    """And never surely."""
    found = field({"xyz": values})
    assert found.classification is kind
    assert found.confidence is Confidence.LIKELY


def test_what_nothing_tells_is_graded_as_the_highest_of_general_data() -> None:
    """And has no classification until a person says one."""
    found = field({"xyz": ["qq", "ww"]})
    assert found.classification is None
    assert (found.grade, found.confidence) == (Grade.GENERAL_4, Confidence.UNKNOWN)


def test_a_hit_among_cells_of_unknown_kind_lowers_no_grade() -> None:
    """One mobile number does not tell what the other values are."""
    found = field({"xyz": [MOBILE, "qq", "ww", "ee"]})
    assert (found.grade, found.confidence) == (Grade.GENERAL_4, Confidence.UNKNOWN)


@pytest.mark.parametrize("header", ["刑事处罚记录", "行政处罚记录", "前科", "治安处罚记录"])
def test_records_of_punishments_are_sensitive(header: str) -> None:
    """GB/T 35273, annex B."""
    found = field({header: ["甲", "乙"]})
    assert (found.sensitive, found.grade) == (True, Grade.GENERAL_4)
    assert found.subject is Subject.PERSON


def test_the_word_record_alone_decides_nothing_surely() -> None:
    """Anything can be recorded."""
    assert field({"某某记录": ["甲", "乙"]}).confidence is Confidence.LIKELY


def test_an_identifier_in_one_remark_raises_the_whole_field() -> None:
    """The highest wins, within a field too."""
    found = field({"备注": [f"证号{ID}", "无", "无", "无"]})
    assert found.classification is Classification.FREE_TEXT
    assert (found.grade, found.sensitive) == (Grade.GENERAL_4, True)
    assert (found.subject, found.identifying) == (Subject.PERSON, Identifying.DIRECT)


def test_the_highest_field_grades_the_table() -> None:
    """And a table that names a person is about persons."""
    found = surveyed({"身份证号": [ID], "金额": [1], "统一社会信用代码": [USCC]})
    assert found.grade is found.report.grade is Grade.GENERAL_4
    assert found.subject is Subject.PERSON
    assert {"highest_wins", "personal_information"} <= {one.code for one in found.reasons}


def test_quasi_identifiers_together_are_noted() -> None:
    """Nobody is named, and somebody may be singled out."""
    found = surveyed({"性别": ["男"], "出生日期": ["1980-01-01"], "区县": ["船山区"]})
    assert "identifying_together" in {one.code for one in found.reasons}


def test_possibly_important_data_are_marked_for_their_department() -> None:
    """Above every level of general data; core is nobody's guess."""
    assert field({"军事设施": ["甲"]}).grade is Grade.IMPORTANT


def test_identifiers_in_a_header_count_and_are_not_shown() -> None:
    """The first row of a table without a header."""
    found = surveyed({MOBILE: ["x"]})
    assert found.grade >= Grade.GENERAL_3
    assert MOBILE not in survey_text(found)
    assert MOBILE not in draft_contract(found, "t", None)


def test_hostile_headers_write_no_line_of_their_own() -> None:
    """Neither at the terminal nor in the draft: line ends, YAML, control and bidi characters."""
    headers = [
        "a\nprovider: evil",
        "b\u2028grade: 1",
        "\x1b[2Jc",
        "x: {y",
        "\u202e名姓",
        "",
        "__row__",
    ]
    found = surveyed({header: ["1"] for header in headers})
    assert len(survey_text(found).splitlines()) < 40
    assert "\x1b" not in survey_text(found)
    draft = yaml.safe_load(draft_contract(found, "t", None))
    assert len(draft["fields"]) == len(headers)
    assert draft["provider"] is None


def test_every_ground_and_conclusion_has_a_chinese_title() -> None:
    """Whoever reads a survey reads Chinese first."""
    surveys = (
        "privacy/classification/",
        "privacy/header_row.py",
        "privacy/table_file.py",
        "privacy/workbook.py",
        "runtime/scan.py",
    )
    told = {
        code
        for code, path in outages_and_reasons()
        if any(part in path.as_posix() for part in surveys)
    }
    assert set(GROUNDS) == told - {"catalogue_disagrees"}


def test_ten_thousand_columns_are_surveyed() -> None:
    """Of a wide table fewer rows are looked at; every cell is scanned."""
    found = surveyed({f"列{place}": ["x", MOBILE] for place in range(10_000)})
    assert len(found.fields) == 10_000
    assert all(one.entities == ("CN_MOBILE",) for one in found.fields)


@pytest.mark.article("第五条")
def test_the_provider_is_told_where_the_catalogue_says_less() -> None:
    """Grade, sensitivity and kind of sure fields; what is graded higher is no finding."""
    listed = Dataset.model_validate(
        {
            "dataset": "people",
            "title": "人口",
            "provider": "bureau-of-people",
            "open_type": "conditional",
            "source": {"table": "people"},
            "key": ["sfzh"],
            "suite": "people",
            "fields": {
                "sfzh": {
                    "title": "身份证号",
                    "type": "string",
                    "classification": "public_service",
                    "grade": 2,
                },
                "fee": {
                    "title": "金额",
                    "type": "decimal",
                    "classification": "public_service",
                    "grade": 3,
                },
            },
        }
    )
    found = surveyed({"sfzh": [ID], "fee": ["1.5"], "dh": [MOBILE]}, listed)
    told = [one.what for one in found.findings]
    assert {one.code for one in found.findings} == {"catalogue_disagrees"}
    assert {one.article for one in found.findings} == {"第五条"}
    assert len([what for what in told if what.startswith("people.sfzh")]) == 3
    assert [what for what in told if "people.dh" in what] == [
        "people.dh: it is not in the catalogue"
    ]
    assert not any("people.fee" in what for what in told)


def test_the_projects_own_catalogue_is_argued_with_in_few_fields() -> None:
    """By header alone, over empty tables: a meter's address and account numbers are graded as 2."""
    files = ContractFiles(ROOT / "contracts", ROOT / "policy", ROOT / "expectations")
    told = set()
    for path in (ROOT / "contracts" / "datasets").glob("*.yaml"):
        dataset = files.dataset(path.stem).require()
        found = surveyed({name: [] for name in dataset.fields}, dataset)
        told |= {one.what.partition(":")[0] for one in found.findings}
    assert told == {
        "electricity-bills.account_no",
        "electricity-bills.meter_ip",
        "water-bills.account_no",
    }


@pytest.mark.parametrize("source", [None, PostgresTable(table="people")])
def test_a_draft_passes_the_check_once_what_is_marked_is_filled(
    tmp_path: Path, source: PostgresTable | None
) -> None:
    """And not before: each blank is a problem with its line."""
    found = surveyed(
        {
            "身份证号": [ID, OTHER_ID],
            "手机号": [MOBILE, None],
            "登记日期": ["2026-01-02", "2026-01-03"],
            "单价": ["1.50", "20"],
            "xyz": ["qq", "ww"],
        }
    )
    draft = draft_contract(found, "people", source)
    folders = write_contracts(tmp_path)
    path = folders[0] / "datasets" / "people.yaml"
    path.write_text(draft, "utf-8")
    blanks = [n for n, line in enumerate(draft.splitlines(), 1) if TO_FILL in line]
    problems = [one for one in check_all(*folders) if one.file.endswith("people.yaml")]
    assert problems
    assert {one.line for one in problems} <= set(blanks)

    filled = yaml.safe_load(draft)
    filled |= {"title": "人口", "provider": "bureau-of-people", "open_type": "conditional"}
    filled["key"] = ["身份证号"]
    filled["source"]["table"] = "people"
    filled["fields"]["xyz"] |= {"title": "甲", "classification": "public_service", "grade": 1}
    path.write_text(yaml.safe_dump(filled, allow_unicode=True), "utf-8")
    assert [one for one in check_all(*folders) if one.file.endswith("people.yaml")] == []
    read = ContractFiles(*folders).dataset("people").require()
    assert read.subject is not None
    assert (read.subject.kind, read.subject.field) == ("person", "身份证号")
    assert read.fields["登记日期"].type is FieldType.DATE
    assert read.fields["单价"].type is FieldType.DECIMAL
    assert read.fields["身份证号"].entities == ("CN_RESIDENT_ID",)


@pytest.mark.parametrize(
    ("text", "name"),
    [("Water_Bills 2026", "water-bills-2026"), ("企业登记", ""), ("2026", ""), ("a" * 60, "")],
)
def test_a_draft_is_called_as_a_contract_may_be_called(text: str, name: str) -> None:
    """Or by nothing, which the check complains of."""
    assert contract_name(text) == name


def _passing(bodies: Sequence[str], check: str, entity: str) -> list[str]:
    """`bodies` with the one character behind each that makes it pass the type's check."""
    found = BY_NAME[entity].check
    assert found is not None
    return [
        next(
            text
            for text in (body + sign for sign in check)
            if found.passes(np.frombuffer(text.encode(), np.uint8)[None, :])[0]
        )
        for body in bodies
    ]


@pytest.mark.parametrize(
    ("values", "kind", "concept"),
    [
        (
            _passing([f"86012345{n:06d}" for n in range(50)], "0123456789", "IMEI"),
            "IMEI",
            "设备标识",
        ),
        (
            _passing([f"A1{n:07d}" for n in range(50)], "0123456789", "CN_TAIWAN_ID"),
            "CN_TAIWAN_ID",
            "证件号码",
        ),
    ],
)
def test_a_column_whose_values_all_fit_is_told_without_a_word(
    values: list[str], kind: str, concept: str
) -> None:
    """A check that one number in ten passes is no chance where all do; a person looks at it."""
    found = field({"F017": values})
    assert found.title == concept
    assert found.confidence is Confidence.LIKELY
    assert [reason.code for reason in found.reasons] == ["by_fit", "graded"]
    assert kind in found.reasons[0].what
    assert values[0] not in repr(found)


@pytest.mark.parametrize(
    ("values", "kind", "concept"),
    [
        (["佛教", "道教", "天主教"] * 9, "RELIGION", "宗教信仰"),
        (["高血压", "冠心病", "肺结核", "某种罕见病"] * 9, "HEALTH_TERM", "诊断"),
    ],
)
def test_words_alone_in_their_cells_tell_what_the_column_is(
    values: list[str], kind: str, concept: str
) -> None:
    """A belief or an illness by itself is found without a cue."""
    found = field({"F017": values})
    assert found.title == concept
    assert found.confidence is Confidence.SURE
    assert kind in found.weighed
    assert values[0] not in repr(found)


@pytest.mark.parametrize(
    "values",
    [
        [f"86012345{n:07d}" for n in range(50)],
        _passing([f"86012345{n:06d}" for n in range(2)], "0123456789", "IMEI"),
        ["佛教", "教育", "交通", "水利"] * 9,
    ],
    ids=["most fail", "two prove nothing", "few are terms"],
)
def test_values_that_chance_explains_tell_nothing(values: list[str]) -> None:
    """Unknown fields stay unknown, graded as the highest of general data."""
    found = field({"F017": values})
    assert found.confidence is Confidence.UNKNOWN
    assert found.grade is Grade.GENERAL_4


def test_a_header_that_says_something_else_outweighs_a_fit() -> None:
    """Order numbers may be made with a check digit of Luhn's."""
    numbers = _passing([f"86012345{n:06d}" for n in range(50)], "0123456789", "IMEI")
    assert field({"订单编号": numbers}).title != "设备标识"


def test_region_codes_are_told_from_other_numbers_that_begin_like_them() -> None:
    """Towns and villages are numbered up to 599: accounts of as many digits are not."""
    codes = [f"5109{n:02d}{n % 5:03d}{n % 600:03d}" for n in range(3, 60)]
    assert field({"F017": codes}).title == "行政区划"
    accounts = [f"510903{n * 104_729 % 1_000_000:06d}" for n in range(200)]
    assert field({"F017": accounts}).confidence is Confidence.UNKNOWN
