"""What headers say their columns hold."""

from __future__ import annotations

import pytest

from weir.privacy.classification.header import HEAD, WHOLE, read_header
from weir.privacy.classification.lexicon import Subject, concepts_by_word, lexicon
from weir.privacy.entities import BY_NAME


@pytest.mark.parametrize(
    ("header", "concept"),
    [
        ("身份证号", "resident_id"),
        ("公民身份号码", "resident_id"),
        ("法定代表人身份证号", "resident_id"),
        ("sfzh", "resident_id"),
        ("C_SFZHM", "resident_id"),
        ("shenfenzhenghao", "resident_id"),
        ("patientIdCard", "resident_id"),
        ("ID_CARD_NO", "resident_id"),
        ("AAC002", "resident_id"),
        ("　身份证号　", "resident_id"),
        ("身份证签发日期", "time"),
        ("hzxm", "person_name"),
        ("姓名拼音", "person_name"),
        ("手机号1", "mobile"),
        ("usermobile", "mobile"),
        ("employee_mobile_phone", "mobile"),
        ("用水量(m³)", "amount"),
        ("金额(单位:万元)", "amount"),
        ("order_id", "record_number"),
        ("产品名称", "kind"),
        ("证件类型", "kind"),
        ("diagnosis_name", "diagnosis"),
        ("customer_uscc", "uscc"),
        ("登录IP", "ip_address"),
        ("身份證號碼", "resident_id"),
        ("聯絡電話", "phone"),
        ("月缴存额", "income"),
        ("逾期次数", "income"),
        ("入住酒店", "stay"),
        ("优待证号", "person_document"),
        ("METER_ASSET_NO", "utility_account"),
        ("INSUR_NO", "social_card"),
        ("NSRMC", "enterprise_name"),
        ("registeredOn", "time"),
    ],
)
def test_headers_are_read_in_every_way_they_are_written(header: str, concept: str) -> None:
    """Chinese, pinyin whole and in initials, English, camel case, prefixes, codes and units."""
    read = read_header(header)
    assert read is not None
    assert read.concept.concept == concept


@pytest.mark.parametrize(
    "header", ["", "xyz", "？？", "123", "_", "字段甲", "\x00\u202e", "a" * 9000]
)
def test_a_header_that_says_nothing_is_read_as_nothing(header: str) -> None:
    """Empty, of unknown words, hostile or endless."""
    assert read_header(header) is None


def test_the_head_of_a_header_counts_more_than_what_stands_within() -> None:
    """Whole, at the end, elsewhere."""
    strengths = [read_header(header) for header in ("姓名", "患者姓名", "姓名拼音")]
    told = [read.strength for read in strengths if read is not None]
    assert told == sorted(told, reverse=True)
    assert told[0] == WHOLE
    assert told[1] == HEAD


def test_a_word_that_heads_other_columns_too_has_to_be_borne_out() -> None:
    """`name` may be a product's."""
    read = read_header("name")
    assert read is not None
    assert read.strength < HEAD


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("地址", Subject.PERSON),
        ("单位地址", Subject.ENTERPRISE),
        ("company_phone", Subject.ENTERPRISE),
        ("企业法人姓名", Subject.PERSON),
        ("备注", Subject.NONE),
    ],
)
def test_what_stands_before_the_head_tells_whose_it_is(header: str, subject: Subject) -> None:
    """A firm's address is no person's; the name of a firm's representative is."""
    read = read_header(header)
    assert read is not None
    assert read.subject is subject


def test_no_word_of_the_lexicon_means_two_things() -> None:
    """The later row would take it from the earlier one."""
    words = [
        word
        for one in lexicon()
        for word in {said.lower().replace("_", "") for said in (*one.zh, *one.latin, *one.codes)}
    ]
    assert len(words) == len(set(words)) == len(concepts_by_word())


def test_weak_words_are_words_of_their_concept() -> None:
    """A mistyped one would weaken nothing."""
    for one in lexicon():
        assert set(one.weak) <= {*one.zh, *one.latin, *one.codes}, one.concept


def test_no_concept_is_graded_below_the_identifiers_it_holds() -> None:
    """The default grade of the entity table is the least."""
    for one in lexicon():
        for name in set(one.entities) & set(BY_NAME):
            assert one.grade >= BY_NAME[name].grade, (one.concept, name)


def test_no_identifier_belongs_to_two_concepts() -> None:
    """Its column would be taken for the first."""
    held = [name for one in lexicon() for name in one.entities]
    assert len(held) == len(set(held))
