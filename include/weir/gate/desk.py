"""The gate's page: what may run, what was released or refused, what is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from weir.clock import civil_date
from weir.errors import RefusedError
from weir.gate.book import case_book
from weir.gate.leave import leave_for
from weir.gate.notice_store import NoticeStore
from weir.gate.pass_health import PassHealth
from weir.gate.ports import GatePorts
from weir.gate.release_store import ReleaseStore
from weir.gate.standing_store import StandingStore
from weir.gate.stop_store import stops_in_force
from weir.governance.entrance import Entrance
from weir.model import ReleaseState
from weir.policy.lapse import lapses
from weir.policy.machines.incident import INCIDENT, UNREPORTED, report_due_at
from weir.policy.machines.incident import OPEN as INCIDENTS_OPEN
from weir.policy.order import stops_supply, suspensions_in_force
from weir.policy.roles import Act
from weir.service.meanings import meaning
from weir.service.pages import stylesheet, templates

_PAGES = Path(__file__).parent / "pages"
_SHOWN = 100
_SCENARIOS_A_PAGE = 50
_STATES = {
    ReleaseState.REQUESTED: "已申请 requested",
    ReleaseState.CHECKING: "核验中 checking",
    ReleaseState.IN_REVIEW: "待审核 in review",
    ReleaseState.REVIEWED: "已审核 reviewed",
    ReleaseState.PUBLISHED: "已发布 published",
    ReleaseState.DELISTING: "下架中 delisting",
    ReleaseState.DELISTED: "已下架 delisted",
    ReleaseState.REFUSED: "已拒绝 refused",
}
_SCOPES = {
    "scenario": "应用场景 scenario",
    "dataset": "数据集 dataset",
    "provider": "数据提供方 provider",
    "data_user": "数据使用方 data user",
    "use_agreement": "数据利用协议 use agreement",
    "all": "全部 all",
    "release": "发布 release",
}

_PASSES = {
    "policy": "政策包期限 terms of policy packs",
    "credentials": "凭证管控 control of credentials",
    "access keys": "访问密钥维护 upkeep of access keys",
    "incidents": "事件登记 opening of incidents",
    "delistings": "下架指令 orders to delist",
    "delisted": "下架清理 clearing of what was delisted",
    "releases": "发布核验 checking of releases",
    "canaries": "金丝雀查找 search for canaries",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioLine:
    """A scenario as the gate reads it now: may it release, and if not, why."""

    name: str
    title: str
    allowed: bool
    code: str
    article: str


def routes(ports: GatePorts, access: Entrance, health: PassHealth) -> APIRouter:
    """The page behind the desk's sign-in; the stylesheet alone is open."""
    pages = templates(_PAGES)
    releases = ReleaseStore(ports.engine)
    standings = StandingStore(ports.engine, ports.bureau_key)
    router = stylesheet(_PAGES, [Depends(access.stranger)])

    @router.get("/", dependencies=[Depends(access.opens_desk(Act.GATE_DESK_READ))])
    def front(after: str = "") -> HTMLResponse:
        names = ports.contracts.names()
        shown = [name for name in names if name > after][:_SCENARIOS_A_PAGE]
        recent = releases.of(None, _SHOWN)
        return HTMLResponse(
            pages.get_template("front.html").render(
                scenarios=[_line(name, standings, ports) for name in shown],
                scenario_count=len(names),
                next_after=shown[-1] if shown and shown[-1] != names[-1] else "",
                releases=[one for one in recent if one.state is not ReleaseState.REFUSED],
                reviews=releases.in_state(ReleaseState.IN_REVIEW, _SHOWN),
                refusals=[one for one in recent if one.state is ReleaseState.REFUSED],
                suspensions=suspensions_in_force(
                    filter(stops_supply, standings.orders()), ports.clock.now()
                ),
                terminations=standings.terminations(),
                held_open=stops_in_force(ports.engine, INCIDENTS_OPEN),
                in_force=stops_in_force(ports.engine),
                report_due=_report_due(ports),
                meaning=meaning,
                states=_STATES,
                scopes=_SCOPES,
                notices=NoticeStore(ports.engine).not_over(civil_date(ports.clock.now())),
                lapses=lapses(ports.contracts.packs_named(), ports.clock.now()),
                acknowledged=ports.acknowledge_lapsed,
                failing=health.failing(ports.clock.now()),
                passes=_PASSES,
                now=ports.clock.now(),
            )
        )

    return router


def _report_due(ports: GatePorts) -> dict[str, datetime]:
    """By incident, until when the bureau has to be told of it, where it has not been yet."""
    book, due = case_book(ports), {}
    for case in (one for state in UNREPORTED for one in book.listed(INCIDENT.kind, state)):
        found_at = datetime.fromisoformat(case.facts["discovered_at"])
        due[case.case_id] = report_due_at(found_at, ports.contracts.pack(found_at))
    return due


def _line(name: str, standings: StandingStore, ports: GatePorts) -> ScenarioLine:
    title, code, article = "", "", ""
    try:
        plan = ports.contracts.plan(name)
        title = plan.scenario.title
        leave_for(plan, standings, ports)
    except RefusedError as error:
        code, article = error.code, error.article
    return ScenarioLine(name=name, title=title, allowed=not code, code=code, article=article)
