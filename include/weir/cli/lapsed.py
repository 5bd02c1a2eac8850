"""What every command that relies on the policy says first, where a pack has lapsed."""

from __future__ import annotations

import typer


def warn_lapsed() -> None:
    """One line on stderr for each lapsed policy pack that the contracts name (第二十四条)."""
    from weir.runtime import adapters

    for lapse in adapters.lapsed_packs():
        typer.echo(f"! {lapse.text}", err=True)
