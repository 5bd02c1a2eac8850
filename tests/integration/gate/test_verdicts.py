"""Each verdict of the gate is kept with what it was taken on, and comes out the same again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, text, update

from fakes.gate_city import GateCity
from fakes.people import principal_of
from fakes.small_city import LIBRARY, MARKET, NOW, RESERVED, ROWS
from served_gate import OPERATOR, WORKER, serving
from weir.contracts.policy_pack import PolicyPack
from weir.errors import IntegrityError, StoreUnavailableError
from weir.gate.book import case_book
from weir.gate.ports import FaultPoint
from weir.gate.tables import contracts, orders, verdicts
from weir.gate.verdict_page import VerdictPage, questions
from weir.gate.verdicts import VerdictStore
from weir.model import ReleaseState, Role, from_json
from weir.policy.machines.incident import INCIDENT
from weir.policy.machines.user_stop import USER_STOP
from weir.policy.replay import Comparison, Replayed, replay

DAY = timedelta(days=1)


def page(gate: GateCity) -> VerdictPage:
    return VerdictStore(gate.engine).page(NOW - DAY, NOW + DAY)


def replayed(
    gate: GateCity, found: VerdictPage | None = None, pack: PolicyPack | None = None
) -> list[Replayed]:
    key = gate.city.bureau.public
    return [
        replay(kept, question, digest=digest, bureau_key=key, pack=pack)
        for kept, question, digest in questions(found or page(gate), key)
    ]


def test_a_publication_is_kept_with_all_that_it_rests_on(gate: GateCity) -> None:
    """Contract, decision, pack and the product's own contract, at the instant of the last word."""
    release = gate.publish()
    (line,) = page(gate).verdicts
    digest = gate.city.plan().contract_digest
    assert (line.kept.outcome, line.kept.reasons, line.kept.outcome_code) == ("published", (), "")
    assert (line.kept.release_id, line.kept.run_id) == (release.release_id, release.run_id)
    assert (line.contract_digest, line.made_under) == (digest, digest)
    assert line.decision_digest
    assert release.requested_at < line.kept.at
    assert release.published_at is not None
    assert line.kept.at < release.published_at
    (again,) = replayed(gate)
    assert again.comparison is Comparison.SAME


def test_a_verdict_bears_the_id_of_its_audit_record(gate: GateCity) -> None:
    """Both were written in one transaction."""
    gate.publish()
    with gate.engine.connect() as connection:
        (kept,) = connection.execute(select(verdicts.c.audit_id, verdicts.c.pack)).all()
    outcome = next(r for r in gate.records() if r.phase == "outcome")
    assert (kept.audit_id, kept.pack) == (outcome.id, "city-2026")


def test_a_contract_is_kept_once_however_many_verdicts_rest_on_it(gate: GateCity) -> None:
    """By its digest."""
    gate.publish(run_id="run-1")
    gate.publish(run_id="run-2")
    with gate.engine.connect() as connection:
        assert len(connection.execute(select(contracts)).all()) == 1
        assert len(connection.execute(select(verdicts)).all()) == 2


def test_refusals_come_out_the_same_again(gate: GateCity) -> None:
    """Nothing decided, supply suspended: each with the reasons it had. One that waits for its
    reviewers has no verdict yet."""
    gate.settle(gate.request(gate.stage()))
    gate.decide(RESERVED)
    held = gate.settle(gate.request(gate.stage(scenario=RESERVED), scenario=RESERVED))
    assert held.state is ReleaseState.IN_REVIEW
    gate.decide(MARKET)
    gate.order(gate.city.order("suspend", "scenario", MARKET))
    gate.settle(gate.request(gate.stage(scenario=MARKET), scenario=MARKET))
    found = replayed(gate)
    assert [one.kept.outcome for one in found] == ["refused"] * 2
    assert [one.reasons for one in found] == [
        ("decision_missing",),
        ("suspended",),
    ]
    assert {one.comparison for one in found} == {Comparison.SAME}


def test_an_order_given_later_does_not_change_an_old_verdict(gate: GateCity) -> None:
    """What was published rightly stays so: the order was not among what it was taken on."""
    gate.publish()
    gate.order(gate.city.order("suspend", "all", ""))
    (again,) = replayed(gate)
    assert (again.comparison, again.reasons) == (Comparison.SAME, ())


def test_a_decision_taken_back_is_part_of_the_verdict_that_it_led_to(gate: GateCity) -> None:
    """The refusal comes out the same again; the publication before it is not touched."""
    gate.publish(run_id="run-1")
    envelope = gate.decide()
    gate.revoke(gate.city.revocation(envelope))
    gate.settle(gate.request(gate.stage(run_id="run-2"), run_id="run-2"))
    before, after = replayed(gate)
    assert (before.reasons, after.reasons) == ((), ("decision_revoked",))
    assert {before.comparison, after.comparison} == {Comparison.SAME}


