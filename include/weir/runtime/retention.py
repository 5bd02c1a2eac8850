"""What is kept beyond its term, as the command line and the upkeep ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weir.runtime.adapters import bureau_client, gate_client, settings

if TYPE_CHECKING:
    from weir.policy.retention import Lot


def due() -> list[Lot]:
    """What is kept beyond its term, with what holds it."""
    return _ask(destroy=False)


def destroy() -> list[Lot]:
    """Have the gate destroy what is due and not held; returns what is gone. There may be more."""
    return _ask(destroy=True)


def _ask(*, destroy: bool) -> list[Lot]:
    # Without the bureau's word on what is disputed nothing is destroyed.
    told = settings()
    with bureau_client(told) as bureau:
        disputes = bureau.disputed()
    return gate_client(told).retention(disputes, destroy=destroy)
