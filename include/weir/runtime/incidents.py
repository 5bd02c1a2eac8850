"""What `weir incident` does at the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from weir.clock import SHANGHAI, SystemClock
from weir.contracts.packs import pack_in_force
from weir.policy.machines.incident import INCIDENT, report_due_at
from weir.runtime.adapters import gate_client, settings


def discover(name: str, scope_kind: str, scope: str, what: str) -> None:
    facts = {
        "sign": "by_hand",
        "what": what,
        "scope_kind": scope_kind,
        "scope": scope,
        "discovered_at": SystemClock().now().isoformat(),
    }
    move(name, "open", facts)


def move(name: str, made: str, facts: Mapping[str, Any]) -> None:
    """Make a move of the incident `name`; the gate's refusal is raised."""
    gate_client(settings()).move(INCIDENT.kind, name, made, facts)


def lines() -> Iterator[str]:
    """One line for each incident, the last changed first."""
    told = settings()
    for case in gate_client(told).cases(INCIDENT.kind):
        facts = case.facts
        found_at = datetime.fromisoformat(facts["discovered_at"])
        due = report_due_at(found_at, pack_in_force(told.policy_dir, found_at)).astimezone(SHANGHAI)
        scope = f"{facts['scope_kind']} {facts['scope']}".strip()
        state = INCIDENT.states.get(case.state, "")
        yield (
            f"{case.case_id}\t{state} {case.state}\t{facts['sign']}\t{scope}"
            f"\t报告期限 report due {due:%Y-%m-%d %H:%M}"
        )