def test_a_termination_is_part_of_the_verdict_that_it_led_to(gate: GateCity) -> None:
    """As its notice was signed; one on another agreement is left out."""
    gate.decide()
    for agreement in ("ua-1", "ua-2"):
        gate.terminate(gate.city.termination(agreement, NOW))
    gate.settle(gate.request(gate.stage()))
    (line,) = page(gate).verdicts
    assert line.terminations == ("notice-ua-1",)
    (again,) = replayed(gate)
    assert (again.comparison, again.reasons) == (Comparison.SAME, ("agreement_terminated",))


def test_an_order_that_concerns_others_is_left_out(gate: GateCity) -> None:
    """It has no part in the answer."""
    gate.order(gate.city.order("suspend", "scenario", MARKET))
    gate.publish()
    (line,) = page(gate).verdicts
    assert line.orders == ()


def test_a_refusal_of_the_bytes_was_a_yes_of_the_policy(gate: GateCity) -> None:
    """The policy's answer and what became of the release are told apart."""
    gate.decide()
    rows = [*ROWS[:-1], (*ROWS[-1][:3], "请致电13800138000")]
    gate.settle(gate.request(gate.stage(product=rows)))
    (again,) = replayed(gate)
    assert (again.kept.outcome, again.kept.outcome_code) == ("refused", "identifier_in_product")
    assert (again.comparison, again.reasons) == (Comparison.SAME, ())


def test_a_contract_that_does_not_hold_is_a_verdict_without_a_question(gate: GateCity) -> None:
    """It is listed, and cannot be given again."""
    gate.decide()
    release = gate.request(gate.stage())
    with gate.city.edited(LIBRARY, purpose=""):
        gate.settle(release)
    (again,) = replayed(gate)
    assert again.comparison is Comparison.NOT_ASKED
    assert again.kept.outcome == "refused"


def test_a_release_that_stays_open_has_no_verdict_yet(gate: GateCity) -> None:
    """An outage is no answer."""
    gate.decide()
    release = gate.request(gate.stage())

    def die(point: FaultPoint) -> None:
        if point is FaultPoint.FILES_COPIED:
            raise StoreUnavailableError("store_unavailable", "it went away")

    with pytest.raises(StoreUnavailableError):
        gate.settle(release, at=die)
    assert page(gate).verdicts == ()


def test_killed_after_the_pointer_the_verdict_is_that_of_its_certificate(gate: GateCity) -> None:
    """The next attempt keeps it; an order that came between changes nothing."""
    gate.decide()
    release = gate.request(gate.stage())

    class Killed(BaseException):
        pass

    def die(point: FaultPoint) -> None:
        if point is FaultPoint.POINTED:
            raise Killed

    with pytest.raises(Killed):
        gate.settle(release, at=die)
    gate.order(gate.city.order("suspend", "all", "", issued_at=NOW + timedelta(hours=1)))
    assert gate.settle(release).state is ReleaseState.PUBLISHED
    (again,) = replayed(gate)
    assert (again.kept.outcome, again.reasons) == ("published", ())
    assert again.comparison is Comparison.SAME


def test_another_pack_shows_what_it_would_have_refused(gate: GateCity) -> None:
    """A pack with a greater k would not have let the release pass."""
    gate.publish()
    seed = gate.city.plan().policy
    stricter = seed.model_copy(
        update={
            "pack": "invented",
            "parameters": seed.parameters.model_copy(
                update={"min_k": seed.parameters.min_k.model_copy(update={"value": 50})}
            ),
        }
    )
    (again,) = replayed(gate, pack=stricter)
    assert (again.comparison, again.reasons) == (Comparison.DIFFERENT, ("k_too_small",))


def test_a_verdict_edited_in_the_database_shows(gate: GateCity) -> None:
    """Whoever turns a refusal into a publication there does not deceive a replay."""
    gate.settle(gate.request(gate.stage()))
    with gate.engine.begin() as connection:
        connection.execute(update(verdicts).values(reasons=[], outcome="published"))
    (again,) = replayed(gate)
    assert again.comparison is Comparison.DIFFERENT


def test_an_order_forged_in_the_database_is_not_believed(gate: GateCity) -> None:
    """Replay opens orders with the bureau's key."""
    gate.decide()
    gate.order(gate.city.order("suspend", "all", ""))
    gate.settle(gate.request(gate.stage()))
    with gate.engine.begin() as connection:
        held = bytes(connection.scalars(select(orders.c.envelope)).one())
        connection.execute(update(orders).values(envelope=held.replace(b'"sig":"', b'"sig":"AA')))
    with pytest.raises(IntegrityError):
        replayed(gate)


def test_a_page_that_lacks_what_a_verdict_names_is_refused(gate: GateCity) -> None:
    """Nothing is replayed on less than it was taken on."""
    gate.publish()
    found = page(gate)
    found.contracts.clear()
    with pytest.raises(IntegrityError) as refusal:
        replayed(gate, found)
    assert refusal.value.code == "verdict_incomplete"


