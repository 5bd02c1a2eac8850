"""A bureau does not start with an entrance that stands open."""

from __future__ import annotations

import pytest

from weir.bureau.access import Access
from weir.errors import ContractError

SECRETS = {"delivery_token": "a", "reviewer_token": "b", "desk_user": "c", "desk_password": "d"}


@pytest.mark.parametrize("name", SECRETS)
def test_an_empty_secret_stops_the_start(name: str) -> None:
    """Comparing with an empty secret would let anyone in."""
    with pytest.raises(ContractError) as refusal:
        Access(**(SECRETS | {name: ""}))
    assert refusal.value.code == "bureau_secret_missing"
    assert name in refusal.value.what


def test_secrets_are_not_shown() -> None:
    """Neither tokens nor password appear in a representation."""
    shown = repr(Access(**dict.fromkeys(SECRETS, "geheim-wert")))
    assert shown.count("geheim-wert") == 1
