"""A period's books for tests of reports: two scenarios, three datasets of two providers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from weir.contracts.packs import pack_in_force
from weir.evidence.audit import Result
from weir.evidence.ledger import StageResult
from weir.evidence.run_history import RunSummary
from weir.gate.reports.books import (
    Books,
    Contracts,
    CredentialRow,
    DatasetFacts,
    EvidenceRow,
    IncidentRow,
    ReleaseRow,
    ScenarioFacts,
    StepRow,
)
from weir.gate.reports.period import Period
from weir.governance.cases import Case
from weir.model import Principal, Reason, Role
from weir.policy.machine import PastMove
from weir.policy.order import Order
from weir.settings import ROOT

NOVEMBER = Period(first_day=date(2026, 11, 1), until=date(2026, 12, 1))
MADE_AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
BILLS = DatasetFacts(dataset="power-bills", title="用电账单", provider="power-company")
METERS = DatasetFacts(dataset="power-meters", title="电表", provider="power-company")
FIRMS = DatasetFacts(dataset="market-firms", title="企业登记", provider="market-bureau")
REFUSAL = Reason(code="expectation_failed", what="3 rows", article="第六条")


def scenario(
    name: str, *datasets: DatasetFacts, title: str = "小微信贷", data_user: str = "rural-bank"
) -> ScenarioFacts:
    return ScenarioFacts(
        scenario=name,
        title=title,
        purpose="信贷风险评估",
        operator="city-operator",
        data_user=data_user,
        attribution="数据来源：遂宁市公共数据运营平台",
        datasets=datasets,
    )


CREDIT = scenario("credit", BILLS, FIRMS)
GRID = scenario("grid", METERS, title="电网规划", data_user="grid-institute")


def contracts(*facts: ScenarioFacts) -> Contracts:
    return Contracts(
        scenarios={one.scenario: one for one in facts or (CREDIT, GRID)},
        pack=partial(pack_in_force, ROOT / "policy"),
    )


def stage(
    name: str,
    subject: str,
    *,
    rows_out: int = 0,
    quarantined: int = 0,
    outcome: Result = "success",
    reason: Reason | None = None,
    **detail: str | int,
) -> StageResult:
    return StageResult(
        stage=name,
        subject=subject,
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=1),
        outcome=outcome,
        reason=reason,
        rows_out=rows_out,
        rows_quarantined=quarantined,
        detail=dict(detail),
    )


def run(
    scenario_name: str,
    run_id: str,
    pulled: dict[str, int],
    *,
    quarantined: int = 0,
    without_consent: int = 0,
    reason: Reason | None = None,
    closed: bool = True,
) -> RunSummary:
    """A run that pulled so many rows of each dataset, then was refused, released or left open."""
    stages = [
        stage("pull", name, rows_out=rows, rows_without_consent=without_consent)
        for name, rows in pulled.items()
    ]
    stages += [
        stage(
            "check_quality",
            name,
            rows_out=rows - quarantined,
            quarantined=quarantined,
            outcome="refused" if reason else "success",
            reason=reason,
        )
        for name, rows in pulled.items()
    ]
    if closed and reason is None:
        stages.append(stage("report", scenario_name, rows_out=sum(pulled.values())))
    return RunSummary(scenario=scenario_name, run_id=run_id, stages=tuple(stages))


def release(
    scenario_name: str, rows: int, *, state: str = "published", at: datetime | None = NOON
) -> ReleaseRow:
    return ReleaseRow(scenario=scenario_name, state=state, rows=rows, published_at=at)


def order(action: Any, kind: Any, scope: str, at: datetime, order_id: str = "o-1") -> Order:
    return Order(
        order_id=order_id,
        action=action,
        scope_kind=kind,
        scope=scope,
        ground="检查发现 13900009021",
        article="第十六条",
        issued_at=at,
    )


def incident(case_id: str = "inc-1", *, reported: bool = True, **facts: Any) -> IncidentRow:
    steps = [StepRow(move="open", by_role="security_officer", at=NOON + timedelta(minutes=5))]
    if reported:
        steps.append(
            StepRow(move="report", by_role="security_officer", at=NOON + timedelta(hours=1))
        )
    stated: dict[str, Any] = {
        "sign": "canary",
        "what": "发现 510903199001019993 的记录",
        "scope_kind": "dataset",
        "scope": BILLS.dataset,
        "discovered_at": NOON.isoformat(),
        "measures": "停用凭证，联系 13900009021",
    }
    if reported:
        stated |= {"effects": "三行", "affected_rows": 3, "affected_subjects": 1}
    return IncidentRow(
        case_id=case_id,
        state="reported" if reported else "opened",
        facts=stated | facts,
        steps=tuple(steps),
    )


def books(
    *,
    runs: Sequence[RunSummary] = (),
    releases: Sequence[ReleaseRow] = (),
    orders: Sequence[Order] = (),
    incidents: Sequence[IncidentRow] = (),
    told: Contracts | None = None,
    made_at: datetime = MADE_AT,
) -> Books:
    return Books(
        period=NOVEMBER,
        made_at=made_at,
        contracts=told or contracts(),
        runs=tuple(runs),
        releases=tuple(releases),
        orders=tuple(orders),
        incidents=tuple(incidents),
    )


def busy_books() -> Books:
    """A month in which everything happened once."""
    full = books(
        runs=[
            run("credit", "r1", {BILLS.dataset: 100, FIRMS.dataset: 50}, without_consent=4),
            run("credit", "r2", {BILLS.dataset: 90}, quarantined=9, reason=REFUSAL),
            run("grid", "r3", {METERS.dataset: 7}, closed=False),
            run("gone", "r4", {"old-table": 5}),
        ],
        releases=[
            release("credit", 60),
            release("gone", 5, state="delisted"),
            release("grid", 0, state="refused", at=None),
        ],
        orders=[
            order("suspend", "dataset", BILLS.dataset, NOON),
            order("resume", "dataset", BILLS.dataset, NOON + timedelta(hours=3), "o-2"),
            order("suspend", "provider", "market-bureau", NOON, "o-3"),
        ],
        incidents=[incident()],
    )
    return Books(
        period=full.period,
        made_at=full.made_at,
        contracts=full.contracts,
        runs=full.runs,
        releases=full.releases,
        orders=full.orders,
        incidents=full.incidents,
        credentials=(
            CredentialRow(
                use_agreement="ua-1",
                environment="production",
                data_user="rural-bank",
                scenarios=("credit",),
                state="active",
                issued_at=NOON,
                valid_until=NOON + timedelta(days=300),
            ),
        ),
        evidence=(EvidenceRow(kind="audit", records=40, delivered=39, rejected=1),),
    )


def evaluation(
    *ratings: tuple[Role, str, int],
    name: str = "city-operator-2026",
    operator: str = "city-operator",
    year: int = 2026,
) -> Case:
    """An evaluation as the bureau keeps it, rated by `ratings`."""
    opening = {"operator": operator, "year": year}
    director = Principal(id="director", role=Role.BUREAU_DIRECTOR, org="bureau")
    opened = PastMove(move="open", target="opened", facts=opening, by=director, at=NOON)
    rated = [
        PastMove(
            move="rate",
            target="rated",
            facts={"score": score, "words": "评得如实"},
            by=Principal(id=org, role=role, org=org),
            at=NOON,
        )
        for role, org, score in ratings
    ]
    return Case(
        kind="evaluation", case_id=name, state="rated", facts=opening, history=(opened, *rated)
    )
