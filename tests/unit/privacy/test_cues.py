"""Cues: beside what words a weak form counts."""

from __future__ import annotations

import pyarrow as pa
import pytest

from weir.privacy.cues import DENIAL_REACH, REACH, Cues
from weir.privacy.kernel import Kernel
from weir.privacy.rules import Rules

CUES = Cues(("QQ", "住院号", "id card"))


@pytest.mark.parametrize(
    "before",
    [
        *("住院号", "住院号：", "旧住院号（门诊）为：", "qq ", "加QQ：", "ID card no. ", "12QQ:"),
        *('"id_card": "', "id_card_no=", '"idCard":"', "ownerIdCardNo: ", "IDCARD ", "userQQ="),
    ],
)
def test_a_cue_stands_right_before_what_it_tells_of(before: str) -> None:
    """In any case, with a few characters between, glued to Han text."""
    assert CUES.stand_before(f"{before}12345", len(before))


@pytest.mark.parametrize(
    "before",
    [
        "住院",
        "住院号" + "。",
        "住院号，",
        "住院号987 ",
        "QQQ ",
        "idcards ",
        "kidcard=",
        "id__card ",
        "住院号<CN_MOBILE>",
        "住院号\n",
        "住院号" + "好" * (REACH + 1),
    ],
)
def test_a_number_a_clause_or_a_distance_ends_its_reach(before: str) -> None:
    """What comes behind those is told of by something else."""
    assert not CUES.stand_before(f"{before}12345", len(before))


@pytest.mark.parametrize(
    "header", ["QQ", "qqNumber", "QQ_NO", "qq号", "患者住院号", "idCard", "id_card"]
)
def test_a_header_carries_a_cue(header: str) -> None:
    """As tables name their columns."""
    assert CUES.stand_in(header)


@pytest.mark.parametrize("header", ["", "QQQ", "faqq", "备注", "identity"])
def test_a_header_without_a_whole_word_carries_none(header: str) -> None:
    """Part of another word is no cue."""
    assert not CUES.stand_in(header)


def test_a_cue_that_cannot_be_reached_is_refused() -> None:
    """A word with a barrier in it would never count."""
    with pytest.raises(ValueError, match="cue"):
        Cues(("QQ2",))


@pytest.mark.parametrize("before", ["型号", "SKU：", '"productNo":"', "product_code=", "物料编码 "])
def test_a_denial_tells_that_a_number_is_something_else(before: str) -> None:
    """Right before it or in the header, unless a cue stands there too; in bulk alike."""
    passports = [
        "E12345678",
        f"{before}E12345678",
        f"{before}护照E12345678",
        f"{before}无E12345678",
    ]
    expected = [0, 2]
    found = [n for n, text in enumerate(passports) if Rules().find(text)]
    assert found == expected
    assert Kernel().find(pa.array(passports)).cell.tolist() == expected
    assert not Rules().find("E12345678", before)
    assert len(Kernel().find(pa.array(["E12345678"]), before)) == 0
    assert Rules().find("E12345678", f"护照{before}")
    assert Rules().find("护照E12345678", before)


def test_a_denial_reaches_less_far_than_a_cue() -> None:
    """Beyond its reach, behind a clause or a number it tells nothing."""
    for text in (
        "型号不详，E12345678",
        "型号12 E12345678",
        "型号" + "好" * DENIAL_REACH + "好E12345678",
    ):
        assert Rules().find(text), text
        assert len(Kernel().find(pa.array([text]))) == 1, text


def test_a_header_holds_for_every_cell() -> None:
    """Text by text and in bulk alike; the header may be in full width."""
    cells = ["12345678", None, "无", "x 23456789"]
    for header in ("QQ", "ＱＱ号"):
        hits = Kernel().find(pa.array(cells), header)
        assert hits.cell.tolist() == [0, 3]
        assert [f.entity for f in Rules().find("12345678", header)] == ["CN_QQ"]
    assert len(Kernel().find(pa.array(cells))) == 0


def test_a_cue_of_one_cell_tells_nothing_of_the_next() -> None:
    """Cells lie next to each other in the buffer, and stay apart."""
    assert len(Kernel().find(pa.array(["QQ：", "12345678"]))) == 0
    assert len(Kernel().find(pa.array(["住院号", "：12345678"]))) == 0
