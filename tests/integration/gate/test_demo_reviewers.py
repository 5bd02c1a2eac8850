"""The demo's two reviewers at a gate that is served: each with a token of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from fakes.gate_city import GateCity
from fakes.people import UNBOUND, account_id, everybody, secret_of
from fakes.project_city import served
from fakes.small_city import LIBRARY, RESERVED
from weir.demo.embedded.ports import pick_free
from weir.demo.reviewers import Reviewer, Reviewers
from weir.gate.app import create_gate
from weir.gate.client import GateClient
from weir.gate.release_store import Release
from weir.model import Role

PEOPLE = (Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER)


@dataclass
class Desk:
    """The reviewers, what they said, and the gate they work at with the release that waits there.

    The gate goes on by itself after the last word, so tests ask it for nothing but the words.
    """

    gate: GateCity
    url: str
    release: Release
    said: list[str] = field(default_factory=list)

    def client(self, role: Role) -> GateClient:
        return GateClient(self.url, account_id(role), secret_of(role))

    @property
    def reviewers(self) -> Reviewers:
        return Reviewers(
            people=[
                Reviewer(role=role, account=account_id(role), desk=self.client(role))
                for role in PEOPLE
            ],
            objects=lambda scenario, _: len(self.gate.bucket(scenario)),
            say=self.said.append,
        )

    @property
    def approvals(self) -> list[tuple[str, object]]:
        """Who approved which manifest, by the records."""
        return [
            (record.initiator.id, record.data["manifest"])
            for record in self.gate.records()
            if record.action == "release.approved"
        ]

    @property
    def both(self) -> list[tuple[str, object]]:
        return [(account_id(role), self.release.manifest.sm3) for role in PEOPLE]


@pytest.fixture
def release(gate: GateCity) -> Release:
    """A release that passed every check and waits for review."""
    gate.decide(RESERVED)
    return gate.settle(gate.request(gate.stage(scenario=RESERVED), scenario=RESERVED))


@pytest.fixture
def desk(gate: GateCity, release: Release) -> Iterator[Desk]:
    with served(create_gate(gate.ports, everybody(), limits=UNBOUND)) as url:
        yield Desk(gate, url, release)


def test_both_approve_what_waits_and_nothing_was_there_before(desk: Desk) -> None:
    """Two distinct people, by the digest; the bucket is counted while the release waits."""
    reviewers = desk.reviewers
    reviewers.look([RESERVED], desk.release.run_id)
    assert desk.approvals == desk.both
    assert reviewers.before == {desk.release.release_id: 0}
    waiting, first, second = desk.said
    assert desk.release.manifest.sm3[:16] in waiting
    assert "首席数据官" in first
    assert "数据安全责任人" in second


def test_a_second_look_adds_nothing(desk: Desk) -> None:
    """Each release is reviewed once."""
    reviewers = desk.reviewers
    reviewers.look([RESERVED], desk.release.run_id)
    said = list(desk.said)
    reviewers.look([RESERVED], desk.release.run_id)
    assert desk.said == said
    assert desk.approvals == desk.both


def test_what_somebody_approved_by_hand_needs_one_more(desk: Desk) -> None:
    """The same person's second word is refused and told; the other one's counts."""
    chief = desk.client(Role.CHIEF_DATA_OFFICER)
    chief.review(desk.release.release_id, desk.release.manifest.sm3, "已看", approve=True)
    desk.reviewers.look([RESERVED], desk.release.run_id)
    assert desk.approvals == desk.both
    assert "reviewer_twice" in desk.said[1]


def test_a_release_of_another_scenario_is_left_to_others(desk: Desk) -> None:
    """The reviewers look at what they are asked to."""
    desk.reviewers.look([LIBRARY], desk.release.run_id)
    assert (desk.approvals, desk.said) == ([], [])


def test_what_somebody_elses_run_gave_is_left_to_people(desk: Desk) -> None:
    """It waits on: the demo speaks for its own run only."""
    desk.reviewers.look([RESERVED], "demo-20260715T000000Z")
    assert (desk.approvals, desk.said) == ([], [])


def test_a_gate_that_does_not_answer_is_asked_again(gate: GateCity, release: Release) -> None:
    """It is told, and nobody's word is lost."""
    (port,) = pick_free(1)
    away = Desk(gate, f"http://127.0.0.1:{port}", release)
    reviewers = away.reviewers
    reviewers.look([RESERVED], release.run_id)
    assert reviewers.before == {}
    (told,) = away.said
    assert "gate_unavailable" in told
