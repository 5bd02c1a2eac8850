"""Canaries are found by their very text, in any column and any width, and are never shown."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from weir.errors import ContractError
from weir.privacy.canaries import Canaries

NAME, MOBILE, ADDRESS = "言谨之", "13900009021", "谨言巷9021号(后院)"
CANARIES = Canaries.read(json.dumps([NAME, MOBILE, ADDRESS]))


def cells(*values: object, kind: pa.DataType | None = None) -> int:
    return CANARIES.cells_in(pa.record_batch({"a": pa.array(values, kind)}))


def test_a_canary_is_found_in_whole_and_within_a_text() -> None:
    """A name and an address that no rule knows, glued to other text."""
    assert cells(NAME, f"联系人{NAME}电话", f"{ADDRESS}旁", "言谨", None) == 3


def test_a_canary_is_found_in_numbers_and_dictionaries_and_full_width() -> None:
    """However the column stores it."""
    assert cells(int(MOBILE), 1, kind=pa.int64()) == 1
    assert cells(f"电{MOBILE}", kind=pa.large_string()) == 1
    assert cells(NAME, NAME, "无", kind=pa.dictionary(pa.int8(), pa.string())) == 2
    assert cells("１３９００００９０２１") == 1


def test_without_canaries_nothing_is_found() -> None:
    """An empty setting names none."""
    assert Canaries.read("").cells_in(pa.record_batch({"a": pa.array([NAME])})) == 0


@pytest.mark.parametrize("told", ["[", "{}", '"a text"', "[1]", '["ab"]', '["  "]', "[" * 10000])
def test_what_is_no_list_of_texts_is_refused_without_being_quoted(told: str) -> None:
    """A value of two characters would be found everywhere."""
    with pytest.raises(ContractError) as refused:
        Canaries.read(told)
    assert refused.value.code == "canaries_malformed"
    assert "ab" not in refused.value.what


def test_a_list_is_known_by_its_digest_and_never_shown() -> None:
    """Whatever is logged of it holds no value."""
    assert NAME not in repr(CANARIES)
    assert CANARIES.sm3 == Canaries.read(json.dumps([ADDRESS, NAME, MOBILE])).sm3
    assert CANARIES.sm3 != Canaries.read(json.dumps([NAME])).sm3
