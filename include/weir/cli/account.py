"""`weir account`: the accounts file of a service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weir.model import Role

app = typer.Typer(help="账户 Accounts of a service: whom it lets in.", no_args_is_help=True)


@app.command("add")
def add(
    file: Path,
    account: str,
    role: Role,
    org: Annotated[str, typer.Option(help="the party for whom it acts, as contracts name it")],
) -> None:
    """新增 Add an account, or give one a new secret. The secret is shown once and kept nowhere."""
    from weir.runtime.account_files import add_account

    typer.echo(add_account(file, account, role, org))


@app.command("remove")
def remove(file: Path, account: str) -> None:
    """删除 Remove an account; its tokens are refused at once."""
    from weir.runtime.account_files import remove_account

    remove_account(file, account)
