"""`weir evaluation`: the yearly evaluation of an operator (第二十、二十一条)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from weir.cli.cases import read_day, show

group = typer.Typer(
    help="评估 Yearly evaluation of an operator: rate, conclude, rectify, exit.",
    no_args_is_help=True,
)

Evaluation = Annotated[str, typer.Argument(help="its name, as operator-2026")]
Finding = Annotated[str, typer.Option(help="what was found")]


@group.command("list")
def list_evaluations(
    state: Annotated[str, typer.Option(help="only evaluations in this state")] = "",
) -> None:
    """列表 Evaluations with operator, year and last day of a rectification."""
    from weir.runtime.cases import cases

    for one in cases("evaluation", state):
        show(one, "operator", "year", "due_on")


@group.command("open")
def open_evaluation(
    evaluation: Evaluation,
    operator: Annotated[str, typer.Option(help="the operator that is evaluated")],
    year: Annotated[int, typer.Option(help="the year")],
) -> None:
    """开始 The bureau opens the evaluation of a year."""
    _move(evaluation, "open", {"operator": operator, "year": year})


@group.command()
def rate(
    evaluation: Evaluation,
    score: Annotated[int, typer.Option(min=1, max=5, help="from 1 to 5")],
    words: Annotated[str, typer.Option(help="why, in words")],
) -> None:
    """评价 A provider or data user rates the operator, once."""
    _move(evaluation, "rate", {"score": score, "words": words})


@group.command("pass")
def pass_evaluation(evaluation: Evaluation, finding: Finding) -> None:
    """通过 The operator goes on."""
    _move(evaluation, "pass", {"finding": finding})


@group.command()
def rectify(
    evaluation: Evaluation,
    finding: Finding,
    due_on: Annotated[str, typer.Option(help="last day, within the policy pack's days")],
) -> None:
    """限期整改 The operator has to rectify by a day."""
    day = read_day(due_on)
    _move(evaluation, "rectify", {"finding": finding, "due_on": day.isoformat() if day else ""})


@group.command()
def plan(evaluation: Evaluation, text: Annotated[str, typer.Option(help="the plan")]) -> None:
    """方案 The operator states its plan (整改方案)."""
    _move(evaluation, "plan", {"plan": text})


@group.command()
def report(
    evaluation: Evaluation, text: Annotated[str, typer.Option(help="what was done")]
) -> None:
    """报告 The operator reports the rectification done and asks to be evaluated again."""
    _move(evaluation, "report", {"report": text})


@group.command("rectify-again")
def rectify_again(evaluation: Evaluation, finding: Finding) -> None:
    """仍为限期整改 The result is 限期整改 once more, which counts as not passed."""
    _move(evaluation, "rectify_again", {"finding": finding})


@group.command()
def fail(evaluation: Evaluation, finding: Finding) -> None:
    """未通过 The operator has not passed."""
    _move(evaluation, "fail", {"finding": finding})


@group.command()
def advice(evaluation: Evaluation) -> None:
    """建议 Print the letter that advises the city government to end the operation."""
    from weir.runtime import cases

    typer.echo(cases.advice(evaluation), nl=False)


@group.command("exit")
def exit_operation(
    evaluation: Evaluation,
    keys_destroyed: Annotated[str, typer.Option(help="which keys were destroyed, and how")],
    data_destroyed: Annotated[str, typer.Option(help="which data were destroyed, and how")],
    logs_handed_over: Annotated[str, typer.Option(help="which logs went to the bureau")],
) -> None:
    """退出 The operator states that it left: its agreements and all supply end with that."""
    from weir.runtime import cases

    stated = {
        "keys_destroyed": keys_destroyed,
        "data_destroyed": data_destroyed,
        "logs_handed_over": logs_handed_over,
    }
    show(cases.leave(evaluation, stated), "operator", "year", "due_on")


def _move(evaluation: str, move: str, facts: dict[str, Any]) -> None:
    from weir.runtime.cases import move_case

    show(move_case("evaluation", evaluation, move, facts), "operator", "year", "due_on")
