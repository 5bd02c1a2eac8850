"""The intake as workers reach it: what it gives and refuses, and what a crash leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from fakes.gate_city import PromptDesk, source_table
from fakes.memory_source import MemorySource
from fakes.memory_store import MemoryStore
from fakes.people import UNBOUND, account_id, everybody, principal_of, secret_of
from fakes.small_city import LIBRARY, MARKET, NOW, ROWS, RUN, SmallCity
from weir.clock import FixedClock
from weir.contracts.plan import PlannedInput
from weir.crypto.file_keystore import FileKeyStore
from weir.errors import (
    AuthorisationError,
    ContractError,
    ExchangeUnavailableError,
    IntakeUnavailableError,
    IntegrityError,
    RefusedError,
    SuspendedError,
    UnavailableError,
)
from weir.exchange.receipt import open_receipt
from weir.intake.app import create_intake
from weir.intake.client import IntakeClient
from weir.intake.jobs import WAITING, Jobs
from weir.intake.taking import IntakePorts, SnapshotOrder
from weir.model import DatasetId, Role, RunContext, RunId, ScenarioId, Snapshot
from weir.policy.order import open_order
from weir.policy.standing import Standing
from weir.policy.stops import OperatorStop
from weir.service.tokens import Tokens
from weir.storage.objects import SNAPSHOTS

CONTEXT = RunContext(scenario=ScenarioId(LIBRARY), run_id=RUN, as_of=NOW - timedelta(hours=20))
DATASET = DatasetId(LIBRARY)
TABLE = "library_visits"


class SlowSource(MemorySource):
    """Stops before its last batch until `go` is set."""

    def __init__(self, rows: pa.Table) -> None:
        super().__init__({TABLE: rows})
        self.go = threading.Event()
        self.streaming = threading.Event()

    @contextmanager
    def reading(self) -> Iterator[SlowSource]:
        yield self

    def batches(self, planned: PlannedInput, as_of: date) -> Iterator[pa.RecordBatch]:
        yield from super().batches(planned, as_of)
        self.streaming.set()
        assert self.go.wait(30)


@dataclass
class House:
    """An intake that can be restarted under its clients."""

    ports: IntakePorts
    city: SmallCity
    store: MemoryStore
    running: TestClient | None = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        app = create_intake(self.ports, everybody(), limits=UNBOUND)
        self.running = TestClient(app, raise_server_exceptions=False)

    def client(self, role: Role = Role.WORKER, secret: str = "") -> IntakeClient:
        def forward(request: httpx.Request) -> httpx.Response:
            running = self.running
            if running is None:
                raise httpx.ConnectError("refused")
            answer = running.request(
                request.method,
                request.url.path,
                headers=dict(request.headers),
                content=request.content,
            )
            return httpx.Response(answer.status_code, content=answer.content)

        return IntakeClient(
            "http://intake",
            account_id(role),
            secret or secret_of(role),
            poll_seconds=0.01,
            transport=httpx.MockTransport(forward),
        )

    def objects(self) -> list[str]:
        return [info.key for info in self.store.list(SNAPSHOTS)]


@pytest.fixture
def house(tmp_path: Path) -> House:
    city = SmallCity(tmp_path / "city")
    store = MemoryStore()
    store.ensure_bucket(SNAPSHOTS)
    ports = IntakePorts(
        plan=city.plan,
        source=MemorySource({TABLE: source_table(ROWS)}),
        store=store,
        keys=FileKeyStore(tmp_path / "keys"),
        masking_keys=FileKeyStore(tmp_path / "masking-keys"),
        desk=PromptDesk(city.decision(city.plan())),
        signing_key=city.intake,
        bureau_key=city.bureau.public,
        clock=FixedClock(NOW),
        acknowledge_lapsed=False,
        scratch=tmp_path,
    )
    return House(ports, city, store)


def test_a_snapshot_comes_with_a_receipt_for_its_run(house: House) -> None:
    """Consent was read on the intake's own day, whatever instant the run names."""
    snapshot = house.client().take(CONTEXT, DATASET)
    receipt = open_receipt(snapshot, house.city.intake.public)
    assert (snapshot.rows, snapshot.taken_at) == (len(ROWS), NOW)
    assert (receipt.run_id, receipt.as_of) == (RUN, CONTEXT.as_of)
    assert receipt.contract_digest == house.city.plan().contract_digest
    assert house.objects() == [snapshot.sealed.key]


