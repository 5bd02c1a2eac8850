"""Demands and what the bureau decides on them, as people ask for them at the command line."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from weir.clock import SystemClock, civil_date
from weir.contracts.digest import contract_digest
from weir.contracts.loader import load_bundle
from weir.contracts.plan import ContractBundle
from weir.errors import AuthorisationError
from weir.policy.decision import decision_digest, open_decision
from weir.policy.demanded import demanded
from weir.policy.machines.demand import DEMAND
from weir.policy.revocation import open_revocation
from weir.runtime.adapters import bureau_client, bureau_key, gate_client, settings
from weir.runtime.statements import hand_over, sign_once

if TYPE_CHECKING:
    from weir.bureau.client import BureauClient
    from weir.crypto.dsse import Envelope
    from weir.governance.cases import Case

KIND = DEMAND.kind
_DRAFTABLE = {"drafted", "returned"}
_STEM_LENGTH = 34


def draft(scenario: str) -> Case:
    """Draft the demand that a scenario's contract makes as its files stand now. One that is still
    a draft, or was returned, is drafted anew; else a new one is opened."""
    bundle = _bundle(scenario)
    facts = demanded(bundle).model_dump(mode="json")
    with bureau_client(settings()) as bureau:
        held = [one for one in bureau.cases(KIND, scenario=scenario) if one.state in _DRAFTABLE]
        name = held[0].case_id if held else new_name(scenario)
        return bureau.move(KIND, name, "draft", facts)


def move(demand: str, name: str, facts: Mapping[str, Any]) -> Case:
    """Make a move on a demand, named by itself or by its scenario."""
    with bureau_client(settings()) as bureau:
        return bureau.move(KIND, open_demand(bureau, demand).case_id, name, facts)


def show(demand: str) -> Case:
    """A demand, named by itself or by its scenario: then the one changed last."""
    with bureau_client(settings()) as bureau:
        held = _named(bureau, demand) or next(iter(bureau.cases(KIND, scenario=demand)), None)
    if held is None:
        raise _missing(demand)
    return held


def listed(state: str, scenario: str) -> tuple[Case, ...]:
    """Demands, the last changed first."""
    with bureau_client(settings()) as bureau:
        return bureau.cases(KIND, state=state, scenario=scenario)


def decide(
    demand: str, outcome: Literal["agreed", "refused"], reason: str, article: str
) -> tuple[str, str]:
    """Have the bureau decide a demand, named by itself or by its scenario, over the contract as
    its files stand now, and register what it signed at the gate.

    Needs a director's token for the bureau and the operator's or worker's for the gate; gives the
    demand and the digest of the contract that is decided now.
    """
    told = settings()
    gate = gate_client(told)
    with bureau_client(told) as bureau:
        held = open_demand(bureau, demand)
        bundle = _bundle(str(held.facts["scenario"]))
        envelope = bureau.decide(held.case_id, bundle, outcome, reason=reason, article=article)
    hand_over(gate.register_decision, envelope, f"weir register {held.facts['scenario']}")
    return held.case_id, contract_digest(bundle)


def revoke(scenario: str, ground: str, article: str, notice: str) -> None:
    """Have the bureau take back its last decision on a scenario and earlier ones on other contracts
    (第十五条), and register that at the gate, which refuses runs and releases from then on."""
    told = settings()
    gate = gate_client(told)
    with bureau_client(told) as bureau:
        decision = bureau.decision(scenario)
        if decision is None:
            raise AuthorisationError(
                "decision_missing",
                "the bureau has decided nothing that could be taken back",
                where={"scenario": scenario},
                article="第十五条",
                remedy="check the scenario's name",
            )
        digest = decision_digest(open_decision(decision, bureau_key()))
        sign_once(
            partial(bureau.revoke, scenario, digest, ground=ground, article=article, notice=notice),
            gate.register_revocation,
            repeated={"decision_revoked"},
            signed_before=lambda: _revocation_of(bureau, digest),
        )
        for one in bureau.revocations():
            if open_revocation(one, bureau_key()).scenario == scenario:
                hand_over(gate.register_revocation, one)


def _revocation_of(bureau: BureauClient, digest: str) -> Envelope | None:
    key = bureau_key()
    return next(
        (
            one
            for one in bureau.revocations()
            if open_revocation(one, key).decision_digest == digest
        ),
        None,
    )


def open_demand(bureau: BureauClient, name: str) -> Case:
    """The demand of this name, or the only one of this scenario on which something is left to do.

    Raises `AuthorisationError`: `demand_missing`, `demand_ambiguous`.
    """
    held = _named(bureau, name)
    if held is not None:
        return held
    waiting = [one for one in bureau.cases(KIND, scenario=name) if not DEMAND.final(one.state)]
    if not waiting:
        raise _missing(name)
    if len(waiting) > 1:
        raise AuthorisationError(
            "demand_ambiguous",
            "several demands of this scenario are open",
            where={"scenario": name, "demands": len(waiting)},
            article="第十二条",
            remedy="name one of: " + ", ".join(one.case_id for one in waiting[:5]),
        )
    return waiting[0]


def new_name(scenario: str) -> str:
    """A name for a new demand: scenario, day, and four digits against two on one day."""
    day = civil_date(SystemClock().now()).strftime("%Y%m%d")
    return f"{scenario[:_STEM_LENGTH].rstrip('-')}-{day}-{secrets.token_hex(2)}"


def _named(bureau: BureauClient, name: str) -> Case | None:
    return bureau.case(KIND, name)


def _missing(name: str) -> AuthorisationError:
    return AuthorisationError(
        "demand_missing",
        "no demand of this name is open",
        where={"demand": name},
        article="第十二条",
        remedy="draft one: weir demand draft <scenario>; weir demand list shows all",
    )


def _bundle(scenario: str) -> ContractBundle:
    told = settings()
    return load_bundle(scenario, told.contracts_dir, told.policy_dir, told.expectations_dir)
