"""`weir scan`: what a table holds, how it is to be graded, and how well that is known."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Families(StrEnum):
    train = "train"
    dev = "dev"
    test = "test"


def scan(
    target: Annotated[
        str, typer.Argument(help="file or PostgreSQL URL; the exchange platform by default")
    ] = "",
    table: Annotated[
        str, typer.Option(help="table of the database, or one sheet of the workbook")
    ] = "",
    dataset: Annotated[
        str, typer.Option(help="dataset contract to compare with; a table's own by default")
    ] = "",
    json: Annotated[Path | None, typer.Option(help="file to write everything to as JSON")] = None,
    draft: Annotated[
        Path | None, typer.Option(help="folder to write draft dataset contracts into")
    ] = None,
    *,
    evaluate: Annotated[
        bool, typer.Option("--evaluate", help="measure the detector beside others instead")
    ] = False,
    family: Annotated[Families, typer.Option(help="of the benchmark's tables")] = Families.test,
    seed: Annotated[int, typer.Option(help="of the benchmark's tables")] = 20261,
    rows: Annotated[int, typer.Option(min=1, help="of each of the benchmark's tables")] = 120,
) -> None:
    """扫描 Scan every cell of a CSV, XLSX or Parquet file or a table; classify and grade it."""
    from weir.runtime import scan as runtime

    if evaluate:
        typer.echo(runtime.measure(family.value, seed, rows, json), nl=False)
        return
    if os.path.isdir(target):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        raise typer.BadParameter("it is a directory", param_hint="TARGET")
    from rich.console import Console

    from weir.privacy.classification.text import survey_text

    if json is not None:
        runtime.refuse_to_overwrite(json, target)
    terminal, surveyed = Console(stderr=True), []
    surveying = iter(runtime.survey_target(target, table, dataset))
    while True:
        with terminal.status("扫描中 scanning"):
            one = next(surveying, None)
        if one is None:
            break
        typer.echo(survey_text(one.found))
        surveyed.append(one)
    if json is not None:
        runtime.write_json(surveyed, json)
    for path in runtime.write_drafts(surveyed, draft) if draft is not None else ():
        typer.echo(f"合同草案 draft: {path}")
