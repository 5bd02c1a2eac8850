from __future__ import annotations

from typing import Any

import pytest

from weir.errors import ContractError
from weir.gate.access import Access
from weir.model import Principal, Role

SECRETS: dict[str, Any] = {
    "worker_token": "w" * 32,
    "operator_token": "o" * 32,
    "desk_user": "desk",
    "desk_password": "p" * 16,
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_gate_without_a_secret_does_not_start(name: str) -> None:
    """An empty token would admit everyone who sends none."""
    with pytest.raises(ContractError) as refusal:
        Access(**SECRETS | {name: ""})
    assert refusal.value.code == "gate_secret_missing"


def test_two_roles_do_not_share_a_token() -> None:
    """A worker must not be the operator by configuration."""
    with pytest.raises(ContractError) as refusal:
        Access(**SECRETS | {"operator_token": SECRETS["worker_token"]})
    assert refusal.value.code == "gate_tokens_equal"


def test_further_people_have_tokens_of_their_own() -> None:
    """A second reviewer's token is neither empty nor another caller's."""
    officer = Principal(id="officer", role=Role.SECURITY_OFFICER, org="operator")
    for token in ("", SECRETS["operator_token"]):
        with pytest.raises(ContractError):
            Access(**SECRETS, others={officer: token})
    assert Access(**SECRETS, others={officer: "s" * 32}).others


def test_secrets_are_not_printed() -> None:
    """Neither tokens nor password appear in a repr."""
    text = repr(Access(**SECRETS))
    assert not any(SECRETS[name] in text for name in SECRETS if name != "desk_user")
