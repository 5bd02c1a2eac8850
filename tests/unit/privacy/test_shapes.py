"""The notation of forms."""

from __future__ import annotations

import re

import pytest

from weir.privacy.shapes import Form, Mark, Run, Runs


def test_a_form_is_runs_and_marks() -> None:
    """Marks cut a form into runs; a varying count makes the end of a run optional."""
    area, dash, number = Form(r"0[0-9]{2}\-[2-9][0-9]{6,7}").elements
    assert isinstance(area, Run)
    assert (area.shortest, area.longest) == (3, 3)
    assert dash == Mark(characters=frozenset("-"))
    assert isinstance(number, Run)
    assert (number.shortest, number.longest) == (7, 8)
    assert number.positions[0] == frozenset("23456789")


@pytest.mark.parametrize(
    "text", ["[0-9]+", "a|b", "(ab)", "A{1,2}B", "[A-Z.]", r"\.{2}", "[0-9]{1,3}.x"]
)
def test_what_the_kernel_could_not_follow_is_refused(text: str) -> None:
    """A form outside the notation is an error when it is read, not a miss when it is used."""
    with pytest.raises(ValueError, match=r"form|run|mark"):
        assert Form(text).elements is None


def test_only_bare_numbers_count_as_number_lengths() -> None:
    """Marks and letters cannot stand in a column of numbers."""
    shape = Runs((Form("1[0-9]{10}"), Form("6[0-9]{15,18}"), Form("0[0-9]-[0-9]"), Form("E[0-9]")))
    assert shape.number_lengths == {11, 16, 17, 18, 19}


def test_boundaries_stand_only_where_letters_or_digits_do() -> None:
    """A Han prefix needs no boundary before it; a serial number needs one behind."""
    pattern = re.compile(Runs((Form("[川粤]A[0-9]{5}"),)).regex)
    assert pattern.search("A川A12345车")
    assert not pattern.search("川A123456")


def test_a_spaced_form_may_be_cut_anywhere_by_single_spaces_or_hyphens() -> None:
    """Two in a row, or another mark, end it."""
    pattern = re.compile(Form("1[0-9]{3}[0-9X]", spaced=True).regex)
    for text in ("1234X", "1 234-X", "1-2-3-4-5"):
        assert pattern.fullmatch(text)
    for text in ("1  234X", "1.234X", "12345X", "-1234 "):
        assert not pattern.fullmatch(text)
    with pytest.raises(ValueError, match="spaced"):
        assert Form("1[0-9]{2,3}", spaced=True).regex is None
