"""What one pass of the gate's worker does with what it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine

from fakes.gate_city import GateCity, TickingClock
from fakes.memory_provisioner import MemoryProvisioner
from fakes.memory_store import MemoryStore
from fakes.people import principal_of
from fakes.small_city import LIBRARY, MARKET
from weir.errors import AuthorisationError, StoreUnavailableError
from weir.gate.credential_store import CredentialStore
from weir.gate.credentials import Credentials
from weir.gate.ports import FaultPoint, no_fault
from weir.gate.reconcile import Reconciler
from weir.model import ReleaseState, Role
from weir.storage.provisioning import Credential

OFFICER = principal_of(Role.CHIEF_DATA_OFFICER)


def _reconcile(gate: GateCity, at: Callable[[FaultPoint], None] = no_fault) -> int:
    ports = replace(gate.ports, at=at)
    return Reconciler(ports, Credentials(ports)).run_once()


def _state(gate: GateCity, release_id: str) -> ReleaseState:
    held = gate.releases.find(release_id)
    assert held is not None
    return held.state


def test_all_that_waits_is_settled(gate: GateCity) -> None:
    """One pass goes through every request, of every scenario."""
    gate.decide()
    gate.decide(MARKET)
    wanted = [
        gate.request(gate.stage(run_id="r-1"), run_id="r-1"),
        gate.request(gate.stage(scenario=MARKET), scenario=MARKET),
        gate.request(gate.stage(run_id="r-2"), run_id="r-2"),
    ]
    assert _reconcile(gate) == 0
    assert {_state(gate, one.release_id) for one in wanted} == {ReleaseState.PUBLISHED}
    assert gate.releases.open() == ()


def test_a_release_that_is_stuck_is_not_overtaken(gate: GateCity) -> None:
    """Later requests of its scenario wait behind it; other scenarios go on."""
    gate.decide()
    gate.decide(MARKET)
    first = gate.request(gate.stage(run_id="r-1"), run_id="r-1")
    second = gate.request(gate.stage(run_id="r-2"), run_id="r-2")
    other = gate.request(gate.stage(scenario=MARKET), scenario=MARKET)

    def fail_one_bucket(action: str, bucket: str, _: str) -> None:
        if bucket == f"release-{LIBRARY}" and action == "s3:PutObject":
            raise StoreUnavailableError("store_failed", "one bucket fails")

    assert isinstance(gate.store, MemoryStore)
    gate.store.before = fail_one_bucket
    assert _reconcile(gate) == 1
    assert _state(gate, first.release_id) is ReleaseState.CHECKING
    assert _state(gate, second.release_id) is ReleaseState.REQUESTED
    assert _state(gate, other.release_id) is ReleaseState.PUBLISHED
    gate.store.before = lambda *_: None
    assert _reconcile(gate) == 0
    assert _state(gate, second.release_id) is ReleaseState.PUBLISHED


def test_a_database_that_is_away_is_waited_for(gate: GateCity) -> None:
    """The pass reports that work is left, and nothing breaks."""
    gate.engine = create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    assert _reconcile(gate) > 0


def test_users_that_cannot_be_managed_do_not_stop_releases(gate: GateCity) -> None:
    """Releases go on while the store's user management is down."""
    gate.publish(run_id="r-1")
    Credentials(gate.ports).issue("ua-1", OFFICER)
    gate.order(gate.city.order("suspend", "scenario", MARKET))
    assert isinstance(gate.provisioner, MemoryProvisioner)
    gate.order(gate.city.order("suspend", "data_user", "city-planner", order_id="o-2"))
    gate.provisioner.down = True
    other = gate.request(gate.stage(scenario=MARKET), scenario=MARKET)
    assert _reconcile(gate) == 2
    assert _state(gate, other.release_id) is ReleaseState.REFUSED


def test_a_credential_whose_making_was_cut_short_is_void(
    gate: GateCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between making the user and telling its secret: nobody holds it, so it is cut."""
    gate.publish()
    provisioner = gate.provisioner
    assert isinstance(provisioner, MemoryProvisioner)
    lost: list[Credential] = []
    make = provisioner.ensure_user

    class Killed(BaseException):
        pass

    def make_and_die(*args: object) -> Credential:
        lost.append(make(*args))  # type: ignore[arg-type] # passed through as they came
        raise Killed

    monkeypatch.setattr(provisioner, "ensure_user", make_and_die)
    with pytest.raises(Killed):
        Credentials(gate.ports).issue("ua-1", OFFICER)
    monkeypatch.undo()
    assert _reconcile(gate) == 0
    with pytest.raises(AuthorisationError):
        provisioner.sign_in(lost[0]).get_bytes(f"release-{LIBRARY}", "latest.json")
    assert [one.state for one in CredentialStore(gate.engine).all()] == ["void"]
    assert _reconcile(gate) == 0
    again, _ = Credentials(gate.ports).issue("ua-1", OFFICER)
    assert provisioner.sign_in(again).get_bytes(f"release-{LIBRARY}", "latest.json")


def test_access_ends_with_the_agreement(gate: GateCity) -> None:
    """After its last day the agreement's credential is cut, without anybody's order, though the
    bureau's consent would outlast it."""
    gate.publish()
    provisioner = gate.provisioner
    assert isinstance(provisioner, MemoryProvisioner)
    credential, (bucket,) = Credentials(gate.ports).issue("ua-1", OFFICER)
    plan = gate.city.plan()
    last_instant = plan.valid_until
    renewed_at = last_instant - timedelta(days=30)
    gate.clock = TickingClock(renewed_at)
    gate.decide(envelope=gate.city.decision(plan, decided_at=renewed_at))
    gate.clock = TickingClock(last_instant - timedelta(minutes=1))
    _reconcile(gate)
    assert provisioner.sign_in(credential).get_bytes(bucket, "latest.json")
    gate.clock = TickingClock(last_instant)
    _reconcile(gate)
    with pytest.raises(AuthorisationError):
        provisioner.sign_in(credential).get_bytes(bucket, "latest.json")


def test_one_credential_reads_all_buckets_of_its_agreement(gate: GateCity) -> None:
    """Two scenarios under one agreement are read with one key; scenarios without leave are not."""
    gate.publish(scenario=MARKET)
    provisioner = gate.provisioner
    assert isinstance(provisioner, MemoryProvisioner)
    _, buckets = Credentials(gate.ports).issue("ua-2", OFFICER)
    assert buckets == ("release-market-stalls",)
    gate.decide("market-reviewed")
    credential, buckets = Credentials(gate.ports).issue("ua-2", OFFICER)
    assert buckets == ("release-market-reviewed", "release-market-stalls")
    consumer = provisioner.sign_in(credential)
    assert consumer.get_bytes("release-market-stalls", "latest.json")
    assert list(consumer.list("release-market-reviewed")) == []
    with pytest.raises(AuthorisationError):
        list(consumer.list(f"release-{LIBRARY}"))
