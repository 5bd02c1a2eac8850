"""What was kept for a term is destroyed when that is over: keys first, once, and never evidence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fakes.gate_city import OFFICER, GateCity
from fakes.memory_store import MemoryStore
from fakes.people import principal_of
from fakes.small_city import LIBRARY, MARKET, ROWS, RUN
from served_gate import WORKER, As, serving
from weir.clock import FixedClock
from weir.errors import IntegrityError, StoreUnavailableError
from weir.gate.book import case_book
from weir.gate.delisting import Delister
from weir.gate.retention import AT_ONCE, Destroyer, DisposalPoint
from weir.governance.attempts import initiator_of
from weir.model import ReleaseState, Role
from weir.policy.machines.incident import INCIDENT
from weir.policy.machines.user_stop import USER_STOP
from weir.policy.retention import DisputedScope, Lot, LotKind
from weir.storage.objects import QUARANTINE, REPORTS, SNAPSHOTS, STAGING

BY = initiator_of(OFFICER)
SNAPSHOT_DAYS = 7
BAD = ("Z" * 30, "510903", 5000, "晴")
"""A row that the suite turns away."""


class _Killed(BaseException):
    pass


@pytest.fixture
def kept(gate: GateCity) -> GateCity:
    """A published run with a quarantined row."""
    envelope = gate.decide()
    manifest = gate.stage(rows=(*ROWS, BAD), decision=envelope)
    assert gate.settle(gate.request(manifest)).state is ReleaseState.PUBLISHED
    return gate


def _wait(gate: GateCity, days: int, seconds: int = 0) -> None:
    """So many days after what was kept last."""
    newest = max(
        info.modified_at
        for bucket in (SNAPSHOTS, QUARANTINE, STAGING)
        for info in gate.admin.list(bucket)
    )
    gate.clock = FixedClock(newest + timedelta(days=days, seconds=seconds))


def _left(gate: GateCity) -> dict[str, int]:
    return {
        bucket: len(list(gate.admin.list(bucket)))
        for bucket in (SNAPSHOTS, QUARANTINE, STAGING, f"release-{LIBRARY}")
    }


def _kinds(lots: tuple[Lot, ...]) -> list[LotKind]:
    return sorted(one.kind for one in lots)


def _phases(gate: GateCity, action: str) -> list[str]:
    return [one.phase for one in gate.records() if one.action == action]


@pytest.mark.article("第十四条")
def test_what_is_kept_beyond_its_term_is_destroyed_with_its_keys(kept: GateCity) -> None:
    """Snapshot, quarantine and what was staged; the release and its evidence stay."""
    before = _left(kept)
    keys = [f"{kind}/{LIBRARY}/{RUN}/{LIBRARY}" for kind in ("snapshot", "quarantine")]
    assert all(kept.keys.get(one) for one in keys)
    _wait(kept, SNAPSHOT_DAYS)
    assert _kinds(Destroyer(kept.ports).destroy((), BY)) == sorted(LotKind)
    assert _left(kept) == dict.fromkeys(before, 0) | {
        f"release-{LIBRARY}": before[f"release-{LIBRARY}"]
    }
    for one in keys:
        with pytest.raises(IntegrityError) as gone:
            kept.keys.get(one)
        assert gone.value.code == "key_missing"


def test_a_destruction_is_recorded_without_a_value(kept: GateCity) -> None:
    """Where it lay, how many objects, a digest of their list, and the article it rests on."""
    _wait(kept, SNAPSHOT_DAYS)
    lots = Destroyer(kept.ports).destroy((), BY)
    for kind in LotKind:
        lot = next(one for one in lots if one.kind is kind)
        told = [one for one in kept.records() if one.action == f"{kind}.destroyed"]
        assert [one.phase for one in told] == ["intent", "outcome"]
        assert told[1].intent_id == told[0].id
        assert told[1].legal.article == "第十四条"
        assert told[1].initiator.id == OFFICER.id
        assert told[1].data["objects"] == lot.objects
        assert told[1].data["listing"] == lot.listing_sm3


def test_before_its_term_is_over_nothing_is_due(kept: GateCity) -> None:
    """Not a second before the days that the contract states."""
    _wait(kept, SNAPSHOT_DAYS, seconds=-120)
    before = _left(kept)
    assert Destroyer(kept.ports).due(()) == ()
    assert Destroyer(kept.ports).destroy((), BY) == ()
    assert _left(kept) == before


def test_telling_what_is_due_destroys_nothing(kept: GateCity) -> None:
    """Asked as often as one likes."""
    _wait(kept, SNAPSHOT_DAYS)
    before = _left(kept)
    assert _kinds(Destroyer(kept.ports).due(())) == sorted(LotKind)
    assert _left(kept) == before
    assert _phases(kept, "snapshot.destroyed") == []


def test_destroying_again_finds_nothing(kept: GateCity) -> None:
    """One intent and one outcome, however often it is asked for."""
    _wait(kept, SNAPSHOT_DAYS)
    Destroyer(kept.ports).destroy((), BY)
    assert Destroyer(kept.ports).destroy((), BY) == ()
    assert _phases(kept, "snapshot.destroyed") == ["intent", "outcome"]


@pytest.mark.parametrize("point", DisposalPoint)
def test_a_destruction_that_was_cut_short_is_ended_by_the_next(
    kept: GateCity, point: DisposalPoint
) -> None:
    """Killed between any two effects: one intent, one outcome, nothing left."""
    _wait(kept, SNAPSHOT_DAYS)

    def die(reached: DisposalPoint) -> None:
        if reached is point:
            raise _Killed

    for _ in LotKind:
        with pytest.raises(_Killed):
            Destroyer(kept.ports, die).destroy((), BY)
    Destroyer(kept.ports).destroy((), BY)
    assert not any(_left(kept)[bucket] for bucket in (SNAPSHOTS, QUARANTINE, STAGING))
    told = [phase for kind in LotKind for phase in _phases(kept, f"{kind}.destroyed")]
    assert sorted(set(told)) in (["intent", "reconciled"], ["intent", "outcome", "reconciled"])
    assert told.count("intent") == len(LotKind)
    assert len(told) == 2 * len(LotKind)


def test_a_store_that_does_not_answer_leaves_it_to_the_next_call(
    kept: GateCity, memory: MemoryStore
) -> None:
    """The key may be gone already: then nobody reads what is left."""
    _wait(kept, SNAPSHOT_DAYS)

    def fail(reached: DisposalPoint) -> None:
        memory.down = reached is DisposalPoint.KEY_DESTROYED

    with pytest.raises(StoreUnavailableError):
        Destroyer(kept.ports, fail).destroy((), BY)
    memory.down = False
    Destroyer(kept.ports).destroy((), BY)
    assert not any(_left(kept)[bucket] for bucket in (SNAPSHOTS, QUARANTINE, STAGING))


def _held(gate: GateCity, *disputes: DisputedScope) -> set[str]:
    before = _left(gate)
    assert Destroyer(gate.ports).destroy(disputes, BY) == ()
    assert _left(gate) == before
    return {one.held_by for one in Destroyer(gate.ports).due(disputes)}


@pytest.mark.parametrize(
    ("kind", "scope"),
    [("scenario", LIBRARY), ("dataset", LIBRARY), ("provider", "city-library"), ("all", "")],
)
def test_a_stop_of_the_bureau_keeps_its_scope(kept: GateCity, kind: str, scope: str) -> None:
    """What is looked into is not destroyed meanwhile; afterwards it is."""
    kept.order(kept.city.order("suspend", kind, scope))  # type: ignore[arg-type] # a scope's kind
    _wait(kept, SNAPSHOT_DAYS)
    assert _held(kept) == {"suspended"}
    resumed = kept.city.order(
        "resume",
        kind,  # type: ignore[arg-type] # as above
        scope,
        order_id="order-2",
        issued_at=kept.clock.now() - timedelta(hours=1),
    )
    kept.order(resumed)
    assert len(Destroyer(kept.ports).destroy((), BY)) == len(LotKind)


def test_an_incident_that_is_not_closed_keeps_what_it_reaches(kept: GateCity) -> None:
    """Also before anybody contained it."""
    found = {
        "sign": "by_hand",
        "what": "数据外传",
        "scope_kind": "dataset",
        "scope": LIBRARY,
        "discovered_at": kept.clock.now().isoformat(),
    }
    book = case_book(kept.ports, lambda _: True)
    book.move(INCIDENT, "inc-1", "open", found, principal_of(Role.SECURITY_OFFICER))
    _wait(kept, SNAPSHOT_DAYS)
    assert _held(kept) == {"incident_open"}


def test_a_stopped_data_users_data_are_kept(kept: GateCity) -> None:
    """Until the operator lifts its stop (第十九条)."""
    stop = {"stop_kind": "data_user", "stop_name": "city-planner", "ground": "超出约定用途"}
    book = case_book(kept.ports, lambda _: True)
    book.move(USER_STOP, "stop-1", "stop", stop, principal_of(Role.CHIEF_DATA_OFFICER))
    _wait(kept, SNAPSHOT_DAYS)
    assert _held(kept) == {"stopped_by_operator"}


def test_what_is_disputed_is_kept(kept: GateCity) -> None:
    """By the provider, by one release of it, or by a release that nobody knows (第二十二条)."""
    release = kept.releases.in_state(ReleaseState.PUBLISHED)[0]
    _wait(kept, SNAPSHOT_DAYS)
    for kind, scope in (
        ("provider", "city-library"),
        ("release", release.release_id),
        ("release", "rel-unknown"),
    ):
        assert _held(kept, DisputedScope(scope_kind=kind, scope=scope)) == {"dispute_open"}  # type: ignore[arg-type] # as above
    elsewhere = (
        DisputedScope(scope_kind="scenario", scope=MARKET),
        DisputedScope(scope_kind="provider", scope="market-office"),
        DisputedScope(scope_kind="drill", scope="drill-1"),
    )
    assert len(Destroyer(kept.ports).destroy(elsewhere, BY)) == len(LotKind)


def test_a_destruction_under_way_stops_where_the_bureau_stops(kept: GateCity) -> None:
    """An intent is no leave: what came up since the process was killed counts."""
    _wait(kept, SNAPSHOT_DAYS)

    def die(reached: DisposalPoint) -> None:
        if reached is DisposalPoint.INTENT_KEPT:
            raise _Killed

    with pytest.raises(_Killed):
        Destroyer(kept.ports, die).destroy((), BY)
    kept.order(kept.city.order("suspend", "scenario", LIBRARY))
    assert _held(kept) == {"suspended"}


def test_what_no_contract_speaks_for_is_kept_the_longest_term(kept: GateCity) -> None:
    """And whatever is not about another scenario by name keeps it: nobody knows what it is."""
    contract = kept.city.root / "contracts" / "scenarios" / f"{LIBRARY}.yaml"
    contract.unlink()
    longest = kept.ports.contracts.pack(kept.clock.now()).parameters.max_release_days.value
    _wait(kept, longest, seconds=-60)
    assert Destroyer(kept.ports).due(()) == ()
    _wait(kept, longest)
    stopped = DisputedScope(scope_kind="dataset", scope="anything")
    assert _held(kept, stopped) == {"dispute_open"}
    other = DisputedScope(scope_kind="scenario", scope=MARKET)
    assert len(Destroyer(kept.ports).destroy((other,), BY)) == len(LotKind)


def test_the_staged_copy_of_a_delisted_release_goes_at_once(kept: GateCity) -> None:
    """Its snapshot waits for its term; the bucket was cleared by the delisting itself."""
    release = kept.delist(kept.releases.in_state(ReleaseState.PUBLISHED)[0])
    Delister(kept.ports).settle(release)
    lots = Destroyer(kept.ports).destroy((), BY)
    assert [(one.kind, one.cause) for one in lots] == [(LotKind.STAGING, "release_delisted")]
    assert _left(kept)[STAGING] == 0
    assert _left(kept)[SNAPSHOTS] == 1


def test_names_that_no_stage_gives_are_destroyed_too(kept: GateCity) -> None:
    """A worker writes where it likes in its own buckets; reports are evidence and stay."""
    kept.admin.put_bytes(QUARANTINE, f"{LIBRARY}/run/-odd name/x", b"x")
    kept.admin.put_bytes(QUARANTINE, f"{LIBRARY}/short", b"x")
    kept.admin.put_bytes(REPORTS, f"{LIBRARY}/run/report.html", b"x")
    _wait(kept, SNAPSHOT_DAYS)
    Destroyer(kept.ports).destroy((), BY)
    assert _left(kept)[QUARANTINE] == 0
    assert len(list(kept.admin.list(REPORTS))) > 0


def test_one_call_destroys_no_more_than_it_may(
    kept: GateCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left is due at the next."""
    assert AT_ONCE > 1
    monkeypatch.setattr("weir.gate.retention.AT_ONCE", 2)
    _wait(kept, SNAPSHOT_DAYS)
    assert len(Destroyer(kept.ports).destroy((), BY)) == 2
    assert len(Destroyer(kept.ports).destroy((), BY)) == 1


def test_it_is_asked_for_over_the_wire_by_few(kept: GateCity) -> None:
    """A worker may, who carries out what is due; an engineer may not, nor anyone send nonsense."""
    _wait(kept, SNAPSHOT_DAYS)
    asked = {"disputes": [{"scope_kind": "scenario", "scope": MARKET}], "destroy": False}
    with serving(kept.ports) as client:
        told = client.post("/v1/retention", auth=WORKER, json=asked)
        assert sorted(one["kind"] for one in told.json()) == sorted(LotKind)
        refused = client.post("/v1/retention", auth=As(Role.OPERATOR_ENGINEER), json=asked)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
        broken = client.post("/v1/retention", auth=WORKER, json={"destroy": "perhaps"})
        assert (broken.status_code, broken.json()["code"]) == (422, "request_malformed")
        done = client.post("/v1/retention", auth=WORKER, json=asked | {"destroy": True})
        assert len(done.json()) == len(LotKind)
    assert _left(kept)[SNAPSHOTS] == 0
