"""`weir drill`: what is supposed to hold, tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import typer

from weir.clock import beijing_time

app = typer.Typer(help="演练 Drills on the running platform.", no_args_is_help=True)


@app.command()
def revoke() -> None:
    """收回 Measure the time from the bureau's order to the last read of a drill's credential."""
    from weir.runtime import drill

    held = drill.revoke()
    typer.echo(_line(held))
    drill.passed(held)


@app.command("list")
def history() -> None:
    """历史 List the drills held, the last one first."""
    from weir.runtime import users

    for held in users.drills():
        typer.echo(_line(held))


def _line(held: dict[str, Any]) -> str:
    if held["completed_at"] is None:
        return f"{_read(held['started_at'])}\t{held['store_kind']}\t未完成 not completed"
    verdict = "达标 within" if held["passed"] else "超限 beyond"
    return (
        f"{_read(held['completed_at'])}\t{held['store_kind']}\t{held['milliseconds'] / 1000:.3f} s"
        f"\t{held['reads']} 次读取 reads\t{verdict} {held['bound_seconds']} s"
    )


def _read(instant: str) -> str:
    return beijing_time(datetime.fromisoformat(instant))
