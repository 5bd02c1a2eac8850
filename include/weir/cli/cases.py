"""Days and cases as the command line takes and shows them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from weir.governance.cases import Case


def read_day(text: str) -> date | None:
    """The day that `text` writes as 2026-03-01, or None where nothing is written."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("a day is written as 2026-03-01") from None


def show(case: Case, *facts: str) -> None:
    """A case on one line, with those of its facts that are named; a role that may not read the
    case is told none."""
    told = ["" if case.facts.get(name) is None else str(case.facts[name]) for name in facts]
    typer.echo("\t".join((case.case_id, case.state, *told)))
