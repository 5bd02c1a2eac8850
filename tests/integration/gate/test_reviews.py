"""Releases that two people have to approve (第二十三条第(三)项)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.gate_city import CHIEF, OFFICER, GateCity
from fakes.small_city import RESERVED, ROWS, RUN
from weir.crypto.dsse import Envelope
from weir.errors import ApprovalError
from weir.gate.credentials import Credentials
from weir.gate.reconcile import Reconciler
from weir.gate.release_store import Release
from weir.model import Principal, ReleaseState
from weir.release.certificate import Certificate
from weir.release.manifest import DATA
from weir.storage.objects import STAGING


def _held(gate: GateCity, requested_by: str = "") -> Release:
    """A release that has passed every check and waits for its reviewers."""
    gate.decide(RESERVED)
    manifest = gate.stage(scenario=RESERVED)
    return gate.settle(gate.request(manifest, scenario=RESERVED, requested_by=requested_by))


def _certificate(gate: GateCity, release: Release) -> Certificate:
    key = f"releases/{release.release_id}/certificate.json"
    data = gate.admin.get_bytes(f"release-{RESERVED}", key)
    return Certificate.model_validate_json(Envelope.from_json(json.loads(data)).payload)


def test_a_release_waits_until_two_people_have_approved_it(gate: GateCity, tmp_path: Path) -> None:
    """Nothing lies in the bucket before; the certificate names who approved what and when."""
    release = _held(gate)
    assert (release.state, release.reviewers, release.rows) == (
        ReleaseState.IN_REVIEW,
        2,
        len(ROWS),
    )
    assert gate.bucket(RESERVED) == []
    assert gate.releases.open() == ()
    first = gate.review(release, CHIEF)
    assert (first.state, first.approvals) == (ReleaseState.IN_REVIEW, 1)
    assert gate.settle(release).state is ReleaseState.IN_REVIEW
    assert gate.review(release, OFFICER).state is ReleaseState.REVIEWED
    assert gate.settle(release).state is ReleaseState.PUBLISHED
    stated = _certificate(gate, release).predicate
    assert stated.reviewers_needed == 2
    assert [(one.reviewer, one.role) for one in stated.approvals] == [
        ("chief", "chief_data_officer"),
        ("officer", "security_officer"),
    ]
    assert {one.manifest_sm3 for one in stated.approvals} == {release.manifest.sm3}
    found = gate.copy(tmp_path / "copy", RESERVED)
    assert found.passed, found.failures


def test_every_step_of_a_review_leaves_its_record(gate: GateCity) -> None:
    """Two attempts, each with intent and outcome; each approval with the person who gave it."""
    release = _held(gate)
    gate.review(release, CHIEF)
    gate.review(release, OFFICER)
    gate.settle(release)
    told = [(r.action, r.phase, r.initiator.id) for r in gate.records()]
    assert told[-8:] == [
        ("release.requested", "state", "the-worker"),
        ("release.published", "intent", "weir-gate"),
        ("release.checked", "outcome", "weir-gate"),
        ("release.approved", "state", "chief"),
        ("release.approved", "state", "officer"),
        ("release.reviewed", "state", "weir-gate"),
        ("release.published", "intent", "weir-gate"),
        ("release.published", "outcome", "weir-gate"),
    ]


@pytest.mark.parametrize(
    ("by", "digest", "code"),
    [
        (CHIEF, None, "reviewer_twice"),
        (OFFICER, "0" * 64, "approval_other_manifest"),
        (replace(OFFICER, id="engineer"), None, "reviewer_is_requester"),
        (replace(OFFICER, id="ENGINEER"), None, "reviewer_is_requester"),
        (replace(OFFICER, id="ｅngineer"), None, "reviewer_is_requester"),
    ],
)
def test_an_approval_that_cannot_be_given_counts_for_nothing(
    gate: GateCity, by: Principal, digest: str | None, code: str
) -> None:
    """Not twice by one person, not for other bytes, not by whoever asked for the release."""
    release = _held(gate, requested_by="engineer")
    gate.review(release, CHIEF)
    with pytest.raises(ApprovalError) as refusal:
        gate.review(release, by, manifest_sm3=digest)
    assert refusal.value.code == code
    assert refusal.value.article
    assert refusal.value.remedy
    held = gate.releases.find(release.release_id)
    assert held is not None
    assert (held.state, held.approvals) == (ReleaseState.IN_REVIEW, 1)


def test_whoever_asks_again_cannot_review_either(gate: GateCity) -> None:
    """Asking for a release that waits already makes one its requester too, once and on record."""
    release = _held(gate, requested_by="engineer")
    for _ in range(2):
        gate.request(release.manifest, scenario=RESERVED, requested_by="chief")
    with pytest.raises(ApprovalError) as refusal:
        gate.review(release, CHIEF)
    assert refusal.value.code == "reviewer_is_requester"
    asked = [r for r in gate.records() if r.action == "release.requested"]
    assert [one.initiator.on_behalf_of for one in asked] == ["engineer", "chief"]


def test_an_approval_of_somebody_who_then_asks_counts_no_more(gate: GateCity) -> None:
    """Approved first and asked for afterwards, it still takes two others."""
    release = _held(gate, requested_by="engineer")
    gate.review(release, CHIEF)
    gate.request(release.manifest, scenario=RESERVED, requested_by="Chief")
    assert gate.review(release, OFFICER).state is ReleaseState.IN_REVIEW
    assert gate.settle(release).state is ReleaseState.IN_REVIEW


def test_a_byte_changed_after_the_approvals_voids_them(gate: GateCity) -> None:
    """The gate reads everything again before it publishes."""
    release = _held(gate)
    gate.review(release, CHIEF)
    gate.review(release, OFFICER)
    key = release.manifest.key.replace("manifest.json", DATA)
    data = bytearray(gate.admin.get_bytes(STAGING, key))
    data[len(data) // 2] ^= 1
    gate.admin.put_bytes(STAGING, key, bytes(data))
    settled = gate.settle(release)
    assert settled.reason is not None
    assert settled.reason.code == "digest_mismatch"
    assert gate.bucket(RESERVED) == []


def test_a_rejection_refuses_the_release(gate: GateCity) -> None:
    """With a code of its own, and nobody approves it afterwards."""
    release = _held(gate)
    gate.review(release, CHIEF)
    rejected = gate.review(release, OFFICER, approve=False)
    assert rejected.state is ReleaseState.REFUSED
    assert rejected.reason is not None
    assert (rejected.reason.code, rejected.reason.article) == (
        "approval_rejected",
        "第二十三条第(三)项",
    )
    with pytest.raises(ApprovalError) as refusal:
        gate.review(release, replace(OFFICER, id="third"))
    assert refusal.value.code == "move_out_of_order"
    record = gate.records()[-1]
    assert (record.action, record.outcome, record.initiator.id) == (
        "release.refused",
        "refused",
        "officer",
    )


def test_a_reviewer_may_still_think_better_of_it(gate: GateCity) -> None:
    """Whoever has approved may reject while the release waits."""
    release = _held(gate)
    gate.review(release, CHIEF)
    assert gate.review(release, CHIEF, approve=False).state is ReleaseState.REFUSED


def test_approvals_of_a_refused_round_do_not_count_in_the_next(gate: GateCity) -> None:
    """Asked for again, a release is reviewed again."""
    release = _held(gate)
    gate.review(release, CHIEF)
    gate.review(release, OFFICER, approve=False)
    again = gate.settle(gate.request(release.manifest, scenario=RESERVED))
    assert (again.state, again.round, again.approvals) == (ReleaseState.IN_REVIEW, 2, 0)
    gate.review(again, CHIEF)
    assert gate.settle(again).state is ReleaseState.IN_REVIEW
    gate.review(again, OFFICER)
    assert gate.settle(again).state is ReleaseState.PUBLISHED


def test_reviewers_who_race_are_both_counted_once(gate: GateCity) -> None:
    """Eight tries of two people at once: each counts once, the others are refused, none is lost."""
    release = _held(gate)

    def approve(by: Principal) -> str:
        try:
            return gate.review(release, by).state
        except ApprovalError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(approve, [CHIEF, OFFICER] * 4))
    assert told.count("reviewed") == 1
    assert told.count("in_review") == 1
    held = gate.releases.find(release.release_id)
    assert held is not None
    assert (held.state, held.approvals) == (ReleaseState.REVIEWED, 2)
    assert len([r for r in gate.records() if r.action == "release.approved"]) == 2


def test_nothing_is_approved_after_publication(gate: GateCity) -> None:
    """A word that comes too late is refused."""
    release = _held(gate)
    gate.review(release, CHIEF)
    gate.review(release, OFFICER)
    gate.settle(release)
    with pytest.raises(ApprovalError) as refusal:
        gate.review(release, replace(OFFICER, id="third"))
    assert refusal.value.code == "move_out_of_order"


def test_a_release_in_review_holds_up_no_other(gate: GateCity) -> None:
    """Reviewers take their time; a later run of the scenario is checked meanwhile."""
    first = _held(gate)
    manifest = gate.stage(scenario=RESERVED, run_id=f"{RUN}-2")
    second = gate.request(manifest, scenario=RESERVED, run_id=f"{RUN}-2")
    ports = gate.ports
    assert Reconciler(ports, Credentials(ports)).run_once() == 0
    states = {one.release_id: one.state for one in gate.releases.of(RESERVED)}
    assert states == {
        first.release_id: ReleaseState.IN_REVIEW,
        second.release_id: ReleaseState.IN_REVIEW,
    }


def test_a_contract_edited_during_the_review_is_not_released(gate: GateCity) -> None:
    """Approvals do not stand for the bureau's decision (第十三条)."""
    release = _held(gate)
    gate.review(release, CHIEF)
    gate.review(release, OFFICER)
    with gate.city.edited(RESERVED, title="另一名称"):
        settled = gate.settle(release)
    assert settled.reason is not None
    assert settled.reason.code == "decision_for_other_digest"
    assert gate.bucket(RESERVED) == []
