"""The gate over HTTP, on a real server, database and worker thread."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import create_engine
from structlog.testing import capture_logs

from fakes.gate_city import GateCity, TickingClock
from fakes.memory_provisioner import MemoryProvisioner
from fakes.memory_store import MemoryStore
from fakes.people import UNBOUND, account_id, everybody, principal_of, secret_of
from fakes.small_city import LIBRARY, MARKET, NOW, ROWS, RUN
from weir.clock import SHANGHAI
from weir.crypto.sm2 import SigningKey
from weir.errors import (
    AuthorisationError,
    ExpiredError,
    GateUnavailableError,
    IntegrityError,
    SuspendedError,
)
from weir.gate.app import create_gate
from weir.gate.book import case_book
from weir.gate.client import GateClient
from weir.model import (
    Digest,
    ReleaseId,
    ReleaseState,
    ReleaseStatus,
    Role,
    RunId,
    ScenarioId,
)
from weir.policy.machines.incident import INCIDENT
from weir.policy.standing import check_may_run, may_run
from weir.service.tokens import Tokens
from weir.storage.objects import STAGING

WORKER, OFFICER = Role.WORKER, Role.CHIEF_DATA_OFFICER
DESK = (account_id(Role.AUDITOR), secret_of(Role.AUDITOR))
SCENARIO = ScenarioId(LIBRARY)


@dataclass
class Service:
    url: str
    gate: GateCity

    @property
    def worker(self) -> GateClient:
        return GateClient(self.url, account_id(WORKER), secret_of(WORKER))

    @property
    def officer(self) -> GateClient:
        return GateClient(self.url, account_id(OFFICER), secret_of(OFFICER))

    def settled(self, release_id: ReleaseId) -> ReleaseStatus:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            status = self.worker.release_status(release_id)
            if status.state in {ReleaseState.PUBLISHED, ReleaseState.REFUSED}:
                return status
            time.sleep(0.05)
        raise AssertionError("the gate did not settle the release")

    def token(self, role: Role) -> str:
        ports = self.gate.ports
        tokens = Tokens(audience="gate", key=ports.signing_key, clock=ports.clock)
        return tokens.issue(principal_of(role))

    def send(
        self, method: str, path: str, *, by: Role | None = WORKER, token: str = "", **kw: Any
    ) -> Any:
        headers = kw.pop("headers", {})
        if by is not None:
            headers["Authorization"] = f"Bearer {token or self.token(by)}"
        return httpx.request(
            method, self.url + path, headers=headers, trust_env=False, timeout=30, **kw
        )


@contextmanager
def _serving(gate: GateCity) -> Iterator[Service]:
    server = uvicorn.Server(
        uvicorn.Config(
            create_gate(gate.ports, everybody(), limits=UNBOUND, interval_seconds=0.2),
            host="127.0.0.1",
            port=0,
            log_level="critical",
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Service(f"http://127.0.0.1:{port}", gate)
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def service(gate: GateCity) -> Iterator[Service]:
    with _serving(gate) as served:
        yield served


def test_a_run_is_released_over_the_wire(service: Service) -> None:
    """Decision in, standing out, request in, release published by the worker thread."""
    envelope = service.gate.city.decision(service.gate.city.plan())
    service.officer.register_decision(envelope)
    service.officer.register_decision(envelope)
    plan = service.gate.city.plan()
    leave = check_may_run(
        plan,
        service.worker.standing(SCENARIO),
        bureau_key=service.gate.city.bureau.public,
        as_of=NOW,
        acknowledge_lapsed=False,
    )
    assert leave.contract_digest == plan.contract_digest
    manifest = service.gate.stage(decision=envelope)
    status = service.worker.request_release(SCENARIO, RUN, manifest)
    assert service.worker.request_release(SCENARIO, RUN, manifest).release_id == status.release_id
    settled = service.settled(status.release_id)
    assert (settled.state, settled.rows, settled.objects) == (
        ReleaseState.PUBLISHED,
        len(ROWS),
        5,
    )
    assert service.worker.releases(LIBRARY) == [settled]
    assert service.worker.releases(MARKET) == []
    assert len([r for r in service.gate.records() if r.action == "decision.registered"]) == 1


def test_a_refused_release_tells_code_and_article(service: Service) -> None:
    """The run reads why it was refused."""
    manifest = service.gate.stage()
    status = service.worker.request_release(SCENARIO, RUN, manifest)
    reason = service.settled(status.release_id).reason
    assert reason is not None
    assert (reason.code, reason.article) == ("decision_missing", "第十三条")


def test_the_gate_goes_on_where_it_was_stopped(service: Service, memory: MemoryStore) -> None:
    """While the store is down a release is neither published nor refused; then it is published."""
    service.gate.decide()
    manifest = service.gate.stage()
    memory.down = True
    status = service.worker.request_release(SCENARIO, RUN, manifest)
    time.sleep(1)
    assert service.worker.release_status(status.release_id).state is ReleaseState.CHECKING
    memory.down = False
    assert service.settled(status.release_id).state is ReleaseState.PUBLISHED


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/v1/scenarios/{LIBRARY}/standing"),
        ("POST", "/v1/releases"),
        ("GET", "/v1/releases"),
        ("GET", "/v1/releases/rel-1"),
        ("POST", "/v1/use-agreements/ua-1/credentials"),
    ],
)
@pytest.mark.parametrize("token", ["", "wrong", "a.b", "YQ.YQ", "é"])
def test_without_a_token_nothing_is_told(
    service: Service, method: str, path: str, token: str
) -> None:
    """No token or none of the gate's: 401 with a code, before the body is read."""
    headers = {b"Authorization": f"Bearer {token}".encode()} if token else {}
    answer = service.send(method, path, by=None, headers=headers, content=b"{")
    assert answer.status_code == 401
    assert answer.json()["code"] in {"token_refused", "token_malformed", "token_foreign"}


