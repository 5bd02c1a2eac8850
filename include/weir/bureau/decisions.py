"""Decisions of the bureau on scenario contracts (第十三条)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Column, Connection, Engine, insert, select

from weir.bureau.acts import BureauActs
from weir.bureau.migrate import DATABASE
from weir.bureau.scopes import keep_scopes
from weir.bureau.tables import decisions
from weir.bureau.terminations import check_none_terminated
from weir.contracts.calendar import end_of
from weir.contracts.compile import compile_plan
from weir.contracts.dataset import OpenType
from weir.contracts.digest import bundle_from_canonical, canonical_bundle, contract_digest
from weir.contracts.plan import ContractBundle
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope
from weir.errors import AuthorisationError, ExpiredError, RefusedError
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target
from weir.evidence.database import transaction
from weir.policy.decision import Decision, decision_digest, sign_decision

log = structlog.get_logger("weir.bureau")


class DecisionRequest(BaseModel):
    """What a reviewer sends: the contract in canonical form, and what is decided on it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    bundle: dict[str, Any]
    outcome: Literal["agreed", "refused"]
    reviewer: str = Field(min_length=1, max_length=100)
    reason: str = Field(default="", max_length=2000)
    article: str = Field(default="第十三条", max_length=100)


def decide(engine: Engine, acts: BureauActs, request: DecisionRequest) -> Envelope:
    """Sign what `request` decides, over the digest that the bureau computes itself.

    A decision to agree is refused, and the refusal recorded, for a contract that does not compile
    (`ContractError`), names a dataset that is not to be opened (`AuthorisationError`,
    `dataset_prohibited`) or whose agreements are over (`ExpiredError`, `agreement_expired`). A
    decision to refuse needs a reason (`refusal_without_reason`): where subjects have authorised the
    use, agreeing is the rule.
    """
    bundle = bundle_from_canonical(request.bundle)
    now = acts.clock.now()
    try:
        if request.outcome == "agreed":
            _check_may_agree(bundle, now)
            check_none_terminated(engine, bundle, now)
        decision = Decision(
            scenario=bundle.scenario.scenario,
            contract_digest=contract_digest(bundle),
            outcome=request.outcome,
            reason=request.reason.strip(),
            article=request.article,
            decided_at=now,
            valid_until=_valid_until(bundle),
            decided_by=request.reviewer,
        )
    except RefusedError as error:
        with transaction(engine, DATABASE) as connection:
            _record(connection, acts, bundle, request, error=error)
        raise
    envelope = sign_decision(decision, acts.key)
    with transaction(engine, DATABASE) as connection:
        connection.execute(insert(decisions).values(_row(decision, bundle, envelope)))
        keep_scopes(connection, bundle)
        _record(connection, acts, bundle, request, decision=decision)
    log.info("decision_signed", scenario=decision.scenario, outcome=decision.outcome)
    return envelope


def last_decision(engine: Engine, scenario: str) -> Envelope | None:
    """The decision that counts for `scenario`, as it was signed."""
    found = _last(engine, scenario, decisions.c.envelope)
    return Envelope.from_json(json.loads(found)) if found is not None else None


def decided_bundle(engine: Engine, scenario: str) -> bytes | None:
    """The contract of that decision in canonical form, as the bureau decided it."""
    return _last(engine, scenario, decisions.c.bundle)


def _last(engine: Engine, scenario: str, column: Column[bytes]) -> bytes | None:
    with transaction(engine, DATABASE) as connection:
        return connection.execute(
            select(column)
            .where(decisions.c.scenario == scenario)
            .order_by(decisions.c.seq.desc())
            .limit(1)
        ).scalar_one_or_none()


def _check_may_agree(bundle: ContractBundle, now: datetime) -> None:
    scenario = bundle.scenario.scenario
    for name, dataset in sorted(bundle.datasets.items()):
        if dataset.open_type is OpenType.PROHIBITED:
            raise AuthorisationError(
                "dataset_prohibited",
                "a dataset that is not to be opened stays out of operation, whoever asks",
                where={"scenario": scenario, "dataset": name},
                article="第十三条",
                remedy="take the dataset out of the contract",
            )
    if _valid_until(bundle) <= now:
        raise ExpiredError(
            "agreement_expired",
            "an agreement that the contract rests on is over",
            where={"scenario": scenario},
            article="第十五条",
            remedy="renew the agreement and submit the contract again",
        )
    compile_plan(bundle)


def _valid_until(bundle: ContractBundle) -> datetime:
    return end_of(min(bundle.operation_agreement.ends_on, bundle.use_agreement.ends_on))


def _row(decision: Decision, bundle: ContractBundle, envelope: Envelope) -> dict[str, Any]:
    return {
        "scenario": decision.scenario,
        "contract_digest": decision.contract_digest,
        "decision_digest": decision_digest(decision),
        "outcome": decision.outcome,
        "reason": decision.reason,
        "article": decision.article,
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at,
        "valid_until": decision.valid_until,
        "bundle": canonical_json(canonical_bundle(bundle)),
        "envelope": canonical_json(envelope.to_json()),
    }


def _record(
    connection: Connection,
    acts: BureauActs,
    bundle: ContractBundle,
    request: DecisionRequest,
    *,
    decision: Decision | None = None,
    error: RefusedError | None = None,
) -> None:
    scenario = bundle.scenario
    acts.keep(
        connection,
        Action.DECISION_SIGNED,
        reviewer=request.reviewer,
        target=Target(kind="scenario", name=scenario.scenario),
        legal=Legal(
            article=error.article if error else request.article,
            operation_agreement=scenario.operation_agreement,
            use_agreement=scenario.use_agreement,
            scenario=scenario.scenario,
            purpose=scenario.purpose,
            contract_digest=contract_digest(bundle),
            decision_digest=decision_digest(decision) if decision else "",
        ),
        data={"decided": request.outcome},
        reason_code=error.code if error else "",
    )
