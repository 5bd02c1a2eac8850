"""Everything the gate is given, by the composition root."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine

from weir.clock import Clock
from weir.contracts.agreement import Agreement, UseAgreement
from weir.contracts.compile import compile_plan
from weir.contracts.index import scenario_index
from weir.contracts.loader import ContractFiles, is_name, load_bundle, scenario_names
from weir.contracts.packs import pack_in_force, packs_named
from weir.contracts.plan import ContractBundle, Plan
from weir.contracts.policy_pack import PolicyPack
from weir.crypto.keystore import KeyStore
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.privacy.canaries import Canaries
from weir.storage.objects import ObjectStore
from weir.storage.provisioning import Provisioner


class FaultPoint(StrEnum):
    """The instants between two effects of a publication, then of a delisting, in order."""

    INTENT_KEPT = "intent_kept"
    CHECKED = "checked"
    DATA_COPIED = "data_copied"
    FILES_COPIED = "files_copied"
    CERTIFIED = "certified"
    POINTED = "pointed"
    WITHDRAWN = "withdrawn"
    DELISTING_KEPT = "delisting_kept"
    BURIED = "buried"
    POINTED_AWAY = "pointed_away"
    CLEARED = "cleared"


def no_fault(point: FaultPoint) -> None:
    """Production: nothing happens between two effects."""
    del point


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFolders:
    """The gate's own copy of the contracts: what a worker reads is no concern of the gate."""

    contracts_dir: Path
    policy_dir: Path
    expectations_dir: Path

    def plan(self, scenario: str) -> Plan:
        """The compiled contract as the files stand now; `ContractError` where they do not."""
        return compile_plan(self.bundle(scenario))

    def bundle(self, scenario: str) -> ContractBundle:
        """The contract with every file that it names; `ContractError` where one is missing."""
        return load_bundle(scenario, self.contracts_dir, self.policy_dir, self.expectations_dir)

    def pack(self, at: datetime) -> PolicyPack:
        """The policy pack in force at an instant."""
        return pack_in_force(self.policy_dir, at)

    def packs_named(self) -> tuple[PolicyPack, ...]:
        """The policy packs that scenario contracts name."""
        return tuple(packs_named(self.contracts_dir, self.policy_dir))

    def agreements(self) -> tuple[Agreement, ...]:
        """Every agreement on file; `ContractError` where one cannot be read."""
        return self._files().agreements()

    def operators(self) -> frozenset[str]:
        """Every operator that any agreement file names; `ContractError` where one cannot be read,
        for it might name another."""
        return self._files().operators()

    def agreement_files(self) -> frozenset[tuple[str, int, int]]:
        """Name, time and size of each agreement file: other when one has changed."""
        found = set()
        for path in (self.contracts_dir / "agreements").glob("*.yaml"):
            try:
                told = path.stat()
            except FileNotFoundError:
                continue
            found.add((path.name, told.st_mtime_ns, told.st_size))
        return frozenset(found)

    def use_agreements(self) -> tuple[UseAgreement, ...]:
        """Every use agreement that has a file; `ContractError` where one cannot be read."""
        return tuple(one for one in self.agreements() if isinstance(one, UseAgreement))

    def _files(self) -> ContractFiles:
        return ContractFiles(self.contracts_dir, self.policy_dir, self.expectations_dir)

    def names(self) -> tuple[str, ...]:
        return scenario_names(self.contracts_dir)

    def holds(self, scenario: str) -> bool:
        """Whether a scenario of this name has a file."""
        return self._holds("scenarios", scenario)

    def holds_dataset(self, dataset: str) -> bool:
        """Whether a dataset of this name has a file."""
        return self._holds("datasets", dataset)

    def _holds(self, folder: str, name: str) -> bool:
        return is_name(name) and os.path.lexists(self.contracts_dir / folder / f"{name}.yaml")

    def under(self, use_agreement: str) -> tuple[str, ...]:
        """The scenarios that name this use agreement, and those that cannot be read."""
        return tuple(
            name
            for name, one in scenario_index(self.contracts_dir).items()
            if one is None or one.use_agreement == use_agreement
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePorts:
    """`engine` reaches database `weir` as the gate's role, `store` holds the only credential that
    can write a release bucket, `make_bucket` makes one where it is missing (an administrator's
    act), `keys` opens snapshots, `masking_keys`, which no worker reaches, masks them again.
    `signing_key` is the operator's; `bureau_key` and `intake_key` are pinned.

    `credential_overlap` is how long a rotated key serves on, `store_kind` what stands behind
    `provisioner`, `canaries` what no product may hold, `platform_keys` the one access key of
    each of the platform's own accounts at the store. `at` is called at each `FaultPoint`; tests
    kill the process there.
    """

    engine: Engine
    store: ObjectStore
    provisioner: Provisioner
    make_bucket: Callable[[str], None]
    keys: KeyStore
    masking_keys: KeyStore
    signing_key: SigningKey
    bureau_key: VerifyingKey
    intake_key: VerifyingKey
    contracts: ContractFolders
    clock: Clock
    acknowledge_lapsed: bool
    code_version: str
    credential_overlap: timedelta = timedelta(hours=24)
    store_kind: str = "iam"
    scratch: Path | None = None
    canaries: Canaries = field(default_factory=Canaries)
    platform_keys: Mapping[str, str] = field(default_factory=dict)
    at: Callable[[FaultPoint], None] = no_fault
