"""What a contract demands, and whether a demand is that of this contract (第十二、十三条)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weir.contracts.dataset import OpenType
from weir.contracts.digest import contract_digest
from weir.contracts.plan import ContractBundle
from weir.model import Digest, Reason
from weir.policy.machines.demand import Draft


def demanded(bundle: ContractBundle) -> Draft:
    """The demand that a contract makes: what its operator has to state."""
    return demand_for(bundle, contract_digest(bundle))


def demand_for(bundle: ContractBundle, digest: Digest) -> Draft:
    """As `demanded`, where the contract's digest is known already."""
    scenario = bundle.scenario
    datasets = sorted({one.dataset for one in scenario.inputs})
    return Draft(
        scenario=scenario.scenario,
        purpose=scenario.purpose,
        content=tuple(datasets),
        providers=tuple(sorted({bundle.datasets[name].provider for name in datasets})),
        mode=scenario.supply.mode,
        authorised=all(_authorised(bundle, name) for name in datasets),
        contract_digest=digest,
    )


def coverage_reasons(facts: Mapping[str, Any], demand: Draft) -> Iterator[Reason]:
    """Why a demand of these facts is not `demand`, which a contract makes; the digest comes last,
    so that what differs is named before it."""
    wanted = demand.model_dump(mode="json")
    if facts["scenario"] != wanted["scenario"]:
        yield Reason(
            code="demand_of_other_scenario",
            what="the demand is of another scenario than the contract",
            article="第十三条",
            remedy="name the demand of this scenario",
        )
        return
    for field in ("content", "providers", "mode", "purpose", "authorised"):
        stated = facts[field]
        if (sorted(stated) if isinstance(stated, list) else stated) != wanted[field]:
            yield Reason(
                code="demand_differs",
                what=f"the demand states another {field} than the contract",
                article="第十三条",
                remedy="return the demand and have it drafted anew from the contract",
            )
    if facts["contract_digest"] != wanted["contract_digest"]:
        yield Reason(
            code="demand_for_other_contract",
            what="the demand was made for another version of the contract",
            article="第十三条",
            remedy="have the contract as it is now demanded, assessed and put to its providers",
        )


def _authorised(bundle: ContractBundle, name: str) -> bool:
    dataset = bundle.datasets[name]
    if dataset.open_type is OpenType.PROHIBITED:
        # Whoever has consented to it: nobody can agree, so that agreeing is not the rule.
        return False
    if dataset.open_type is OpenType.UNCONDITIONAL:
        return True
    return dataset.subject is not None and bundle.scenario.authorisation is not None
