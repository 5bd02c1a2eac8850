"""A desk's pages: templates of one folder, escaped, with times as read in Asia/Shanghai."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.params import Depends
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from weir.clock import SHANGHAI
from weir.service import SHEETS


def templates(folder: Path) -> Environment:
    """The templates of `folder`: everything is escaped, and an unknown name is an error."""
    pages = Environment(
        loader=FileSystemLoader([folder, SHEETS]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["local"] = _local_time
    return pages


def stylesheet(folder: Path, dependencies: Sequence[Depends] = ()) -> APIRouter:
    """The route of the folder's `desk.css`, which stands open."""
    router = APIRouter()

    @router.get("/desk.css", dependencies=dependencies)
    def css() -> Response:
        return Response((folder / "desk.css").read_text("utf-8"), media_type="text/css")

    return router


def _local_time(instant: datetime | None) -> str:
    if instant is None:
        return ""
    try:
        return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    except OverflowError:
        return instant.isoformat()  # the calendar's last day ends earlier here
