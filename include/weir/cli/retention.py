"""`weir retention`: what is kept beyond its term, and its destruction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from weir.policy.retention import Lot

group = typer.Typer(
    help="留存期限 Retention: destroy what is kept beyond its term.", no_args_is_help=True
)


@group.command("list")
def list_due() -> None:
    """列表 What is kept beyond its term, and what holds it; nothing is destroyed."""
    from weir.runtime import retention

    _show(retention.due())


@group.command()
def destroy() -> None:
    """销毁 Destroy what is due and not held: keys first, then what they sealed."""
    from weir.runtime import retention

    _show(retention.destroy())


def _show(lots: list[Lot]) -> None:
    from weir.clock import beijing_time
    from weir.contracts.text_table import text_table

    if not lots:
        typer.echo("无 none")
        return
    rows = [
        (
            one.kind.value,
            one.prefix,
            str(one.objects),
            beijing_time(one.newest_at),
            one.cause,
            one.held_by,
        )
        for one in lots
    ]
    header = ("类别 kind", "位置 place", "对象 objects", "存于 kept", "原因 cause", "保留 held by")
    typer.echo(text_table(header, rows), nl=False)
