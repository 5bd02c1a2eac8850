"""Every state machine of the platform, by kind: who keeps its cases, and who reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from weir.policy.machine import Machine
from weir.policy.machines.agreement import AGREEMENT
from weir.policy.machines.demand import DEMAND
from weir.policy.machines.dispute import DISPUTE
from weir.policy.machines.evaluation import EVALUATION
from weir.policy.machines.feedback import FEEDBACK
from weir.policy.machines.incident import INCIDENT
from weir.policy.machines.release import RELEASE
from weir.policy.machines.stop import STOP
from weir.policy.machines.user_stop import USER_STOP
from weir.policy.roles import Act


def _by_kind(machines: Iterable[Machine]) -> Mapping[str, Machine]:
    return MappingProxyType({one.kind: one for one in machines})


KEPT_BY_BUREAU: Mapping[str, Machine] = _by_kind((AGREEMENT, DEMAND, DISPUTE, EVALUATION, STOP))
KEPT_BY_GATE: Mapping[str, Machine] = _by_kind((FEEDBACK, INCIDENT, USER_STOP))
KEPT_APART: Mapping[str, Machine] = _by_kind((RELEASE,))
"""Kept in tables of their own, by `weir.gate.release_store`."""
MACHINES: Mapping[str, Machine] = MappingProxyType({**KEPT_BY_BUREAU, **KEPT_BY_GATE, **KEPT_APART})

READ_BY: Mapping[str, Act] = MappingProxyType(
    {
        "demand": Act.DEMAND_READ,
        "feedback": Act.FEEDBACK_READ,
        "incident": Act.INCIDENT_READ,
        "release": Act.RELEASE_READ,
        "user_stop": Act.USER_STOP_READ,
        "stop": Act.STOP_READ,
        "agreement": Act.AGREEMENT_READ,
        "evaluation": Act.EVALUATION_READ,
        "dispute": Act.DISPUTE_READ,
    }
)
"""The act of reading the cases of a kind."""
