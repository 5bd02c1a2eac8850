"""Every state machine of the platform, by kind: who keeps its cases, and who reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from weir.policy.machine import Machine
from weir.policy.machines.demand import DEMAND
from weir.policy.machines.incident import INCIDENT
from weir.policy.roles import Act


def _by_kind(machines: Iterable[Machine]) -> Mapping[str, Machine]:
    return MappingProxyType({one.kind: one for one in machines})


KEPT_BY_BUREAU: Mapping[str, Machine] = _by_kind((DEMAND,))
KEPT_BY_GATE: Mapping[str, Machine] = _by_kind((INCIDENT,))
MACHINES: Mapping[str, Machine] = MappingProxyType({**KEPT_BY_BUREAU, **KEPT_BY_GATE})

READ_BY: Mapping[str, Act] = MappingProxyType(
    {"demand": Act.DEMAND_READ, "incident": Act.INCIDENT_READ}
)
"""The act of reading the cases of a kind."""
