"""`weir user`: data users' credentials, the operator's stops, feedback."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from weir.clock import beijing_time

app = typer.Typer(help="数据使用方 Data users: credentials, stops, feedback.", no_args_is_help=True)


class StopKind(StrEnum):
    data_user = "data_user"
    use_agreement = "use_agreement"


@app.command()
def rotate(
    use_agreement: str,
    environment: Annotated[str, typer.Option(help="production, test, …")] = "production",
) -> None:
    """轮换 Make a second key of a credential; the earlier one serves on for the overlap."""
    from weir.runtime import users

    made = users.rotate(use_agreement, environment)
    typer.echo(f"export WEIR_S3_ACCESS_KEY={made.access_key}")
    typer.echo(f"export WEIR_S3_SECRET_KEY={made.secret_key}")


@app.command()
def credentials() -> None:
    """凭证 List credentials: state, keys, when each ends and was last used."""
    from weir.runtime import users

    for held in users.credentials():
        typer.echo(f"{held['use_agreement']}\t{held['environment']}\t{held['state']}")
        for key in held["keys"]:
            typer.echo(
                f"  {key['access_key']}\t到期 ends {_end(held, key)}"
                f"\t最近使用 last used {key['last_used']}"
            )


@app.command()
def stop(
    kind: StopKind,
    name: str,
    ground: Annotated[str, typer.Option(help="why, in words")],
) -> None:
    """停止 Stop a data user or a use agreement as its operator (第十九条); prints the stop's id."""
    from weir.runtime import users

    typer.echo(users.stop(kind.value, name, ground))


@app.command()
def lift(
    stop_id: str,
    reason: Annotated[str, typer.Option(help="why it may go on, in words")],
) -> None:
    """解除 Lift a stop of the operator's own; it lifts no order of the bureau."""
    from weir.runtime import users

    users.lift(stop_id, reason)
    typer.echo(f"{stop_id}\t已解除 lifted")


@app.command()
def feedback() -> None:
    """反馈 List the quarters on which data users owe feedback (第十四条), overdue ones marked."""
    from weir.runtime import users

    for one in users.feedback():
        typer.echo(
            f"{one['use_agreement']}\t{one['data_user']}\t{one['quarter']}"
            f"\t{one['due_on']}\t{one['state']}"
        )


def _end(credential: dict[str, Any], key: dict[str, Any]) -> str:
    """The end of a key: its overlap's where it was rotated away, at the latest its agreement's."""
    ends = [one for one in (key["ends_at"], credential["valid_until"]) if one]
    return beijing_time(min(datetime.fromisoformat(one) for one in ends))
