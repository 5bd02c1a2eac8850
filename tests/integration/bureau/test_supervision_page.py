"""The desk's page of stops, agreements, evaluations and disputes, and what feeds it."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bureau_server import BureauServer
from fakes.gate_city import TickingClock
from fakes.sample_contracts import sample_bundle
from weir.errors import AuthorisationError
from weir.governance.cases import Case
from weir.model import Role
from weir.policy.machines.agreement import EXCLUSIONS, REQUIRED
from weir.policy.retention import DisputedScope

OFFICER, PROVIDER, DATA_USER = Role.CHIEF_DATA_OFFICER, Role.PROVIDER, Role.DATA_USER
HOSTILE = "<script>alert(1)</script>"
DRAFT: dict[str, Any] = {
    "kind": "operation",
    "operator": "city-operator",
    "starts_on": "2026-03-01",
    "ends_on": "2027-05-31",
    **dict.fromkeys(REQUIRED["operation"], "已约定"),
    **dict.fromkeys(EXCLUSIONS, False),
}


@pytest.fixture
def clock(bureau: BureauServer) -> TickingClock:
    bureau.stop()
    bureau.clock = clock = TickingClock()
    bureau.start()
    return clock


def words(desk: httpx.Client) -> str:
    page = desk.get("/supervision")
    assert page.status_code == 200
    assert "<script" not in page.text
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page.text)).split())


def evaluated(bureau: BureauServer) -> None:
    """An evaluation of 2026 that a provider and a data user have rated."""
    with bureau.client() as director:
        opening = {"operator": "city-operator", "year": 2026}
        director.move("evaluation", "city-operator-2026", "open", opening)
    for caller, score in ((PROVIDER, 2), (DATA_USER, 4)):
        with bureau.client(caller) as rater:
            rating = {"score": score, "words": f"评价 {HOSTILE}"}
            told = rater.move("evaluation", "city-operator-2026", "rate", rating)
        assert told == Case(kind="evaluation", case_id="city-operator-2026", state="rated")


def test_a_desk_without_cases_says_so(clock: TickingClock, desk: httpx.Client) -> None:
    """Every part explains itself."""
    assert clock
    seen = words(desk)
    for text in ("没有暂停过任何提供", "还没有在此办理的协议", "还没有开始过年度评估"):
        assert text in seen


def test_last_days_stand_out_once_they_are_over(
    bureau: BureauServer, clock: TickingClock, desk: httpx.Client
) -> None:
    """A stop, an agreement and an evaluation: in time, due, and overdue at midnight."""
    with bureau.client() as director, bureau.client(OFFICER) as operator:
        bureau.decide(sample_bundle())
        director.order("suspend", "dataset", "bills", ground=f"泄露线索{HOSTILE}")
        operator.move("agreement", "oa-2", "draft", DRAFT)
        director.move("agreement", "oa-2", "conclude", {})
        evaluated(bureau)
        term = {"finding": "日志不全", "due_on": "2026-12-23"}
        director.move("evaluation", "city-operator-2026", "rectify", term)
        complaint = {"scope_kind": "dataset", "scope": "bills", "complaint": "收益分配不明"}
        operator.move("dispute", "d-1", "open", {**complaint, "hold_asked": True})
    seen = words(desk)
    for text in (
        "数据集 bills 已暂停 suspended 2026-12-23 泄露线索",
        "oa-2 city-operator 已生效 in force 2026-03-01 2027-05-31",
        "限期整改 rectifying 2026-12-23 2 份，平均 3.0",
        "收益分配不明 请求暂停",
    ):
        assert text in seen
    assert "逾期" not in seen
    assert "应当重新申请" not in seen
    clock.instant = datetime(2026, 12, 23, 15, 59, 50, tzinfo=UTC)
    assert "逾期" not in words(desk)
    clock.instant = datetime(2026, 12, 23, 16, 0, tzinfo=UTC)
    assert words(desk).count("已逾期 overdue") == 2
    clock.instant = datetime(2027, 2, 27, 16, 0, tzinfo=UTC)
    assert "协议期满前应当重新申请" in words(desk)


def test_what_is_disputed_is_told_without_what_was_said(bureau: BureauServer) -> None:
    """While the dispute is open (第二十二条); its words stay at the bureau."""
    bureau.decide(sample_bundle())
    with bureau.client(OFFICER) as operator, bureau.client() as director:
        complaint = {"scope_kind": "dataset", "scope": "bills", "complaint": "收益分配不明"}
        operator.move("dispute", "d-1", "open", complaint)
        operator.move("dispute", "d-2", "open", complaint)
        director.move("dispute", "d-2", "mediate", {"finding": "已约谈"})
        assert operator.disputed() == (DisputedScope(scope_kind="dataset", scope="bills"),)
        operator.move("dispute", "d-1", "withdraw", {})
        director.move("dispute", "d-2", "settle", {"settlement": "重新约定比例"})
        assert operator.disputed() == ()


def test_the_front_page_tells_a_closed_channel_from_a_suspension(
    bureau: BureauServer, clock: TickingClock, desk: httpx.Client
) -> None:
    """The one can be resumed, the other cannot."""
    with bureau.client() as director:
        bureau.decide(sample_bundle())
        director.order("suspend", "dataset", "bills", ground="泄露线索")
        assert "关闭数据通道" not in desk.get("/").text
        clock.instant = datetime(2026, 12, 23, 16, 0, tzinfo=UTC)
        director.order("close", "dataset", "bills", ground="逾期未整改")
    front = desk.get("/").text
    assert "关闭数据通道" in front
    assert "逾期未整改" in front
    assert "数据通道已关闭" in words(desk)


def test_an_evaluation_that_failed_yields_its_advice(
    bureau: BureauServer, clock: TickingClock
) -> None:
    """To the bureau and the operator, not to those who rated; then the operator exits."""
    assert clock
    evaluated(bureau)
    with bureau.client() as director, bureau.client(OFFICER) as operator:
        assert director.advice("city-operator-2026") is None
        director.move("evaluation", "city-operator-2026", "fail", {"finding": "严重超范围"})
        letter = director.advice("city-operator-2026")
        assert letter is not None
        assert "建议该数据运营单位退出运营工作" in letter
        assert director.advice("another") is None
        stated = dict.fromkeys(("keys_destroyed", "data_destroyed", "logs_handed_over"), "已办理")
        left = operator.move("evaluation", "city-operator-2026", "exit", stated)
        assert left.state == "exited"
    with bureau.client(PROVIDER) as rater:
        for call in (lambda: rater.advice("x"), lambda: rater.cases("evaluation")):
            with pytest.raises(AuthorisationError) as refusal:
                call()
            assert refusal.value.code == "role_not_allowed"
