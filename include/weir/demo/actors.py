"""The demo's scripted people: the operator's, the bureau's, the providers' and the data users'."""

from __future__ import annotations

import secrets as random_source
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from weir.contracts.loader import load_bundle
from weir.contracts.plan import ContractBundle
from weir.crypto.dsse import Envelope
from weir.demo.people import BUREAU_PARTY
from weir.demo.scenarios import ALL, EDITED, EDITED_FIELD, RELEASED
from weir.errors import RefusedError
from weir.model import ReleaseId, ReleaseStatus, Role, ScenarioId
from weir.policy.demanded import demanded
from weir.policy.machine import PastMove
from weir.policy.machines.agreement import AGREEMENT, drafted
from weir.policy.machines.demand import opinions
from weir.policy.standing import Standing
from weir.settings import Settings
from weir.storage.provisioning import Credential

DEMAND = "demand"
_UNDECIDED = frozenset({"drafted", "screened", "submitted", "assessed", "consulted"})


class Held(Protocol):
    """How much evidence the bureau holds."""

    @property
    def audit_records(self) -> int: ...

    @property
    def lineage_events(self) -> int: ...


class GateDesk(Protocol):
    """The gate under the account of one person."""

    def register_decision(self, envelope: Envelope) -> bool: ...

    def issue_credential(self, use_agreement: str) -> Credential: ...

    def standing(self, scenario: ScenarioId) -> Standing: ...

    def releases(self, scenario: str | None = None) -> list[ReleaseStatus]: ...

    def release_status(self, release_id: ReleaseId) -> ReleaseStatus: ...

    def review(
        self, release_id: str, manifest_sm3: str, words: str, *, approve: bool
    ) -> ReleaseStatus: ...


class Kept(Protocol):
    """A demand or an agreement as the bureau keeps it."""

    @property
    def case_id(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, Any]: ...

    @property
    def history(self) -> tuple[PastMove, ...]: ...


class BureauDesk(Protocol):
    """The bureau under the account of one person."""

    def move(self, kind: str, case_id: str, move: str, facts: Mapping[str, Any]) -> Kept: ...

    def cases(self, kind: str, *, scenario: str = "") -> Sequence[Kept]: ...

    def decide(
        self,
        demand: str,
        bundle: ContractBundle,
        outcome: Literal["agreed", "refused"],
        *,
        reason: str = "",
        article: str = "",
    ) -> Envelope: ...

    def totals(self) -> Held: ...


People = Callable[[Role, str], BureauDesk]
"""The bureau as one person reaches it, by role and party."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a demo scenario at the bureau."""

    scenario: str
    outcome: str
    note: str


def decide_all(settings: Settings, gate: GateDesk, people: People) -> list[Decided]:
    """Take every demo scenario through its demand to the bureau's decision, each step by who has
    to make it, and register what was signed at the gate.

    A scenario on which the bureau has decided before is left as it stands, also where that was
    refused or revoked since or the contract was edited: from then on the bureau's people speak.
    """
    for name in ALL:
        _conclude(_bundle(name, settings), people)
    return [_decide(name, settings, gate, people) for name in ALL]


def _conclude(bundle: ContractBundle, people: People) -> None:
    """Bring the agreements that a contract rests on into force, each by who has to, as far as an
    earlier start has not (第十一、十四条)."""
    officer = people(Role.CHIEF_DATA_OFFICER, bundle.scenario.operator)
    director = people(Role.BUREAU_DIRECTOR, BUREAU_PARTY)
    known = {one.case_id: one.state for one in director.cases(AGREEMENT.kind)}
    for agreement in (bundle.operation_agreement, bundle.use_agreement):
        name = agreement.agreement
        if known.get(name, "drafted") != "drafted":
            continue
        officer.move(AGREEMENT.kind, name, "draft", drafted(agreement))
        if agreement.kind == "operation":
            director.move(AGREEMENT.kind, name, "conclude", {})
        else:
            officer.move(AGREEMENT.kind, name, "agree", {})


def _decide(name: str, settings: Settings, gate: GateDesk, people: People) -> Decided:
    if gate.standing(ScenarioId(name)).decision is not None:
        return Decided(
            scenario=name,
            outcome="decided before",
            note="主管部门先前已作决定，演示不再代为决定 the bureau's word stands",
        )
    bundle = _bundle(name, settings)
    note = ""
    if name == EDITED:
        bundle = _as_decided(bundle)
        note = f"decided without {EDITED_FIELD}, which its file now grants"
    demand = _pursue(bundle, people)
    director = people(Role.BUREAU_DIRECTOR, BUREAU_PARTY)
    try:
        envelope = director.decide(demand, bundle, "agreed", reason="演示 demo")
    except RefusedError as error:
        return Decided(scenario=name, outcome="refused", note=f"{error.code} {error.article}")
    gate.register_decision(envelope)
    return Decided(scenario=name, outcome="agreed", note=note)


def _pursue(bundle: ContractBundle, people: People) -> str:
    """From draft to the last opinion (第十二、十三条), as far as an earlier start has not; the
    demand's name."""
    asked = demanded(bundle)
    engineer = people(Role.OPERATOR_ENGINEER, bundle.scenario.operator)
    officer = people(Role.CHIEF_DATA_OFFICER, bundle.scenario.operator)
    reviewer = people(Role.BUREAU_REVIEWER, BUREAU_PARTY)
    draft = asked.model_dump(mode="json")
    held = _open_demand(reviewer, draft)
    demand = held.case_id if held else f"{asked.scenario}-{random_source.token_hex(4)}"
    steps: tuple[tuple[str, BureauDesk, str, dict[str, Any]], ...] = (
        ("drafted", engineer, "draft", draft),
        ("screened", officer, "screen", {"finding": "合理，可行"}),
        ("submitted", officer, "submit", {}),
        ("assessed", reviewer, "assess", {"finding": "所需数据、使用方式与场景相符"}),
        ("consulted", reviewer, "consult", {}),
    )
    reached = [state for state, *_ in steps].index(held.state) + 1 if held else 0
    for _, desk, move, facts in steps[reached:]:
        desk.move(DEMAND, demand, move, facts)
    heard = opinions(held.history) if held else {}
    for provider in asked.providers:
        if provider not in heard:
            opinion = {"supports": True, "opinion": "同意提供"}
            people(Role.PROVIDER, provider).move(DEMAND, demand, "opine", opinion)
    return demand


def _open_demand(reviewer: BureauDesk, draft: Mapping[str, Any]) -> Kept | None:
    """The demand for the same that an earlier start left undecided."""
    for one in reviewer.cases(DEMAND, scenario=draft["scenario"]):
        if one.state in _UNDECIDED and all(one.facts.get(key) == draft[key] for key in draft):
            return one
    return None


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


def _bundle(name: str, settings: Settings) -> ContractBundle:
    return load_bundle(name, settings.contracts_dir, settings.policy_dir, settings.expectations_dir)


def issue_credentials(
    settings: Settings, gate: GateDesk, folder: Path, say: Callable[[str], None]
) -> dict[str, Credential]:
    """One credential per use agreement of the scenarios that release, as files for their users.
    What is stopped or over gets none; that is told, and no reason not to start the rest."""
    issued = {}
    for name in RELEASED:
        bundle = _bundle(name, settings)
        try:
            credential = gate.issue_credential(bundle.scenario.use_agreement)
        except RefusedError as error:
            say(f"  {name}: 未发凭证 no credential: {error.code} {error.article}")
            continue
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
