"""What the bureau has said: its decisions, orders and notices, as the envelopes it signed."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Engine, Select, select
from sqlalchemy.dialects.postgresql import insert

from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import VerifyingKey
from weir.evidence.audit import AuditRecord
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE
from weir.gate.tables import decisions, orders, revocations, terminations
from weir.policy.decision import Decision, decision_digest
from weir.policy.order import Order, open_order
from weir.policy.revocation import DecisionRevocation, open_revocation
from weir.policy.standing import Standing
from weir.policy.termination import Termination, open_termination


class StandingStore:
    """Raises `StoreUnavailableError` when the database does not answer.

    Signatures are checked again at every use: what lies in the database proves nothing.
    """

    def __init__(self, engine: Engine, bureau_key: VerifyingKey) -> None:
        self._engine = engine
        self._bureau_key = bureau_key

    def register_decision(self, envelope: Envelope, decision: Decision, audit: AuditRecord) -> bool:
        """Keep a decision whose signature has been checked; False where it was known."""
        row = {
            "decision_digest": decision_digest(decision),
            "scenario": decision.scenario,
            "contract_digest": decision.contract_digest,
            "outcome": decision.outcome,
            "decided_at": decision.decided_at,
            "valid_until": decision.valid_until,
            "envelope": canonical_json(envelope.to_json()),
            "registered_at": audit.occurred_at,
        }
        with transaction(self._engine, DATABASE) as connection:
            statement = insert(decisions).values(row).on_conflict_do_nothing()
            new = bool(connection.execute(statement).rowcount)
            if new:
                append(connection, audit)
            return new

    def register_order(self, envelope: Envelope, order: Order, audit: AuditRecord) -> bool:
        """Keep an order whose signature has been checked; False where it was known."""
        row = {
            "order_id": order.order_id,
            "action": order.action,
            "scope_kind": order.scope_kind,
            "scope": order.scope,
            "issued_at": order.issued_at,
            "envelope": canonical_json(envelope.to_json()),
            "registered_at": audit.occurred_at,
        }
        with transaction(self._engine, DATABASE) as connection:
            statement = insert(orders).values(row).on_conflict_do_nothing()
            new = bool(connection.execute(statement).rowcount)
            if new:
                append(connection, audit)
            return new

    def register_revocation(
        self, envelope: Envelope, revocation: DecisionRevocation, audit: AuditRecord
    ) -> bool:
        """Keep a revocation whose signature has been checked; False where it was known."""
        row = {
            "revocation_id": revocation.revocation_id,
            "scenario": revocation.scenario,
            "decision_digest": revocation.decision_digest,
            "revoked_at": revocation.revoked_at,
            "envelope": canonical_json(envelope.to_json()),
            "registered_at": audit.occurred_at,
        }
        with transaction(self._engine, DATABASE) as connection:
            statement = insert(revocations).values(row).on_conflict_do_nothing()
            new = bool(connection.execute(statement).rowcount)
            if new:
                append(connection, audit)
            return new

    def register_termination(
        self, envelope: Envelope, termination: Termination, audit: AuditRecord
    ) -> bool:
        """Keep a notice whose signature has been checked; False where it was known."""
        row = {
            "termination_id": termination.termination_id,
            "agreement": termination.agreement,
            "effective_at": termination.effective_at,
            "envelope": canonical_json(envelope.to_json()),
            "registered_at": audit.occurred_at,
        }
        with transaction(self._engine, DATABASE) as connection:
            statement = insert(terminations).values(row).on_conflict_do_nothing()
            new = bool(connection.execute(statement).rowcount)
            if new:
                append(connection, audit)
            return new

    def standing(self, scenario: str, contract_digest: str | None) -> Standing:
        """The decision that speaks on this contract digest, and every order ever issued.

        Without a decision on the digest, the scenario's last one: its refusal can then say that
        the contract was edited.
        """
        query = (
            select(decisions.c.envelope)
            .where(decisions.c.scenario == scenario)
            .order_by(
                (decisions.c.contract_digest == (contract_digest or "")).desc(),
                decisions.c.decided_at.desc(),
                # A refusal of the same instant prevails.
                decisions.c.outcome.desc(),
            )
            .limit(1)
        )
        with transaction(self._engine, DATABASE) as connection:
            held = connection.scalar(query)
        return Standing(
            decision=None if held is None else _envelope(held),
            suspensions=self.orders(),
            revocations=self.revocations(scenario),
            terminations=self.terminations(),
        )

    def decisions_on(self, scenario: str, contract_digest: str) -> tuple[Envelope, ...]:
        """Every decision on this contract digest, oldest first; a refusal of an instant after the
        consents of it."""
        query = (
            select(decisions.c.envelope)
            .where(decisions.c.scenario == scenario, decisions.c.contract_digest == contract_digest)
            .order_by(decisions.c.decided_at, decisions.c.outcome)
        )
        with transaction(self._engine, DATABASE) as connection:
            return tuple(_envelope(held) for held in connection.scalars(query))

    def consents(self, scenarios: Collection[str]) -> dict[str, Envelope]:
        """The bureau's last consent to each of `scenarios` that has one. A refusal takes the place
        of earlier consents to the same contract digest, and of no other."""
        if not scenarios:
            return {}
        words = _last_words(scenarios).subquery()
        query = (
            select(words.c.scenario, words.c.envelope)
            .where(words.c.outcome == "agreed")
            .distinct(words.c.scenario)
            .order_by(words.c.scenario, words.c.decided_at.desc())
        )
        with transaction(self._engine, DATABASE) as connection:
            return {row.scenario: _envelope(row.envelope) for row in connection.execute(query)}

    def last_words(self, scenarios: Collection[str]) -> dict[tuple[str, str], Envelope]:
        """By scenario and contract digest, what the bureau said last, consent or refusal."""
        with transaction(self._engine, DATABASE) as connection:
            return {
                (row.scenario, row.contract_digest): _envelope(row.envelope)
                for row in connection.execute(_last_words(scenarios))
            }

    def order_envelope(self, order_id: str) -> Envelope | None:
        """An order as the bureau signed it."""
        query = select(orders.c.envelope).where(orders.c.order_id == order_id)
        with transaction(self._engine, DATABASE) as connection:
            held = connection.scalar(query)
        return None if held is None else _envelope(held)

    def orders(self) -> tuple[Order, ...]:
        """Every order, oldest first; `suspensions_in_force` tells which still stop anything."""
        query = select(orders.c.envelope).order_by(orders.c.issued_at, orders.c.order_id)
        with transaction(self._engine, DATABASE) as connection:
            held = connection.scalars(query).all()
        return tuple(open_order(_envelope(data), self._bureau_key) for data in held)

    def revocations(self, *scenarios: str) -> tuple[DecisionRevocation, ...]:
        """Every revocation of a decision on one of `scenarios`, oldest first."""
        query = (
            select(revocations.c.envelope)
            .where(revocations.c.scenario.in_(scenarios))
            .order_by(revocations.c.revoked_at, revocations.c.revocation_id)
        )
        with transaction(self._engine, DATABASE) as connection:
            held = connection.scalars(query).all()
        return tuple(open_revocation(_envelope(data), self._bureau_key) for data in held)

    def terminations(self) -> tuple[Termination, ...]:
        """Every notice, the first to take effect first."""
        query = select(terminations.c.envelope).order_by(
            terminations.c.effective_at, terminations.c.termination_id
        )
        with transaction(self._engine, DATABASE) as connection:
            held = connection.scalars(query).all()
        return tuple(open_termination(_envelope(data), self._bureau_key) for data in held)


def _last_words(scenarios: Collection[str]) -> Select[Any]:
    """The last decision on every contract digest of these; a refusal of an instant prevails."""
    return (
        select(decisions)
        .where(decisions.c.scenario.in_(scenarios))
        .distinct(decisions.c.scenario, decisions.c.contract_digest)
        .order_by(
            decisions.c.scenario,
            decisions.c.contract_digest,
            decisions.c.decided_at.desc(),
            decisions.c.outcome.desc(),
        )
    )


def _envelope(data: bytes) -> Envelope:
    return Envelope.from_json(json.loads(data))
