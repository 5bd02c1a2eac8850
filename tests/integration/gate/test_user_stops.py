"""The operator's stops and the bureau's orders side by side, and data users' feedback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from fakes.gate_city import GateCity
from fakes.known_callers import (
    ENGINEER,
    INSTITUTE,
    OPERATOR,
    PLANNER,
    REVIEWER,
    SECURITY,
    known_callers,
    secret_of,
)
from fakes.memory_provisioner import MemoryProvisioner
from fakes.small_city import LIBRARY, NOW
from gate_server import serving
from weir.errors import AuthorisationError, SuspendedError
from weir.gate.client import GateClient
from weir.gate.credentials import Credentials
from weir.gate.duties import DutyBook
from weir.gate.tables import decisions
from weir.model import Principal, ReleaseState
from weir.service.sign_in import SignIn
from weir.storage.objects import ObjectStore

STOP = {"stop_kind": "data_user", "stop_name": "city-planner", "ground": "超出约定用途"}
FEEDBACK = {"quarter": "2026q3", "usage": "用于选址", "outcomes": "新增两处分馆"}


@pytest.fixture
def url(gate: GateCity) -> Iterator[str]:
    with serving(gate.ports, known_callers()) as found:
        yield found


def _send(url: str, who: Principal, method: str, path: str, body: Any = None) -> httpx.Response:
    signed_in = SignIn(url, who.id, secret_of(who))
    return httpx.request(method, url + path, auth=signed_in, json=body, trust_env=False, timeout=30)


def _consumer(gate: GateCity) -> ObjectStore:
    gate.publish(run_id="r-1")
    assert isinstance(gate.provisioner, MemoryProvisioner)
    return gate.provisioner.sign_in(Credentials(gate.ports).issue("ua-1", OPERATOR)[0])


def _reads(consumer: ObjectStore) -> bool:
    try:
        return bool(consumer.get_bytes(f"release-{LIBRARY}", "latest.json"))
    except AuthorisationError:
        return False


@pytest.mark.parametrize(
    ("kind", "name"), [("data_user", "city-planner"), ("use_agreement", "ua-1")]
)
def test_a_stopped_user_reads_nothing_and_gets_no_release(
    gate: GateCity, url: str, kind: str, name: str
) -> None:
    """第十九条, until it is lifted with a reason."""
    consumer = _consumer(gate)
    body = {**STOP, "stop_kind": kind, "stop_name": name}
    answer = _send(url, SECURITY, "POST", "/v1/stops", body).json()
    assert (answer["credentials_pending"], answer["case"]["state"]) == (False, "stopped")
    assert not _reads(consumer)
    refused = gate.settle(gate.request(gate.stage(run_id="r-2"), run_id="r-2"))
    assert refused.state is ReleaseState.REFUSED
    reason = refused.status.reason
    assert reason is not None
    assert (reason.code, reason.article) == ("stopped_by_operator", "第十九条")
    with pytest.raises(SuspendedError):
        Credentials(gate.ports).issue("ua-1", OPERATOR)
    path = f"/v1/stops/{answer['case']['case_id']}/lift"
    assert _send(url, SECURITY, "POST", path, {"reason": ""}).status_code == 409
    assert not _reads(consumer)
    assert _send(url, SECURITY, "POST", path, {"reason": "已整改"}).status_code == 200
    assert _reads(consumer)


def test_lifting_the_operators_stop_lifts_no_order_of_the_bureau(gate: GateCity, url: str) -> None:
    """第十六条: the bureau alone resumes what it suspended."""
    consumer = _consumer(gate)
    stop = GateClient(url, OPERATOR.id, secret_of(OPERATOR)).stop_user(
        "data_user", "city-planner", "超出约定用途"
    )
    order = gate.city.order("suspend", "data_user", "city-planner")
    GateClient(url, OPERATOR.id, secret_of(OPERATOR)).register_order(order)
    GateClient(url, OPERATOR.id, secret_of(OPERATOR)).lift_stop(stop.case_id, "已整改")
    Credentials(gate.ports).enforce()
    assert not _reads(consumer)
    with pytest.raises(SuspendedError) as refusal:
        Credentials(gate.ports).issue("ua-1", OPERATOR)
    assert refusal.value.code == "suspended"


def test_resuming_by_the_bureau_lifts_no_stop_of_the_operators(gate: GateCity, url: str) -> None:
    """Each of the two holds by itself."""
    consumer = _consumer(gate)
    client = GateClient(url, OPERATOR.id, secret_of(OPERATOR))
    client.stop_user("data_user", "city-planner", "超出约定用途")
    client.register_order(gate.city.order("suspend", "data_user", "city-planner"))
    resumed = gate.city.order(
        "resume", "data_user", "city-planner", order_id="order-2", issued_at=gate.clock.now()
    )
    client.register_order(resumed)
    Credentials(gate.ports).enforce()
    assert not _reads(consumer)


@pytest.mark.article("第十九条")
def test_a_user_is_stopped_once(url: str) -> None:
    """A second stop of the same name would outlive the lifting of the first unseen: refused with
    the name of the one that stands, and another once that is lifted."""
    first = _send(url, SECURITY, "POST", "/v1/stops", STOP)
    stop_id = first.json()["case"]["case_id"]
    again = _send(url, SECURITY, "POST", "/v1/stops", STOP)
    assert (again.status_code, again.json()["code"]) == (409, "already_stopped")
    assert again.json()["where"] == {"stop": stop_id}
    other = STOP | {"stop_kind": "use_agreement", "stop_name": "ua-1"}
    assert _send(url, SECURITY, "POST", "/v1/stops", other).status_code == 201
    lifted = {"reason": "已整改"}
    assert _send(url, SECURITY, "POST", f"/v1/stops/{stop_id}/lift", lifted).status_code == 200
    assert _send(url, SECURITY, "POST", "/v1/stops", STOP).status_code == 201


def test_only_who_may_stop_a_user_does(url: str) -> None:
    """The security officer and the chief data officer; reading is open to who supervises."""
    for who, expected in ((ENGINEER, 403), (PLANNER, 403), (REVIEWER, 403), (OPERATOR, 201)):
        answer = _send(url, who, "POST", "/v1/stops", STOP)
        assert answer.status_code == expected
        assert expected == 201 or answer.json()["article"] == "第十八条"
    assert len(_send(url, REVIEWER, "GET", "/v1/stops").json()) == 1
    assert _send(url, PLANNER, "GET", "/v1/stops").status_code == 403
    alike = _send(url, OPERATOR, "POST", "/v1/stops/st\u043ep-1/lift", {"reason": "已整改"})
    assert alike.json()["code"] == "case_name_malformed"
    unknown = _send(url, OPERATOR, "POST", "/v1/stops", {**STOP, "stop_kind": "all"})
    assert unknown.json()["code"] == "facts_malformed"


def test_a_data_user_reports_on_its_own_use(url: str) -> None:
    """第十四条: not on another's, not on a quarter to come, and not as anybody else."""
    path = "/v1/use-agreements/ua-1/feedback"
    assert _send(url, INSTITUTE, "POST", path, FEEDBACK).json()["code"] == "feedback_of_another"
    assert _send(url, OPERATOR, "POST", path, FEEDBACK).status_code == 403
    early = _send(url, PLANNER, "POST", path, {**FEEDBACK, "quarter": "2027q1"})
    assert early.json()["code"] == "feedback_quarter_unknown"
    nothing = _send(url, PLANNER, "POST", path, ["2026q3"])
    assert nothing.json()["code"] == "facts_malformed"
    assert _send(url, PLANNER, "POST", path, FEEDBACK).status_code == 201
    nobody = _send(url, PLANNER, "POST", "/v1/use-agreements/ua-9/feedback", FEEDBACK)
    assert nobody.status_code == 404
    aside = "/v1/cases/feedback/another-name/give"
    facts = {**FEEDBACK, "use_agreement": "ua-1"}
    assert _send(url, PLANNER, "POST", aside, facts).json()["code"] == "feedback_quarter_unknown"
    assert _send(url, INSTITUTE, "POST", aside, facts).json()["code"] == "feedback_of_another"
    owed = GateClient(url, OPERATOR.id, secret_of(OPERATOR)).feedback()
    told = {(one["use_agreement"], one["quarter"]): one["state"] for one in owed}
    assert told == {("ua-1", "2026q3"): "given"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, {}),
        (60, {("ua-1", "2026q3"): "overdue"}),
        (150, {("ua-1", "2026q2"): "overdue", ("ua-1", "2026q3"): "overdue"}),
    ],
)
def test_feedback_is_owed_from_the_bureaus_first_consent_on(
    gate: GateCity, url: str, days: int, expected: dict[tuple[str, str], str]
) -> None:
    """第十四条: of no quarter that was over by then, and under no agreement whose scenarios the
    bureau never agreed to; the notices go by the same."""
    gate.decide()
    with gate.engine.begin() as connection:
        connection.execute(update(decisions).values(registered_at=NOW - timedelta(days=days)))
    owed = GateClient(url, OPERATOR.id, secret_of(OPERATOR)).feedback()
    assert {(one["use_agreement"], one["quarter"]): one["state"] for one in owed} == expected
    duties = {one.subject for one in DutyBook(gate.ports).owed().duties if one.kind == "feedback"}
    assert duties == {f"{agreement}-{quarter}" for agreement, quarter in expected}


def test_credentials_are_listed_without_their_secrets(gate: GateCity, url: str) -> None:
    """Whoever supervises sees keys, ends and last uses."""
    gate.publish()
    client = GateClient(url, OPERATOR.id, secret_of(OPERATOR))
    first = client.issue_credential("ua-1")
    second = client.rotate_credential("ua-1")
    answer = _send(url, REVIEWER, "GET", "/v1/credentials")
    assert {key["access_key"] for key in answer.json()[0]["keys"]} == {
        first.access_key,
        second.access_key,
    }
    assert first.secret_key not in answer.text
    assert second.secret_key not in answer.text
    assert _send(url, PLANNER, "GET", "/v1/credentials").status_code == 403
