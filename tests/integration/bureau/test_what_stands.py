"""What the bureau's front page tells of the gate: what it has not got, and what is open there."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest

from bureau_server import BureauServer
from fakes.gate_city import TickingClock
from fakes.sample_contracts import sample_bundle
from weir.clock import FixedClock
from weir.errors import AuthorisationError
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Initiator, Legal, Target, new_record, to_bytes
from weir.model import Role
from weir.policy.decision import decision_digest, open_decision
from weir.policy.order import open_order
from weir.policy.revocation import open_revocation
from weir.policy.termination import open_termination

UNSENT = "待确认 not yet confirmed"


@pytest.fixture
def city(bureau: BureauServer) -> BureauServer:
    """A bureau that has decided one scenario."""
    bureau.stop()
    bureau.clock = TickingClock()
    bureau.start()
    bureau.decide(sample_bundle())
    return bureau


def told(bureau: BureauServer, action: Action, kind: str, name: str, **changes: Any) -> AuditRecord:
    values: dict[str, Any] = {
        "initiator": Initiator(type="service", id="weir-gate", role="gate"),
        "target": Target(kind=kind, name=name),
        "service": "gate",
        "legal": Legal(),
    }
    record = new_record(FixedClock(bureau.clock.now()), action, **(values | changes))
    with bureau.receiver() as receiver:
        receiver.receive("audit", [to_bytes(record)])
    return record


def front(desk: httpx.Client) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", desk.get("/").text)).split())


@pytest.mark.article("第十六条")
def test_an_order_stands_as_unsent_until_the_gate_tells_of_it(
    city: BureauServer, desk: httpx.Client
) -> None:
    """A refused registration tells of nothing; another order's tells nothing of this one."""
    with city.client() as director:
        signed = director.order("suspend", "dataset", "bills", ground="检查")
    name = open_order(signed, city.key.public).order_id
    assert f"{UNSENT} ：暂停提供 suspended 数据集 bills" in front(desk)
    registered = Action.ORDER_REGISTERED
    told(city, registered, "dataset", "bills", data={"order_id": "another", "order": "suspend"})
    own = {"order_id": name, "order": "suspend"}
    told(city, registered, "dataset", "bills", data=own, outcome="refused", reason_code="x")
    assert UNSENT in front(desk)
    told(city, registered, "dataset", "bills", data=own)
    assert UNSENT not in front(desk)


def test_revocations_and_terminations_stand_as_unsent_too(
    city: BureauServer, desk: httpx.Client
) -> None:
    """Each until the gate tells of it."""
    bundle = sample_bundle()
    scenario, agreement = bundle.scenario.scenario, bundle.use_agreement.agreement
    with city.client() as director:
        decision = director.decision(scenario)
        assert decision is not None
        digest = decision_digest(open_decision(decision, city.key.public))
        taken = director.revoke(scenario, digest, ground="变更", article="第十五条", notice="函1")
        facts = {"grounds": "违约", "article": "第十五条", "notice": "函2"}
        director.move("agreement", agreement, "terminate", facts)
        (notice,) = director.terminations()
    page = front(desk)
    assert f"{UNSENT} ：已撤销 revoked 应用场景 {scenario}" in page
    assert f"{UNSENT} ：终止协议 terminated 协议 {agreement}" in page
    revocation = open_revocation(taken, city.key.public).revocation_id
    data = {"revocation_id": revocation}
    told(city, Action.REVOCATION_REGISTERED, "scenario", scenario, data=data)
    assert front(desk).count(UNSENT) == 1
    data = {"termination_id": open_termination(notice, city.key.public).termination_id}
    told(city, Action.TERMINATION_REGISTERED, "agreement", agreement, data=data)
    assert UNSENT not in front(desk)


@pytest.mark.article("第十九条")
def test_open_incidents_and_stops_stand_until_they_end(
    city: BureauServer, desk: httpx.Client
) -> None:
    """As the last record of each tells; a refused move changes nothing."""
    about = {"scope_kind": "scenario", "scope": "firm-credit"}
    user = {"stop_kind": "data_user", "stop_name": "town-bank"}
    told(city, Action.INCIDENT_OPENED, "incident", "inc-1", data={"state": "opened", **about})
    told(city, Action.INCIDENT_CONTAINED, "incident", "inc-1", data={"state": "contained", **about})
    told(city, Action.STOP_IMPOSED, "user_stop", "stop-1", data={"state": "stopped", **user})
    told(
        city, Action.INCIDENT_CLOSED, "incident", "inc-1", outcome="refused", reason_code="too_soon"
    )
    page = front(desk)
    assert "数据安全事件 incident inc-1 已控制 contained ：应用场景 firm-credit" in page
    assert "运营单位停止提供 user stop stop-1 已停止 stopped ：数据使用方 town-bank" in page
    told(city, Action.INCIDENT_CLOSED, "incident", "inc-1", data={"state": "closed", **about})
    told(city, Action.STOP_LIFTED, "user_stop", "stop-1", data={"state": "lifted", **user})
    page = front(desk)
    assert "inc-1 已" not in page
    assert "stop-1 已" not in page


@pytest.mark.article("第二十二条")
def test_a_dispute_over_nothing_is_refused(city: BureauServer) -> None:
    """A scope that the bureau never decided on, or a release that nobody told of."""
    with city.client(Role.PROVIDER) as provider:
        for kind in ("scenario", "dataset", "release", "drill"):
            stated = {"scope_kind": kind, "scope": "nonesuch", "complaint": "收益分配不明"}
            with pytest.raises(AuthorisationError) as refused:
                provider.move("dispute", "d-1", "open", stated)
            assert (refused.value.code, refused.value.article) == ("scope_unknown", "第二十二条")
    with city.client() as director:
        assert director.cases("dispute") == ()
