"""Reviews and delistings over HTTP: who is let in, and what is kept of those who are not."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from fakes.gate_city import CHIEF, OFFICER, GateCity
from fakes.small_city import RESERVED
from weir.crypto.dsse import Envelope
from weir.gate.access import Access
from weir.gate.app import create_gate
from weir.gate.release_store import Release
from weir.model import Principal, ReleaseState, Role

ENGINEER = Principal(id="engineer", role=Role.OPERATOR_ENGINEER, org="operator")
TOKENS = {CHIEF: "chief-token", OFFICER: "officer-token", ENGINEER: "engineer-token"}


class Calls:
    """The gate's service, without its worker: what settles is settled by the test."""

    def __init__(self, gate: GateCity) -> None:
        self.gate = gate
        access = Access(
            worker_token="worker-token",
            operator_token="operator-token",
            desk_user="desk",
            desk_password="desk-password",
            others=TOKENS,
        )
        self._client = TestClient(create_gate(gate.ports, access), raise_server_exceptions=False)

    def post(self, path: str, body: object, token: str = TOKENS[CHIEF]) -> tuple[int, Any]:
        answer = self._client.post(
            path, json=body, headers={"Authorization": f"Bearer {token}"} if token else {}
        )
        return answer.status_code, answer.json()

    def put(self, path: str, envelope: Envelope) -> tuple[int, Any]:
        headers = {"Authorization": "Bearer operator-token"}
        answer = self._client.put(path, json=envelope.to_json(), headers=headers)
        return answer.status_code, answer.json()

    def get(self, path: str) -> Any:
        headers = {"Authorization": "Bearer operator-token"}
        return self._client.get(path, headers=headers).json()

    def page(self) -> str:
        return str(self._client.get("/", auth=("desk", "desk-password")).text)

    def review(self, release: Release, token: str, **changes: object) -> tuple[int, Any]:
        body = {"manifest_sm3": release.manifest.sm3, "approve": True, "words": "与合同一致"}
        return self.post(f"/v1/releases/{release.release_id}/approvals", body | changes, token)


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
    assert calls.review(release, "chief-token")[0] == 201
    assert "1/2" in calls.page()
    assert release.manifest.sm3 in calls.page()
    status, told = calls.review(release, "officer-token")
    assert (status, told["state"], told["approvals"]) == (201, "reviewed", 2)
    listed = calls.get(f"/v1/releases/{release.release_id}/approvals")
    assert [one["by"]["id"] for one in listed] == ["chief", "officer"]
    assert calls.gate.settle(release).state is ReleaseState.PUBLISHED


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [("", 401, "token_refused"), ("worker-token", 403, None), ("engineer-token", 403, None)],
)
def test_others_neither_review_nor_delist(
    calls: Calls, release: Release, token: str, status: int, code: str | None
) -> None:
    """The matrix gives both acts to the chief data officer and the security officer alone."""
    path = f"/v1/releases/{release.release_id}/delisting"
    for answer in (
        calls.review(release, token),
        calls.post(path, {"ground": "发现违规加工"}, token),
    ):
        assert answer[0] == status
        assert answer[1]["code"] == (code or "role_not_allowed")
    held = calls.gate.releases.find(release.release_id)
    assert held is not None
    assert (held.state, held.approvals) == (ReleaseState.IN_REVIEW, 0)


def test_a_refused_review_is_kept_with_the_person(calls: Calls, release: Release) -> None:
    """Who tried what, and why it was refused (GB/T 22239-2019 8.1.4.3)."""
    calls.review(release, "chief-token")
    status, told = calls.review(release, "chief-token")
    assert (status, told["code"], told["kind"]) == (409, "reviewer_twice", "ApprovalError")
    record = calls.gate.records()[-1]
    assert (record.action, record.outcome, record.reason_code) == (
        "access.refused",
        "refused",
        "reviewer_twice",
    )
    assert record.initiator.id == "chief"


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
    status, told = calls.review(release, "chief-token", **changes)
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
    """And is refused as a reviewer, also under a token of their own."""
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
        "requested_by": "chief",
    }
    status, told = calls.post("/v1/releases", body, "worker-token")
    assert status == 202
    held = gate.releases.find(told["release_id"])
    assert held is not None
    assert gate.settle(held).state is ReleaseState.IN_REVIEW
    assert calls.review(held, "chief-token")[1]["code"] == "reviewer_is_requester"
    asked = next(r for r in gate.records() if r.action == "release.requested")
    assert asked.initiator.on_behalf_of == "chief"