def test_a_worker_cannot_issue_credentials(service: Service) -> None:
    """That takes another role."""
    with pytest.raises(AuthorisationError) as refusal:
        service.worker.issue_credential("ua-1")
    assert refusal.value.code == "role_not_allowed"
    assert service.send("POST", "/v1/use-agreements/ua-1/credentials").status_code == 403


def test_a_credential_is_issued_once_and_replaced_on_asking(service: Service) -> None:
    """The operator gets a key for the agreement's bucket; the earlier key is void, none is kept."""
    service.gate.publish()
    provisioner = service.gate.provisioner
    assert isinstance(provisioner, MemoryProvisioner)
    first = service.officer.issue_credential("ua-1")
    second = service.officer.issue_credential("ua-1")
    bucket = f"release-{LIBRARY}"
    assert provisioner.sign_in(second).get_bytes(bucket, "latest.json")
    with pytest.raises(AuthorisationError):
        provisioner.sign_in(first).get_bytes(bucket, "latest.json")
    with pytest.raises(AuthorisationError):
        provisioner.sign_in(second).put_bytes(bucket, "x", b"")
    dump = " ".join(map(str, service.gate.records()))
    assert first.secret_key not in dump
    assert second.secret_key not in dump


def test_a_credential_needs_an_agreement_with_leave(service: Service) -> None:
    """No contract, no decision or a suspension: no credential."""
    for agreement, code in (("ua-9", "use_agreement_unknown"), ("ua-1", "decision_missing")):
        with pytest.raises((IntegrityError, AuthorisationError)) as refusal:
            service.officer.issue_credential(agreement)
        assert refusal.value.code == code
    service.gate.decide()
    service.officer.register_order(service.gate.city.order("suspend", "data_user", "city-planner"))
    with pytest.raises(SuspendedError):
        service.officer.issue_credential("ua-1")


def test_an_order_cuts_access_at_once_and_gives_it_back(service: Service) -> None:
    """Suspended: the consumer is refused by the store; resumed: it reads again."""
    service.gate.publish()
    provisioner = service.gate.provisioner
    assert isinstance(provisioner, MemoryProvisioner)
    consumer = provisioner.sign_in(service.officer.issue_credential("ua-1"))
    city = service.gate.city
    service.officer.register_order(city.order("suspend", "scenario", LIBRARY))
    with pytest.raises(AuthorisationError):
        consumer.get_bytes(f"release-{LIBRARY}", "latest.json")
    service.officer.register_order(
        city.order("resume", "scenario", LIBRARY, order_id="o-2", issued_at=NOW)
    )
    assert consumer.get_bytes(f"release-{LIBRARY}", "latest.json")
    actions = [(r.action, r.phase) for r in service.gate.records() if "credential" in r.action]
    assert actions == [
        ("credential.issued", "intent"),
        ("credential.issued", "outcome"),
        ("credential.revoked", "intent"),
        ("credential.revoked", "outcome"),
        ("credential.issued", "intent"),
        ("credential.issued", "outcome"),
    ]


