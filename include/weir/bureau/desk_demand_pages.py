"""The desk's pages about demands."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from sqlalchemy import Engine

from weir.bureau.desk_demands import demands_on, one_demand
from weir.bureau.migrate import DATABASE
from weir.evidence.database import transaction
from weir.policy.machines.demand import DEMAND


def demand_pages(engine: Engine, page: Callable[..., HTMLResponse]) -> APIRouter:
    """`page` renders a template of the desk by its name."""
    router = APIRouter(prefix="/demands")

    @router.get("")
    def demand_list(state: str = "") -> HTMLResponse:
        with transaction(engine, DATABASE) as connection:
            demands = demands_on(connection, state)
        return page("demands.html", demands=demands, state=state, states=DEMAND.states)

    @router.get("/{name}")
    def demand_page(name: str) -> HTMLResponse:
        with transaction(engine, DATABASE) as connection:
            found = one_demand(connection, name)
        if found is None:
            return page("missing.html", status=404)
        return page("demand.html", demand=found)

    return router
