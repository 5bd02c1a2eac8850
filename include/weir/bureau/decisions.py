"""Decisions of the bureau on scenario contracts, each upon a demand (第十三条)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Column, Connection, Engine, insert, select

from weir.bureau.acts import BureauActs
from weir.bureau.agreements import check_in_force
from weir.bureau.catalogues import check_catalogued, keep_catalogue
from weir.bureau.migrate import DATABASE
from weir.bureau.scopes import Scope, keep_scopes
from weir.bureau.tables import decisions
from weir.contracts.calendar import end_of
from weir.contracts.catalogue import Catalogue
from weir.contracts.compile import plan_problems
from weir.contracts.dataset import OpenType
from weir.contracts.digest import bundle_from_canonical, contract_bytes
from weir.contracts.plan import ContractBundle
from weir.contracts.problem import refuse
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope
from weir.crypto.sm3 import sm3_hex
from weir.errors import AuthorisationError, ExpiredError
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target
from weir.evidence.database import transaction
from weir.governance.cases import Case, CaseBook
from weir.model import Digest, Principal, Verdict, require
from weir.policy.decision import Decision, decision_digest, sign_decision
from weir.policy.demanded import coverage_reasons, demand_for
from weir.policy.machines.demand import DEMAND

log = structlog.get_logger("weir.bureau")

_ARTICLE = "第十三条"
_MOVES = {"agreed": "agree", "refused": "refuse"}


class DecisionRequest(BaseModel):
    """What is decided on which demand, and its contract in canonical form. `article` is the ground
    of a refusal."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    demand: str = Field(min_length=1, max_length=100)
    bundle: dict[str, Any]
    outcome: Literal["agreed", "refused"]
    reason: str = Field(default="", max_length=2000)
    article: str = Field(default="", max_length=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionDesk:
    """Where decisions are made: the key and clock, the demands, and the bureau's own catalogue as
    it is at each call."""

    acts: BureauActs
    book: CaseBook
    catalogue: Callable[[], Catalogue]
    _versions: set[Digest] = field(default_factory=set, init=False, repr=False)
    _scopes: set[Scope] = field(default_factory=set, init=False, repr=False)

    def decide(self, request: DecisionRequest, by: Principal) -> Envelope:
        """Sign what is decided, over the digest that the bureau computes itself, and move the
        demand, in one transaction.

        Refused, and the attempt kept, where the demand is not at its providers or one has not
        answered, is not the demand of this very contract, or where the contract may not be agreed
        to: it does not compile (`ContractError`), names a dataset that is not to be opened
        (`dataset_prohibited`) or is not as the bureau's catalogue has it (`dataset_off_catalogue`),
        or its agreements are over (`agreement_expired`, `agreement_terminated`), have not come into
        force here (`agreement_not_in_force`) or did so with other parties or another term
        (`agreement_differs`).
        """
        bundle = bundle_from_canonical(request.bundle)
        known = self.catalogue()
        signed: list[Envelope] = []

        def sign(connection: Connection, case: Case, by: Principal) -> None:
            signed.append(self._sign(connection, case, by, bundle, known, request))

        answer = {"reason": request.reason.strip(), "article": request.article.strip()}
        move = _MOVES[request.outcome]
        self.book.move(DEMAND, request.demand, move, answer, by, sign)
        log.info("decision_signed", scenario=bundle.scenario.scenario, outcome=request.outcome)
        return signed[-1]

    def _sign(
        self,
        connection: Connection,
        case: Case,
        by: Principal,
        bundle: ContractBundle,
        known: Catalogue,
        request: DecisionRequest,
    ) -> Envelope:
        now, kept = self.acts.clock.now(), contract_bytes(bundle)
        digest = sm3_hex(kept)
        require(
            Verdict(reasons=tuple(coverage_reasons(case.facts, demand_for(bundle, digest)))),
            AuthorisationError,
            demand=case.case_id,
        )
        if request.outcome == "agreed":
            _check_may_agree(bundle, known, now)
            check_in_force(connection, self.book, bundle, now)
        decision = Decision(
            scenario=bundle.scenario.scenario,
            contract_digest=digest,
            outcome=request.outcome,
            reason=request.reason.strip(),
            article=request.article.strip() or _ARTICLE,
            decided_at=now,
            valid_until=_valid_until(bundle),
            decided_by=by.id,
        )
        envelope = sign_decision(decision, self.acts.key)
        version = keep_catalogue(connection, self.acts, by, known, self._versions)
        row = _row(decision, envelope) | {
            "bundle": kept,
            "demand": case.case_id,
            "catalogue": version,
        }
        connection.execute(insert(decisions), row)
        keep_scopes(connection, bundle, self._scopes)
        self.acts.keep(
            connection,
            Action.DECISION_SIGNED,
            by=by,
            target=Target(kind="scenario", name=decision.scenario),
            legal=_ground(bundle, decision),
            data={
                "decided": decision.outcome,
                "demand": case.case_id,
                "valid_until": decision.valid_until.isoformat(),
            },
        )
        return envelope


def only_by_signing(connection: Connection, case: Case, by: Principal) -> None:
    """The effect of agreeing or refusing by a bare move: it is undone. What the demand says must
    be what was signed."""
    del connection, by
    raise AuthorisationError(
        "decision_unsigned",
        "a demand is agreed to or refused by signing the decision",
        where={"demand": case.case_id},
        article=_ARTICLE,
        remedy="decide it: POST /v1/decisions, or weir decide",
    )


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


def _check_may_agree(bundle: ContractBundle, known: Catalogue, now: datetime) -> None:
    scenario = bundle.scenario.scenario
    for name, dataset in sorted(bundle.datasets.items()):
        listed = known.datasets.get(name, dataset)
        if OpenType.PROHIBITED in {dataset.open_type, listed.open_type}:
            raise AuthorisationError(
                "dataset_prohibited",
                "a dataset that is not to be opened stays out of operation, whoever asks",
                where={"scenario": scenario, "dataset": name},
                article="第十三条",
                remedy="take the dataset out of the contract",
            )
    check_catalogued(bundle, known)
    if _valid_until(bundle) <= now:
        raise ExpiredError(
            "agreement_expired",
            "an agreement that the contract rests on is over",
            where={"scenario": scenario},
            article="第十五条",
            remedy="renew the agreement and submit the contract again",
        )
    refuse(plan_problems(bundle), scenario=scenario)


def _valid_until(bundle: ContractBundle) -> datetime:
    return end_of(min(bundle.operation_agreement.ends_on, bundle.use_agreement.ends_on))


def _row(decision: Decision, envelope: Envelope) -> dict[str, object]:
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
        "envelope": canonical_json(envelope.to_json()),
    }


def _ground(bundle: ContractBundle, decision: Decision) -> Legal:
    scenario = bundle.scenario
    return Legal(
        article=decision.article,
        operation_agreement=scenario.operation_agreement,
        use_agreement=scenario.use_agreement,
        scenario=scenario.scenario,
        purpose=scenario.purpose,
        contract_digest=decision.contract_digest,
        decision_digest=Digest(decision_digest(decision)),
    )