def test_an_order_stands_while_the_store_is_down(service: Service) -> None:
    """Access is cut as soon as the store answers again; releases stop at once."""
    service.gate.publish()
    provisioner = service.gate.provisioner
    assert isinstance(provisioner, MemoryProvisioner)
    consumer = provisioner.sign_in(service.officer.issue_credential("ua-1"))
    provisioner.down = True
    order = service.gate.city.order("suspend", "all", "")
    answer = service.send("PUT", "/v1/orders", by=None, json=order.to_json())
    assert answer.json() == {
        "registered": True,
        "credentials_changed": 0,
        "credentials_pending": True,
    }
    provisioner.down = False
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            consumer.get_bytes(f"release-{LIBRARY}", "latest.json")
        except AuthorisationError:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("the consumer still reads")
    # The outcome is kept after the effect.
    phases: list[str] = []
    while time.monotonic() < deadline and len(phases) < 2:
        told = service.gate.records()
        phases = [r.phase for r in told if r.action == "credential.revoked"]
    assert phases == ["intent", "reconciled"]


def test_a_revocation_over_the_wire_ends_the_leave_to_run(service: Service) -> None:
    """Needs no token: the signature admits it; a worker's next look finds it, a forged one none."""
    city = service.gate.city
    decision = service.gate.decide()
    forged = city.revocation(decision, key=SigningKey.generate()).to_json()
    assert service.send("PUT", "/v1/revocations", json=forged).status_code == 422
    assert service.worker.standing(SCENARIO).revocations == ()
    signed = city.revocation(decision).to_json()
    for registered in (True, False):
        answer = service.send("PUT", "/v1/revocations", by=None, json=signed)
        assert answer.json()["registered"] is registered
    verdict = may_run(
        city.plan(),
        service.worker.standing(SCENARIO),
        bureau_key=city.bureau.public,
        as_of=NOW,
        acknowledge_lapsed=False,
    )
    assert [one.code for one in verdict.reasons] == ["decision_revoked"]


@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/orders"])
def test_what_the_bureau_has_not_signed_is_refused(service: Service, path: str) -> None:
    """Another key, another kind, a changed byte, no envelope: 422, and a known caller's is kept."""
    city = service.gate.city
    foreign = SigningKey.generate()
    other = (
        city.order("suspend", "all", "") if path == "/v1/decisions" else city.decision(city.plan())
    )
    signed = (
        city.decision(city.plan()) if path == "/v1/decisions" else city.order("suspend", "all", "")
    )
    forged = (
        city.decision(city.plan(), key=foreign)
        if path == "/v1/decisions"
        else city.order("suspend", "all", "", key=foreign)
    )
    changed = replace(signed, payload=signed.payload.replace(b"a", b"b", 1))
    bodies: list[object] = [
        forged.to_json(),
        other.to_json(),
        changed.to_json(),
        {},
        [],
        "x",
        1,
    ]
    for body in bodies:
        assert service.send("PUT", path, by=None, json=body).status_code == 422
    assert service.gate.records() == []
    for body in bodies:
        answer = service.send("PUT", path, json=body)
        assert answer.status_code == 422
        assert set(answer.json()) == {"kind", "code", "what", "where", "article", "remedy"}
    kept = [r for r in service.gate.records() if r.action == "access.refused"]
    assert len(kept) == len(bodies)
    assert {r.outcome for r in kept} == {"refused"}


