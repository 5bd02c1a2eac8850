"""An order is a move of a stop's case: supply goes on only after an accepted rectification."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bureau_server import BureauServer
from fakes.rectifying import rectify
from fakes.sample_contracts import sample_bundle
from weir.bureau.tables import audit_records
from weir.clock import SHANGHAI
from weir.errors import AuthorisationError, ContractError
from weir.evidence.audit import AuditRecord, from_bytes, new_id
from weir.governance.cases import Case
from weir.model import Role
from weir.policy.order import Order, open_order, stops_supply

DIRECTOR, OFFICER, PROVIDER = Role.BUREAU_DIRECTOR, Role.CHIEF_DATA_OFFICER, Role.PROVIDER
ABOUT = {"dataset", "stop"}
START = datetime(2026, 11, 23, 6, tzinfo=UTC)


@dataclass
class MovedClock:
    """Each look at it is a second later, and a test moves it."""

    instant: datetime = START

    def now(self) -> datetime:
        self.instant += timedelta(seconds=1)
        return self.instant


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def city(bureau: BureauServer, clock: MovedClock) -> BureauServer:
    """A bureau that has decided one scenario, under a clock of the test's."""
    bureau.stop()
    bureau.clock = clock
    bureau.start()
    bureau.decide(sample_bundle())
    return bureau


def order(bureau: BureauServer, action: Any, kind: Any = "dataset", scope: str = "bills") -> Order:
    with bureau.client() as client:
        signed = client.order(action, kind, scope, ground="检查")
    return open_order(signed, bureau.key.public)


def refusal(
    bureau: BureauServer, action: Any, kind: Any = "dataset", scope: str = "bills"
) -> AuthorisationError:
    with pytest.raises(AuthorisationError) as refused:
        order(bureau, action, kind, scope)
    assert refused.value.article
    assert refused.value.remedy
    return refused.value


def move(bureau: BureauServer, name: str, caller: Role = DIRECTOR, **facts: object) -> Case:
    """A move on the stop that changed last."""
    with bureau.client(caller) as client:
        return client.move("stop", client.cases("stop")[0].case_id, name, facts)


def orders(bureau: BureauServer) -> list[str]:
    with bureau.client() as client:
        return [open_order(one, bureau.key.public).action for one in client.orders()]


def records(bureau: BureauServer) -> list[AuditRecord]:
    with bureau.engine.begin() as connection:
        bodies = connection.scalars(select(audit_records.c.body).order_by(audit_records.c.seq))
        return [from_bytes(body) for body in bodies]


@pytest.mark.article("第十六条")
def test_supply_goes_on_only_after_an_accepted_rectification(city: BureauServer) -> None:
    """第十六条: suspended, planned, reported, accepted, resumed; each before is too early."""
    order(city, "suspend")
    assert refusal(city, "resume").code == "rectification_open"
    move(city, "plan", OFFICER, plan="停用接口")
    assert refusal(city, "resume").code == "rectification_open"
    move(city, "report", OFFICER, report="已停用")
    assert refusal(city, "resume").code == "rectification_open"
    move(city, "accept", finding="整改到位")
    lifted = order(city, "resume")
    assert (lifted.action, lifted.article) == ("resume", "第十六条")
    assert orders(city) == ["suspend", "resume"]
    told = [(r.action, r.outcome, r.reason_code) for r in records(city) if r.target.kind in ABOUT]
    assert told == [
        ("order.signed", "success", ""),
        ("stop.opened", "success", ""),
        ("order.signed", "refused", "rectification_open"),
        ("rectification.planned", "success", ""),
        ("order.signed", "refused", "rectification_open"),
        ("rectification.reported", "success", ""),
        ("order.signed", "refused", "rectification_open"),
        ("rectification.accepted", "success", ""),
        ("order.signed", "success", ""),
        ("stop.ended", "success", ""),
    ]


