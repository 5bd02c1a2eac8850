"""`weir incident`: from the discovery of a data security incident to its lesson (第十九条)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from weir.governance.cases import Case

app = typer.Typer(
    help="数据安全事件 Incidents: open, contain, report, close (第十九条).", no_args_is_help=True
)


class ScopeKind(StrEnum):
    scenario = "scenario"
    dataset = "dataset"
    data_user = "data_user"
    all = "all"


@app.command("open")
def open_incident(
    name: str,
    scope_kind: ScopeKind,
    what: Annotated[str, typer.Option(help="what was found, without a value of any person")],
    scope: Annotated[str, typer.Argument(help="its name; not needed for all")] = "",
) -> None:
    """立案 Open an incident under a name of your own, discovered now."""
    from weir.runtime import incidents

    _show(incidents.discover(name, scope_kind.value, scope, what))


@app.command()
def contain(
    name: str, measures: Annotated[str, typer.Option(help="what was done to stop it")]
) -> None:
    """控制 Stop releases and reads within its scope until it is closed."""
    from weir.runtime import incidents

    _show(incidents.move(name, "contain", {"measures": measures}))


@app.command("canary")
def canary(name: str, scenario: str, copy: Path) -> None:
    """金丝雀 Look for canaries in a copy of a scenario's product; one found opens an incident."""
    from weir.runtime import incidents

    cells = incidents.look_for_canaries(name, scenario, copy)
    if cells:
        typer.echo(f"发现金丝雀，已立案 found in {cells} cells, incident {name} opened")
        raise typer.Exit(1)
    typer.echo("无 none found")


@app.command()
def report(
    name: str,
    effects: Annotated[str, typer.Option(help="what it led to")],
    rows: Annotated[int, typer.Option(min=0, help="rows affected")],
    subjects: Annotated[int, typer.Option(min=0, help="persons and firms affected")],
) -> None:
    """报告 Keep that the bureau was told; `weir report incident` makes the file."""
    from weir.runtime import incidents

    facts = {"effects": effects, "affected_rows": rows, "affected_subjects": subjects}
    _show(incidents.move(name, "report", facts))


@app.command()
def close(
    name: str,
    cause: Annotated[str, typer.Option(help="why it could happen")],
    remedy: Annotated[str, typer.Option(help="what keeps it from happening again")],
) -> None:
    """结案 Close an incident that was reported; what it stopped goes on."""
    from weir.runtime import incidents

    _show(incidents.move(name, "close", {"cause": cause, "remedy": remedy}))


@app.command()
def dismiss(name: str, reason: Annotated[str, typer.Option(help="why it is none")]) -> None:
    """排除 Dismiss what turned out to be no incident."""
    from weir.runtime import incidents

    _show(incidents.move(name, "dismiss", {"reason": reason}))


@app.command("list")
def list_incidents() -> None:
    """列表 List incidents: name, state, sign, scope, until when the bureau must know."""
    from weir.runtime import incidents

    for line in incidents.lines():
        typer.echo(line)


def _show(case: Case) -> None:
    from weir.policy.machines.incident import INCIDENT

    typer.echo(f"{case.case_id}\t{INCIDENT.states[case.state]} {case.state}")
