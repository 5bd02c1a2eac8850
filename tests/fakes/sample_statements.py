"""What a bureau signs about the sample contracts: a decision and an order, changed as asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fakes.sample_contracts import Edit, sample_bundle
from weir.contracts.compile import compile_plan
from weir.contracts.plan import Plan
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import SigningKey
from weir.policy.decision import Decision, sign_decision
from weir.policy.order import Order

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
BUREAU = SigningKey.generate()
PLAN = compile_plan(sample_bundle())


def agreed(plan: Plan = PLAN, *, key: SigningKey = BUREAU, **changes: object) -> Envelope:
    decision = Decision(
        scenario=plan.scenario.scenario,
        contract_digest=plan.contract_digest,
        outcome="agreed",
        reason="",
        article="第十三条",
        decided_at=NOW - timedelta(days=30),
        valid_until=NOW + timedelta(days=30),
        decided_by="bureau",
    )
    return sign_decision(replace(decision, **changes), key)  # type: ignore[arg-type] # by name


def order(**changes: object) -> Order:
    suspension = Order(
        order_id="o-1",
        action="suspend",
        scope_kind="scenario",
        scope="firm-credit",
        ground="检查发现问题",
        article="第十六条",
        issued_at=NOW - timedelta(hours=1),
    )
    return replace(suspension, **changes)  # type: ignore[arg-type] # by name


def changed_plan(edit: Edit) -> Plan:
    return compile_plan(sample_bundle(edit))
