"""Reviews and delistings over HTTP: who is let in, and what is kept of those who are not."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from fakes.gate_city import GateCity
from fakes.people import UNBOUND, account_id, everybody, principal_of, secret_of
from fakes.small_city import RESERVED
from weir.crypto.dsse import Envelope
from weir.gate.app import create_gate
from weir.gate.release_store import Release
from weir.model import ReleaseState, Role
from weir.service.tokens import Tokens

CHIEF, OFFICER = Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER


class Calls:
    """The gate's service, without its worker: what settles is settled by the test."""

    def __init__(self, gate: GateCity) -> None:
        self.gate = gate
        app = create_gate(gate.ports, everybody(), limits=UNBOUND)
        self._client = TestClient(app, raise_server_exceptions=False)

    def _bearer(self, by: Role | None) -> dict[str, str]:
        if by is None:
            return {}
        ports = self.gate.ports
        tokens = Tokens(audience="gate", key=ports.signing_key, clock=ports.clock)
        return {"Authorization": f"Bearer {tokens.issue(principal_of(by))}"}

    def post(self, path: str, body: object, by: Role | None = CHIEF) -> tuple[int, Any]:
        answer = self._client.post(path, json=body, headers=self._bearer(by))
        return answer.status_code, answer.json()

    def put(self, path: str, envelope: Envelope) -> tuple[int, Any]:
        answer = self._client.put(path, json=envelope.to_json(), headers=self._bearer(CHIEF))
        return answer.status_code, answer.json()

    def get(self, path: str) -> Any:
        return self._client.get(path, headers=self._bearer(CHIEF)).json()

    def page(self) -> str:
        auth = (account_id(CHIEF).encode(), secret_of(CHIEF).encode())
        return str(self._client.get("/", auth=auth).text)

    def review(self, release: Release, by: Role | None, **changes: object) -> tuple[int, Any]:
        body = {"manifest_sm3": release.manifest.sm3, "approve": True, "words": "与合同一致"}
        return self.post(f"/v1/releases/{release.release_id}/approvals", body | changes, by)


@pytest.fixture
def calls(gate: GateCity) -> Calls:
    return Calls(gate)


@pytest.fixture
def release(gate: GateCity) -> Release:
    gate.decide(RESERVED)
    manifest = gate.stage(scenario=RESERVED)
    return gate.settle(gate.request(manifest, scenario=RESERVED))


def test_two_officers_approve_over_the_wire(calls: Calls, release: Release) -> None:
    """Each with a token of their own; the desk shows how far the review has come."""
    assert calls.review(release, CHIEF)[0] == 201
    assert "1/2" in calls.page()
    assert release.manifest.sm3 in calls.page()
    status, told = calls.review(release, OFFICER)
    assert (status, told["state"], told["approvals"]) == (201, "reviewed", 2)
    listed = calls.get(f"/v1/releases/{release.release_id}/approvals")
    assert [one["by"]["id"] for one in listed] == [account_id(CHIEF), account_id(OFFICER)]
    assert calls.gate.settle(release).state is ReleaseState.PUBLISHED


def test_reviewers_see_that_a_release_was_refused_before(calls: Calls) -> None:
    """It can be asked for again, and passes its checks then: whoever reviews it should know."""
    gate = calls.gate
    manifest = gate.stage(scenario=RESERVED)
    refused = gate.settle(gate.request(manifest, scenario=RESERVED))
    assert refused.state is ReleaseState.REFUSED
    assert refused.changed_at == gate.records()[-1].occurred_at > refused.requested_at
    gate.decide(RESERVED)
    waiting = gate.settle(gate.request(manifest, scenario=RESERVED))
    assert waiting.state is ReleaseState.IN_REVIEW
    assert "此前被拒绝 1 次" in calls.page()


@pytest.mark.parametrize(
    ("by", "status", "code"),
    [(None, 401, "token_refused"), (Role.WORKER, 403, None), (Role.OPERATOR_ENGINEER, 403, None)],
)
def test_others_neither_review_nor_delist(
    calls: Calls, release: Release, by: Role | None, status: int, code: str | None
) -> None:
    """The matrix gives both acts to the chief data officer and the security officer alone."""
    path = f"/v1/releases/{release.release_id}/delisting"
    for answer in (
        calls.review(release, by),
        calls.post(path, {"ground": "发现违规加工"}, by),
    ):
        assert answer[0] == status
        assert answer[1]["code"] == (code or "role_not_allowed")
    held = calls.gate.releases.find(release.release_id)
    assert held is not None
    assert (held.state, held.approvals) == (ReleaseState.IN_REVIEW, 0)