def test_a_report_that_is_not_accepted_opens_the_rectification_again(city: BureauServer) -> None:
    """With a new last day, and supply stays stopped."""
    order(city, "suspend")
    move(city, "plan", OFFICER, plan="停用接口")
    move(city, "report", OFFICER, report="已停用")
    stop = move(city, "reject", finding="日志不全", due_on="2026-12-31")
    assert (stop.state, stop.facts["due_on"]) == ("rectifying", "2026-12-31")
    assert refusal(city, "resume").code == "rectification_open"
    move(city, "report", OFFICER, report="日志已补")
    move(city, "accept", finding="到位")
    assert order(city, "resume").action == "resume"


def test_the_pack_gives_a_suspension_its_last_day(city: BureauServer) -> None:
    """30 calendar days in Asia/Shanghai, counted from the day after."""
    order(city, "suspend")
    with city.client() as client:
        assert client.cases("stop", state="suspended")[0].facts["due_on"] == "2026-12-23"
        assert client.cases("stop", state="accepted") == ()


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("scenario", "bills"),
        ("dataset", "firm-credit"),
        ("provider", "Power-company"),
        ("data_user", "tоwn-bank"),
        ("dataset", "register' or 1=1"),
    ],
)
def test_an_order_over_what_was_never_decided_on_is_refused(
    city: BureauServer, kind: str, scope: str
) -> None:
    """An order that stops nothing would look like one that does."""
    assert refusal(city, "suspend", kind, scope).code == "scope_unknown"
    assert refusal(city, "resume", kind, scope).code == "not_suspended"
    assert orders(city) == []
    attempts = [record for record in records(city) if record.outcome == "refused"]
    assert len(attempts) == 2
    assert scope not in {text for one in attempts for text in (one.target.name, one.legal.scenario)}


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("scenario", "firm-credit"),
        ("dataset", "firms"),
        ("provider", "power-company"),
        ("data_user", "town-bank"),
        ("all", ""),
    ],
)
def test_every_kind_of_scope_is_stopped_once_and_resumed_once(
    city: BureauServer, kind: str, scope: str
) -> None:
    """Out of order and repeated: refused by name, nothing signed."""
    assert refusal(city, "resume", kind, scope).code == "not_suspended"
    order(city, "suspend", kind, scope)
    assert refusal(city, "suspend", kind, scope).code == "already_suspended"
    rectify(city)
    order(city, "resume", kind, scope)
    assert refusal(city, "resume", kind, scope).code == "not_suspended"
    order(city, "suspend", kind, scope)
    assert orders(city) == ["suspend", "resume", "suspend"]


def test_of_racing_suspensions_one_is_signed(city: BureauServer) -> None:
    """Two people press at once; the scope has one stop."""

    def suspend(_: int) -> str:
        try:
            return order(city, "suspend").action
        except AuthorisationError as error:
            return error.code

    with ThreadPoolExecutor(6) as pool:
        ends = sorted(pool.map(suspend, range(6)))
    assert ends == [*["already_suspended"] * 5, "suspend"]
    assert orders(city) == ["suspend"]


def test_the_operator_and_a_provider_lift_nothing(city: BureauServer) -> None:
    """Only the bureau orders and accepts; only the operator plans and reports."""
    order(city, "suspend")
    for caller in (OFFICER, PROVIDER):
        with city.client(caller) as client, pytest.raises(AuthorisationError) as refused:
            client.order("resume", "dataset", "bills", ground="自行恢复")
        assert refused.value.code == "role_not_allowed"
    for name, caller, facts in (
        ("accept", OFFICER, {"finding": "自评"}),
        ("resume", OFFICER, {"ground": "自行恢复"}),
        ("plan", DIRECTOR, {"plan": "代拟"}),
    ):
        with pytest.raises(AuthorisationError) as refused:
            move(city, name, caller, **facts)
        assert refused.value.code == "role_not_allowed"


