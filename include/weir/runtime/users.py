"""What an operator asks the gate about data users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weir.runtime.adapters import gate_client, settings

if TYPE_CHECKING:
    from weir.storage.provisioning import Credential


def rotate(use_agreement: str, environment: str) -> Credential:
    """A second key; the earlier one serves on for the overlap of the gate's settings."""
    return gate_client(settings()).rotate_credential(use_agreement, environment)


def credentials() -> list[dict[str, Any]]:
    """Every credential with its keys, never a secret."""
    return gate_client(settings()).credentials()


def stop(kind: str, name: str, ground: str) -> str:
    """Stop a data user or a use agreement; returns the stop's id."""
    return gate_client(settings()).stop_user(kind, name, ground).case_id


def lift(stop_id: str, reason: str) -> None:
    """Lift a stop of the operator's own."""
    gate_client(settings()).lift_stop(stop_id, reason)


def feedback() -> list[dict[str, Any]]:
    """The quarters on which feedback is owed."""
    return gate_client(settings()).feedback()


def drills() -> list[dict[str, Any]]:
    """The drills held, the last one first."""
    return gate_client(settings()).drills()