def test_a_refused_review_is_kept_with_the_person(calls: Calls, release: Release) -> None:
    """Who tried what, and why it was refused (GB/T 22239-2019 8.1.4.3)."""
    calls.review(release, CHIEF)
    status, told = calls.review(release, CHIEF)
    assert (status, told["code"], told["kind"]) == (409, "reviewer_twice", "ApprovalError")
    record = calls.gate.records()[-1]
    assert (record.action, record.outcome, record.reason_code) == (
        "access.refused",
        "refused",
        "reviewer_twice",
    )
    assert record.initiator.id == account_id(CHIEF)


@pytest.mark.parametrize(
    "changes",
    [
        {"manifest_sm3": "0"},
        {"approve": "yes"},
        {"words": " "},
        {"words": "x" * 2001},
        {"reviewer": "somebody else"},
    ],
)
def test_a_malformed_review_changes_nothing(
    calls: Calls, release: Release, changes: dict[str, object]
) -> None:
    """Every field is needed and none is guessed."""
    status, told = calls.review(release, CHIEF, **changes)
    assert (status, told["code"]) == (422, "request_malformed")
    held = calls.gate.releases.find(release.release_id)
    assert held is not None
    assert held.approvals == 0


def test_a_release_is_delisted_over_the_wire(calls: Calls) -> None:
    """The answer comes at once; the gate's worker takes the release away."""
    release = calls.gate.publish()
    path = f"/v1/releases/{release.release_id}/delisting"
    status, told = calls.post(path, {"ground": "发现违规加工"})
    assert (status, told["state"]) == (202, "delisting")
    status, told = calls.post(path, {"ground": "发现违规加工"})
    assert (status, told["code"]) == (409, "move_out_of_order")


def test_what_does_not_exist_is_neither_reviewed_nor_delisted(calls: Calls) -> None:
    """A name that the gate does not know, or that looks like one of its own."""
    for name in ("rel-" + "0" * 32, "rеl-" + "0" * 32):
        body = {"manifest_sm3": "0" * 64, "approve": True, "words": "与合同一致"}
        assert calls.post(f"/v1/releases/{name}/approvals", body)[0] == 404
        assert calls.post(f"/v1/releases/{name}/delisting", {"ground": "x"})[0] == 404


def test_an_order_on_an_unknown_release_changes_nothing(calls: Calls) -> None:
    """It is refused with a code, kept as an attempt, and not among the orders."""
    order = calls.gate.city.order("delist", "release", "rel-" + "0" * 32)
    status, told = calls.put("/v1/orders", order)
    assert (status, told["code"]) == (404, "release_unknown")
    assert calls.gate.standings.orders() == ()
    assert calls.gate.records()[-1].reason_code == "release_unknown"


def test_an_order_with_a_scope_that_cannot_be_is_refused(calls: Calls) -> None:
    """A release is delisted and nothing else; nothing else is."""
    for order in (
        calls.gate.city.order("delist", "scenario", RESERVED),
        calls.gate.city.order("suspend", "release", "rel-" + "0" * 32),
    ):
        status, told = calls.put("/v1/orders", order)
        assert (status, told["code"]) == (422, "statement_malformed")
    assert calls.gate.standings.orders() == ()


def test_whoever_started_the_run_is_told_by_the_worker(calls: Calls) -> None:
    """And is refused as a reviewer, also under a token of their own; no name hides a character."""
    gate = calls.gate
    gate.decide(RESERVED)
    manifest = gate.stage(scenario=RESERVED)
    body = {
        "scenario": RESERVED,
        "run_id": manifest.key.split("/")[1],
        "manifest": {
            "bucket": manifest.bucket,
            "key": manifest.key,
            "sm3": manifest.sm3,
            "size_bytes": manifest.size_bytes,
        },
        "requested_by": account_id(CHIEF),
    }
    for hidden in ("chief\u202e", "chi\u200bef", "chief\n"):
        status, told = calls.post("/v1/releases", body | {"requested_by": hidden}, Role.WORKER)
        assert (status, told["code"]) == (422, "request_malformed")
    status, told = calls.post("/v1/releases", body, Role.WORKER)
    assert status == 202
    held = gate.releases.find(told["release_id"])
    assert held is not None
    assert gate.settle(held).state is ReleaseState.IN_REVIEW
    assert calls.review(held, CHIEF)[1]["code"] == "reviewer_is_requester"
    asked = next(r for r in gate.records() if r.action == "release.requested")
    assert asked.initiator.on_behalf_of == account_id(CHIEF)
