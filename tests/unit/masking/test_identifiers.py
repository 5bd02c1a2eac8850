from __future__ import annotations

import hashlib
import hmac
import re

import pyarrow as pa
import pytest

from fakes.memory_keys import MemoryKeys
from fakes.token_reader import revealed
from weir.masking.identifiers import Pseudonymiser, Tokeniser
from weir.model import ScenarioId

CREDIT, CLINIC = ScenarioId("sme-credit"), ScenarioId("clinic-planning")
VALUES = ["", "1", "91510903MA62KX7C8T", "510903199001011234", "言谨之", "a" * 4000, "1", "\x00"]


def tokens(scenario: ScenarioId, values: list[str], keys: MemoryKeys | None = None) -> list[str]:
    """Tokens as Python text."""
    made: list[str] = (
        Tokeniser(scenario, keys or MemoryKeys("k")).tokens(pa.array(values)).to_pylist()
    )
    return made


def test_tokens_are_one_long_run_that_no_identifier_can_look_like() -> None:
    """Lower-case letters and digits only, 26 or more."""
    for token in tokens(CREDIT, VALUES):
        assert re.fullmatch(r"[a-z2-7]{26,}", token)


def test_tokens_are_equal_exactly_where_values_are() -> None:
    """Also across batches and lengths."""
    made = tokens(CREDIT, VALUES)
    assert len(set(made)) == len(set(VALUES))
    assert made[1] == made[6] == tokens(CREDIT, ["1"])[0]


def test_the_key_holder_can_undo_a_token() -> None:
    """Every value comes back from its token."""
    keys = MemoryKeys()
    for value, token in zip(VALUES, tokens(CREDIT, VALUES, keys), strict=True):
        assert revealed(token, CREDIT, keys) == value.encode()


def test_one_person_has_unrelated_names_in_two_scenarios() -> None:
    """Neither tokens nor pseudonyms of two scenarios can be joined."""
    keys = MemoryKeys()
    assert not set(tokens(CREDIT, VALUES, keys)) & set(tokens(CLINIC, VALUES, keys))
    one, two = (Pseudonymiser(s, keys).pseudonyms(pa.array(VALUES)) for s in (CREDIT, CLINIC))
    assert not set(one.to_pylist()) & set(two.to_pylist())


def test_a_token_of_one_scenario_reveals_nothing_under_another() -> None:
    """Only the scenario's own key undoes it."""
    keys = MemoryKeys()
    value = "510903199001011234"
    tokens(CLINIC, [value], keys)
    assert revealed(tokens(CREDIT, [value], keys)[0], CLINIC, keys) != value.encode()


def test_pseudonyms_are_hmac_sm3_of_the_value() -> None:
    """160 bits in base32, as the standard library computes them."""
    keys = MemoryKeys()
    made = Pseudonymiser(CREDIT, keys).pseudonyms(pa.array(VALUES)).to_pylist()
    if "sm3" not in hashlib.algorithms_available:
        pytest.skip("this Python's OpenSSL has no SM3")
    import base64

    key = keys.get("mask/sme-credit/pseudonym")
    for value, pseudonym in zip(VALUES, made, strict=True):
        digest = hmac.new(key, value.encode(), "sm3").digest()[:20]
        assert pseudonym == base64.b32encode(digest).decode().lower()


def test_no_values_give_no_names() -> None:
    """Empty columns pass."""
    empty = pa.array([], pa.string())
    assert len(Tokeniser(CREDIT, MemoryKeys()).tokens(empty)) == 0
    assert len(Pseudonymiser(CREDIT, MemoryKeys()).pseudonyms(empty)) == 0


def test_a_slice_of_an_array_is_read_at_its_own_offset() -> None:
    """Arrow slices share their parent's buffers."""
    values = pa.array(VALUES)
    tokeniser = Tokeniser(CREDIT, MemoryKeys("k"))
    assert tokeniser.tokens(values.slice(2, 3)).equals(tokeniser.tokens(values).slice(2, 3))
