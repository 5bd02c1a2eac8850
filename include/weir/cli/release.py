"""发布 Releases at the gate: look, review, delist."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from weir.cli.lapsed import warn_lapsed

release = typer.Typer(
    help="发布 Releases at the gate: list, show, review, delist.", no_args_is_help=True
)

ManifestOption = Annotated[
    str, typer.Option(help="SM3 of the manifest that was looked at; default: what the gate names")
]


@release.command("list")
def release_list(scenario: Annotated[str | None, typer.Argument()] = None) -> None:
    """列表 List releases and refusals; those in review with the SM3 that reviewers approve."""
    from weir.model import ReleaseState
    from weir.runtime import adapters

    warn_lapsed()
    releases = adapters.release_desk().releases(scenario)
    if not releases:
        typer.echo("没有发布 no releases" + (f": {scenario}" if scenario else ""), err=True)
    for status in releases:
        note = f" {status.reason.code} [{status.reason.article}]" if status.reason else ""
        if status.state is ReleaseState.IN_REVIEW:
            note = f" 批准 approvals={status.approvals} 清单 manifest={status.manifest_sm3}"
        typer.echo(f"{status.release_id}\t{status.scenario}\t{status.state}\t{status.rows}{note}")


@release.command("show")
def release_show(release_id: str) -> None:
    """详情 Show one release."""
    from weir.model import ReleaseId, to_json
    from weir.runtime import adapters

    warn_lapsed()
    status = adapters.release_desk().release_status(ReleaseId(release_id))
    typer.echo(json.dumps(to_json(status), ensure_ascii=False, indent=2))


@release.command("approve")
def release_approve(
    release_id: str,
    words: Annotated[str, typer.Option(help="what was looked at and found")],
    manifest: ManifestOption = "",
) -> None:
    """批准 Approve a release that waits for review, as whoever holds the gate's token."""
    _review(release_id, words, manifest, approve=True)


@release.command("reject")
def release_reject(
    release_id: str,
    words: Annotated[str, typer.Option(help="why it must not be released")],
    manifest: ManifestOption = "",
) -> None:
    """不批准 Reject a release that waits for review: it is refused."""
    _review(release_id, words, manifest, approve=False)


@release.command("delist")
def release_delist(
    release_id: str,
    ground: Annotated[str, typer.Option(help="why, in words; consumers read it")],
) -> None:
    """下架 Take a published release from consumers, as the operator; a signed tombstone stays."""
    from weir.runtime import releases

    status = releases.delist(release_id, ground)
    typer.echo(f"{status.release_id}\t{status.state}")


@release.command("order-delisting")
def release_order_delisting(
    release_id: str,
    ground: Annotated[str, typer.Option(help="why, in words; consumers read it")],
) -> None:
    """责令下架 The bureau orders a release to be delisted (第二十三条); the gate is told."""
    from weir.runtime import releases

    releases.order_delisting(release_id, ground)
    typer.echo(f"已责令下架 ordered to be delisted: {release_id}")


def _review(release_id: str, words: str, manifest: str, *, approve: bool) -> None:
    from weir.model import ReleaseState
    from weir.runtime import releases

    status = releases.review(release_id, manifest, words, approve=approve)
    typer.echo(
        f"{status.release_id}\t{status.state}\t批准 approvals={status.approvals}"
        f"\t清单 manifest={status.manifest_sm3}"
    )
    if status.state is ReleaseState.REVIEWED:
        typer.echo(
            "闸门随后判定，或发布或拒绝 the gate decides next and publishes or refuses:"
            f" weir release show {status.release_id}"
        )
