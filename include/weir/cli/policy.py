"""`weir policy …`: the numbers of the regulation, and old verdicts given again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from weir.cli.lapsed import warn_lapsed

if TYPE_CHECKING:
    from weir.policy.replay import Replayed

app = typer.Typer(help="政策 The policy pack: show it, replay verdicts.", no_args_is_help=True)

EXIT_DIFFERENT = 1


@app.command("show")
def show(
    at: Annotated[
        date | None,
        typer.Option(parser=date.fromisoformat, help="a day in Asia/Shanghai; default today"),
    ] = None,
) -> None:
    """显示 Print the policy pack of a day with its dates, each number and its article."""
    from weir.contracts.text_table import text_table
    from weir.policy.lapse import lapse_of
    from weir.runtime import policy

    day = policy.today() if at is None else at
    pack = policy.pack_of(day)
    until = pack.effective_until or "…"
    typer.echo(f"{pack.pack} {pack.title}")
    typer.echo(f"施行 in force: {pack.effective_from} – {until} (不含 excl.)")
    lapse = lapse_of(pack, policy.midnight(day))
    if lapse:
        typer.echo(f"! {lapse.text}")
    typer.echo(f"来源 source: {pack.source}")
    numbers = (
        (name, getattr(pack.parameters, name)) for name in type(pack.parameters).model_fields
    )
    rows = [(name, str(one.value), one.article, one.note or "") for name, one in numbers]
    typer.echo(
        text_table(("参数 parameter", "值 value", "依据 article", "说明 note"), rows), nl=False
    )


@app.command("replay")
def replay(
    as_of: Annotated[
        date, typer.Option(parser=date.fromisoformat, help="first day, in Asia/Shanghai")
    ],
    until: Annotated[
        date | None, typer.Option(parser=date.fromisoformat, help="last day; default the same")
    ] = None,
    pack: Annotated[
        str | None, typer.Option(help="another policy pack: list what would change")
    ] = None,
) -> None:
    """复演 Give each verdict of a period again, from what it was taken on; a difference exits 1."""
    from weir.policy.replay import Comparison
    from weir.runtime import policy

    warn_lapsed()
    first = as_of
    last = first if until is None else until
    other = None if pack is None else policy.pack_named(pack)
    if other is not None:
        typer.echo(f"改用参数包 as if the contracts named {other.pack}:")
        for change in policy.changes_from(first, other):
            typer.echo(f"  {change.name}: {change.before} → {change.after}")
    counts = dict.fromkeys(Comparison, 0)
    for one in policy.replayed(first, last, other):
        counts[one.comparison] += 1
        typer.echo(_line(one))
    typer.echo(
        f"一致 same {counts[Comparison.SAME]}, 不一致 different {counts[Comparison.DIFFERENT]}, "
        f"未问 not asked {counts[Comparison.NOT_ASKED]}"
    )
    if counts[Comparison.DIFFERENT] and other is None:
        raise typer.Exit(EXIT_DIFFERENT)


def _line(one: Replayed) -> str:
    from weir.clock import beijing_time
    from weir.policy.replay import Comparison

    kept = one.kept
    outcome = kept.outcome + (f" {kept.outcome_code}" if kept.outcome_code else "")
    told = (
        f"{beijing_time(kept.at)}\t{kept.scenario}\t{kept.release_id}\t{outcome}\t{one.comparison}"
    )
    if one.comparison is not Comparison.DIFFERENT:
        return told
    return f"{told}: {_answer(kept.reasons)} → {_answer(one.reasons)}"


def _answer(reasons: tuple[str, ...]) -> str:
    return ", ".join(reasons) or "可 yes"
