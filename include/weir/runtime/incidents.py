"""What `weir incident` does at the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weir.clock import SystemClock, beijing_time
from weir.contracts.packs import pack_in_force
from weir.errors import AuthorisationError, ContractError
from weir.policy.machines.incident import INCIDENT, report_due_at
from weir.runtime.adapters import gate_client, settings

if TYPE_CHECKING:
    from weir.governance.cases import Case
    from weir.privacy.canaries import Canaries


def discover(name: str, scope_kind: str, scope: str, what: str, sign: str = "by_hand") -> Case:
    facts = {
        "sign": sign,
        "what": what,
        "scope_kind": scope_kind,
        "scope": scope,
        "discovered_at": SystemClock().now().isoformat(),
    }
    return move(name, "open", facts)


def look_for_canaries(name: str, scenario: str, copy: Path) -> int:
    """How many cells of a data user's copy, a Parquet file or a folder of them, hold a canary; any
    at all opens the incident `name`, and contains it where the caller may.

    Needs `WEIR_CANARIES`. `ContractError`: code `canaries_missing` where it names none,
    `copy_empty` where there is nothing to look at.
    """
    from weir.privacy.canaries import Canaries

    canaries = Canaries.read(settings().canaries.get_secret_value())
    if not canaries.values:
        raise ContractError(
            "canaries_missing",
            "this process is told of no canary to look for",
            article="第十九条",
            remedy="set WEIR_CANARIES as the gate has it",
        )
    files = sorted(copy.rglob("*.parquet")) if copy.is_dir() else [copy]
    if not files or not all(one.is_file() for one in files):
        raise ContractError(
            "copy_empty",
            "there is no Parquet file to look at",
            article="第十九条",
            remedy="name the file, or the folder that `weir fetch` wrote",
        )
    cells = sum(_cells_in(one, canaries) for one in files)
    if cells:
        discover(name, "scenario", scenario, f"a copy holds a canary in {cells} cells", "canary")
        try:
            move(name, "contain", {"measures": "发现金丝雀后停止提供 supply stopped on a canary"})
        except AuthorisationError as error:
            # Whoever may only open an incident leaves its containment to the officer.
            if error.code != "role_not_allowed":
                raise
    return cells


def _cells_in(path: Path, canaries: Canaries) -> int:
    from weir.storage.parquet import TableReader

    with path.open("rb") as source:
        return sum(canaries.cells_in(batch) for batch in TableReader(source).batches())


def move(name: str, made: str, facts: Mapping[str, Any]) -> Case:
    """Make a move of the incident `name`; the gate's refusal is raised."""
    return gate_client(settings()).move(INCIDENT.kind, name, made, facts)


def lines() -> Iterator[str]:
    """One line for each incident, the last changed first."""
    told = settings()
    for case in gate_client(told).cases(INCIDENT.kind):
        facts = case.facts
        found_at = datetime.fromisoformat(facts["discovered_at"])
        due = report_due_at(found_at, pack_in_force(told.policy_dir, found_at))
        scope = f"{facts['scope_kind']} {facts['scope']}".strip()
        state = INCIDENT.states.get(case.state, "")
        yield (
            f"{case.case_id}\t{state} {case.state}\t{facts['sign']}\t{scope}"
            f"\t报告期限 report due {beijing_time(due)}"
        )
