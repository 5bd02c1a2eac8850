"""What people ask for at the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from weir.contracts.digest import contract_digest
from weir.contracts.loader import load_bundle
from weir.contracts.plan import ContractBundle
from weir.errors import AuthorisationError
from weir.policy.order import ScopeKind
from weir.runtime.adapters import bureau_client, gate_client, object_store, public_key, settings

if TYPE_CHECKING:
    from weir.contracts.problem import Problem
    from weir.release.verify import Verification
    from weir.storage.provisioning import Credential


def contract_problems() -> tuple[Problem, ...]:
    """Every problem of every contract file."""
    from weir.contracts.check import check_all

    told = settings()
    return check_all(told.contracts_dir, told.policy_dir, told.expectations_dir)


def decided_and_present(scenario: str) -> tuple[ContractBundle, ContractBundle]:
    """The contract as the bureau decided it, from the bureau, and as its files stand now."""
    told = settings()
    with bureau_client(told) as bureau:
        decided = bureau.decided_bundle(scenario)
    if decided is None:
        raise AuthorisationError(
            "decision_missing",
            "the bureau has decided no contract of this scenario",
            where={"scenario": scenario},
            article="第十三条",
            remedy="have the bureau decide it",
        )
    present = load_bundle(scenario, told.contracts_dir, told.policy_dir, told.expectations_dir)
    return decided, present


def verify(folder: Path, operator_key: Path | None, bureau_key: Path | None) -> Verification:
    """Verify a release or a bucket's copy with keys given, configured or this instance's own."""
    from weir.release.verify import verify_release

    told = settings()
    return verify_release(
        folder,
        operator_key=public_key(
            operator_key or told.operator_public_key, "operator", "--operator-key"
        ),
        bureau_key=public_key(bureau_key or told.bureau_public_key, "bureau", "--bureau-key"),
    )


def fetch(scenario: str, folder: Path) -> int:
    """Copy a scenario's bucket under this process's credential; returns the number of objects."""
    from weir.release.fetch import fetch_bucket

    return fetch_bucket(object_store(), f"release-{scenario}", folder)


def decide(scenario: str, outcome: Literal["agreed", "refused"], reason: str, reviewer: str) -> str:
    """Have the bureau decide the contract as it stands and register what it signed at the gate.

    Needs a director's account at the bureau and any at the gate; returns the digest of the contract
    that is decided now.
    """
    told = settings()
    bundle = load_bundle(scenario, told.contracts_dir, told.policy_dir, told.expectations_dir)
    with bureau_client(told) as bureau:
        envelope = bureau.decide(bundle, outcome, reviewer=reviewer, reason=reason)
    gate_client(told).register_decision(envelope)
    return contract_digest(bundle)


def order(
    action: Literal["suspend", "resume"],
    scope_kind: ScopeKind,
    scope: str,
    ground: str,
    reviewer: str,
) -> None:
    """Have the bureau sign an order (第十六条) and register it at the gate, which obeys it."""
    told = settings()
    with bureau_client(told) as bureau:
        envelope = bureau.order(action, scope_kind, scope, ground=ground, reviewer=reviewer)
    gate_client(told).register_order(envelope)


def register(scenario: str) -> None:
    """Fetch the bureau's decision on `scenario` and its orders, and register them at the gate.

    Needs an account at either that may read them; the gate checks every signature.
    """
    told = settings()
    gate = gate_client(told)
    with bureau_client(told) as bureau:
        decision, orders = bureau.decision(scenario), bureau.orders()
    for signed in orders:
        gate.register_order(signed)
    if decision is not None:
        gate.register_decision(decision)


def issue(use_agreement: str) -> Credential:
    """A fresh credential for the data user of an agreement; an earlier one is void from now on."""
    return gate_client(settings()).issue_credential(use_agreement)
