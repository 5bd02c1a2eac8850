"""The instants that the command line prints are said to be Beijing time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner, Result

from fakes.gate_city import GateCity
from fakes.people import account_id, secret_of
from served_gate import serving
from weir.cli.app import app
from weir.clock import beijing_time
from weir.model import Role
from weir.runtime import adapters

Weir = Callable[..., Result]


@pytest.fixture
def weir(gate: GateCity, monkeypatch: pytest.MonkeyPatch) -> Iterator[Weir]:
    """The command line of the operator's officer, over a running gate that has published."""
    gate.publish()
    contracts, policy, expectations = gate.city.folders
    with serving(gate.ports) as client:
        for name, value in {
            "GATE_URL": str(client.base_url),
            "GATE_ACCOUNT": account_id(Role.CHIEF_DATA_OFFICER),
            "GATE_SECRET": secret_of(Role.CHIEF_DATA_OFFICER),
            "CONTRACTS_DIR": str(contracts),
            "POLICY_DIR": str(policy),
            "EXPECTATIONS_DIR": str(expectations),
        }.items():
            monkeypatch.setenv(f"WEIR_{name}", value)
        adapters.settings.cache_clear()
        yield lambda *words: CliRunner().invoke(app, list(words))
    adapters.settings.cache_clear()


def test_an_instant_is_read_in_beijing_and_said_to_be() -> None:
    """Eight hours ahead of UTC; the calendar's last day ends earlier there."""
    assert beijing_time(datetime(2028, 2, 29, 16, tzinfo=UTC)) == "2028-03-01 00:00:00 北京时间"
    assert beijing_time(datetime.max.replace(tzinfo=UTC)).startswith("9999-12-31T")


def test_a_credential_ends_with_its_agreement_or_its_overlap(gate: GateCity, weir: Weir) -> None:
    """A key that was rotated away ends earlier than the one that took its place."""
    assert weir("issue", "ua-1").exit_code == 0
    end = beijing_time(gate.city.plan().valid_until)
    assert weir("user", "credentials").stdout.count(f"到期 ends {end}") == 1
    assert weir("user", "rotate", "ua-1").exit_code == 0
    told = weir("user", "credentials").stdout
    assert told.count("到期 ends ") == 2
    assert told.count(f"到期 ends {end}") == 1
    assert "ends -" not in told


def test_an_incident_is_due_in_beijing_time(gate: GateCity, weir: Weir) -> None:
    """As every other term that people keep."""
    discovered = gate.clock.now().isoformat()
    facts = {"sign": "by_hand", "what": "发现异常", "scope_kind": "all", "scope": ""}
    adapters.gate_client(adapters.settings()).move(
        "incident", "inc-1", "open", facts | {"discovered_at": discovered}
    )
    told = weir("incident", "list").stdout
    due = r"report due \d{4}-\d\d-\d\d \d\d:\d\d:\d\d 北京时间"
    assert re.search(rf"^inc-1\t.* {due}$", told, re.MULTILINE)