def test_asked_twice_it_is_one_snapshot(house: House) -> None:
    """A retry, also after a restart, finds the same object."""
    first = house.client().take(CONTEXT, DATASET)
    assert house.client().take(CONTEXT, DATASET) == first
    house.restart()
    again = house.client().take(CONTEXT, DATASET)
    assert replace(again, receipt="") == replace(first, receipt="")
    assert len(house.objects()) == 1


def test_a_stranger_gets_nothing(house: House) -> None:
    """Neither a snapshot nor word of one."""
    with pytest.raises(AuthorisationError) as refusal:
        house.client(secret="another").take(CONTEXT, DATASET)
    assert refusal.value.code == "sign_in_required"
    assert house.objects() == []


@pytest.mark.article("第十八条")
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.WORKER}))
def test_only_a_worker_takes_snapshots(house: House, role: Role) -> None:
    """Whoever else has an account is refused, and the log says whom."""
    with capture_logs() as logged, pytest.raises(AuthorisationError) as refusal:
        house.client(role).take(CONTEXT, DATASET)
    assert refusal.value.code == "role_not_allowed"
    assert ("attempt_refused", account_id(role)) in {
        (entry["event"], entry.get("account")) for entry in logged
    }
    assert house.objects() == []


@pytest.mark.parametrize(
    ("context", "dataset", "error", "code"),
    [
        (CONTEXT, MARKET, IntegrityError, "input_not_planned"),
        (CONTEXT, "../" * 3, IntegrityError, "request_malformed"),
        (replace(CONTEXT, run_id=RunId("../x")), LIBRARY, IntegrityError, "request_malformed"),
        (replace(CONTEXT, scenario=ScenarioId("nowhere")), LIBRARY, ContractError, None),
        (
            replace(CONTEXT, as_of=NOW - timedelta(days=3)),
            LIBRARY,
            AuthorisationError,
            "as_of_out_of_bounds",
        ),
        (
            replace(CONTEXT, as_of=NOW + timedelta(hours=1)),
            LIBRARY,
            AuthorisationError,
            "as_of_out_of_bounds",
        ),
    ],
    ids=["not_granted", "no_name", "no_run", "no_scenario", "long_ago", "ahead"],
)
def test_what_is_not_to_be_pulled_is_refused(
    house: House, context: RunContext, dataset: str, error: type[RefusedError], code: str | None
) -> None:
    """The error is the intake's own, and nothing was read or kept."""
    with pytest.raises(error) as refusal:
        house.client().take(context, DatasetId(dataset))
    assert code is None or refusal.value.code == code
    assert house.objects() == []


def test_the_intake_asks_for_leave_itself(house: House) -> None:
    """A worker that skips `authorise` gets no further: suspension and decision count here too."""
    decision = house.city.decision(house.city.plan())
    order = open_order(house.city.order("suspend", "all", ""), house.city.bureau.public)

    class Suspended(PromptDesk):
        def standing(self, scenario: ScenarioId) -> Standing:
            return replace(super().standing(scenario), suspensions=(order,))

    class Contained(PromptDesk):
        def standing(self, scenario: ScenarioId) -> Standing:
            incident = OperatorStop(stop_id="inc-1", kind="all", name="", by_incident=True)
            return replace(super().standing(scenario), operator_stops=(incident,))

    for desk, code in ((Suspended, "suspended"), (Contained, "incident_contained")):
        house.ports = replace(house.ports, desk=desk(decision))
        house.restart()
        with pytest.raises(SuspendedError) as stopped:
            house.client().take(CONTEXT, DATASET)
        assert stopped.value.code == code
    with house.city.edited(LIBRARY, title="另一份合同"):
        house.ports = replace(house.ports, desk=PromptDesk(decision))
        house.restart()
        with pytest.raises(AuthorisationError) as refusal:
            house.client().take(CONTEXT, DATASET)
    assert refusal.value.code == "decision_for_other_digest"
    assert house.objects() == []


