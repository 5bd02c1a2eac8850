"""Days and cases as the command line takes and shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import typer


def read_day(text: str) -> date | None:
    """The day that `text` writes as 2026-03-01, or None where nothing is written."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("a day is written as 2026-03-01") from None


def show(case: Mapping[str, Any], *facts: str) -> None:
    """A case on one line, with those of its facts that are named."""
    stated = case.get("facts", {})  # left out for a role that may not read the case
    told = ["" if stated.get(name) is None else str(stated[name]) for name in facts]
    typer.echo("\t".join((case["case_id"], case["state"], *told)))
