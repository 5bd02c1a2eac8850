"""Compatibility forms and the way back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weir.privacy.normal_form import NormalForm
from weir.privacy.rules import Rules

FORM = Rules().normal_form


def test_every_full_width_and_font_form_of_letters_and_digits_changes() -> None:
    """The blocks that are searched for forms are all there are."""
    for point in range(0x110000):
        form = unicodedata.normalize("NFKC", chr(point))
        tag = unicodedata.decomposition(chr(point)).split(" ")[0]
        same = tag in {"<wide>", "<narrow>", "<small>", "<font>"} or not tag.startswith("<")
        if form != chr(point) and same and form.isascii() and form.isalnum():
            assert FORM.changes[point] == form, hex(point)


@pytest.mark.parametrize("before", "①⑴Ⅰ¼")
@pytest.mark.parametrize("behind", "²㎡①½℃")
def test_an_enumerator_or_a_unit_is_no_part_of_a_number(before: str, behind: str) -> None:
    """NFKC would glue these to the number, and hide it."""
    (found,) = Rules().find(f"{before}13900009021{behind}")
    assert (found.entity, found.start, found.end) == ("CN_MOBILE", 1, 12)


def test_other_fonts_and_invisible_characters_hide_nothing() -> None:
    """Mathematical digits, zero-width joiners and bidi marks."""
    bold = "".join(chr(0x1D7CE + int(digit)) for digit in "13900009021")
    for text in (bold, "139\u200b0000\u202e9021", "１３９００００９０２１", "\ufeff13900009021"):
        assert [finding.entity for finding in Rules().find(text)] == ["CN_MOBILE"]
    assert [finding.entity for finding in Rules().find("⿊A12345")] == ["CN_PLATE"]


def test_what_cannot_matter_stays() -> None:
    """Full-width commas are as common as full stops; they keep text on the fast path."""
    assert not FORM.applies("遂宁市，船山区：（一）、“二”……①℃㎡。")
    assert FORM.applies("１")
    assert FORM.applies("\u200b")


@given(st.text(st.sampled_from("1a号１Ａ㏂…\u200b⿊，😀"), max_size=30))
def test_every_normal_character_knows_where_it_came_from(text: str) -> None:
    """Each comes from one of the source, in order."""
    normal = FORM.traced(text)
    assert len(normal.sources) == len(normal.text)
    for place, character in enumerate(normal.text):
        source = text[normal.sources[place]]
        assert character == FORM.changes.get(ord(source), source)
    assert list(normal.sources) == sorted(normal.sources)


def test_marks_decide_what_matters() -> None:
    """A form without points leaves the full-width point alone."""
    assert not NormalForm("-").applies("．")
    assert NormalForm(".").applies("．")


@pytest.mark.parametrize(
    "text", ["一三九〇〇〇〇九〇二一", "幺三九零零零零九零二幺", "壹叁玖零零零零玖零贰壹"]
)
def test_a_number_written_in_han_numerals_is_a_number(text: str) -> None:
    """Spoken, formal and with either nought."""
    (found,) = Rules().find(f"电话{text}。")
    assert (found.entity, found.start, found.end) == ("CN_MOBILE", 2, 2 + len(text))


def test_a_few_han_numerals_are_words() -> None:
    """第三中学 and 二〇二四年 stay as they are."""
    assert not FORM.applies("第三中学二〇二四年一二三四五六班")
    assert FORM.text("编号一二三四五六七") == "编号1234567"


def test_other_dashes_are_hyphens_where_hyphens_matter() -> None:
    """An en dash joins a telephone number as well."""
    assert [finding.entity for finding in Rules().find("0825\u20132345678")] == ["CN_LANDLINE"]
    assert not NormalForm(".").applies("\u2013")
