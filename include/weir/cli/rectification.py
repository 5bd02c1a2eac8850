"""`weir rectification`: what must be shown before supply goes on (第十六条)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from weir.cli.cases import read_day, show

group = typer.Typer(
    help="整改 Rectifications of suspended supply: plan, report, judge.", no_args_is_help=True
)

Stop = Annotated[str, typer.Argument(help="the stop's name, as `list` shows it")]


@group.command("list")
def list_stops(
    state: Annotated[str, typer.Option(help="only stops in this state")] = "",
) -> None:
    """列表 Stops with their scope, last day and ground, the last changed first."""
    from weir.runtime.cases import cases

    for stop in cases("stop", state):
        show(stop, "scope_kind", "scope", "due_on", "ground")


@group.command()
def plan(stop: Stop, text: Annotated[str, typer.Option(help="what will be done")]) -> None:
    """方案 The operator states its plan (整改方案)."""
    _move(stop, "plan", {"plan": text})


@group.command()
def report(stop: Stop, text: Annotated[str, typer.Option(help="what was done")]) -> None:
    """报告 The operator reports the rectification done."""
    _move(stop, "report", {"report": text})


@group.command()
def accept(stop: Stop, finding: Annotated[str, typer.Option(help="what was found")]) -> None:
    """通过 The bureau closes the rectification; supply may then be resumed."""
    _move(stop, "accept", {"finding": finding})


@group.command()
def reject(
    stop: Stop,
    finding: Annotated[str, typer.Option(help="what is still missing")],
    due_on: Annotated[str, typer.Option(help="the new last day, as 2026-03-01")],
) -> None:
    """不通过 The bureau does not accept it; the rectification goes on until a new last day."""
    day = read_day(due_on)
    _move(stop, "reject", {"finding": finding, "due_on": day.isoformat() if day else ""})


def _move(stop: str, move: str, facts: dict[str, Any]) -> None:
    from weir.runtime.cases import move_case

    show(move_case("stop", stop, move, facts), "scope_kind", "scope", "due_on")
