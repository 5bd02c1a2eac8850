"""What scenario contracts name, remembered from file to file: there may be ten thousand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from weir.contracts.loader import ContractFiles, is_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What one scenario contract names."""

    policy: str
    use_agreement: str


def scenario_index(contracts_dir: Path) -> Mapping[str, Named | None]:
    """Every scenario that has a file, by name; None for one that cannot be read.

    Only files that have changed since they were last read are read again. Whoever goes on with a
    scenario reads its contract itself.
    """
    found: dict[str, Named | None] = {}
    try:
        entries = sorted(os.scandir(contracts_dir / "scenarios"), key=lambda entry: entry.name)
    except FileNotFoundError:
        return found
    for entry in entries:
        name, dot, suffix = entry.name.rpartition(".")
        if dot and suffix == "yaml" and is_name(name):
            told = entry.stat(follow_symlinks=False)
            found[name] = _named(contracts_dir, name, (told.st_mtime_ns, told.st_size, told.st_ino))
    return found


@lru_cache(maxsize=32_768)
def _named(contracts_dir: Path, name: str, mark: tuple[int, ...]) -> Named | None:
    del mark  # other when the file has changed
    scenario = ContractFiles(contracts_dir, contracts_dir, contracts_dir).scenario(name).value
    if scenario is None:
        return None
    return Named(policy=scenario.policy, use_agreement=scenario.use_agreement)
