"""`weir report …`: what the operator has to tell the bureau, departments and the public."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="报告 Reports: JSON with a schema, and a page for people.", no_args_is_help=True
)

From = Annotated[
    str, typer.Option("--from", help="首日 first day, as 2026-10-01, in Asia/Shanghai")
]
Until = Annotated[str, typer.Option("--until", help="末日之后一日 the day after the last one")]
Year = Annotated[int, typer.Option("--year", help="年份 calendar year")]
Out = Annotated[Path, typer.Option("--out", help="目录 folder for the files")]


@app.command("operation")
def operation(first_day: From, until: Until, out: Out) -> None:
    """运营情况 The periodic operation report to the bureau (第十四条)."""
    from weir.runtime import reports

    _tell(reports.operation(first_day, until, out))


@app.command("sector")
def sector(
    first_day: From,
    until: Until,
    out: Out,
    provider: Annotated[
        str | None, typer.Option("--provider", help="仅此提供方 of this provider alone")
    ] = None,
) -> None:
    """行业主管部门 One report for each provider's department, of its datasets alone (第十六条)."""
    from weir.runtime import reports

    _tell(reports.sector(first_day, until, provider, out))


@app.command("disclosure")
def disclosure(year: Year, out: Out) -> None:
    """公开清单 The public list of a year's scenarios and products, with attribution (第十四条)."""
    from weir.runtime import reports

    _tell(reports.disclosure(year, out))


@app.command("evaluation")
def evaluation(year: Year, out: Out) -> None:
    """评估材料 The pack for the yearly evaluation, with the ratings the bureau holds (第二十条)."""
    from weir.runtime import reports

    _tell(reports.evaluation(year, out))


@app.command("incident")
def incident(
    case_id: Annotated[str, typer.Option("--id", help="事件编号 the incident's name at the gate")],
    out: Out,
) -> None:
    """安全事件 The report file of a data security incident (第十九条)."""
    from weir.runtime import reports

    _tell(reports.incident(case_id, out))


@app.command("schemas")
def schemas(folder: Path) -> None:
    """模式 Write the JSON Schemas of the reports into FOLDER."""
    from weir.runtime import reports

    reports.write_schemas(folder)


def _tell(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(str(path))
