"""The "Weir" page in Airflow's navigation: scenarios, last runs, releases, quality reports.

Plugin routes carry no sign-in of their own accord: the dependency on Airflow's user is what makes
them answer 401 to a stranger.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import get_user
from airflow.models.dagrun import DagRun
from airflow.plugins_manager import AirflowPlugin
from airflow.utils.state import State
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import select

from weir.errors import RefusedError, UnavailableError

app = FastAPI(dependencies=[Depends(get_user)], openapi_url=None, docs_url=None, redoc_url=None)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@app.get("/")
def page(session: SessionDep, after: str = "") -> HTMLResponse:
    """Scenarios with their last runs, by name."""
    from weir.runtime import adapters, worker

    try:
        overview, more = worker.overview(after, partial(_is_over, session))
        lapsed = adapters.lapsed_packs()
    except UnavailableError as error:
        return _render("weir_down.html", 503, error=error)
    return _render("weir_page.html", 200, scenarios=overview, more=more, lapsed=lapsed)


@app.get("/reports/{key:path}")
def report(key: str) -> Response:
    """A quality report out of the reports bucket."""
    from weir.runtime import worker

    if not key.endswith(".html"):
        raise HTTPException(404)
    try:
        return Response(worker.report(key), media_type="text/html", headers=HEADERS)
    except RefusedError as error:
        raise HTTPException(404) from error
    except UnavailableError as error:
        raise HTTPException(503) from error


def _is_over(session: SessionDep, scenario: str, run_id: str) -> bool:
    """Whether Airflow has ended this run; one that it does not know runs elsewhere."""
    state = session.scalar(
        select(DagRun.state).where(DagRun.dag_id == scenario, DagRun.run_id == run_id)
    )
    return state in State.finished_dr_states


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )


def _render(template: str, status: int, **values: Any) -> HTMLResponse:
    return HTMLResponse(
        _templates().get_template(template).render(**values), status_code=status, headers=HEADERS
    )


class WeirPlugin(AirflowPlugin):
    name = "weir"
    fastapi_apps = [{"app": app, "url_prefix": "/weir", "name": "Weir"}]  # noqa: RUF012 - Airflow's form
    external_views = [  # noqa: RUF012 - as above
        {
            "name": "Weir 堰",
            "href": "/weir/",
            "destination": "nav",
            "url_route": "weir",
        }
    ]
