"""Which policy pack speaks at an instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from weir.clock import civil_date
from weir.contracts.index import scenario_index
from weir.contracts.loader import ContractFiles, names_in
from weir.contracts.policy_pack import PolicyPack
from weir.errors import ContractError


def pack_in_force(policy_dir: Path, at: datetime) -> PolicyPack:
    """The pack that took effect last before `at`, be it lapsed by then: whoever reads its numbers
    sees its dates beside them.

    Raises `ContractError` (code `policy_missing`) where none had taken effect, and for a pack that
    cannot be read: a number must not come from an older pack because the newer one is broken.
    """
    files = ContractFiles(policy_dir, policy_dir, policy_dir)
    packs = [files.policy(name).require() for name in names_in(policy_dir, ".yaml")]
    day = civil_date(at)
    begun = [pack for pack in packs if pack.effective_from <= day]
    if not begun:
        raise ContractError(
            "policy_missing",
            "no policy pack had taken effect by then",
            where={"day": day.isoformat()},
            article="第二十四条",
            remedy="put the pack of that time into the policy folder",
        )
    return max(begun, key=lambda pack: pack.effective_from)


def packs_named(contracts_dir: Path, policy_dir: Path) -> Iterator[PolicyPack]:
    """The packs that scenario contracts name, each once; what cannot be read is left out, for
    whoever reads the contract itself is told why."""
    files = ContractFiles(contracts_dir, policy_dir, policy_dir)
    scenarios = scenario_index(contracts_dir).values()
    for name in sorted({scenario.policy for scenario in scenarios if scenario is not None}):
        pack = files.policy(name).value
        if pack is not None:
            yield pack
