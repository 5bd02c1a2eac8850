"""Cases at the bureau, under whatever this process holds for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weir.runtime.adapters import bureau_client, settings


def move_case(kind: str, case_id: str, move: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Make a move on a case of the bureau's; the case as it then stands."""
    with bureau_client(settings()) as bureau:
        return bureau.move_case(kind, case_id, move, facts)


def cases(kind: str, state: str | None = None) -> list[dict[str, Any]]:
    """The bureau's cases of a kind, the last changed first."""
    with bureau_client(settings()) as bureau:
        return bureau.cases(kind, state)
