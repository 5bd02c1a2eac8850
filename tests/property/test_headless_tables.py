"""Tables without a header, as `weir scan` shows them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from weir.privacy.classification.draft import draft_contract
from weir.privacy.classification.lexicon import lexicon
from weir.privacy.classification.survey import TableSurvey, survey
from weir.privacy.classification.text import survey_text
from weir.privacy.evaluation.tables import Family, tables
from weir.privacy.names.detector import names_detector

_SHORTEST = 4
_TITLES = frozenset(one.title for one in lexicon())


def shown(columns: list[list[str]]) -> tuple[TableSurvey, str]:
    """The survey of a table whose first row was taken for its header, and all that is told."""
    schema = pa.schema([(column[0], pa.string()) for column in columns])
    rest = [pa.array(column[1:], pa.string()) for column in columns]
    found = survey(
        schema,
        [pa.RecordBatch.from_arrays(rest, schema=schema)],
        name="t.csv",
        detector=names_detector(),
    )
    told = TypeAdapter(TableSurvey).dump_json(found).decode()
    return found, "\n".join([survey_text(found), told, draft_contract(found, "t", None)])


@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 1 << 20), family=st.sampled_from(list(Family)))
def test_no_value_of_a_table_without_a_header_is_shown(seed: int, family: Family) -> None:
    """Neither at the terminal, nor as JSON, nor in the draft; columns are told by their places."""
    for table in tables(family, seed=seed, rows=2):
        if table.layout == "pairs":  # its first row can be a label beside a nickname: a header
            continue
        columns = [[cell or "" for cell in column] for column in table.columns]
        found, told = shown(columns)
        values = {
            cell
            for column in columns
            for cell in column
            if len(cell.strip()) >= _SHORTEST and not cell.endswith("%")  # shares are told too
        }
        assert [value for value in values - _TITLES if value in told] == []
        assert [one.column for one in found.fields] == [
            f"column {place}" for place in range(1, len(columns) + 1)
        ]


@pytest.mark.parametrize(
    "row",
    [
        ["周明华", "甲类"],
        ["甲类", "10001234"],
        ["甲类", "2026-03-01"],
        ["甲类", "遂宁市船山区遂州中路12号"],
        ["胃溃疡", "12.50"],
    ],
)
def test_one_value_in_the_header_hides_all_of_it(row: list[str]) -> None:
    """A name, a bare number, a date, an address: what stands beside them is data as well."""
    _, told = shown([[cell, "乙"] for cell in row])
    assert not any(cell in told for cell in row)
    assert "header_may_be_data" in told


@pytest.mark.parametrize(
    "name", ["代发银行", "村民小组", "发卡银行", "入住酒店", "江河名称", "马匹数", "宗地号"]
)
def test_a_word_that_is_also_a_name_hides_no_header(name: str) -> None:
    """Where the other words are those of headers, and stand over numbers."""
    found, told = shown(
        [["姓名", "周明华"], ["手机号", "13900009021"], ["年龄", "42"], [name, "甲"]]
    )
    assert [one.column for one in found.fields] == ["姓名", "手机号", "年龄", name]
    assert "header_may_be_data" not in told


def test_identifiers_below_a_word_tell_as_numbers_do() -> None:
    """Passports have letters."""
    header = ["英文姓名", "护照号码", "代发银行"]
    found, _ = shown(
        [
            [name, cell]
            for name, cell in zip(header, ["SMITH John", "E12345678", "中国银行"], strict=True)
        ]
    )
    assert [one.column for one in found.fields] == header


@pytest.mark.parametrize(
    "row", [["周明华", "教师", "户主"], ["周明华", "教师", "户主", "42"], ["周明华", "职工", "-"]]
)
def test_words_of_headers_beside_a_name_do_not_show_it(row: list[str]) -> None:
    """A profession or a relation can be what columns are called by, and is a value here."""
    _, told = shown(
        [[cell, below] for cell, below in zip(row, ["李秀英", "农民", "妻", "39"], strict=False)]
    )
    assert "周明华" not in told


def test_a_name_that_stands_among_its_own_values_is_one_of_them() -> None:
    """A diagnosis has no shape."""
    _, told = shown([["胃溃疡", "感冒", "胃溃疡"]])
    assert "胃溃疡" not in told


def test_a_header_is_shown_as_it_is() -> None:
    """Words of headers are no values, those that a name is made of included."""
    header = ["申请人", "就诊医院", "年月", "占比", "区县", "line_1", "是否公开"]
    found, _ = shown([[name, "乙"] for name in header])
    assert [one.column for one in found.fields] == header


@pytest.mark.parametrize(
    "columns",
    [
        [["胃溃疡", "感冒", "肺炎"]],
        [["甲类户", "乙类户"], ["胃溃疡", "感冒"]],
        [["丧偶", "已婚", "离异"], ["甲等", "乙等", "丙等"]],
        [["Mike Wong", "Li Lei"], ["无", "12"]],
        [["缺勤两次", "正常"], ["-", "13.5"]],
    ],
)
def test_words_that_nothing_tells_to_be_a_header_are_not_shown(columns: list[list[str]]) -> None:
    """Neither numbers stand below them, nor are columns called by such words."""
    _, told = shown(columns)
    assert not any(column[0] in told for column in columns if len(column[0]) > 1)
    assert "header_may_be_data" in told


@pytest.mark.parametrize(
    "columns",
    [
        [["摊位", "甲"], ["里程", "12"]],
        [["deed", "x"], ["立契日", "2026-01-02"]],
        [["号", "甲"], ["方", "乙"]],
        [["GSDJH", "13900009021"], ["摊位", "甲"]],
        [["zd_ip", "甲"], ["摊位", "乙"]],
    ],
)
def test_a_word_over_numbers_is_a_header(columns: list[list[str]]) -> None:
    """And so are names of the kind that programs give, and words of one character."""
    found, _ = shown(columns)
    assert [one.column for one in found.fields] == [column[0] for column in columns]
