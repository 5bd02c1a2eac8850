"""`weir agreement`: operation and use agreements at the bureau (第十、十一、十四、十五条)."""

from __future__ import annotations

from typing import Annotated

import typer

from weir.cli.cases import show

group = typer.Typer(
    help="协议 Agreements: draft, bring into force, renew, end.", no_args_is_help=True
)

Agreement = Annotated[str, typer.Argument(help="its name, as contracts write it")]


@group.command("list")
def list_agreements(
    state: Annotated[str, typer.Option(help="only agreements in this state")] = "",
) -> None:
    """列表 Agreements at the bureau with their phase and term."""
    from weir.runtime.cases import cases

    for one in cases("agreement", state):
        show(one, "kind", "operator", "data_user", "starts_on", "ends_on")


@group.command()
def draft(
    agreement: Agreement,
    punished: Annotated[
        bool | None,
        typer.Option(help="unlawful business led to criminal or suspending punishment"),
    ] = None,
    listed_as_dishonest: Annotated[
        bool | None, typer.Option(help="the enterprise is on a list of dishonest ones")
    ] = None,
    officers_punished: Annotated[
        bool | None, typer.Option(help="its officers were punished for unlawful business")
    ] = None,
) -> None:
    """起草 The operator submits the agreement's file and declares 第十条's exclusions."""
    from weir.runtime.cases import draft_agreement

    declared = {
        "punished": punished,
        "listed_as_dishonest": listed_as_dishonest,
        "officers_punished": officers_punished,
    }
    told = {name: value for name, value in declared.items() if value is not None}
    show(draft_agreement(agreement, told), "kind", "starts_on", "ends_on")


@group.command()
def conclude(agreement: Agreement) -> None:
    """生效 The bureau brings an operation agreement into force (第十一条)."""
    _move(agreement, "conclude")


@group.command()
def agree(agreement: Agreement) -> None:
    """签订 The operator brings a use agreement into force (第十四条)."""
    _move(agreement, "agree")


@group.command()
def notify(agreement: Agreement) -> None:
    """通知 The operator has to apply anew: the months before the end have begun (第十五条)."""
    _move(agreement, "notify")


@group.command()
def expire(agreement: Agreement) -> None:
    """期满 The agreement's last day is over (第十五条)."""
    _move(agreement, "expire")


@group.command()
def terminate(
    agreement: Agreement,
    grounds: Annotated[str, typer.Option(help="why, in words")],
    article: Annotated[str, typer.Option(help="the article on which it rests, as 第二十三条")],
    notice: Annotated[str, typer.Option(help="the formal notice to the operator")],
    effective_at: Annotated[
        str, typer.Option(help="from when, as 2026-12-01T00:00:00+08:00; at once by default")
    ] = "",
) -> None:
    """终止 The bureau ends it with grounds and formal notice; the gate is told (第十五条)."""
    from weir.runtime import cases

    ended = cases.terminate(
        agreement, grounds=grounds, article=article, notice=notice, effective_at=effective_at
    )
    show(ended, "kind", "article", "effective_at")


def _move(agreement: str, move: str) -> None:
    from weir.runtime.cases import move_case

    show(move_case("agreement", agreement, move, {}), "kind", "starts_on", "ends_on")
