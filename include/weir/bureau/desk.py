"""The desk: pages on which a reviewer reads what happened, without a script."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from sqlalchemy import Engine

from weir.bureau import wording
from weir.bureau.desk_demand_pages import demand_pages
from weir.bureau.desk_runs import one_run, recent_runs
from weir.bureau.desk_view import (
    RECORDS_A_PAGE,
    decisions_on,
    drill_warning,
    front_page,
    one_record,
    policy_warning,
    records_before,
)
from weir.bureau.lineage_view import columns_of
from weir.bureau.migrate import DATABASE
from weir.bureau.supervision_view import supervision
from weir.clock import Clock
from weir.evidence.audit import to_bytes
from weir.evidence.database import transaction
from weir.governance.cases import CaseBook
from weir.governance.entrance import Entrance
from weir.policy.roles import Act
from weir.service.meanings import meaning
from weir.service.pages import stylesheet, templates

_PAGES = Path(__file__).parent / "pages"


def routes(engine: Engine, book: CaseBook, clock: Clock, access: Entrance) -> APIRouter:
    """Pages behind the desk's sign-in; the stylesheet alone is open."""
    pages = _environment(clock)
    desk = APIRouter(dependencies=[Depends(access.opens_desk(Act.BUREAU_DESK_READ))])
    everyone = stylesheet(_PAGES, [Depends(access.stranger)])

    def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(pages.get_template(name).render(**values), status_code=status)

    @desk.get("/")
    def front(after: str = "") -> HTMLResponse:
        with transaction(engine, DATABASE) as connection:
            return page(
                "front.html",
                view=front_page(connection, clock.now(), after),
                warnings=[
                    one
                    for one in (
                        policy_warning(book.pack, clock.now()),
                        drill_warning(connection, book.pack, clock.now()),
                    )
                    if one is not None
                ],
            )

    @desk.get("/supervision")
    def supervision_page() -> HTMLResponse:
        return page("supervision.html", view=supervision(book, clock.now()))

    @desk.get("/scenarios/{scenario}")
    def scenario_page(scenario: str) -> HTMLResponse:
        with transaction(engine, DATABASE) as connection:
            decided = decisions_on(connection, scenario)
            runs = recent_runs(connection, scenario=scenario, limit=50)
            columns = columns_of(connection, scenario)
        if not decided and not runs:
            return page("missing.html", status=404)
        return page(
            "scenario.html", scenario=scenario, decisions=decided, runs=runs, columns=columns
        )

    @desk.get("/run")
    def run_page(scenario: str, run: str) -> HTMLResponse:
        with transaction(engine, DATABASE) as connection:
            found = one_run(connection, scenario, run)
        return page("run.html", run=found) if found else page("missing.html", status=404)

    @desk.get("/records")
    def record_list(before: int | None = None, scenario: str = "") -> HTMLResponse:
        with transaction(engine, DATABASE) as connection:
            kept = records_before(connection, before, scenario)
        older = kept[-1].seq if len(kept) == RECORDS_A_PAGE else None
        return page("records.html", records=kept, scenario=scenario, older=older)

    @desk.get("/records/{name}")
    def record_page(name: UUID) -> HTMLResponse:
        with transaction(engine, DATABASE) as connection:
            kept = one_record(connection, name)
        if kept is None:
            return page("missing.html", status=404)
        return page("record.html", kept=kept, body=to_bytes(kept.record).decode())

    desk.include_router(demand_pages(engine, page))
    everyone.include_router(desk)
    return everyone


def _environment(clock: Clock) -> Environment:
    pages = templates(_PAGES)
    pages.globals |= {
        "action": partial(wording.term, wording.ACTIONS),
        "outcome": partial(wording.term, wording.OUTCOMES),
        "party": partial(wording.term, wording.PARTIES),
        "role": partial(wording.term, wording.ROLES),
        "scope": partial(wording.term, wording.SCOPES),
        "notice_kind": partial(wording.term, wording.NOTICES),
        "report_kind": partial(wording.term, wording.REPORTS),
        "waits": partial(wording.term, wording.PARTIES),
        "figure": partial(wording.term, wording.FIGURES),
        "stalled": lambda run: run.stalled(clock.now()),
        "meaning": meaning,
        "link": lambda path, **query: f"{path}?{urlencode(query)}",
    }
    pages.filters["last_day"] = wording.last_day
    pages.filters["told"] = wording.told
    return pages
