"""The operator stops only what the gate knows, and sees what it stopped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.gate_city import GateCity
from fakes.known_callers import OPERATOR, SECURITY, known_callers, secret_of
from fakes.small_city import LIBRARY, NOW
from gate_server import serving
from weir.errors import RefusedError
from weir.gate.client import GateClient
from weir.gate.credentials import Credentials
from weir.policy.machines.incident import INCIDENT
from weir.policy.machines.user_stop import USER_STOP


@pytest.fixture
def officer(gate: GateCity) -> Iterator[GateClient]:
    with serving(gate.ports, known_callers()) as url:
        yield GateClient(url, SECURITY.id, secret_of(SECURITY))


def found(kind: str, scope: str) -> dict[str, str]:
    return {
        "sign": "by_hand",
        "what": "外泄线索",
        "scope_kind": kind,
        "scope": scope,
        "discovered_at": NOW.isoformat(),
    }


@pytest.mark.article("第十九条")
def test_a_stop_of_nobody_is_refused(gate: GateCity, officer: GateClient) -> None:
    """By either address, with an attempt on record and no case."""
    for kind, name in (("data_user", "nobody"), ("use_agreement", "ua-99")):
        with pytest.raises(RefusedError, match="scope_unknown"):
            officer.stop_user(kind, name, "超出约定用途")
        stated = {"stop_kind": kind, "stop_name": name, "ground": "超出约定用途"}
        with pytest.raises(RefusedError, match="scope_unknown"):
            officer.move(USER_STOP.kind, "stop-by-hand", "stop", stated)
    assert officer.cases(USER_STOP.kind) == []
    assert [(one.action, one.outcome) for one in gate.records() if one.reason_code] == [
        ("stop.imposed", "refused")
    ] * 4


@pytest.mark.article("第十九条")
@pytest.mark.parametrize(
    ("kind", "scope"),
    [("scenario", "nonesuch"), ("dataset", "nonesuch"), ("data_user", "nobody")],
)
def test_an_incident_over_nothing_is_refused(officer: GateClient, kind: str, scope: str) -> None:
    """It would contain nothing, and look as if it did."""
    with pytest.raises(RefusedError, match="scope_unknown"):
        officer.move(INCIDENT.kind, "inc-2", "open", found(kind, scope))
    assert officer.cases(INCIDENT.kind) == []


def test_an_incident_over_what_the_gate_knows_is_opened(officer: GateClient) -> None:
    """A scenario, a dataset, a data user, or everything."""
    known = [("scenario", LIBRARY), ("dataset", "library-visits"), ("data_user", "city-planner")]
    for number, (kind, scope) in enumerate([*known, ("all", "")]):
        made = officer.move(INCIDENT.kind, f"inc-{number}", "open", found(kind, scope))
        assert made.state == "opened"


def test_a_user_whose_contract_is_gone_can_still_be_stopped(
    gate: GateCity, officer: GateClient
) -> None:
    """What holds a credential is known, whatever became of the files."""
    gate.publish(run_id="r-1")
    Credentials(gate.ports).issue("ua-1", OPERATOR)
    for path in (gate.city.folders[0] / "agreements").glob("*.yaml"):
        path.unlink()
    assert officer.stop_user("data_user", "city-planner", "超出约定用途").state == "stopped"


def test_a_file_that_cannot_be_read_keeps_nobody_from_stopping(
    gate: GateCity, officer: GateClient
) -> None:
    """In doubt it is stopped."""
    (gate.city.folders[0] / "agreements" / "ua-1.yaml").write_text("agreement: [", encoding="utf-8")
    assert officer.stop_user("data_user", "somebody", "超出约定用途").state == "stopped"