@pytest.mark.parametrize(
    "where",
    [
        {"key": f"{MARKET}/{RUN}/package/manifest.json"},
        {"key": f"{LIBRARY}/other-run/package/manifest.json"},
        {"key": f"{LIBRARY}/{RUN}/package/../../x/package/manifest.json"},
        {"key": f"{LIBRARY}/{RUN}/package/manifest.json "},
        {"key": "/" + f"{LIBRARY}/{RUN}/package/manifest.json"},
        {"bucket": "weir-snapshots"},
        {"bucket": f"release-{LIBRARY}"},
    ],
)
def test_a_worker_cannot_name_other_objects_than_its_own(
    service: Service, where: dict[str, str]
) -> None:
    """The manifest lies where this run of this scenario stages its package, or it is refused."""
    place = {"bucket": STAGING, "key": f"{LIBRARY}/{RUN}/package/manifest.json"} | where
    body = {
        "scenario": LIBRARY,
        "run_id": RUN,
        "manifest": place | {"sm3": "0" * 64, "size_bytes": 1},
    }
    answer = service.send("POST", "/v1/releases", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "staging_foreign")
    (kept,) = service.gate.records()
    assert (kept.reason_code, kept.legal.scenario, kept.run_id) == ("staging_foreign", LIBRARY, RUN)


def _request(**changes: Any) -> dict[str, Any]:
    key = f"{LIBRARY}/{RUN}/package/manifest.json"
    manifest = {"bucket": STAGING, "key": key, "sm3": "0" * 64, "size_bytes": 1}
    return {"scenario": LIBRARY, "run_id": RUN, "manifest": manifest} | changes


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"\xff\xfe", 422),
        (b"[" * 100_000, 422),
        (b'{"scenario": "library-visits"}', 422),
        (json.dumps(_request(scenario="../x")).encode(), 422),
        (json.dumps(_request(scenario="x'; drop table--")).encode(), 422),
        (json.dumps(_request(run_id="../../x")).encode(), 422),
        (json.dumps(_request(run_id="x" * 300)).encode(), 422),
        (json.dumps(_request(extra=1)).encode(), 422),
        (json.dumps(_request(scenario="nobody-knows")).encode(), 404),
        (b'{"x": "' + b"a" * 300_000 + b'"}', 413),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else value,
)
def test_a_hostile_request_gets_a_clear_no(service: Service, content: bytes, status: int) -> None:
    """Malformed, climbing, oversized or unknown: a status, a code, and no echo."""
    answer = service.send("POST", "/v1/releases", content=content)
    assert answer.status_code == status
    assert set(answer.json()) == {"kind", "code", "what", "where", "article", "remedy"}
    assert "drop table" not in answer.text
    assert service.gate.releases.of(None) == ()


