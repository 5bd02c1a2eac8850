"""The demo's scripted people: the bureau's director, the chief data officer, the data users."""

from __future__ import annotations

import secrets as random_source
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from weir.contracts.loader import load_bundle
from weir.contracts.plan import ContractBundle
from weir.crypto.dsse import Envelope
from weir.demo.scenarios import ALL, EDITED, EDITED_FIELD, RELEASED
from weir.errors import RefusedError
from weir.model import ReleaseId, ReleaseStatus, ScenarioId
from weir.policy.standing import Standing
from weir.settings import Settings
from weir.storage.provisioning import Credential

REVIEWER = "bureau-reviewer"


class Held(Protocol):
    """How much evidence the bureau holds."""

    @property
    def audit_records(self) -> int: ...

    @property
    def lineage_events(self) -> int: ...


class GateDesk(Protocol):
    """The gate under the account of who may issue credentials."""

    def register_decision(self, envelope: Envelope) -> None: ...

    def issue_credential(self, use_agreement: str) -> Credential: ...

    def standing(self, scenario: ScenarioId) -> Standing: ...

    def releases(self, scenario: str | None = None) -> list[ReleaseStatus]: ...

    def release_status(self, release_id: ReleaseId) -> ReleaseStatus: ...


class BureauDesk(Protocol):
    """The bureau under the account of who decides."""

    def decide(
        self,
        bundle: ContractBundle,
        outcome: Literal["agreed", "refused"],
        *,
        reviewer: str,
        reason: str = "",
    ) -> Envelope: ...

    def totals(self) -> Held: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a demo scenario at the bureau."""

    scenario: str
    outcome: str
    note: str


def decide_all(settings: Settings, gate: GateDesk, bureau: BureauDesk) -> list[Decided]:
    """Have the bureau decide every demo scenario and register what it signed at the gate."""
    return [_decide(name, settings, gate, bureau) for name in ALL]


def _decide(name: str, settings: Settings, gate: GateDesk, bureau: BureauDesk) -> Decided:
    bundle = load_bundle(
        name, settings.contracts_dir, settings.policy_dir, settings.expectations_dir
    )
    note = ""
    if name == EDITED:
        bundle = _as_decided(bundle)
        note = f"decided without {EDITED_FIELD}, which its file now grants"
    try:
        envelope = bureau.decide(bundle, "agreed", reviewer=REVIEWER, reason="演示 demo")
    except RefusedError as error:
        return Decided(scenario=name, outcome="refused", note=f"{error.code} {error.article}")
    gate.register_decision(envelope)
    return Decided(scenario=name, outcome="agreed", note=note)


def _as_decided(bundle: ContractBundle) -> ContractBundle:
    """The contract as it was before somebody granted it one more field."""
    scenario = bundle.scenario
    inputs = tuple(
        item.model_copy(
            update={"fields": {k: v for k, v in item.fields.items() if k != EDITED_FIELD}}
        )
        for item in scenario.inputs
    )
    return replace(bundle, scenario=scenario.model_copy(update={"inputs": inputs}))


def issue_credentials(settings: Settings, gate: GateDesk, folder: Path) -> dict[str, Credential]:
    """One credential per use agreement of the scenarios that release, as files for their users."""
    issued = {}
    for name in RELEASED:
        bundle = load_bundle(
            name, settings.contracts_dir, settings.policy_dir, settings.expectations_dir
        )
        credential = gate.issue_credential(bundle.scenario.use_agreement)
        issued[name] = credential
        _write_environment(
            folder / f"{name}.env",
            {
                "WEIR_S3_ENDPOINT": settings.s3_endpoint,
                "WEIR_S3_ACCESS_KEY": credential.access_key,
                "WEIR_S3_SECRET_KEY": credential.secret_key,
            },
        )
    return issued


def write_sign_ins(sign_ins: Mapping[str, Mapping[str, str]], folder: Path) -> None:
    """What each account's owner sources before typing commands, in a file of its name."""
    for account, variables in sign_ins.items():
        _write_environment(folder / f"{account}.env", variables)


def _write_environment(path: Path, variables: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f".{path.name}.{random_source.token_hex(4)}")
    new.touch(mode=0o600)
    lines = [f"export {name}={value}\n" for name, value in variables.items()]
    new.write_text("".join(lines), encoding="ascii")
    new.replace(path)
