"""`weir demand …`: a demand (数据需求) from its draft to the bureau's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from weir.governance.cases import Case
    from weir.policy.machine import PastMove

group = typer.Typer(
    help="数据需求 Demands: draft, screen, submit, assess, put to providers (第十二、十三条).",
    no_args_is_help=True,
)

Named = Annotated[str, typer.Argument(help="its name, or its scenario's where one is open")]
Finding = Annotated[str, typer.Option(help="what was found, in words")]


@group.command("draft")
def draft(scenario: str) -> None:
    """起草 Draft what the scenario's contract demands; a returned demand is drafted anew."""
    from weir.runtime import demands

    _told(demands.draft(scenario))


@group.command("screen")
def screen(demand: Named, finding: Finding) -> None:
    """初审 The operator's preliminary review: is it reasonable, is it feasible."""
    _move(demand, "screen", finding=finding)


@group.command("submit")
def submit(demand: Named) -> None:
    """提交 Submit a screened demand to the bureau."""
    _move(demand, "submit")


@group.command("assess")
def assess(demand: Named, finding: Finding) -> None:
    """评估 The bureau assesses content, mode of use and scenario."""
    _move(demand, "assess", finding=finding)


@group.command("consult")
def consult(demand: Named) -> None:
    """征求意见 The bureau puts an assessed demand to every provider of its data."""
    _move(demand, "consult")


@group.command("opine")
def opine(
    demand: Named,
    opinion: Annotated[str, typer.Option(help="the provider's opinion, in words")],
    supports: Annotated[bool, typer.Option("--supports/--objects", help="for or against")],
) -> None:
    """答复 A provider gives its own opinion; its last word counts."""
    _move(demand, "opine", supports=supports, opinion=opinion)


@group.command("return")
def send_back(demand: Named, finding: Finding) -> None:
    """退回 The bureau returns a demand; it may be drafted anew."""
    _move(demand, "return", finding=finding)


@group.command("show")
def show(demand: Named) -> None:
    """详情 Show a demand: what it states, its moves, and for whom it waits."""
    from weir.clock import beijing_time
    from weir.policy.machines.demand import DEMAND, waits_for
    from weir.runtime import demands

    held = demands.show(demand)
    typer.echo(f"{held.case_id}  {DEMAND.states[held.state]} {held.state}")
    for key, value in held.facts.items():
        typer.echo(f"  {key}: {', '.join(value) if isinstance(value, list) else value}")
    for one in held.history:
        who = f"{one.by.org} {one.by.id}"
        move = f"{DEMAND.move(one.move).zh} {one.move}"
        typer.echo(f"  {beijing_time(one.at)} {move}: {who} {_said(one)}".rstrip())
    waits = waits_for(held.state, held.facts, held.history)
    typer.echo("等待 waits for: " + (", ".join(waits) or "-"))


@group.command("list")
def list_demands(
    state: Annotated[str, typer.Option(help="only those in this state")] = "",
    scenario: Annotated[str, typer.Option(help="only those of this scenario")] = "",
) -> None:
    """列表 List demands, the last changed first."""
    from weir.runtime import demands

    for one in demands.listed(state, scenario):
        _told(one)


def _move(demand: str, name: str, **facts: object) -> None:
    from weir.runtime import demands

    _told(demands.move(demand, name, facts))


def _said(one: PastMove) -> str:
    stand = {True: "支持 supports", False: "反对 objects"}.get(one.facts.get("supports", ""), "")
    words = [one.facts.get(key, "") for key in ("finding", "opinion", "reason", "article")]
    return " ".join(word for word in (stand, *words) if word)


def _told(held: Case) -> None:
    from weir.policy.machines.demand import DEMAND, waits_for

    waits = ", ".join(waits_for(held.state, held.facts, held.history)) or "-"
    typer.echo(
        f"{held.case_id}\t{held.facts['scenario']}\t{DEMAND.states[held.state]} {held.state}\t"
        f"等待 waits for: {waits}"
    )