def test_unknown_places_are_404_in_the_same_shape(service: Service) -> None:
    """A wrong path, method or release name is told apart by its code."""
    for method, path, status, code in (
        ("GET", "/v1/releases/rel-none", 404, "release_unknown"),
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/v1/releases", 405, "method_not_allowed"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/openapi.json", 404, "not_found"),
    ):
        answer = service.send(method, path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_standing_of_an_unknown_scenario_is_empty(service: Service) -> None:
    """Nothing was decided on what nobody knows."""
    standing = service.worker.standing(ScenarioId("nobody-knows"))
    assert (standing.decision, standing.suspensions) == (None, ())


def test_standing_speaks_on_the_digest_that_is_asked_for(service: Service) -> None:
    """With several contracts decided, each finds its own decision."""
    earlier = service.gate.decide()
    digest = service.gate.city.plan().contract_digest
    with service.gate.city.edited(LIBRARY, title="新版"):
        later = service.gate.decide()
        assert service.worker.standing(SCENARIO).decision == later
        path = f"/v1/scenarios/{LIBRARY}/standing?contract_digest={digest}"
        assert service.send("GET", path).json()["decision"] == earlier.to_json()


def test_the_page_needs_a_sign_in(service: Service) -> None:
    """A browser is asked for user and password; a token is no sign-in."""
    for auth in (None, (DESK[0], "wrong"), ("", ""), ("nobody", DESK[1])):
        answer = service.send("GET", "/", by=None, auth=auth)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert service.send("GET", "/").status_code == 401


def test_the_page_shows_releases_refusals_and_suspensions(service: Service) -> None:
    """Chinese first; the code and article of a refusal; nothing loaded from elsewhere."""
    service.gate.publish()
    service.gate.settle(service.gate.request(service.gate.stage(scenario=MARKET), scenario=MARKET))
    service.officer.register_order(service.gate.city.order("suspend", "provider", "city-library"))
    answer = service.send("GET", "/", by=None, auth=DESK)
    page = answer.text
    for text in (
        "闸门",
        "decision_missing",
        "第十三条",
        "city-library",
        "第十六条",
        "已发布",
        LIBRARY,
    ):
        assert text in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert service.send("GET", "/desk.css", by=None).status_code == 200


@pytest.mark.article("第十九条")
def test_the_page_shows_the_operators_stops_and_open_incidents(service: Service) -> None:
    """One that is not contained yet is told from what stops supply."""
    stop = service.officer.stop_user("data_user", "city-planner", "超出约定用途").case_id
    found = {"sign": "by_hand", "what": "外泄线索", "scope_kind": "scenario", "scope": LIBRARY}
    found["discovered_at"] = service.gate.clock.now().isoformat()
    service.officer.move("incident", "inc-1", "open", found)
    page = service.send("GET", "/", by=None, auth=DESK).text
    for text in (stop, "city-planner", "inc-1", "尚未控制 not contained yet"):
        assert text in page
    service.officer.lift_stop(stop, "已整改")
    assert stop not in service.send("GET", "/", by=None, auth=DESK).text


@pytest.mark.article("第十九条")
def test_the_page_shows_until_when_the_bureau_must_know_of_an_incident(service: Service) -> None:
    """Beijing time, and loud once it is over, until it was reported (立即报告)."""
    book, officer = case_book(service.gate.ports), principal_of(Role.SECURITY_OFFICER)
    hours = service.gate.ports.contracts.pack(NOW).parameters.incident_report_hours.value
    found_at = NOW - timedelta(hours=hours)
    found = {"sign": "by_hand", "what": "外泄线索", "scope_kind": "scenario", "scope": LIBRARY}
    found["discovered_at"] = found_at.isoformat()
    book.move(INCIDENT, "inc-1", "open", found, officer)
    due = f"{NOW.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} 已逾期 overdue"
    assert due in service.send("GET", "/", by=None, auth=DESK).text
    book.move(INCIDENT, "inc-1", "contain", {"measures": "停止供给"}, officer)
    assert due in service.send("GET", "/", by=None, auth=DESK).text
    told = {"effects": "无外泄", "affected_rows": 0, "affected_subjects": 0}
    book.move(INCIDENT, "inc-1", "report", told, officer)
    page = service.send("GET", "/", by=None, auth=DESK).text
    assert "已报告 reported" in page
    assert "overdue" not in page


def test_hostile_text_on_the_page_is_text(service: Service) -> None:
    """A title with markup is shown, not run."""
    with service.gate.city.edited(LIBRARY, title="<script>alert(1)</script>"):
        page = service.send("GET", "/", by=None, auth=DESK).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_health_needs_no_token_and_tells_no_secret(service: Service) -> None:
    """A probe learns that database and worker are alive."""
    answer = service.send("GET", "/healthz", by=None)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_gate_without_its_database_says_so(gate: GateCity) -> None:
    """503 and a code, for the probe and for the caller; the service itself lives on."""
    gate.engine = create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    with _serving(gate) as served:
        for method, path in (
            ("GET", "/healthz"),
            ("GET", "/v1/releases"),
            ("GET", "/v1/releases/x"),
        ):
            answer = served.send(method, path)
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        with pytest.raises(GateUnavailableError):
            served.worker.standing(SCENARIO)


def test_an_unforeseen_error_is_answered_without_its_text(gate: GateCity) -> None:
    """A bug answers 500 with its type alone, on the wire and in the log."""

    class Broken:
        def now(self) -> datetime:
            raise ZeroDivisionError("言谨之 510903199001019995")

    gate.decide()
    envelope = gate.city.decision(gate.city.plan())
    gate.clock = Broken()
    with capture_logs() as logged, _serving(gate) as served:
        answer = served.send("PUT", "/v1/decisions", by=None, json=envelope.to_json())
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert "510903" not in answer.text
    assert "510903" not in str(logged)
    assert any(entry["event"] == "request_failed" for entry in logged)


def test_a_manifest_reference_is_not_believed(service: Service) -> None:
    """A digest that does not match what lies in staging is refused by the worker."""
    service.gate.decide()
    manifest = service.gate.stage()
    lie = replace(manifest, sm3=Digest(manifest.sm3[::-1]), size_bytes=1)
    status = service.worker.request_release(SCENARIO, RunId(RUN), lie)
    reason = service.settled(status.release_id).reason
    assert reason is not None
    assert reason.code == "digest_mismatch"


def test_a_terminated_agreement_stops_runs_releases_and_reading(service: Service) -> None:
    """第十五条: from the instant that the bureau's notice states, for that agreement alone."""
    gate = service.gate
    gate.publish()
    gate.publish(scenario=MARKET)
    provisioner = gate.provisioner
    assert isinstance(provisioner, MemoryProvisioner)
    ended = provisioner.sign_in(service.officer.issue_credential("ua-1"))
    other = provisioner.sign_in(service.officer.issue_credential("ua-2"))
    service.worker.register_termination(gate.city.termination("ua-1", NOW))
    with pytest.raises(AuthorisationError):
        ended.get_bytes(f"release-{LIBRARY}", "latest.json")
    assert other.get_bytes(f"release-{MARKET}", "latest.json")
    with pytest.raises(ExpiredError) as refusal:
        service.officer.issue_credential("ua-1")
    assert (refusal.value.code, refusal.value.article) == ("agreement_terminated", "第十五条")
    told = service.worker.standing(SCENARIO).terminations
    assert [one.agreement for one in told] == ["ua-1"]
    page = service.send("GET", "/", by=None, auth=DESK).text
    assert "协议终止通报" in page
    assert "agreement_terminated" in page
    status = service.worker.request_release(SCENARIO, RunId("later"), gate.stage(run_id="later"))
    reason = service.settled(status.release_id).reason
    assert reason is not None
    assert reason.code == "agreement_terminated"


def test_the_operation_agreements_end_cuts_every_credential(service: Service) -> None:
    """What rests on it ends with it; the same notice twice is one."""
    gate = service.gate
    gate.publish()
    gate.publish(scenario=MARKET)
    for agreement in ("ua-1", "ua-2"):
        service.officer.issue_credential(agreement)
    notice = gate.city.termination("oa-1", NOW, kind="operation").to_json()
    answer = service.send("PUT", "/v1/terminations", json=notice)
    assert answer.json()["registered"] is True
    assert service.send("PUT", "/v1/terminations", json=notice).json()["registered"] is False
    revoked = [one for one in gate.records() if one.action == "credential.revoked"]
    assert {one.target.name for one in revoked} == {"ua-1", "ua-2"}
    kept = [one for one in gate.records() if one.action == "termination.registered"]
    assert [(one.target.name, one.legal.operation_agreement) for one in kept] == [("oa-1", "oa-1")]


def test_a_notice_bites_at_its_own_instant(service: Service) -> None:
    """Until then the data user reads; from then on the worker has cut access by itself."""
    gate = service.gate
    gate.publish()
    provisioner, clock = gate.provisioner, gate.clock
    assert isinstance(provisioner, MemoryProvisioner)
    assert isinstance(clock, TickingClock)
    consumer = provisioner.sign_in(service.officer.issue_credential("ua-1"))
    at = clock.instant + timedelta(hours=3)
    service.worker.register_termination(gate.city.termination("ua-1", at))
    time.sleep(0.5)
    assert consumer.get_bytes(f"release-{LIBRARY}", "latest.json")
    clock.instant = at
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            consumer.get_bytes(f"release-{LIBRARY}", "latest.json")
        except AuthorisationError:
            return
        time.sleep(0.05)
    raise AssertionError("the consumer still reads")


def test_a_forged_notice_changes_nothing(service: Service) -> None:
    """Signed by another key, or an order in its place: refused, and the attempt kept."""
    city = service.gate.city
    forged = city.termination("ua-1", NOW, key=SigningKey.generate())
    for envelope in (forged, city.order("suspend", "all", "")):
        with pytest.raises(IntegrityError):
            service.officer.register_termination(envelope)
    service.gate.decide()
    assert service.worker.standing(SCENARIO).terminations == ()
    refused = [one for one in service.gate.records() if one.action == "access.refused"]
    assert [one.target.kind for one in refused] == ["termination", "termination"]