@pytest.fixture
def client(gate: GateCity) -> Iterator[httpx.Client]:
    with serving(gate.ports) as client:
        yield client


def test_verdicts_are_told_over_http_by_period(gate: GateCity, client: httpx.Client) -> None:
    """The page replays as it came; another day is empty."""
    gate.publish()
    period = {"since": (NOW - DAY).isoformat(), "until": (NOW + DAY).isoformat()}
    answer = client.get("/v1/verdicts", params=period, auth=OPERATOR)
    (again,) = replayed(gate, from_json(VerdictPage, answer.json()))
    assert again.comparison is Comparison.SAME
    later = {"since": (NOW + DAY).isoformat(), "until": (NOW + 2 * DAY).isoformat()}
    assert client.get("/v1/verdicts", params=later, auth=OPERATOR).json()["verdicts"] == []
    seen = period | {"after": str(answer.json()["verdicts"][-1]["seq"])}
    assert client.get("/v1/verdicts", params=seen, auth=OPERATOR).json()["verdicts"] == []


def test_verdicts_are_not_for_workers_and_strangers(client: httpx.Client) -> None:
    """And a period without a zone is none."""
    period = {"since": NOW.isoformat(), "until": NOW.isoformat()}
    assert client.get("/v1/verdicts", params=period).status_code == 401
    assert client.get("/v1/verdicts", params=period, auth=WORKER).status_code == 403
    naive = {"since": "2026-11-23T00:00:00", "until": "2026-11-24T00:00:00"}
    assert client.get("/v1/verdicts", params=naive, auth=OPERATOR).status_code == 422


def test_a_failed_verdict_undoes_the_change_of_state(gate: GateCity) -> None:
    """Outcome, audit record and verdict are kept together or not at all."""
    gate.decide()
    release = gate.request(gate.stage())
    with gate.engine.begin() as connection:
        connection.execute(text("alter table governance.verdicts rename to elsewhere"))
    with pytest.raises(IntegrityError):
        gate.settle(release)
    held = gate.releases.find(release.release_id)
    assert held is not None
    assert held.state is ReleaseState.CHECKING
    assert [r.phase for r in gate.records() if r.action == "release.published"] == ["intent"]


def test_a_stop_of_the_operators_is_part_of_the_verdict_that_it_led_to(gate: GateCity) -> None:
    """Lifted or not by now (第十九条); one of another data user is left out."""
    gate.decide()
    book = case_book(gate.ports, lambda _: True)
    chief = principal_of(Role.CHIEF_DATA_OFFICER)
    for name, user in (("stop-1", "city-planner"), ("stop-2", "trade-institute")):
        stop = {"stop_kind": "data_user", "stop_name": user, "ground": "超出约定用途"}
        book.move(USER_STOP, name, "stop", stop, chief)
    gate.settle(gate.request(gate.stage()))
    book.move(USER_STOP, "stop-1", "lift", {"reason": "已整改"}, chief)
    (line,) = page(gate).verdicts
    assert [one.stop_id for one in line.operator_stops] == ["stop-1"]
    (again,) = replayed(gate)
    assert (again.comparison, again.reasons) == (Comparison.SAME, ("stopped_by_operator",))


def test_an_incident_is_part_of_the_verdict_that_it_led_to(gate: GateCity) -> None:
    """As it was contained then; closed since, it is asked of no later release."""
    gate.decide()
    book, guard = case_book(gate.ports, lambda _: True), principal_of(Role.SECURITY_OFFICER)
    found = {
        "sign": "by_hand",
        "what": "数据外传",
        "scope_kind": "dataset",
        "scope": LIBRARY,
        "discovered_at": NOW.isoformat(),
    }
    book.move(INCIDENT, "inc-1", "open", found, guard)
    book.move(INCIDENT, "inc-1", "contain", {"measures": "停止发布"}, guard)
    gate.settle(gate.request(gate.stage()))
    (again,) = replayed(gate)
    assert (again.comparison, again.reasons) == (Comparison.SAME, ("incident_contained",))


@pytest.mark.parametrize("by_bureau", [False, True])
def test_a_delisting_is_part_of_the_verdict_that_it_led_to(
    gate: GateCity,
    by_bureau: bool,  # noqa: FBT001 - a parameter
) -> None:
    """The same run's product under another manifest, whoever delisted the first."""
    first = gate.publish()
    if by_bureau:
        gate.order(gate.city.order("delist", "release", first.release_id))
    else:
        gate.delist(first)
    envelope = gate.decide()
    other = gate.stage(rows=ROWS[:-2], decision=envelope)
    settled = gate.settle(gate.request(other))
    assert settled.state is ReleaseState.REFUSED
    before, after = replayed(gate)
    assert (before.comparison, before.reasons) == (Comparison.SAME, ())
    assert (after.comparison, after.reasons) == (Comparison.SAME, ("release_delisted",))
    line = page(gate).verdicts[-1]
    assert (line.orders, line.delisted) == (
        (("order-1",), ()) if by_bureau else ((), (first.release_id,))
    )
