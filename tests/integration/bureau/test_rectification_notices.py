"""A rectification that the bureau orders is told of at once, and no longer once it is reported."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select

from bureau_server import BureauServer
from fakes.gate_city import TickingClock
from fakes.sample_contracts import sample_bundle
from weir.bureau.tables import audit_records
from weir.errors import AuthorisationError
from weir.evidence.audit import from_bytes
from weir.model import Role

OFFICER, PROVIDER, DATA_USER = Role.CHIEF_DATA_OFFICER, Role.PROVIDER, Role.DATA_USER
EVALUATION = "city-operator-2026"


@pytest.fixture
def city(bureau: BureauServer) -> BureauServer:
    """A bureau that has decided one scenario, under a clock of the test's."""
    bureau.stop()
    bureau.clock = TickingClock()
    bureau.start()
    bureau.decide(sample_bundle())
    return bureau


def standing(bureau: BureauServer) -> list[tuple[str, str, str]]:
    with bureau.client(OFFICER) as operator:
        return [(one.subject, one.addressee, one.ends_on) for one in operator.notices()]


def told(bureau: BureauServer) -> list[tuple[str, str, str]]:
    with bureau.engine.begin() as connection:
        bodies = connection.scalars(select(audit_records.c.body).order_by(audit_records.c.seq))
        records = [from_bytes(body) for body in bodies]
    return [
        (one.action, one.legal.article, str(one.data["ends_on"]))
        for one in records
        if one.target.kind == "notice"
    ]


@pytest.mark.article("第十六条")
def test_a_stop_is_told_of_until_the_operator_reports(
    city: BureauServer, desk: httpx.Client
) -> None:
    """第十六条: thirty days from the order; one that is rejected opens it again."""
    with city.client() as director, city.client(OFFICER) as operator:
        director.order("suspend", "dataset", "bills", ground="检查")
        stop = operator.cases("stop")[0].case_id
        assert standing(city) == [(stop, "operator", "2026-12-23")]
        assert "限期整改" in desk.get("/").text.split('id="notices"')[1]
        operator.move("stop", stop, "plan", {"plan": "停用接口"})
        assert standing(city) == [(stop, "operator", "2026-12-23")]
        operator.move("stop", stop, "report", {"report": "已停用"})
        assert standing(city) == []
        again = {"finding": "日志不全", "due_on": "2026-12-23"}
        director.move("stop", stop, "reject", again)
        assert standing(city) == [(stop, "operator", "2026-12-23")]
        operator.move("stop", stop, "report", {"report": "已补齐"})
        director.move("stop", stop, "accept", {"finding": "整改到位"})
        director.order("resume", "dataset", "bills", ground="整改到位")
    assert standing(city) == []
    issued = ("notice.issued", "第十六条", "2026-12-23")
    settled = ("notice.settled", "第十六条", "2026-12-23")
    assert told(city) == [issued, settled, issued, settled]


@pytest.mark.article("第二十一条")
def test_an_evaluation_that_asks_for_rectification_is_told_to_that_operator(
    city: BureauServer, desk: httpx.Client
) -> None:
    """第二十一条: by name, overdue once the day is over, and gone with the result."""
    city.conclude(sample_bundle())
    with city.client() as director:
        opening = {"operator": "city-operator", "year": 2026}
        director.move("evaluation", EVALUATION, "open", opening)
        for rater in (PROVIDER, DATA_USER):
            with city.client(rater) as client:
                client.move("evaluation", EVALUATION, "rate", {"score": 2, "words": "较差"})
        term = {"finding": "日志不全", "due_on": "2026-12-01"}
        director.move("evaluation", EVALUATION, "rectify", term)
        assert standing(city) == [(EVALUATION, "city-operator", "2026-12-01")]
        assert isinstance(city.clock, TickingClock)
        city.clock.instant = city.clock.instant.replace(month=12, day=1, hour=16)
        assert "已逾期" in desk.get("/").text.split('id="notices"')[1]
        director.move("evaluation", EVALUATION, "fail", {"finding": "逾期未整改"})
    assert standing(city) == []
    assert [one[:2] for one in told(city)] == [
        ("notice.issued", "第二十一条"),
        ("notice.settled", "第二十一条"),
    ]


def test_a_move_that_is_refused_tells_nobody(city: BureauServer) -> None:
    """Notice and move commit together, or neither does."""
    with city.client() as director:
        with pytest.raises(AuthorisationError):
            director.order("suspend", "dataset", "unheard-of", ground="检查")
        director.order("suspend", "dataset", "bills", ground="检查")
        with pytest.raises(AuthorisationError):
            director.order("suspend", "dataset", "bills", ground="检查")
    assert len(told(city)) == 1


def test_notices_are_for_who_supervises_and_who_operates(city: BureauServer) -> None:
    """A data user does not read what others have to do."""
    with city.client(DATA_USER) as client, pytest.raises(AuthorisationError) as refused:
        client.notices()
    assert refused.value.code == "role_not_allowed"
