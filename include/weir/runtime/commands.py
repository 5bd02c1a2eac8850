"""What people ask for at the command line."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from weir.contracts.loader import load_bundle
from weir.contracts.plan import ContractBundle
from weir.errors import AuthorisationError
from weir.policy.decision import decision_digest, open_decision
from weir.policy.order import OrderAction, ScopeKind
from weir.policy.revocation import open_revocation
from weir.runtime.adapters import (
    bureau_client,
    bureau_key,
    gate_client,
    needed,
    object_store,
    public_key,
    settings,
)
from weir.runtime.statements import last_order, sign_once

_ORDERED_BEFORE = frozenset({"already_suspended", "not_suspended", "channel_closed"})

if TYPE_CHECKING:
    from weir.contracts.problem import Problem
    from weir.policy.revocation import DecisionRevocation
    from weir.release.verify import Verification
    from weir.storage.provisioning import Credential


def contract_problems() -> tuple[Problem, ...]:
    """Every problem of every contract file."""
    from weir.contracts.check import check_all

    told = settings()
    return check_all(told.contracts_dir, told.policy_dir, told.expectations_dir)


def decided_and_present(
    scenario: str,
) -> tuple[ContractBundle, ContractBundle, DecisionRevocation | None]:
    """The contract as the bureau decided it, from the bureau, and as its files stand now; and by
    what the decision was taken back, if it was."""
    told = settings()
    key = bureau_key()
    with bureau_client(told) as bureau:
        decided = bureau.decided_bundle(scenario)
        last = bureau.decision(scenario)
        revoked = {
            one.decision_digest: one
            for one in (open_revocation(each, key) for each in bureau.revocations())
        }
    if decided is None:
        raise AuthorisationError(
            "decision_missing",
            "the bureau has decided no contract of this scenario",
            where={"scenario": scenario},
            article="第十三条",
            remedy="have the bureau decide it",
        )
    present = load_bundle(scenario, told.contracts_dir, told.policy_dir, told.expectations_dir)
    revocation = revoked.get(decision_digest(open_decision(last, key))) if last else None
    return decided, present, revocation


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

    needed(settings().s3_access_key or None, "WEIR_S3_ACCESS_KEY")
    return fetch_bucket(object_store(), f"release-{scenario}", folder)


def delisted_in(folder: Path) -> list[str]:
    """The releases that left a tombstone in a bucket's copy; `verify` tells whether it holds."""
    from weir.release.tombstone import TOMBSTONE
    from weir.release.verify import RELEASES

    return sorted(path.parent.name for path in folder.glob(f"{RELEASES}/*/{TOMBSTONE}"))


def order(
    action: OrderAction,
    scope_kind: ScopeKind,
    scope: str,
    ground: str,
    due_on: date | None = None,
) -> None:
    """Have the bureau sign an order (第十六、二十三条) and register it at the gate, which obeys.

    Asked again for what the bureau has signed already, it hands that over; see
    `weir.runtime.statements`.
    """
    told = settings()
    gate = gate_client(told)
    with bureau_client(told) as bureau:
        sign_once(
            partial(bureau.order, action, scope_kind, scope, ground=ground, due_on=due_on),
            gate.register_order,
            repeated=_ORDERED_BEFORE,
            signed_before=lambda: last_order(bureau, action, scope_kind, scope),
        )


def issue(use_agreement: str, environment: str) -> Credential:
    """A fresh credential for the data user of an agreement; an earlier one is void from now on."""
    return gate_client(settings()).issue_credential(use_agreement, environment)
