"""A canary in a product, or in what consumers hold, opens an incident by itself (第十九条)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select, update

from fakes.gate_city import GateCity
from fakes.memory_provisioner import MemoryProvisioner
from fakes.people import account_id, everybody, principal_of, secret_of
from fakes.small_city import LIBRARY, ROWS
from gate_server import serving
from weir.clock import SystemClock
from weir.errors import AuthorisationError, ContractError
from weir.gate.book import case_book
from weir.gate.credentials import Credentials
from weir.gate.reconcile import Reconciler
from weir.gate.tables import canary_looks, cases
from weir.model import ReleaseState, Role
from weir.privacy.canaries import Canaries
from weir.release.manifest import DATA
from weir.runtime import incidents
from weir.settings import Settings

NAME = "言谨之"
CANARIES = Canaries.read(json.dumps([NAME]))
OFFICER = principal_of(Role.SECURITY_OFFICER)


def looks(gate: GateCity) -> list[int]:
    with gate.engine.begin() as connection:
        return list(connection.scalars(select(canary_looks.c.cells)))


def passes(gate: GateCity, times: int = 1) -> None:
    reconciler = Reconciler(gate.ports, Credentials(gate.ports))
    for _ in range(times):
        assert reconciler.run_once() == 0


@pytest.mark.article("第十九条")
def test_a_canary_in_a_product_is_refused_and_opens_an_incident(gate: GateCity) -> None:
    """第十九条: a name is no identifier that a rule knows; the canary is found all the same."""
    gate.canaries = CANARIES
    gate.decide()
    rows = [*ROWS[:-1], (*ROWS[-1][:3], f"读者{NAME}")]
    release = gate.settle(gate.request(gate.stage(product=rows)))
    assert release.state is ReleaseState.REFUSED
    assert release.reason is not None
    assert (release.reason.code, release.reason.article) == ("canary_in_product", "第十九条")
    passes(gate, 2)
    (case,) = case_book(gate.ports).listed("incident")
    assert (case.state, case.facts["sign"], case.facts["scope"]) == ("opened", "canary", LIBRARY)
    assert NAME not in str([str(one) for one in gate.records()])
    assert NAME not in str(release)


@pytest.mark.article("第十九条")
def test_a_canary_in_a_published_release_stops_its_scenario_at_once(gate: GateCity) -> None:
    """第十九条: opened, contained and timed without a person; reads end in the same pass."""
    gate.publish(run_id="r-1")
    assert isinstance(gate.provisioner, MemoryProvisioner)
    credential, (bucket,) = Credentials(gate.ports).issue("ua-1", OFFICER)
    consumer = gate.provisioner.sign_in(credential)
    assert consumer.get_bytes(bucket, "latest.json")
    passes(gate, 2)
    assert case_book(gate.ports).listed("incident") == ()
    # Told of afterwards: a value that this product really holds.
    gate.canaries = Canaries.read(json.dumps(["510903"]))
    passes(gate)
    (case,) = case_book(gate.ports).listed("incident")
    assert (case.state, case.facts["sign"], case.facts["scope"]) == (
        "contained",
        "canary",
        LIBRARY,
    )
    with pytest.raises(AuthorisationError):
        consumer.get_bytes(bucket, "latest.json")
    passes(gate, 3)
    assert len(case_book(gate.ports).listed("incident")) == 1
    actions = [one.action for one in gate.records() if one.action.startswith("incident.")]
    assert actions == ["incident.opened", "incident.contained"]


def test_each_release_is_looked_at_once_with_each_list(gate: GateCity) -> None:
    """And not at all without a list."""
    gate.publish(run_id="r-1")
    passes(gate)
    assert looks(gate) == []
    gate.canaries = CANARIES
    passes(gate, 3)
    assert looks(gate) == [0]
    gate.canaries = Canaries.read(json.dumps([NAME, "谨言巷9021号"]))
    passes(gate, 3)
    assert looks(gate) == [0, 0]
    told = [one.data for one in gate.records() if one.action == "canary.looked"]
    assert [(one["canaries"], one["cells"]) for one in told] == [
        (CANARIES.sm3, 0),
        (gate.canaries.sm3, 0),
    ]


def test_a_release_that_is_gone_does_not_hide_the_next(gate: GateCity) -> None:
    """And the pass says that it could not look at all of them."""
    first = gate.publish(run_id="r-1")
    gate.publish(run_id="r-2")
    gate.admin.remove(f"release-{LIBRARY}", f"releases/{first.release_id}/{DATA}")
    gate.canaries = CANARIES
    reconciler = Reconciler(gate.ports, Credentials(gate.ports))
    assert reconciler.run_once() == 0
    assert looks(gate) == [0]
    assert reconciler.run_once() == 1


def test_an_incident_that_was_cut_short_is_contained_by_the_next_look(gate: GateCity) -> None:
    """Killed between its two moves, or before it was kept that it had looked."""
    gate.publish(run_id="r-1")
    gate.canaries = Canaries.read(json.dumps(["510903"]))
    passes(gate)
    (case,) = case_book(gate.ports).listed("incident")
    with gate.engine.begin() as connection:
        connection.execute(delete(canary_looks))
        connection.execute(
            update(cases.cases).where(cases.cases.c.kind == "incident").values(state="opened")
        )
    passes(gate)
    (again,) = case_book(gate.ports).listed("incident")
    assert (again.case_id, again.state) == (case.case_id, "contained")


def test_without_a_list_no_copy_is_found_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was looked for, and that is said (第十九条)."""
    monkeypatch.setattr(incidents, "settings", Settings)
    with pytest.raises(ContractError) as refusal:
        incidents.look_for_canaries("inc-1", LIBRARY, tmp_path)
    assert (refusal.value.code, refusal.value.article) == ("canaries_missing", "第十九条")


def test_a_copy_with_a_canary_is_reported_by_one_command(
    gate: GateCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the officer, who may contain; a clean copy opens nothing."""
    copy = tmp_path / "copy" / "releases" / "r-1" / "data"
    copy.mkdir(parents=True)
    rows = [*ROWS[:-1], (*ROWS[-1][:3], f"读者{NAME}")]
    (copy / "part-00000.parquet").write_bytes(gate.encoded(rows))
    clean = tmp_path / "clean.parquet"
    clean.write_bytes(gate.encoded(ROWS))
    gate.clock = SystemClock()
    with serving(gate.ports, everybody()) as url:
        told = Settings(
            gate_url=url,
            gate_account=account_id(Role.SECURITY_OFFICER),
            gate_secret=SecretStr(secret_of(Role.SECURITY_OFFICER)),
            canaries=SecretStr(json.dumps([NAME])),
        )
        monkeypatch.setattr(incidents, "settings", lambda: told)
        assert incidents.look_for_canaries("inc-clean", LIBRARY, clean) == 0
        assert incidents.look_for_canaries("inc-copy", LIBRARY, tmp_path / "copy") == 1
        with pytest.raises(ContractError) as empty:
            incidents.look_for_canaries("inc-none", LIBRARY, tmp_path / "nowhere")
        assert empty.value.code == "copy_empty"
    (case,) = case_book(gate.ports).listed("incident")
    assert (case.case_id, case.state, case.facts["sign"]) == ("inc-copy", "contained", "canary")