def test_a_source_that_is_down_can_be_tried_again(house: House) -> None:
    """An outage is told as one; the next try begins anew."""
    source = house.ports.source
    assert isinstance(source, MemorySource)
    source.down = True
    with pytest.raises(UnavailableError) as outage:
        house.client().take(CONTEXT, DATASET)
    assert outage.value.code == "exchange_unavailable"
    source.down = False
    assert house.client().take(CONTEXT, DATASET).rows == len(ROWS)


def test_an_intake_that_dies_midway_leaves_nothing_half_done(house: House) -> None:
    """The worker is told to try again, also by an intake that has come back and forgotten."""
    slow = SlowSource(source_table(ROWS))
    house.ports = replace(house.ports, source=slow)
    house.restart()
    outages: list[str] = []

    def wait() -> None:
        try:
            house.client().take(CONTEXT, DATASET)
        except IntakeUnavailableError as error:
            outages.append(error.code)

    for afterwards, code in ((None, "intake_unavailable"), ("again", "snapshot_unknown")):
        house.restart()
        slow.streaming.clear()
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert slow.streaming.wait(30)
        assert house.objects() == []
        # At once: a poll between the two would find no intake where it has come back.
        if afterwards:
            house.restart()
        else:
            house.running = None
        waiting.join(30)
        assert outages.pop() == code
    slow.go.set()
    house.restart()
    assert house.client().take(CONTEXT, DATASET).rows == len(ROWS)
    assert len(house.objects()) == 1


def test_more_than_it_takes_on_is_put_off() -> None:
    """A flood of orders is an outage for those beyond it, and no harm to the others."""
    gate = threading.Event()

    def take(order: SnapshotOrder) -> Snapshot:
        gate.wait(30)
        raise ExchangeUnavailableError("exchange_unavailable", order.run_id)

    jobs = Jobs(take)
    for number in range(WAITING):
        jobs.ask(_order(number))
    with pytest.raises(IntakeUnavailableError) as refusal:
        jobs.ask(_order(WAITING))
    assert refusal.value.code == "intake_busy"
    jobs.ask(_order(0))
    gate.set()
    jobs.close()


def test_a_foreign_error_is_told_by_its_place_only() -> None:
    """Its text may hold a value."""

    def take(order: SnapshotOrder) -> Snapshot:
        raise ValueError(f"510903199001019995 {order}")

    jobs = Jobs(take)
    _, job = jobs.ask(_order(0))
    error = job.exception(30)
    assert isinstance(error, RefusedError)
    assert error.code == "internal_error"
    assert "510903" not in str(error)
    jobs.close()


def test_a_token_of_another_service_opens_nothing(house: House) -> None:
    """Not even one that the intake's own key signed, for the gate."""
    worker = principal_of(Role.WORKER)
    tokens = Tokens(audience="gate", key=house.city.intake, clock=house.ports.clock)
    foreign = replace(tokens, audience="intake", key=house.city.operator)
    assert house.running is not None
    for token, code in (
        (tokens.issue(worker), "token_audience"),
        (foreign.issue(worker), "token_foreign"),
    ):
        bearer = {"Authorization": f"Bearer {token}"}
        answer = house.running.post("/v1/snapshots", headers=bearer, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, code)


def _order(number: int) -> SnapshotOrder:
    return SnapshotOrder(
        scenario=CONTEXT.scenario, run_id=RunId(f"r-{number}"), dataset=DATASET, as_of=NOW
    )
