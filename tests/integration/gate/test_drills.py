"""A drill of revocation on real stores: reads end, and what was measured is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

import services
from fakes.gate_city import GateCity
from fakes.known_callers import OPERATOR, known_callers, secret_of
from fakes.small_city import NOW, SmallCity
from gate_server import serving
from sites import fresh_name, provisioner_of, refuses_everything
from weir.clock import SystemClock
from weir.crypto.dsse import Envelope
from weir.errors import AuthorisationError, IntegrityError
from weir.evidence.audit import new_id
from weir.gate.client import GateClient
from weir.gate.credentials import Credentials
from weir.gate.drills import Drills
from weir.runtime.drill import hold, passed
from weir.storage.minio_store import MinioObjectStore
from weir.storage.provisioning import Credential, gate_policy


@pytest.fixture(params=["seaweedfs", pytest.param("minio", marks=pytest.mark.minio)])
def server(request: pytest.FixtureRequest) -> services.StoreServer:
    """A real store."""
    fixtures = {"seaweedfs": "object_store_server", "minio": "minio_server"}
    found = request.getfixturevalue(fixtures[request.param])
    assert isinstance(found, services.StoreServer)
    return found


@pytest.fixture
def real(server: services.StoreServer, engine: Engine, tmp_path: Path) -> GateCity:
    """A gate on a real store, with its own credential there and the real time."""
    provisioner = provisioner_of(server)
    own = provisioner.ensure_user(fresh_name(), None, None, gate_policy())
    return GateCity(
        city=SmallCity(tmp_path / "city"),
        engine=engine,
        admin=server.store(),
        store=MinioObjectStore(server.endpoint, own.access_key, own.secret_key),
        provisioner=provisioner,
        clock=SystemClock(),
    )


def _orders(real: GateCity) -> Callable[[str], Envelope]:
    """The bureau's order on a drill's scope, signed when it is asked for."""
    clock = SystemClock()
    return lambda scope: real.city.order(
        "suspend", "drill", scope, order_id=str(new_id(clock)), issued_at=clock.now()
    )


def test_reads_end_with_the_order_and_the_figure_is_kept(
    real: GateCity, server: services.StoreServer
) -> None:
    """Twice over: each drill has its own scope, and neither resumes anything."""
    made: list[Credential] = []

    def sign_in(who: Credential) -> MinioObjectStore:
        made.append(who)
        return MinioObjectStore(server.endpoint, who.access_key, who.secret_key)

    with serving(real.ports, known_callers()) as url:
        client = GateClient(url, OPERATOR.id, secret_of(OPERATOR))
        results = [hold(client, _orders(real), sign_in) for _ in range(2)]
        assert [one["drill_id"] for one in client.drills()] == [
            one["drill_id"] for one in reversed(results)
        ]
        page = httpx.get(url, auth=(OPERATOR.id, secret_of(OPERATOR)), trust_env=False)
        # A drill stops nobody's supply, and ends nobody's page.
        assert page.status_code == 200
        assert "drill" not in page.text
    for result in results:
        assert result["reads"] > 0
        assert result["milliseconds"] >= 0
        assert result["bound_seconds"] == 2
        assert result["passed"] == (result["milliseconds"] <= 2000)
    for credential in tuple(made):
        assert refuses_everything(sign_in(credential), "release-0drill")
    kept = [r for r in real.records() if r.action == "drill.completed"]
    assert [r.data["milliseconds"] for r in kept] == [one["milliseconds"] for one in results]


def test_a_drill_that_the_bureau_did_not_order_proves_nothing(real: GateCity) -> None:
    """Nor one that was never started."""
    with serving(real.ports, known_callers()) as url:
        client = GateClient(url, OPERATOR.id, secret_of(OPERATOR))
        drill_id = str(client.start_drill()["drill_id"])
        with pytest.raises(AuthorisationError) as refusal:
            client.complete_drill(drill_id, milliseconds=1, reads=1, ended=True)
        assert refusal.value.code == "drill_without_order"
        with pytest.raises(IntegrityError) as unknown:
            client.complete_drill("another", milliseconds=1, reads=1, ended=True)
        assert unknown.value.code == "drill_unknown"
        client.register_order(_orders(real)(drill_id))
        late = client.complete_drill(drill_id, milliseconds=1, reads=1, ended=False)
        assert late["passed"] is False
        with pytest.raises(IntegrityError):
            client.complete_drill(drill_id, milliseconds=1, reads=1, ended=True)


@dataclass
class SetClock:
    """Stands where a test puts it."""

    instant: datetime = NOW

    def now(self) -> datetime:
        return self.instant


def test_a_drill_is_due_again_a_week_after_the_last_that_passed(gate: GateCity) -> None:
    """The first a week after the bureau first agreed to a use; after a failed one, within hours."""
    gate.clock = clock = SetClock()
    drills = Drills(gate.ports, Credentials(gate.ports))

    def due_at(instant: datetime) -> bool:
        clock.instant = instant
        return drills.due()

    def hold_at(instant: datetime, milliseconds: int) -> None:
        clock.instant = instant
        drill_id, _ = drills.start(OPERATOR)
        gate.order(
            gate.city.order("suspend", "drill", drill_id, order_id=drill_id, issued_at=instant)
        )
        drills.complete(drill_id, milliseconds=milliseconds, reads=3, ended=True, by=OPERATOR)

    assert not due_at(NOW + timedelta(days=400))
    clock.instant = NOW
    gate.decide()
    midnight = datetime(2026, 11, 29, 16, tzinfo=UTC)
    assert not due_at(midnight - timedelta(seconds=1))
    assert due_at(midnight)
    hold_at(midnight, 5000)
    assert not due_at(midnight + timedelta(minutes=59))
    assert due_at(midnight + timedelta(hours=1))
    hold_at(midnight + timedelta(hours=1), 500)
    assert not due_at(midnight + timedelta(days=7, seconds=-1))
    assert due_at(midnight + timedelta(days=7))


def test_a_drill_that_failed_is_an_error_of_whoever_held_it() -> None:
    """The figures with it; nothing is retried, for the answer would be the same."""
    held = {"passed": False, "milliseconds": 5000, "bound_seconds": 2}
    with pytest.raises(IntegrityError) as failed:
        passed(held)
    assert failed.value.code == "drill_failed"
    assert failed.value.where == {"milliseconds": 5000, "bound_seconds": 2}
    assert passed({**held, "passed": True})["milliseconds"] == 5000
