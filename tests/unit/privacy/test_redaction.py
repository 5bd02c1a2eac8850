"""Redaction of text."""

from __future__ import annotations

import pyarrow as pa
import pytest

from weir.privacy.redaction import redact

MOBILE = "13900009021"
ID = "440524188001010014"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"电话{MOBILE}，身份证{ID}。", "电话<CN_MOBILE>，身份证<CN_RESIDENT_ID>。"),
        (f"{MOBILE}@qq.com", "<EMAIL>"),
        ("１３９００００９０２１", "<CN_MOBILE>"),
        ("1390\u200b0009021!", "<CN_MOBILE>!"),
        ("川J12345川J1234学", "<CN_PLATE><CN_PLATE>"),
        ("没有", "没有"),
        ("", ""),
        (f"\x00{MOBILE}\x00", "\x00<CN_MOBILE>\x00"),
    ],
)
def test_identifiers_become_the_names_of_their_types(text: str, expected: str) -> None:
    """Everything around them stays, byte for byte."""
    assert redact(pa.array([text])).to_pylist() == [expected]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_type_length_and_nulls_stay(kind: pa.DataType) -> None:
    """Only cells with a hit change."""
    array = pa.array([None, MOBILE, "x", None, "", f"a {MOBILE} b"], kind)
    result = redact(array)
    assert result.type == kind
    assert result.to_pylist() == [None, "<CN_MOBILE>", "x", None, "", "a <CN_MOBILE> b"]
    assert redact(array.slice(1, 3)).to_pylist() == ["<CN_MOBILE>", "x", None]


def test_a_column_without_identifiers_is_given_back_as_it_is() -> None:
    """Nothing is copied."""
    array = pa.array(["a", None])
    assert redact(array) is array
    assert redact(pa.array([], pa.string())).to_pylist() == []


def test_a_long_cell_is_redacted_whole() -> None:
    """Ten thousand identifiers in one cell."""
    text = "，".join([MOBILE] * 10_000)
    assert redact(pa.array([text]))[0].as_py() == "，".join(["<CN_MOBILE>"] * 10_000)
