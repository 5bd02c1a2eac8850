"""What `weir verify` found, as it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from weir.release.verify import Verification


def show_verification(outcome: Verification) -> None:
    """The failures alone where there are any; else every release, what is known of it, and what was
    delisted."""
    from weir.release.recall import recall_text

    for found in outcome.failures:
        typer.echo(f"FAIL {found.path}: {found.zh} {found.en} [{found.code}]", err=True)
    if not outcome.passed:
        typer.echo("未通过 FAIL")
        return
    for held in outcome.releases:
        typer.echo(f"{held.scenario}\t{held.release_id}\t{held.rows} rows\t{held.files} files")
        if held.audit_record:
            typer.echo(f"审计记录 audit record: {held.release_id} {held.audit_record}")
        if held.reviewed_by:
            typer.echo(f"审核 reviewed: {held.release_id} {', '.join(held.reviewed_by)}")
        if held.policy_lapsed:
            typer.echo(
                f"提示 note: {held.release_id} 所用政策参数包 {held.policy_pack} 已失效，经确认使用"
                f"（第二十四条） released under the LAPSED policy pack {held.policy_pack}, "
                "whose use was acknowledged [policy_lapsed]"
            )
    for text in dict.fromkeys(recall_text(held.recall) for held in outcome.releases):
        typer.echo(text)
    for gone in outcome.delisted:
        typer.echo(
            f"{gone.scenario}\t{gone.release_id}\t已下架 delisted {gone.delisted_at.date()}"
            f" [{gone.article}]"
        )
    typer.echo("通过 PASS")