@pytest.mark.article("第二十三条")
def test_a_channel_is_closed_after_the_last_day_and_stays_closed(
    city: BureauServer, clock: MovedClock
) -> None:
    """第二十三条: not at 23:59 of the last day in Asia/Shanghai, at midnight; for good."""
    order(city, "suspend")
    move(city, "plan", OFFICER, plan="停用接口")
    clock.instant = datetime(2026, 12, 23, 23, 59, tzinfo=SHANGHAI).astimezone(UTC)
    assert refusal(city, "close").code == "rectification_running"
    clock.instant = datetime(2026, 12, 24, 0, 0, tzinfo=SHANGHAI).astimezone(UTC)
    closed = order(city, "close")
    assert (closed.action, closed.article) == ("close", "第二十三条")
    for action in ("resume", "suspend", "close"):
        assert refusal(city, action).code == "channel_closed"
    with pytest.raises(AuthorisationError) as refused:
        move(city, "report", OFFICER, report="迟到的报告")
    assert refused.value.code == "move_out_of_order"
    assert orders(city) == ["suspend", "close"]


def test_a_report_awaits_its_answer_before_a_channel_is_closed(
    city: BureauServer, clock: MovedClock
) -> None:
    """What was reported in time is judged first, however long that takes."""
    order(city, "suspend")
    move(city, "plan", OFFICER, plan="停用接口")
    move(city, "report", OFFICER, report="已停用")
    clock.instant += timedelta(days=60)
    assert refusal(city, "close").code == "move_out_of_order"


def test_a_clock_that_went_back_lifts_nothing_and_still_stops(
    city: BureauServer, clock: MovedClock
) -> None:
    """A resumption dated before its suspension would lift nothing; a suspension dated before an
    earlier resumption would stop nothing."""
    order(city, "suspend")
    rectify(city)
    ahead = clock.instant
    clock.instant = ahead - timedelta(hours=1)
    assert refusal(city, "resume").code == "clock_behind"
    clock.instant = ahead
    lifted = order(city, "resume")
    clock.instant = ahead - timedelta(hours=1)
    assert order(city, "suspend").issued_at >= lifted.issued_at


def test_a_last_day_that_is_over_suspends_nothing(city: BureauServer) -> None:
    """Nor does one that is no day."""
    body = {"action": "suspend", "scope_kind": "all", "ground": "检查"}
    with city.client() as client:
        with pytest.raises(AuthorisationError) as refused:
            client._call("POST", "/v1/orders", {**body, "due_on": "2026-11-22"})
        assert refused.value.code == "deadline_passed"
        with pytest.raises(AuthorisationError) as refused:
            client._call("POST", "/v1/orders", {**body, "due_on": "2026-02-30"})
        assert refused.value.code == "request_malformed"
    assert orders(city) == []


def test_a_stop_that_is_moved_as_a_case_signs_its_order_too(city: BureauServer) -> None:
    """There is no second way by which a case is open and nothing is stopped."""
    stop = {"scope_kind": "dataset", "scope": "bills", "ground": "检查", "due_on": "2026-12-01"}
    with city.client() as client:
        client.move("stop", "by-hand", "suspend", stop)
        assert client.case("stop", "by-hand")
        assert client.case("stop", "another") is None
        with pytest.raises(AuthorisationError) as refused:
            client.move("stop", "by-hand-2", "suspend", stop | {"scope": "nowhere"})
    assert refused.value.code == "scope_unknown"
    assert orders(city) == ["suspend"]


def test_who_holds_a_drill_has_its_order_signed_and_nothing_else(city: BureauServer) -> None:
    """The schedule's account too: the order's scope is the drill, and no stop comes of it."""
    drill_id = str(new_id(city.clock))
    with city.client(Role.DELIVERER) as schedule:
        made = open_order(schedule.order_drill(drill_id), city.key.public)
        with pytest.raises(AuthorisationError) as refused:
            schedule.order("suspend", "drill", drill_id, ground="演练")
        assert refused.value.code == "role_not_allowed"
        for name in ("bills", "all", "ua-1"):
            with pytest.raises(AuthorisationError):
                schedule.order_drill(name)
        with pytest.raises(ContractError) as nameless:
            schedule.order_drill("")
        assert nameless.value.code == "name_malformed"
    assert (made.action, made.scope_kind, made.scope) == ("suspend", "drill", drill_id)
    assert not stops_supply(made)
    with city.client() as director:
        assert director.cases("stop") == ()
