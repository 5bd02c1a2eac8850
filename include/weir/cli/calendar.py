"""`weir calendar`: what is due, to whom and by which article."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from weir.cli.lapsed import warn_lapsed


def calendar(
    as_of: Annotated[
        date | None,
        typer.Option(parser=date.fromisoformat, help="a day in Asia/Shanghai; default today"),
    ] = None,
    days: Annotated[int, typer.Option(min=0, help="look so many days ahead")] = 0,
) -> None:
    """日历 List the notices that are due on a day, and in the days after it."""
    from weir.contracts.text_table import text_table
    from weir.runtime import policy

    warn_lapsed()
    day = policy.today() if as_of is None else as_of
    found = policy.calendar(day, days)
    if not found:
        typer.echo("无 none")
        return
    rows = [
        (
            one.due_on.isoformat(),
            one.ends_on.isoformat(),
            one.addressee,
            one.article,
            one.zh,
            one.en,
        )
        for one in found
    ]
    header = ("提示 due", "截止 ends", "对象 addressee", "依据 article", "内容", "notice")
    typer.echo(text_table(header, rows), nl=False)


def notices() -> None:
    """提示 List the notices that stand at the bureau: not done, or not over yet."""
    from weir.contracts.text_table import text_table
    from weir.runtime import policy

    found = policy.standing_notices()
    if not found:
        typer.echo("无 none")
        return
    late = "已逾期 overdue"
    rows = [
        (
            one.due_on,
            one.ends_on,
            one.addressee,
            one.article,
            one.kind,
            one.subject,
            late if one.late else "",
        )
        for one in found
    ]
    header = (
        "提示 due",
        "截止 ends",
        "对象 addressee",
        "依据 article",
        "事项 kind",
        "内容 subject",
        "",
    )
    typer.echo(text_table(header, rows), nl=False)
