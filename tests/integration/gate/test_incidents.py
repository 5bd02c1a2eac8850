"""Incidents at the gate: opened by what it finds, contained by a person, closed with a lesson."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.gate_city import GateCity
from fakes.memory_provisioner import MemoryProvisioner
from fakes.people import principal_of
from fakes.small_city import LIBRARY, RUN
from weir.errors import AuthorisationError
from weir.gate.book import case_book
from weir.gate.credentials import Credentials
from weir.gate.reconcile import Reconciler
from weir.governance.cases import Case
from weir.model import ReleaseState, Role
from weir.policy.machines.incident import INCIDENT
from weir.storage.objects import STAGING

OFFICER = principal_of(Role.SECURITY_OFFICER)
LATEST = "latest.json"


def _pass(gate: GateCity) -> None:
    assert Reconciler(gate.ports, Credentials(gate.ports)).run_once() == 0


def _tampered(gate: GateCity, run_id: str = RUN) -> str:
    """A release refused because its staged bytes changed after the request."""
    gate.decide()
    staged = gate.stage(run_id=run_id)
    release = gate.request(staged, run_id=run_id)
    key = staged.key.replace("manifest.json", "dictionary.json")
    gate.admin.put_bytes(STAGING, key, b"{}")
    assert gate.settle(release).state is ReleaseState.REFUSED
    return release.release_id


def _move(gate: GateCity, case_id: str, move: str, **facts: Any) -> Case:
    return case_book(gate.ports).move(INCIDENT, case_id, move, facts, OFFICER)


@pytest.mark.article("第十九条")
def test_a_sign_of_tampering_opens_an_incident_once(gate: GateCity) -> None:
    """However often the gate looks, and after a restart too."""
    release = _tampered(gate)
    _pass(gate)
    # Asked for again at once: the verdict of the first time stands, and the next belongs to it.
    held = gate.releases.find(release)
    assert held is not None
    assert gate.settle(gate.request(held.manifest)).state is ReleaseState.REFUSED
    for _ in range(2):
        _pass(gate)
    (case,) = case_book(gate.ports).listed("incident")
    assert release in case.facts["what"]
    assert (case.state, case.facts["sign"], case.facts["scope"]) == ("opened", "integrity", LIBRARY)
    opened = [one for one in gate.records() if one.action == "incident.opened"]
    assert [(one.outcome, one.initiator.id) for one in opened] == [("success", "weir-gate")]


@pytest.mark.article("第十九条")
def test_a_flood_of_forged_products_is_one_incident_for_each_reason(gate: GateCity) -> None:
    """Whoever hands in one after another buries nothing among incidents, and nothing of another
    kind is taken for part of the flood."""
    releases = [_tampered(gate, f"r-{number}") for number in range(3)]
    assert len(set(releases)) == 3
    _pass(gate)
    (flood,) = case_book(gate.ports).listed("incident")
    assert releases[0] in flood.facts["what"]
    forged = gate.restage(gate.stage(run_id="r-9"), change=_other_figures)
    assert gate.settle(gate.request(forged, run_id="r-9")).state is ReleaseState.REFUSED
    _pass(gate)
    assert len(case_book(gate.ports).listed("incident")) == 2


def _other_figures(told: dict[str, Any]) -> None:
    told["provenance"]["disclosure"]["k_found"] = 99


def test_a_sign_after_the_end_of_an_incident_opens_another(gate: GateCity) -> None:
    """What was dismissed once is looked at again when it happens again."""
    release = _tampered(gate)
    _pass(gate)
    (first,) = case_book(gate.ports).listed("incident")
    _move(gate, first.case_id, "dismiss", reason="演练")
    _pass(gate)
    assert len(case_book(gate.ports).listed("incident")) == 1
    held = gate.releases.find(release)
    assert held is not None
    gate.settle(gate.request(held.manifest))
    _pass(gate)
    assert [one.state for one in case_book(gate.ports).listed("incident")] == [
        "opened",
        "dismissed",
    ]


def test_an_ordinary_refusal_opens_none(gate: GateCity) -> None:
    """A missing decision is no incident."""
    gate.settle(gate.request(gate.stage()))
    _pass(gate)
    assert case_book(gate.ports).listed("incident") == ()


@pytest.mark.article("第十九条")
def test_a_contained_incident_stops_releases_and_reads_until_it_is_closed(gate: GateCity) -> None:
    """Closing takes the report to the bureau, the cause and the remedy."""
    gate.publish(run_id="r-1")
    assert isinstance(gate.provisioner, MemoryProvisioner)
    credential, (bucket,) = Credentials(gate.ports).issue("ua-1", OFFICER)
    consumer = gate.provisioner.sign_in(credential)
    discovery = {
        "sign": "by_hand",
        "what": "使用方报告异常访问",
        "scope_kind": "scenario",
        "scope": LIBRARY,
        "discovered_at": gate.ports.clock.now().isoformat(),
    }
    _move(gate, "inc-1", "open", **discovery)
    assert consumer.get_bytes(bucket, LATEST)
    _move(gate, "inc-1", "contain", measures="停止供给")
    _pass(gate)
    with pytest.raises(AuthorisationError):
        consumer.get_bytes(bucket, LATEST)
    refused = gate.settle(gate.request(gate.stage(run_id="r-2"), run_id="r-2"))
    assert refused.status.reason is not None
    assert (refused.status.reason.code, refused.status.reason.article) == (
        "incident_contained",
        "第十九条",
    )
    with pytest.raises(AuthorisationError) as early:
        _move(gate, "inc-1", "close", cause="a", remedy="b")
    assert early.value.code == "move_out_of_order"
    _move(gate, "inc-1", "report", effects="无外泄", affected_rows=0, affected_subjects=0)
    _move(gate, "inc-1", "close", cause="口令外泄", remedy="换发凭证")
    _pass(gate)
    assert consumer.get_bytes(bucket, LATEST)
    anew = gate.stage(run_id="r-3", pulled_at=gate.clock.now())
    again = gate.settle(gate.request(anew, run_id="r-3"))
    assert again.state is ReleaseState.PUBLISHED
