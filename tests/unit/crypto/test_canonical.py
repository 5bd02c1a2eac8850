from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weir.crypto.canonical import canonical_json
from weir.errors import ContractError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
)


def test_the_form_is_sorted_compact_and_utf8() -> None:
    """One form, whatever order the keys came in."""
    value = {"乙": [1, True, None], "a": {"z": "\n", "b": "堰"}}
    assert canonical_json(value) == '{"a":{"b":"堰","z":"\\n"},"乙":[1,true,null]}'.encode()


@given(VALUES)
def test_the_form_reads_back_and_is_stable(value: Any) -> None:
    """Reading and writing again gives the same bytes."""
    data = canonical_json(value)
    assert json.loads(data) == value
    assert canonical_json(json.loads(data)) == data


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), [0.1], {1: "a"}, {None: 1}, b"x", (1, 2), {1}, date(2026, 1, 1), "\ud800"],
)
def test_what_has_no_single_form_is_refused(value: object) -> None:
    """Floats, other keys than text, other types and broken text."""
    with pytest.raises(ContractError) as refusal:
        canonical_json(value)
    assert refusal.value.code == "not_canonical"


def test_bottomless_nesting_is_refused() -> None:
    """A bomb ends in a refusal, not in an exhausted stack."""
    bomb: list[Any] = []
    for _ in range(100_000):
        bomb = [bomb]
    with pytest.raises(ContractError, match="nested"):
        canonical_json(bomb)
