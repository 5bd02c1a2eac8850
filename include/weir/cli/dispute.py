"""`weir dispute`: between provider and operator, settled by the bureau (第二十二条)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from weir.cli.cases import show

group = typer.Typer(
    help="争议 Disputes: open, mediate, settle, withdraw (第二十二条).", no_args_is_help=True
)

Dispute = Annotated[str, typer.Argument(help="the dispute's name, as `list` shows it")]


class ScopeKind(StrEnum):
    scenario = "scenario"
    dataset = "dataset"
    provider = "provider"
    data_user = "data_user"
    release = "release"
    all = "all"


@group.command("open")
def open_dispute(
    dispute: Annotated[str, typer.Argument(help="a name of your own for it")],
    scope_kind: ScopeKind,
    complaint: Annotated[str, typer.Option(help="what is in dispute, in words")],
    scope: Annotated[str, typer.Argument(help="its name; not needed for all")] = "",
    *,
    hold: Annotated[
        bool, typer.Option("--hold", help="ask the bureau to stop supply meanwhile")
    ] = False,
) -> None:
    """提出 A provider or the operator's chief data officer brings a dispute before the bureau."""
    facts = {"scope_kind": scope_kind.value, "scope": scope, "complaint": complaint}
    _move(dispute, "open", {**facts, "hold_asked": hold})


@group.command()
def mediate(
    dispute: Dispute,
    finding: Annotated[str, typer.Option(help="how far it has come")],
    adviser: Annotated[str, typer.Option(help="whose opinion was asked for")] = "",
) -> None:
    """协调 The bureau mediates, as often as it takes."""
    _move(dispute, "mediate", {"finding": finding, "adviser": adviser})


@group.command()
def settle(
    dispute: Dispute, settlement: Annotated[str, typer.Option(help="what was settled")]
) -> None:
    """解决 The bureau settles what it has mediated."""
    _move(dispute, "settle", {"settlement": settlement})


@group.command()
def withdraw(dispute: Dispute) -> None:
    """撤回 Whoever opened it withdraws it."""
    _move(dispute, "withdraw", {})


@group.command("list")
def list_disputes(
    state: Annotated[str, typer.Option(help="only disputes in this state")] = "",
) -> None:
    """列表 Disputes with their scope and complaint, the last changed first."""
    from weir.runtime.cases import cases

    for one in cases("dispute", state):
        show(one, "scope_kind", "scope", "complaint")


def _move(dispute: str, move: str, facts: dict[str, Any]) -> None:
    from weir.runtime.cases import move_case

    show(move_case("dispute", dispute, move, facts), "scope_kind", "scope")
